"""From single records to courses: when each drug was really given (L01–L04, L14, E19, E20, E30).

Records of one drug that overlap or lie close together become one `Course`. Transplant conditioning, lymphodepletion and
mobilisation are set apart first; they belong to their procedure and never start a line (L04).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.course_dates import end_of, start_of, stop_of
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import DrugRecord, Excluded, Indication, Intent, StopReason, TreatmentEvent
from fhir_mappings.terminology.agents import agent_of

_SOURCE_ORDER = {"administration": 0, "procedure": 0, "dispense": 1, "statement": 2, "request": 3}
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
    records = sorted(records, key=_record_key)
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
        replace(_course_of([record], as_of, parameters, None), flags=("order_only",)) for record in orders_only
    )
    starts = _later_starts(confirmed)
    # A drug before and after a transplant or CAR-T infusion was given twice, however short the gap.
    barriers = sorted(event.date.earliest for event in events if event.date and event.kind in _BARRIERS)
    newly_begun = _newly_begun(confirmed, parameters)
    courses: list[Course] = []
    for agent, own in _by_agent(confirmed).items():
        others = [(other, day) for other, day in starts if other != agent]
        begun = [day for other, day in newly_begun if other != agent]
        groups = _groups(own, barriers, begun, progressed, parameters)
        for group in groups:
            if _ordered_again(group, own):
                excluded.append(
                    Excluded(group[0].ref, "ordered once more; nothing shows that it was given again", agent)
                )
            else:
                courses.append(_course_of(group, as_of, parameters, others))
    dated = tuple(sorted((course for course in courses if course.start is not None), key=_course_key))
    undated = tuple(course for course in courses if course.start is None)
    return Exposures(
        dated, undated, tuple(sorted(procedural, key=_course_key)), single_orders, tuple(planned), tuple(excluded)
    )


def _record_key(record: DrugRecord) -> tuple[str, str, str, str]:
    return (record.agent, str(record.start or "~"), str(record.end or "~"), record.ref)


def _course_key(course: Course) -> tuple[date, str]:
    return (course.start.earliest if course.start else date.max, course.agent)


def _by_agent(records: Iterable[DrugRecord]) -> Mapping[str, list[DrugRecord]]:
    grouped: dict[str, list[DrugRecord]] = defaultdict(list)
    for record in records:
        grouped[record.agent].append(record)
    return grouped


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
        intents=_intents([record]),
    )


def _split_orders(records: Sequence[DrugRecord]) -> tuple[list[DrugRecord], list[DrugRecord]]:
    """E19: a single order with nothing else is no exposure; repeated orders or one that covers a cycle are."""
    single: list[DrugRecord] = []
    confirmed: list[DrugRecord] = []
    for own in _by_agent(records).values():
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


def _later_starts(records: Iterable[DrugRecord]) -> list[tuple[str, date]]:
    return sorted(
        ((r.agent, r.start.earliest) for r in records if r.start and not is_steroid(r.agent)), key=lambda pair: pair[1]
    )


def _newly_begun(records: Sequence[DrugRecord], parameters: Parameters) -> list[tuple[str, date]]:
    """Return the days on which a drug begins that was not given in the time before: the mark of another regimen."""
    found: list[tuple[str, date]] = []
    for agent, own in _by_agent([r for r in records if not is_steroid(r.agent)]).items():
        reach: date | None = None
        for record in sorted((r for r in own if r.start), key=lambda r: _first(r).earliest):
            first = _first(record).earliest
            if reach is None or days_between(reach, first) > parameters.drug_gap_days:
                found.append((agent, first))
            reach = max(filter(None, (reach, _reach(record))))
    return found


def _groups(
    records: Sequence[DrugRecord],
    barriers: Sequence[date],
    begun: Sequence[date],
    progressed: Sequence[date],
    parameters: Parameters,
) -> list[list[DrugRecord]]:
    """Join records of one drug that overlap or lie at most `drug_gap_days` apart (L03); undated ones join the only course.

    A pause beyond the refractory window with which another regimen begins is a pause, not a gap in the record: what was given
    before it keeps its own last dose (F03). So is a pause in which the disease progressed (E01).
    """
    dated = sorted((r for r in records if r.start or r.end), key=lambda r: _first(r).earliest)
    undated = [r for r in records if not (r.start or r.end)]
    groups: list[list[DrugRecord]] = []
    reach: date | None = None
    stopped = False  # stopped for progression: whatever follows is another exposure (F11)
    reason = False  # the last record says why it was stopped: the drug was not merely recorded with a gap
    for record in dated:
        first = _first(record).earliest
        apart = reach is not None and (
            any(reach <= barrier < first for barrier in barriers)
            or (
                _is_pause(days_between(reach, first), reason, parameters)
                and any(reach < day <= first for day in progressed)
            )
            or (stopped and first > reach)
            or (
                days_between(reach, first) > parameters.refractory_window_days
                and any(reach < day <= first + timedelta(days=parameters.regimen_window_days) for day in begun)
            )
        )
        if groups and reach is not None and not apart and days_between(reach, first) <= parameters.drug_gap_days:
            groups[-1].append(record)
        else:
            groups.append([record])
            reach, stopped = None, False
        if reach is None or _reach(record) >= reach:
            reach, reason = _reach(record), record.stop_reason is not None
        stopped = stopped or record.stop_reason == "progression"
    if undated:
        if len(groups) == 1:
            groups[0] += undated
        elif not groups:
            groups.append(undated)
    return groups


def _is_pause(days: int, reason: bool, parameters: Parameters) -> bool:
    """Tell a pause from the usual time between doses: beyond the refractory window, or a month after a stop with its reason."""
    return days > (parameters.regimen_window_days if reason else parameters.refractory_window_days)


def _first(record: DrugRecord) -> ChartDate:
    found = record.start or record.end
    if found is None:
        raise ValueError(f"{record.ref}: undated")
    return found


def _reach(record: DrugRecord) -> date:
    if record.ongoing:
        return date.max - timedelta(days=400)
    found = record.end or record.asserted or record.start
    return max(found.latest if found else _first(record).latest, _first(record).latest)


def _intents(records: Iterable[DrugRecord]) -> frozenset[Intent]:
    return frozenset(record.intent for record in records if record.intent)


def _course_of(
    group: Sequence[DrugRecord], as_of: date, parameters: Parameters, others: Sequence[tuple[str, date]] | None
) -> Course:
    group = sorted(group, key=lambda record: (_SOURCE_ORDER[record.source], _record_key(record)))
    agent = group[0].agent
    flags: set[str] = set()
    start = start_of(group, parameters)
    end, ongoing, imputed = end_of(group, start, as_of, parameters, others or (), flags)
    stopped = stop_of(group, end)
    if all(record.taken == "ordered" for record in group):
        flags.add("order_only")
    if imputed:
        flags.add("end_imputed")
    if (start and not start.exact) or (end and not end.exact and not imputed):
        flags.add("date_imprecise")
    if any(record.blinded for record in group):
        flags.add("blinded")
    doses = [record.dose_mg for record in sorted(group, key=_record_key) if record.dose_mg is not None]
    return Course(
        agent=agent,
        start=start,
        end=end,
        ongoing=ongoing,
        end_imputed=imputed,
        stop_reason=stopped.stop_reason if stopped else None,
        stop_text=stopped.stop_text if stopped else None,
        stop_evidence=(stopped.ref,) if stopped else (),
        intents=_intents(group),
        indication=_indication(group),
        sources=frozenset(record.source for record in group),
        evidence=tuple(sorted({r.ref for r in group})),
        flags=tuple(sorted(flags)),
        dose_mg=doses[-1] if doses else None,
        max_dose_mg=max(doses, default=None),
        blinded=any(r.blinded for r in group),
        unclear=all(r.taken == "unclear" for r in group),
        parts=tuple(sorted({r.start.earliest for r in group if r.start})),
        pauses=_pauses(group, parameters),
        spans=_spans(group, ongoing=ongoing),
    )


def _pauses(group: Sequence[DrugRecord], parameters: Parameters) -> tuple[tuple[date, date], ...]:
    """Return the recorded pauses inside a course, as (last dose, next dose)."""
    dated = sorted((r for r in group if r.start or r.end), key=lambda r: _first(r).earliest)
    found: list[tuple[date, date]] = []
    reach: date | None = None
    reason = False
    for record in dated:
        first = _first(record).earliest
        if reach is not None and _is_pause(days_between(reach, first), reason, parameters):
            found.append((reach, first))
        if reach is None or _reach(record) >= reach:
            reach, reason = _reach(record), record.stop_reason is not None
    return tuple(found)


def _spans(group: Sequence[DrugRecord], *, ongoing: bool) -> tuple[tuple[date, date, StopReason | None], ...]:
    """Return what the records of a course cover, those that touch or overlap as one.

    A record that says "active" covers nothing for certain once it is no longer believed (L03).
    """
    known = [
        (r.start.earliest, _reach(r), r.stop_reason) for r in group if r.start and (r.end or (r.ongoing and ongoing))
    ]
    found: list[tuple[date, date, StopReason | None]] = []
    for start, last, reason in sorted(known, key=lambda one: (one[0], one[1], one[2] or "")):
        if found and start <= found[-1][1] + timedelta(days=1):
            first, before, given = found[-1]
            found[-1] = (first, max(before, last), (reason or given) if last >= before else given)
        else:
            found.append((start, last, reason))
    return tuple(found)


def _indication(group: Iterable[DrugRecord]) -> Indication:
    stated = {record.indication for record in group} - {"unstated"}
    for indication in ("myeloma", "smoldering", "al-amyloidosis", "other"):
        if indication in stated:
            return indication
    return "unstated"
