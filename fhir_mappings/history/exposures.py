"""From single records to courses: when each drug was really given (L01–L04, L14, E19, E20, E30).

Records of one drug that overlap or lie close together become one `Course`. Transplant conditioning, lymphodepletion and
mobilisation are set apart first; they belong to their procedure and never start a line (L04).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.course_of_records import course_of
from fhir_mappings.history.drug_records import by_agent, intents_of, record_key
from fhir_mappings.history.joining import joined, later_starts, newly_begun
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import DrugRecord, Excluded, TreatmentEvent
from fhir_mappings.terminology.agents import agent_of

_BARRIERS = frozenset({"autologous-transplant", "allogeneic-transplant", "transplant", "car-t"})
_CONDITIONING = frozenset({"melphalan", "busulfan", "carmustine"})
_LYMPHODEPLETION = frozenset({"cyclophosphamide", "bendamustine"})


class Exposures(Struct, frozen=True):
    """All courses by date, those that belong to procedures, single orders, and what was left out."""

    courses: tuple[Course, ...]
    undated: tuple[Course, ...]
    procedural: tuple[Course, ...]
    single_orders: tuple[Course, ...]
    planned: tuple[DrugRecord, ...]
    excluded: tuple[Excluded, ...]


def build_exposures(
    records: Iterable[DrugRecord],
    events: Sequence[TreatmentEvent],
    as_of: date,
    parameters: Parameters,
    progressed: Sequence[date] = (),
) -> Exposures:
    """Join drug records into courses.

    Steroids for other diseases, as premedication or with supportive intent are listed in `excluded` (L04, L05, L06). `progressed` are
    days of progression: a drug that had paused then and was begun again was given twice (E01).
    """
    usable: list[DrugRecord] = []
    excluded: list[Excluded] = []
    planned: list[DrugRecord] = []
    records = sorted(records, key=record_key)
    denied = [record for record in records if record.taken == "not-taken"]
    for record in records:
        if record.taken == "planned":
            planned.append(record)
        elif record.taken != "not-taken":
            reason = _reason_to_leave_out(record, denied)
            if reason:
                excluded.append(Excluded(record.ref, reason, record.agent))
            else:
                usable.append(record)

    plain, procedural = _split_procedural(usable, events)
    orders_only, confirmed = _split_orders(plain)
    single_orders = tuple(
        replace(course_of([record], as_of, parameters, None), flags=("order_only",)) for record in orders_only
    )
    starts = later_starts(confirmed)
    # A drug before and after a transplant or CAR-T infusion was given twice, however short the gap.
    barriers = sorted(event.date.earliest for event in events if event.date and event.kind in _BARRIERS)
    all_begun = newly_begun(confirmed, parameters)
    courses: list[Course] = []
    for agent, own in by_agent(confirmed).items():
        others = [(other, day) for other, day in starts if other != agent]
        begun = [day for other, day in all_begun if other != agent]
        groups = joined(own, barriers, begun, progressed, parameters)
        for group in groups:
            if _ordered_again(group, own):
                excluded.append(
                    Excluded(group[0].ref, "ordered once more; nothing shows that it was given again", agent)
                )
            else:
                courses.append(course_of(group, as_of, parameters, others))
    dated = tuple(sorted((course for course in courses if course.start is not None), key=_course_key))
    undated = tuple(course for course in courses if course.start is None)
    return Exposures(
        dated, undated, tuple(sorted(procedural, key=_course_key)), single_orders, tuple(planned), tuple(excluded)
    )


def _course_key(course: Course) -> tuple[date, str]:
    return (course.start.earliest if course.start else date.max, course.agent)


def _reason_to_leave_out(record: DrugRecord, denied: Sequence[DrugRecord]) -> str | None:
    """L02 (a positive negative defeats an order), L04 and L06 for steroids and supportive use."""
    if record.taken == "ordered" and any(_same_period(record, no) for no in denied if no.agent == record.agent):
        return "another record says that this order was not taken"
    if record.intent in {"premedication", "supportive"}:
        return f"given as {record.intent}, not as myeloma therapy"
    if is_steroid(record.agent) and record.indication == "other":
        return "corticosteroid for another disease"
    return None


def _same_period(order: DrugRecord, denial: DrugRecord) -> bool:
    if order.start is None or denial.start is None:
        return True
    order_end = order.end or order.start.shift(30)
    denial_end = denial.end or denial.start.shift(30)
    return order.start.earliest <= denial_end.latest and denial.start.earliest <= order_end.latest


def _split_procedural(
    records: Iterable[DrugRecord], events: Sequence[TreatmentEvent]
) -> tuple[list[DrugRecord], list[Course]]:
    """Set conditioning, lymphodepletion and mobilisation apart (L04, F09, E20)."""
    transplants = [event.date.earliest for event in events if event.date and "transplant" in event.kind]
    infusions = [event.date.earliest for event in events if event.date and event.kind == "car-t"]
    collections = [event.date.earliest for event in events if event.date and event.kind == "stem-cell-collection"]
    plain: list[DrugRecord] = []
    procedural: list[Course] = []
    records = list(records)
    infusions += [r.start.earliest for r in records if r.start and agent_of(r.agent).is_car_t]
    usual_cyclophosphamide = [r for r in records if r.agent == "cyclophosphamide" and _length(r) > 7]
    for record in records:
        role = _procedural_role(record, transplants, infusions, collections, bool(usual_cyclophosphamide))
        if role:
            procedural.append(replace(_single(record), role=role))
        else:
            plain.append(record)
    return plain, procedural


def _procedural_role(
    record: DrugRecord, transplants: list[date], infusions: list[date], collections: list[date], cyclo_elsewhere: bool
) -> str | None:
    agent = record.agent
    if record.intent in {"conditioning", "lymphodepletion", "mobilization"} and not is_steroid(agent):
        return record.intent
    if record.start is None or _length(record) > 7:
        return None
    day = record.start.earliest
    if agent in _CONDITIONING and any(-1 <= days_between(day, other) <= 10 for other in transplants):
        return "conditioning"
    if agent in _LYMPHODEPLETION and any(1 <= days_between(day, other) <= 14 for other in infusions):
        return "lymphodepletion"
    if agent == "cyclophosphamide" and not cyclo_elsewhere:
        near = any(0 <= days_between(day, other) <= 42 for other in collections)
        if near or any(0 <= days_between(day, other) <= 60 for other in transplants):
            return "mobilization"
    return None


def _length(record: DrugRecord) -> int:
    """Return the days of a record; open ends count as long."""
    if record.start is None or (record.end is None and record.source != "administration"):
        return 999
    end = record.end or record.start
    return days_between(record.start.earliest, end.latest) + 1


def _single(record: DrugRecord) -> Course:
    return Course(
        agent=record.agent,
        start=record.start,
        end=record.end or record.start,
        evidence=(record.ref,),
        sources=frozenset({record.source}),
        dose_mg=record.dose_mg,
        intents=intents_of([record]),
    )


def _split_orders(records: Sequence[DrugRecord]) -> tuple[list[DrugRecord], list[DrugRecord]]:
    """E19: a single order with nothing else is no exposure; repeated orders or one that covers a cycle are."""
    single: list[DrugRecord] = []
    confirmed: list[DrugRecord] = []
    for own in by_agent(records).values():
        orders = [record for record in own if record.taken == "ordered"]
        other = [record for record in own if record.taken != "ordered"]
        repeated = len({str(record.start) for record in orders}) > 1 or any(
            order.supply_covers_cycle for order in orders
        )
        if orders and not other and not repeated:
            single += orders
        else:
            confirmed += own
    return single, confirmed


def _ordered_again(group: Sequence[DrugRecord], own: Sequence[DrugRecord]) -> bool:
    """Tell whether a stretch rests on a single order although the drug was really given at another time (E19)."""
    lone = len(group) == 1 and group[0].taken == "ordered" and not group[0].supply_covers_cycle
    return lone and any(record.taken != "ordered" for record in own)
