"""When a drug was given and how surely, by resource type (L01, L02, L03, E19)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.durations import CYCLE_DAYS, days_of
from fhir_mappings.read.elements import Dosage
from fhir_mappings.read.facts import (
    Facts,
    first_date,
    start_of,
    status_word,
)
from fhir_mappings.read.resources import (
    DrugResource,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Procedure,
)
from fhir_mappings.record import DrugSource, Taken

_PLANNED_INTENTS = frozenset({"proposal", "plan", "option"})


class Course(Struct, frozen=True):
    """What one resource says about time and certainty, whatever its type."""

    source: DrugSource
    taken: Taken | None
    """`None`: the record is not used at all."""
    start: ChartDate | None = None
    end: ChartDate | None = None
    ongoing: bool = False
    asserted: ChartDate | None = None
    supply_covers_cycle: bool = False
    why_not: str | None = None
    """Why the record is no exposure, for `excluded`."""


def course_of(resource: DrugResource) -> Course:
    """Return what a drug record of any type says about time and certainty."""
    if isinstance(resource, MedicationStatement):
        return _statement(resource)
    if isinstance(resource, MedicationRequest):
        return _request(resource)
    if isinstance(resource, MedicationAdministration):
        return _administration(resource)
    if isinstance(resource, MedicationDispense):
        return _dispense(resource)
    return Course("statement", None)


def within(course: Course, resource: DrugResource, facts: Facts) -> Course:
    """Return the course of a drug with the dates of the treatment that it is part of, where it has none of its own (registries)."""
    if course.start is not None or course.taken in {None, "planned", "not-taken"}:
        return course
    for reference in resource.part_of:
        whole = facts.references.resolve(reference, resource)
        if isinstance(whole, Procedure) and status_word(whole.status) in {None, "completed", "in-progress", "stopped"}:
            period = whole.performed_period
            start = first_date(whole.performed_date_time, period.start if period else None)
            end = course.end or first_date(period.end if period else None)
            if start is not None:
                ongoing = course.ongoing and end is None
                return replace(course, start=start, end=end, ongoing=ongoing)
    return course


def _statement(statement: MedicationStatement) -> Course:
    """L02: active, completed, stopped and (with a start) on-hold are exposure; intended is a plan; not-taken is a negative."""
    status = status_word(statement.status)
    period = statement.effective_period
    timing = statement.effective_timing
    start = first_date(
        statement.effective_date_time, period.start if period else None, *(timing.event if timing else ())
    )
    end = first_date(period.end) if period else None
    asserted = first_date(statement.date_asserted)
    repeat = _bounds(statement.dosage)
    start = start or repeat[0]
    end = end or repeat[1]
    if status in {"entered-in-error", "draft"}:
        return Course("statement", None, why_not=f"status {status}")
    taken: Taken = "taken"
    why_not = None
    if status == "not-taken":
        taken, why_not = "not-taken", "status not-taken"
    elif status == "intended":
        taken, why_not = "planned", "status intended: planned, not an exposure"
    elif status == "on-hold" and start is None:
        return Course("statement", None, why_not="status on-hold without any start")
    elif status not in {"active", "completed", "stopped", "on-hold"}:
        taken = "unclear"
    return Course("statement", taken, start, end, status == "active" and end is None, asserted, why_not=why_not)


def _request(request: MedicationRequest) -> Course:
    """L02, E19: an order; proposals, plans and options are plans; drafts and cancelled orders are nothing."""
    status, intent = status_word(request.status), status_word(request.intent)
    if status in {"draft", "cancelled", "entered-in-error"}:
        return Course("request", None, why_not=f"order status {status}")
    if request.do_not_perform:
        return Course("request", None, why_not="an order not to give the drug")
    supply = request.dispense_request
    validity = supply.validity_period if supply else None
    dosing = request.effective_dose_period
    bound_start, bound_end = _bounds(request.dosage_instruction)
    ordered = first_date(request.authored_on)
    if dosing is not None:
        bound_start, bound_end = bound_start or first_date(dosing.start), bound_end or first_date(dosing.end)
    start = bound_start or first_date(validity.start if validity else None) or ordered
    supply_days = days_of(supply.expected_supply_duration) if supply else None
    repeats = (supply.number_of_repeats_allowed or 0) if supply else 0
    end = bound_end or first_date(validity.end if validity else None)
    if end is None and start is not None and supply_days:
        end = start.shift(round(supply_days * (1 + repeats)))
    covered = (end.latest - start.earliest).days if start and end else 0
    if intent in _PLANNED_INTENTS:
        return Course(
            "request",
            "planned",
            start,
            end,
            asserted=ordered,
            why_not=f"order of intent {intent}: planned, not an exposure",
        )
    return Course(
        "request",
        "ordered",
        start,
        end,
        ongoing=status == "active" and end is None,
        asserted=ordered,
        supply_covers_cycle=repeats >= 1 or covered >= CYCLE_DAYS or (supply_days or 0) >= CYCLE_DAYS,
    )


def _administration(administration: MedicationAdministration) -> Course:
    """L02: completed and in-progress count unless the amount is 0; on-hold and stopped only when an amount was given."""
    status = status_word(administration.status)
    period = administration.effective_period
    start = first_date(administration.effective_date_time, start_of(period))
    end = first_date(period.end if period else None) or start
    given = administration.dosage is not None and administration.dosage.dose is not None
    amount = administration.dosage.dose.value if administration.dosage and administration.dosage.dose else None
    if amount == 0:
        return Course("administration", None, why_not="an administration of the amount 0")
    if status in {"completed", "in-progress"} or (status in {"on-hold", "stopped"} and given):
        return Course("administration", "taken", start, end, asserted=start)
    return Course("administration", None, why_not=f"administration status {status or 'missing'}")


def _dispense(dispense: MedicationDispense) -> Course:
    status = status_word(dispense.status)
    if status in {"cancelled", "declined", "entered-in-error"}:
        return Course("dispense", None, why_not=f"dispense status {status}")
    handed = first_date(dispense.when_handed_over)
    start = handed or first_date(dispense.when_prepared)
    days = days_of(dispense.days_supply) or (dispense.days_supply.value if dispense.days_supply else None)
    end = start.shift(round(days)) if start and days and 0 < days < 1000 else None
    taken: Taken = (
        "taken"
        if status in {"completed", "stopped"} or (handed and status in {"in-progress", "on-hold"})
        else "ordered"
    )
    if status not in {"completed", "stopped", "in-progress", "on-hold", "preparation"}:
        taken = "unclear"
    return Course("dispense", taken, start, end, asserted=start, supply_covers_cycle=(days or 0) >= CYCLE_DAYS)


def _bounds(dosages: list[Dosage]) -> tuple[ChartDate | None, ChartDate | None]:
    """Return the earliest start and the latest end that timings bound."""
    starts: list[ChartDate] = []
    ends: list[ChartDate] = []
    for dosage in dosages:
        timing = dosage.timing
        if timing is None:
            continue
        starts += [date for event in timing.event if (date := first_date(event))]
        repeat = timing.repeat
        period = repeat.bounds_period if repeat else None
        start = first_date(period.start) if period else None
        if start:
            starts.append(start)
        if period and (end := first_date(period.end)):
            ends.append(end)
    if starts and not ends:
        for dosage in dosages:
            repeat = dosage.timing.repeat if dosage.timing else None
            days = days_of(repeat.bounds_duration) if repeat else None
            if days:
                ends.append(min(starts).shift(round(days)))
    return min(starts, default=None), max(ends, default=None, key=lambda date: date.latest)
