"""An imprecise date says what all of its days say; where they differ, the answer is open and flagged (section 0, F14)."""

from __future__ import annotations

import calendar
import os
from datetime import date
from typing import Any, Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.history import TreatmentHistory, build_history
from fhir_mappings.history.readings import readings
from fhir_mappings.record import PatientRecord
from tests.history.charts import chart_of
from tests.history.strategies import AS_OF, charts

_DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
some = settings(
    max_examples=120 * _DEEP, deadline=None, suppress_health_check=list(HealthCheck), derandomize=_DEEP == 1
)
_DEFINITE = frozenset({"refractory", "exposed-not-refractory"})
Place = tuple[Literal["drugs", "statements", "events"], int, Literal["start", "end", "date"]]


def _places(record: PatientRecord) -> list[Place]:
    found: list[Place] = []
    for index, drug in enumerate(record.drugs):
        if drug.start is not None:
            found.append(("drugs", index, "start"))
        if drug.end is not None:
            found.append(("drugs", index, "end"))
    found += [("statements", index, "date") for index in range(len(record.statements))]
    return found + [("events", index, "date") for index in range(len(record.events))]


def _day_at(record: PatientRecord, place: Place) -> date:
    kind, index, name = place
    found: ChartDate = getattr(getattr(record, kind)[index], name)
    return found.earliest


def _with(record: PatientRecord, place: Place, when: ChartDate) -> PatientRecord:
    kind, index, name = place
    items = list(getattr(record, kind))
    items[index] = replace(items[index], **{name: when})
    return replace(record, **{kind: tuple(items)})


def _possible(record: PatientRecord, place: Place, vague: ChartDate) -> list[date]:
    """Return the first, the true and the last day of a vague date, without those on which a drug would end before it begins."""
    kind, index, name = place
    days = {vague.earliest, _day_at(record, place), vague.latest}
    if kind == "drugs":
        drug = record.drugs[index]
        if name == "start" and drug.end is not None:
            days = {day for day in days if day <= drug.end.earliest}
        if name == "end" and drug.start is not None:
            days = {day for day in days if day >= drug.start.earliest}
    return sorted(days)


@some
@given(charts(), st.data(), st.booleans())
def test_a_vague_date_claims_nothing_that_one_of_its_days_denies(
    chart: PatientRecord, data: Any, whole_year: bool
) -> None:
    places = _places(chart)
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    day = _day_at(chart, place)
    vague = ChartDate(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))
    if whole_year:
        vague = ChartDate(date(day.year, 1, 1), date(day.year, 12, 31))
    told = build_history(_with(chart, place, vague), AS_OF)
    for other in _possible(chart, place, vague):
        known = build_history(_with(chart, place, ChartDate.of(other)), AS_OF)
        _nothing_denied(told, known, at_an_end=other in {vague.earliest, vague.latest})


def _nothing_denied(told: TreatmentHistory, known: TreatmentHistory, *, at_an_end: bool) -> None:
    """The first and the last day say the same; a day between them, of which not all are tried, never says the contrary."""
    assert told.agents is not None
    assert known.agents is not None
    assert told.line_count is not None
    assert known.line_count is not None
    for agent, status in told.agents.items():
        other = known.agents[agent].status
        if status.status in _DEFINITE and (at_an_end or other in _DEFINITE):
            assert other == status.status, agent
    wide, exact = told.line_count.all, known.line_count.all
    assert wide.min <= exact.imwg
    assert wide.max is None or exact.imwg <= wide.max


def test_a_chart_with_every_date_known_is_read_once() -> None:
    case = {"as_of": date(2022, 1, 1), "drugs": ["bortezomib 2021-01-10..2021-06-10"], "statements": ["PR 2021-03-01"]}
    assert readings(chart_of(case)) == ()
    vague = readings(chart_of(case | {"drugs": ["bortezomib 2021-01..2021-06-10"]}))
    assert [str(r.drugs[0].start) for r in vague] == ["2021-01-01", "2021-01-31", "2021-01-31"]


def test_drugs_that_end_and_begin_in_one_month_follow_each_other() -> None:
    drugs = ["carfilzomib 2016-05-02..2016-08", "bortezomib 2016-08..2016-12-10"]
    found = readings(chart_of({"as_of": date(2017, 1, 1), "drugs": drugs}))
    assert [(str(r.drugs[0].end), str(r.drugs[1].start)) for r in found] == [
        ("2016-08-01", "2016-08-02"),
        ("2016-08-30", "2016-08-31"),
        ("2016-08-01", "2016-08-31"),
    ]


def _progressing(drugs: list[str], statements: list[str]) -> str:
    case = {
        "as_of": date(2022, 3, 1),
        "diagnosis": {"myeloma": date(2020, 12, 20)},
        "drugs": drugs,
        "statements": statements,
    }
    summary = build_history(chart_of(case), date(2022, 3, 1)).summary
    assert summary is not None
    return summary.progressing


def test_progression_in_the_month_of_the_next_drug_is_open() -> None:
    first = "bortezomib 2021-01-10..2022-01-05"
    assert _progressing([first, "daratumumab 2022-02-15..2022-02-28"], ["progression 2022-02-20"]) == "yes"
    assert _progressing([first, "daratumumab 2022-02-15..2022-02-28"], ["progression 2022-02"]) == "unknown"


def test_the_diagnosis_of_a_year_leaves_completeness_open() -> None:
    def complete(since: str) -> str:
        case = {
            "as_of": date(2022, 3, 1),
            "diagnosis": {"myeloma": since},
            "drugs": ["bortezomib 2021-06-10..2021-09-10"],
        }
        summary = build_history(chart_of(case), date(2022, 3, 1)).summary
        assert summary is not None
        return summary.history_complete

    assert (complete("2021-05-20"), complete("2021-01-20")) == ("yes", "no")
    assert (complete("2021-05"), complete("2021")) == ("yes", "unknown")
