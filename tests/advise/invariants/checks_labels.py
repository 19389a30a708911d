"""Invariants 14 to 23 and 35: labels by day and place, and counts of lines. Each returns whether its premise held."""

from datetime import date

from cards.advise.facts import prior_lines
from tests.advise.invariants.look import EXPOSED, label_of, labels, least_lines, options, since, triple_exposed
from tests.advise.invariants.sample import KNOWLEDGE, Sampled

NEVER = {
    "EU": ("tec_dara", "IberDd", "anito_cel", "tal_dara", "tal_dara_pom", "MeziKd"),
    "US": ("IberDd", "anito_cel", "tal_dara", "tal_dara_pom", "MeziKd"),
}


def inv_14(case: Sampled) -> bool:
    """Label status is computed from the day asked about."""
    found = list(labels(case))
    assert all(verdict.as_of == case.history.as_of for _, _, verdict in found)
    return bool(found)


def inv_15(case: Sampled) -> bool:
    """No approval later than the day is used, and nothing withdrawn is current."""
    held = False
    for place, name, verdict in labels(case):
        starts = [w.start for w in KNOWLEDGE.regimens[name].labels if w.jurisdiction == place]
        known = [bound.earliest for bound in starts if bound is not None]
        if len(known) == len(starts) and known and case.history.as_of < min(known):
            held = True
            assert verdict.status not in {"met", "not-met", "withdrawn", "pending"}
    gone = label_of(case, "US", "melflufen_d")
    if gone is not None and since(case, date(2024, 2, 23)):
        assert gone.status == "withdrawn"
        assert not any(
            option.regimen == "melflufen_d" and option.label.jurisdiction == "US" for option in options(case)
        )
    return held


def inv_16(case: Sampled) -> bool:
    """What is pending or not confirmed is never shown as authorised."""
    held = False
    for place, names in NEVER.items():
        for name in names:
            verdict = label_of(case, place, name)  # type: ignore[arg-type]
            held = held or verdict is not None
            assert verdict is None or verdict.status in {"pending", "off-label", "not-authorised", "unknown"}, (
                place,
                name,
            )
    eu = label_of(case, "EU", "melflufen_d")
    assert eu is None or eu.status != "met" or least_lines(case) >= 3
    return held


def inv_17(case: Sampled) -> bool:
    """US and EU are never merged; both are shown, labelled."""
    for place, _, verdict in labels(case):
        assert verdict.jurisdiction == place
    card = case.cards.get("mm-options")
    if case.jurisdiction != "both" or card is None:
        return False
    assert "## US" in card.detail
    assert "## EU" in card.detail
    return True


def inv_18(case: Sampled) -> bool:
    """Belantamab alone is no option after its withdrawal."""
    held = False
    for place, last in (("US", date(2022, 11, 22)), ("EU", date(2024, 2, 23))):
        if since(case, last):
            held = True
            verdict = label_of(case, place, "bela_mono")  # type: ignore[arg-type]
            assert verdict is None or verdict.status != "met"
            assert not any(o.regimen == "bela_mono" and o.label.jurisdiction == place for o in options(case))
    return held


def inv_19(case: Sampled) -> bool:
    """BPd, PVd and KPd are never US-approved."""
    found = [label_of(case, "US", name) for name in ("BPd", "PVd", "KPd")]
    assert all(verdict is None or verdict.status not in {"met", "not-met"} for verdict in found)
    assert not any(option.regimen == "BPd" and option.label.jurisdiction == "US" for option in options(case))
    return any(verdict is not None for verdict in found)


def inv_20(case: Sampled) -> bool:
    """Ide-cel in the US needs its lines and all three classes."""
    verdict = label_of(case, "US", "ide_cel")
    if verdict is None or not since(case, date(2021, 3, 26)):
        return False
    needed = 2 if since(case, date(2024, 4, 4)) else 4
    short = least_lines(case) < needed or not triple_exposed(case.history)
    assert not (short and verdict.status == "met")
    return short


def inv_21(case: Sampled) -> bool:
    """Cilta-cel in the US since April 2024 needs lenalidomide itself to be refractory."""
    verdict = label_of(case, "US", "cilta_cel")
    if verdict is None or not since(case, date(2024, 4, 5)):
        return False
    other = case.history.status_of("lenalidomide") != "refractory"
    assert not (other and verdict.status == "met")
    return other


def inv_22(case: Sampled) -> bool:
    """Sd needs 4 lines and 2 PI, 2 IMiD and an anti-CD38 antibody refractory."""
    counts = {"PI": 2, "IMID": 2, "CD38": 1}
    gone = [name for name, status in (case.history.agents or {}).items() if status.status == "refractory"]
    enough = all(
        sum(key in KNOWLEDGE.drugs[name].classes for name in gone if name in KNOWLEDGE.drugs) >= count
        for key, count in counts.items()
    )
    lacking = least_lines(case) < 4 or not enough
    for place in ("US", "EU"):
        verdict = label_of(case, place, "Sd")
        assert verdict is None or verdict.status != "met" or not lacking
    return lacking and bool(case.history.lines)


def inv_23(case: Sampled) -> bool:
    """A bispecific antibody alone needs 4 lines in the US, 3 in the EU, and all three classes."""
    held = False
    for place, needed in (("US", 4), ("EU", 3)):
        for name in ("tec_mono", "elra_mono", "linvo_mono", "tal_mono"):
            verdict = label_of(case, place, name)  # type: ignore[arg-type]
            lacking = least_lines(case) < needed or not triple_exposed(case.history)
            held = held or (lacking and verdict is not None)
            assert verdict is None or verdict.status != "met" or not lacking, (place, name)
    return held


def inv_35(case: Sampled) -> bool:
    """A criterion that only the count of lines leaves open is unknown, and no T1 rests on it."""
    low, high = prior_lines(case.history)
    if case.history.lines is None or low == high:
        return False
    for _, _, verdict in labels(case):
        for criterion in verdict.criteria:
            if "depends on line count" in criterion.flags:
                assert criterion.state == "unknown"
                assert verdict.status != "met"
    assert all(option.label.status == "met" for option in options(case) if option.tier == "T1")
    for option in options(case):
        assert option.tier != "T1" or not any(c.state == "unknown" for c in option.label.criteria)
    return EXPOSED.issuperset({"refractory"})
