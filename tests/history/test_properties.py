"""What must hold for every chart, not for examples (L03, L23, F01–F15; invariants 9, 10, 36 of the advice)."""

from __future__ import annotations

import os
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.history import TreatmentHistory, build_history
from fhir_mappings.record import DrugRecord, LabValue, PatientRecord, StatedStatus, TreatmentEvent
from tests.history.strategies import AS_OF, charts

FLAGS = frozenset(
    """
    access_substitution agents_unnamed antibody_interference biochemical_only blinded borderline_60d
    cart_not_infused cart_pending clinical_relapse_suspected conditioning_inferred conflict current
    date_imprecise duplicate_merged end_imputed explicit_only flc_escape_suspected history_incomplete
    indication_unclear knowledge_stale late_planned_add line_number_conflict local_cns_therapy
    low_dose_refractory maintenance_added_drug order_only other_indication pd_off_therapy
    penta_by_second_agent relapsed_after_car_t responded_on_rechallenge response_unknown
    retreatment_same_regimen same_class_switch sanctuary_site short_exposure_pd short_line_pd
    stopped_for_toxicity toxicity_substitution unit_suspect urine_missing
    """.split()  # noqa: SIM905
)
_DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
many = settings(
    max_examples=200 * _DEEP, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=_DEEP == 1
)


def _statuses(history: TreatmentHistory) -> dict[str, str]:
    assert history.agents is not None
    return {agent: status.status for agent, status in history.agents.items()}


@many
@given(charts(), st.randoms(use_true_random=False))
def test_order_of_resources_does_not_matter(chart: PatientRecord, random: object) -> None:
    mixed = replace(
        chart,
        drugs=tuple(reversed(chart.drugs)),
        labs=tuple(sorted(chart.labs, key=lambda lab: lab.value)),
        statements=tuple(reversed(chart.statements)),
        events=tuple(reversed(chart.events)),
    )
    one, two = build_history(chart, AS_OF), build_history(mixed, AS_OF)
    assert replace(one, labs=()) == replace(two, labs=())


@many
@given(charts())
def test_counts_keep_their_order(chart: PatientRecord) -> None:
    count = build_history(chart, AS_OF).line_count
    assert count is not None
    for found in (count.all, count.prior):
        assert 0 <= found.min <= found.imwg
        assert found.max is None or found.imwg <= found.max
    assert count.prior.imwg <= count.all.imwg


@many
@given(charts())
def test_refractory_needs_progression_or_assessments(chart: PatientRecord) -> None:
    """Removing every laboratory value, statement and reason never leaves or makes anything refractory or naive."""
    bare = replace(chart, labs=(), statements=(), drugs=tuple(replace(d, stop_reason=None) for d in chart.drugs))
    before, after = build_history(chart, AS_OF), build_history(bare, AS_OF)
    assert "refractory" not in _statuses(after).values()
    assert set(_statuses(before)) == set(_statuses(after))


@many
@given(charts())
def test_planned_and_denied_records_are_no_exposure(chart: PatientRecord) -> None:
    statuses = _statuses(build_history(chart, AS_OF))
    given = {d.agent for d in chart.drugs if d.taken in {"taken", "unclear"}}
    inferred = {"melphalan"} if chart.events else set()
    assert set(statuses) <= given | inferred


@many
@given(charts())
def test_recorded_exposure_is_never_naive(chart: PatientRecord) -> None:
    history = build_history(chart, AS_OF)
    for record in chart.drugs:
        if record.agent == "cyclophosphamide":
            continue  # as mobilisation or lymphodepletion it stands in a phase only (E20)
        if record.taken == "taken" and (record.start is None or record.start.earliest <= AS_OF):
            assert history.status_of(record.agent) not in {"naive", "not-recorded"}, record


@many
@given(charts(), st.integers(-2000, 2000))
def test_moving_every_date_moves_the_output(chart: PatientRecord, days: int) -> None:
    moved = build_history(_moved(chart, days), AS_OF + timedelta(days=days))
    still = build_history(chart, AS_OF)
    assert _statuses(moved) == _statuses(still)
    assert moved.line_count == still.line_count
    assert moved.lines is not None
    assert still.lines is not None
    assert [line.start for line in moved.lines] == [line.start + timedelta(days=days) for line in still.lines]


@many
@given(charts())
def test_a_supportive_drug_changes_nothing(chart: PatientRecord) -> None:
    extra = DrugRecord("MedicationStatement/z", "zoledronic acid", "statement", "taken", ChartDate.of(date(2020, 1, 1)))
    one, two = build_history(chart, AS_OF), build_history(replace(chart, supportive=(extra,)), AS_OF)
    assert replace(one, supportive_agents=()) == replace(two, supportive_agents=())


@many
@given(charts(), st.integers(0, 2000))
def test_refractory_never_goes_back(chart: PatientRecord, offset: int) -> None:
    """F11: what is refractory by full, unambiguous evidence on a day is so on every later day."""
    earlier = AS_OF - timedelta(days=offset)
    chart = replace(chart, drugs=tuple(d for d in chart.drugs if d.end is not None and d.taken == "taken"), events=())
    before = build_history(chart, earlier)
    now = build_history(chart, AS_OF)
    for agent, status in (before.agents or {}).items():
        proven = status.status == "refractory" and {"F02", "F03"} <= set(status.basis) and status.since is not None
        if proven and status.confidence != "low" and "E13" not in status.basis and _settled(chart, agent, earlier):
            assert now.agents is not None
            assert now.agents[agent].status == "refractory", agent


