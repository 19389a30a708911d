"""Invariants 14 to 23 and 35: labels by day and place, and counts of lines. Each returns whether its premise held."""

import re
from datetime import date

from cards.knowledge.model import Jurisdiction, LabelWindow
from tests.advise.invariants.look import (
    card,
    failed,
    label_of,
    labels,
    least_lines,
    most_lines,
    options,
    progressed_on_last,
    refractory_of,
    since,
    triple_exposed,
)
from tests.advise.invariants.sample import KNOWLEDGE, Sampled

NEVER: dict[Jurisdiction, tuple[str, ...]] = {
    "EU": ("tec_dara", "IberDd", "anito_cel", "tal_dara", "tal_dara_pom", "MeziKd"),
    "US": ("IberDd", "anito_cel", "tal_dara", "tal_dara_pom", "MeziKd"),
}
LEAST = re.compile(r"^at least (\d+) prior lines? of therapy$")


def _in_force(name: str, place: Jurisdiction, day: date) -> list[LabelWindow]:
    """The windows that may hold a day; an uncertain edge counts to both sides."""
    return [
        window
        for window in KNOWLEDGE.regimens[name].labels
        if window.jurisdiction == place
        and (window.start is None or window.start.earliest <= day)
        and (window.end is None or day < window.end.latest)
    ]


def inv_14(case: Sampled) -> bool:
    """Label status is computed from the day asked about: only the criteria of a window that holds this day are judged."""
    day = case.history.as_of
    held = False
    for place, name, label in labels(case):
        assert label.as_of == day
        if label.status not in {"met", "not-met"}:
            continue
        held = True
        windows = _in_force(name, place, day)
        assert windows, (place, name, label.status)
        asked = {int(found[1]) for criterion in label.criteria if (found := LEAST.match(criterion.text))}
        least = {window.requirement.min_lines for window in windows}
        assert asked <= least, (place, name, asked, least)
    shown = card(case)
    assert not shown or f"Labels as of {day.isoformat()}" in shown
    return held


def inv_15(case: Sampled) -> bool:
    """No approval later than the day is used, and nothing withdrawn is current."""
    held = False
    for place, name, label in labels(case):
        starts = [w.start for w in KNOWLEDGE.regimens[name].labels if w.jurisdiction == place]
        known = [bound.earliest for bound in starts if bound is not None]
        if len(known) == len(starts) and known and case.history.as_of < min(known):
            held = True
            assert label.status not in {"met", "not-met", "withdrawn", "pending"}
    for option in options(case):
        assert option.label.status not in {"withdrawn", "pending"}
    gone = label_of(case, "US", "melflufen_d")
    if gone is not None and since(case, date(2024, 2, 23)):
        assert gone.status == "withdrawn"
        assert not any(o.regimen == "melflufen_d" and o.label.jurisdiction == "US" for o in options(case))
    return held


def inv_16(case: Sampled) -> bool:
    """What is pending or not confirmed is never shown as authorised."""
    held = False
    for place, names in NEVER.items():
        for name in names:
            label = label_of(case, place, name)
            held = held or label is not None
            assert label is None or label.status in {"pending", "off-label", "not-authorised", "unknown"}, (place, name)
        if case.jurisdiction == place:
            for name in names:
                short = KNOWLEDGE.regimens[name].short
                assert f"{short} (\u2713" not in card(case)
                assert f"{short}**: \u2713" not in card(case)
    eu = label_of(case, "EU", "melflufen_d")
    assert eu is None or eu.status != "met" or least_lines(case) >= 3
    return held


def inv_17(case: Sampled) -> bool:
    """US and EU are never merged; both are shown, labelled."""
    for place, _, label in labels(case):
        assert label.jurisdiction == place
    for place, told in case.answers.items():
        assert all(option.label.jurisdiction == place for option in told.options)
    shown = case.cards.get("mm-options")
    if case.jurisdiction != "both" or shown is None:
        return False
    us, eu = shown.detail.index("## US"), shown.detail.index("## EU")
    first, second = shown.detail[min(us, eu) : max(us, eu)], shown.detail[max(us, eu) :]
    assert us < eu
    assert not re.search(r"\(EU[,)]", first)
    assert not re.search(r"\(US[,)]", second)
    return True


