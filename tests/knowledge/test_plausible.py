"""Slips of the pen in the figures: intervals that miss their ratio, shares above 100 %, more complete responses than responses.

The figures are typed by hand. These checks need no source: they hold for every trial there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from cards.advise.case import Case
from cards.advise.evidence_fit import fit
from cards.advise.parameters import AdviceParameters
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Evidence
from tests.advise.histories import history

KNOWLEDGE = load_knowledge()
EVIDENCE = [item for regimen in KNOWLEDGE.regimens.values() for item in regimen.evidence] + list(KNOWLEDGE.context)
NUMBER = r"(\d+(?:\.\d+)?)"
INTERVAL = re.compile(r"\b\d+\.\d+-\d+\.\d+")
RATIO = re.compile(r"HR (\d+\.\d+)[ ,(]+(?:[\d.]+ % CI )?(\d+\.\d+)-(\d+\.\d+)")
SHARE = re.compile(rf"{NUMBER} %(?! CI)")
CHANCE = re.compile(rf"p={NUMBER}")
AGAINST = rf"{NUMBER} %(?:\s\([^)]*\))?(?: (?:against|and) {NUMBER} %)?"
RESPONSE = re.compile(rf"(?:^|[.;:] )(?:Final: |[^.;:]*; )?response in {AGAINST}", re.IGNORECASE)
COMPLETE = re.compile(rf"complete response(?: or better)? in {AGAINST}")
SIZE = re.compile(r"\b(\d+) (?:patients|on PVd|on DPd|on Vd|on Pd|on Kd|on DVd|on the control)|against (\d+)\b")
FREE = re.compile(rf"progression-free(?: survival)?(?: of)? {NUMBER}(?: (?:against|and) {NUMBER})? months")
ALIVE = re.compile(rf"overall survival {NUMBER}(?: (?:against|and) {NUMBER})? months")
MEDIAN_LINES = re.compile(r"median (\d+) (?:lines|regimens)")


def _pairs(items: list[re.Match[str]]) -> list[float]:
    return [float(value) for found in items[:1] for value in found.groups() if value is not None]


def _of(pattern: re.Pattern[str]) -> Iterator[Evidence]:
    return (item for item in EVIDENCE if pattern.search(item.text))


@pytest.mark.parametrize("item", list(_of(INTERVAL)), ids=lambda item: item.id)
def test_every_ratio_lies_within_its_interval(item: Evidence) -> None:
    ratios = [tuple(map(float, found)) for found in RATIO.findall(item.text)]
    assert len(ratios) == len(INTERVAL.findall(item.text)), "an interval without its ratio"
    for ratio, low, high in ratios:
        assert low < ratio < high
        assert abs(ratio * ratio / (low * high) - 1) < 0.12, "the interval of a ratio is symmetric in its logarithm"


@pytest.mark.parametrize("item", EVIDENCE, ids=lambda item: item.id)
def test_shares_chances_and_sizes_are_possible(item: Evidence) -> None:
    words = f"{item.population} {item.text}"
    assert all(0 < float(share) <= 100 for share in SHARE.findall(words))
    assert all(0 < float(chance) < 1 for chance in CHANCE.findall(words))
    sizes = [int(first or second) for first, second in SIZE.findall(item.design)]
    assert all(20 <= size <= 1000 for size in sizes), sizes


def test_the_sizes_are_found() -> None:
    named = {item.id for item in EVIDENCE if SIZE.search(item.design)}
    assert len(named) > 0.7 * len(EVIDENCE)


@pytest.mark.parametrize("item", list(_of(COMPLETE)), ids=lambda item: item.id)
def test_no_more_complete_responses_than_responses(item: Evidence) -> None:
    every, complete = _pairs(list(RESPONSE.finditer(item.text))), _pairs(list(COMPLETE.finditer(item.text)))
    assert every
    assert len(every) == len(complete)
    assert all(whole >= part for whole, part in zip(every, complete, strict=True)), (every, complete)


@pytest.mark.parametrize(
    "item", [item for item in _of(FREE) if ALIVE.search(item.text)], ids=lambda item: item.id
)  # fmt: skip
def test_nobody_lives_shorter_than_without_progression(item: Evidence) -> None:
    free, alive = _pairs(list(FREE.finditer(item.text))), _pairs(list(ALIVE.finditer(item.text)))
    assert all(first <= second for first, second in zip(free, alive, strict=False)), (free, alive)


@pytest.mark.parametrize(
    "item", [item for item in EVIDENCE if item.cd38_refractory == "none"], ids=lambda item: item.id
)
def test_a_trial_without_refractory_patients_asks_for_none(item: Evidence) -> None:
    asked = item.eligibility
    assert asked is None or not {"CD38", "daratumumab", "isatuximab"} & set(asked.refractory)


def test_labels_stand_in_the_order_of_their_days() -> None:
    for name, regimen in KNOWLEDGE.regimens.items():
        for key in {(window.jurisdiction, window.route) for window in regimen.labels}:
            windows = [window for window in regimen.labels if (window.jurisdiction, window.route) == key]
            for before, after in pairwise(windows):
                assert before.end is not None, name
                assert after.start == before.end, (name, key)
            assert windows[-1].end is None, (name, key)


def test_every_source_is_cited() -> None:
    cited = {source for item in EVIDENCE for source in item.sources}
    for regimen in KNOWLEDGE.regimens.values():
        cited |= {*regimen.schedule_sources, *(source for window in regimen.labels for source in window.sources)}
    cited |= {source for caution in KNOWLEDGE.cautions for source in caution.sources}
    cited |= {source for drug in KNOWLEDGE.drugs.values() for source in drug.sources}
    cited |= {source for policy in KNOWLEDGE.policies.values() for source in policy.sources}
    cited |= {source for pattern in KNOWLEDGE.patterns for source in pattern.sources}
    cited |= {source for study in KNOWLEDGE.studies for source in study.sources}
    assert cited == set(KNOWLEDGE.sources)


# A first relapse is not "like" patients with a median of five or six lines, even when all three classes were given.
@pytest.mark.parametrize(
    "item",
    [item for item in EVIDENCE if (found := MEDIAN_LINES.search(item.population)) and int(found[1]) >= 5],
    ids=lambda item: item.id,
)
def test_patients_at_first_relapse_are_unlike_those_of_heavily_pretreated_trials(item: Evidence) -> None:
    patient = history(
        {"bortezomib": "exposed-not-refractory", "lenalidomide": "refractory", "daratumumab": "refractory"}
    )
    case = Case(patient, KNOWLEDGE, "US", "unknown", AdviceParameters())
    assert fit(item, case).fit == "other-population"