def _settled(chart: PatientRecord, agent: str, day: date) -> bool:
    """No dose of the drug crosses the day, so that later records cannot change what it was on the day."""
    return all(d.end is not None and d.end.latest + timedelta(days=120) <= day for d in chart.drugs if d.agent == agent)


@many
@given(charts())
def test_day_61_after_the_last_dose_is_out(chart: PatientRecord) -> None:
    """F02: without non-response or a statement, no refractory drug has its progression beyond day 60."""
    history = build_history(chart, AS_OF)
    for agent, status in (history.agents or {}).items():
        if status.status != "refractory" or status.since is None or "E13" in status.basis or "E10" in status.basis:
            continue
        last = max((d.end.latest for d in chart.drugs if d.agent == agent and d.end), default=AS_OF)
        running = any(d.agent == agent and d.end is None for d in chart.drugs)
        transplants = [event.date.latest for event in chart.events if event.date]
        nearest = max([last, *(transplants if agent == "melphalan" else [])])
        assert running or (status.since - nearest).days <= 60


@many
@given(charts(), st.integers(0, 2500))
def test_less_follow_up_never_shows_more_sensitivity(chart: PatientRecord, offset: int) -> None:
    """Deleting later assessments, statements and lines never turns exposed-unknown into exposed-not-refractory (E11)."""
    limit = AS_OF - timedelta(days=offset)
    shorter = replace(
        chart,
        labs=tuple(lab for lab in chart.labs if lab.date.latest <= limit),
        statements=tuple(s for s in chart.statements if s.date is not None and s.date.latest <= limit),
    )
    history = build_history(chart, AS_OF)
    full, less = _statuses(history), _statuses(build_history(shorter, AS_OF))
    for agent, status in full.items():
        progressed = any(s.value == "progression" for s in chart.statements) or _rises(chart)
        # What is unknown because stable disease is on record (E13) may look sensitive where even that was deleted (E11).
        stable = history.agents is not None and "E13" in history.agents[agent].basis
        if status == "exposed-unknown" and not progressed and not stable:
            assert less[agent] != "exposed-not-refractory", agent


def _rises(chart: PatientRecord) -> bool:
    """A later rise can make unknown what was sensitive before: then less data may honestly say less."""
    values = [lab.value for lab in sorted(chart.labs, key=lambda lab: lab.date.earliest)]
    return any(later - earlier >= 5 for i, earlier in enumerate(values) for later in values[i + 1 :])


@many
@given(charts(), st.integers(0, 2500))
def test_nothing_is_known_before_it_happened(chart: PatientRecord, offset: int) -> None:
    """As of a day: every date of the history lies on or before it, and later records change nothing (F11)."""
    day = AS_OF - timedelta(days=offset)
    history = build_history(chart, day)
    for line in history.lines or ():
        assert line.start <= day
        assert all(event.date <= day for event in line.progressions)
        assert line.end is None or line.end <= day
    for status in (history.agents or {}).values():
        assert status.since is None or status.since <= day
    earlier = replace(
        chart,
        labs=tuple(lab for lab in chart.labs if lab.date.earliest <= day),
        statements=tuple(s for s in chart.statements if s.date is not None and s.date.earliest <= day),
        drugs=tuple(d for d in chart.drugs if d.start is None or d.start.earliest <= day),
        events=tuple(e for e in chart.events if e.date is not None and e.date.earliest <= day),
    )
    before = build_history(earlier, day)
    if history.agents is None:  # before the diagnosis
        assert before.agents is None
        return
    assert _statuses(before) == _statuses(history)


@many
@given(charts())
def test_flags_come_from_the_closed_list(chart: PatientRecord) -> None:
    """E29: no other name of a flag is ever given."""
    history = build_history(chart, AS_OF)
    found = set(history.flags)
    for line in history.lines or ():
        found |= {*line.flags, *(flag for event in line.progressions for flag in event.flags)}
    found |= {flag for status in (history.agents or {}).values() for flag in status.flags}
    assert found <= FLAGS


def _moved(chart: PatientRecord, days: int) -> PatientRecord:
    def move(when: ChartDate | None) -> ChartDate | None:
        return when.shift(days) if when else None

    def lab(value: LabValue) -> LabValue:
        return replace(value, date=value.date.shift(days))

    def statement(value: StatedStatus) -> StatedStatus:
        return replace(value, date=move(value.date))

    def event(value: TreatmentEvent) -> TreatmentEvent:
        return replace(value, date=move(value.date))

    return replace(
        chart,
        drugs=tuple(replace(d, start=move(d.start), end=move(d.end), asserted=move(d.asserted)) for d in chart.drugs),
        labs=tuple(lab(value) for value in chart.labs),
        statements=tuple(statement(value) for value in chart.statements),
        events=tuple(event(value) for value in chart.events),
        problems=tuple(replace(p, onset=move(p.onset)) for p in chart.problems),
    )
