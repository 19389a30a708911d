"""Evidence counts from the day it was public (nothing later than `as_of`), and the performance status belongs to its population."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from cards.advise import advise
from cards.advise.evidence_fit import UNDATED
from cards.advise.model import Option
from cards.knowledge.loader import load_knowledge
from cards.present.cards import cards_for
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.fhir_charts import ask, chart
from tests.advise.histories import finding, history

KNOWLEDGE = load_knowledge()
BASES = yaml.safe_load(Path(__file__).with_name("row_charts.yaml").read_text(encoding="utf-8"))["bases"]


def on(day: date, patient: TreatmentHistory | None = None) -> dict[str, Option]:
    moved = replace(patient or history(), as_of=day)
    place = advise(moved, KNOWLEDGE, jurisdiction="US").by_jurisdiction["US"]
    return {option.regimen: option for option in place.recommendations}


def ids(option: Option) -> set[str]:
    return {item.evidence.id for item in option.evidence}


DATED = sorted(
    (item.published.latest, regimen.id, item.id)
    for regimen in KNOWLEDGE.regimens.values()
    for item in regimen.evidence
    if item.published is not None
)


@pytest.mark.parametrize("day", sorted({day for day, _, _ in DATED if day.year >= 2019}))
def test_nothing_is_used_that_was_published_later(day: date) -> None:
    before = date.fromordinal(day.toordinal() - 1)
    for when in (before, day):
        public = {name for latest, _, name in DATED if latest <= when}
        every_item = [item for regimen in KNOWLEDGE.regimens.values() for item in regimen.evidence]
        begun = {item.trial for item in every_item if item.published is None or item.id in public}
        dated = {item.trial for item in every_item if item.published is not None}
        to_come = {trial for trial in dated if not any(i.trial == trial and i.id in public for i in every_item)}
        undated = {item.id for item in every_item if item.published is None and item.trial in begun - to_come}
        for option in on(when).values():
            assert ids(option) <= public | undated
            every = {item.id for item in KNOWLEDGE.regimens[option.regimen].evidence}
            assert ids(option) == every & (public | undated)


@pytest.mark.parametrize("day", [date(2022, 6, 1), date(2024, 6, 1), date(2025, 6, 1), date(2026, 1, 15)])
def test_no_card_names_a_trial_that_was_still_to_come(day: date) -> None:
    later = {"MajesTEC-9": date(2026, 1, 16), "MonumenTAL-3": date(2026, 6, 13), "DREAMM-7": date(2025, 7, 31)}
    patient = replace(history(), as_of=day)
    text = " ".join(
        card.detail for card in cards_for(patient, advise(patient, KNOWLEDGE), program_version="1") if card.detail
    )
    for trial, known in later.items():
        if day < known:
            assert f"Evidence: {trial}" not in text
            assert f"{trial} is the closest" not in text


def test_an_off_label_use_that_rests_on_a_later_trial_is_t3_until_then() -> None:
    early, late = on(date(2025, 6, 1))["tec_mono"], on(date(2026, 2, 1))["tec_mono"]
    assert (early.tier, late.tier) == ("T3", "T2")
    assert any("published after 2025-06-01" in text for text in early.because)
    assert not any("MajesTEC-9" in text for text in early.because)
    assert any("MajesTEC-9" in text for text in late.because)


def test_an_undated_result_says_so_before_the_day_of_the_knowledge() -> None:
    patient = history(findings={"t(11;14)": finding("present")})
    early = on(date(2024, 6, 1), patient)["VenD"].evidence
    assert [item.evidence.id for item in early] == ["canova"]
    assert UNDATED in (early[0].because or "")
    assert UNDATED not in (on(date(2026, 11, 1), patient)["VenD"].evidence[0].because or "")


@pytest.mark.parametrize(
    ("ecog", "fit", "because"),
    [
        (0.0, "like-this-patient", None),
        (1.0, "like-this-patient", None),
        (2.0, "other-population", "the trial asked for ECOG 0 or 1"),
        (None, "like-this-patient", "no recent ECOG on record, the trial asked for ECOG 0 or 1"),
    ],
)
def test_the_performance_status_belongs_to_the_population(ecog: float | None, fit: str, because: str | None) -> None:
    patient = history(findings={} if ecog is None else {"ecog": finding(ecog)})
    found = next(
        item for item in on(date(2026, 11, 1), patient)["cilta_cel"].evidence if item.evidence.id == "cartitude-4"
    )
    assert (found.fit, found.because) == (fit, because)


DAYS = [
    date(2019, 8, 1),
    date(2021, 5, 1),
    date(2022, 12, 1),
    date(2023, 9, 1),
    date(2024, 5, 1),
    date(2025, 7, 10),
    date(2026, 3, 6),
]


@pytest.mark.parametrize("base", ["drvd-dr", "drvd-r", "two-lines", "four-lines", "after-car-t"])
@pytest.mark.parametrize("day", DAYS)
def test_no_part_of_a_card_names_a_trial_before_it_was_public(base: str, day: date) -> None:
    first: dict[str, date] = {}
    for item in (item for regimen in KNOWLEDGE.regimens.values() for item in regimen.evidence if item.published):
        assert item.published is not None
        first[item.trial] = min(first.get(item.trial, date.max), item.published.latest)
    for place in ("US", "EU"):
        answer = ask(chart(BASES[base], (), day), as_of=day, place=place)
        text = answer.cards["mm-options"].detail
        for trial, known in first.items():
            assert known <= day or not re.search(rf"(?<![\w-]){re.escape(trial)}(?![\w-])", text), trial