def inv_18(case: Sampled) -> bool:
    """Belantamab alone is no option after its withdrawal."""
    held = False
    days: dict[Jurisdiction, date] = {"US": date(2022, 11, 22), "EU": date(2024, 2, 23)}
    for place, last in days.items():
        if place in case.answers and since(case, last):
            held = True
            label = label_of(case, place, "bela_mono")
            assert label is None or label.status != "met"
            assert not any(o.regimen == "bela_mono" for o in case.answers[place].options)
    return held


def inv_19(case: Sampled) -> bool:
    """BPd, PVd and KPd are never US-approved."""
    found = [label_of(case, "US", name) for name in ("BPd", "PVd", "KPd")]
    assert all(label is None or label.status not in {"met", "not-met"} for label in found)
    assert not any(option.regimen == "BPd" and option.label.jurisdiction == "US" for option in options(case))
    if case.jurisdiction == "US":
        assert not re.search(r"\b(?:BPd|PVd|KPd)(?: \(|\*\*: )\u2713", card(case))
    return any(label is not None for label in found)


def inv_20(case: Sampled) -> bool:
    """Ide-cel in the US needs its lines and all three classes, and is not there before March 2021."""
    label = label_of(case, "US", "ide_cel")
    if label is None:
        return False
    needed = 2 if since(case, date(2024, 4, 4)) else 4
    lacking = least_lines(case) < needed or not triple_exposed(case.history) or not since(case, date(2021, 3, 26))
    assert not (lacking and label.status == "met")
    return lacking


def inv_21(case: Sampled) -> bool:
    """Cilta-cel in the US since April 2024 needs lenalidomide itself to be refractory."""
    label = label_of(case, "US", "cilta_cel")
    if label is None or not since(case, date(2024, 4, 5)):
        return False
    other = not failed(case.history, "lenalidomide")
    assert not (other and label.status == "met")
    return other and bool(case.history.lines)


def inv_22(case: Sampled) -> bool:
    """Sd needs 4 lines and 2 PI, 2 IMiD and an anti-CD38 antibody refractory; in the EU also progression on the last."""
    counts = {"PI": 2, "IMID": 2, "CD38": 1}
    enough = all(refractory_of(case.history, key) >= count for key, count in counts.items())
    for place in case.answers:
        lacking = least_lines(case) < 4 or not enough or (place == "EU" and not progressed_on_last(case.history))
        label = label_of(case, place, "Sd")
        assert label is None or label.status != "met" or not lacking, place
    return (least_lines(case) < 4 or not enough) and bool(case.history.lines)


def inv_23(case: Sampled) -> bool:
    """A bispecific antibody alone needs 4 lines in the US, 3 and progression on the last in the EU, and all three classes."""
    held = False
    needs: dict[Jurisdiction, int] = {"US": 4, "EU": 3}
    for place, needed in needs.items():
        for name in ("tec_mono", "elra_mono", "linvo_mono", "tal_mono"):
            label = label_of(case, place, name)
            lacking = least_lines(case) < needed or not triple_exposed(case.history)
            lacking = lacking or (place == "EU" and not progressed_on_last(case.history))
            held = held or (lacking and label is not None)
            assert label is None or label.status != "met" or not lacking, (place, name)
    return held


def inv_35(case: Sampled) -> bool:
    """A criterion is judged by the least and the most lines; where they differ it is unknown, shown so, and no T1 rests on it."""
    low, high = least_lines(case), most_lines(case)
    if not case.history.lines or low == high:
        return False
    held = False
    for _, name, label in labels(case):
        for criterion in label.criteria:
            found = LEAST.match(criterion.text)
            if found is None:
                continue
            needed = int(found[1])
            certain = low >= needed or (high is not None and high < needed)
            wanted = "unknown" if not certain else "met" if low >= needed else "not-met"
            assert criterion.state == wanted, (name, criterion.text, criterion.state)
            assert criterion.depends_on_line_count == (wanted == "unknown")
            held = held or wanted == "unknown"
        if any(criterion.state == "unknown" for criterion in label.criteria):
            assert label.status != "met", name
    for place, told in case.answers.items():
        for option in told.options:
            open_ = [criterion for criterion in option.label.criteria if criterion.depends_on_line_count]
            assert option.tier != "T1" or (option.label.status == "met" and not open_)
            definite = any(criterion.state == "not-met" for criterion in option.label.criteria)
            if open_ and not definite and option in told.options[:5] and option.label.status == "unknown":
                assert "depends on line count" in card(case), (place, option.regimen)
    return held
