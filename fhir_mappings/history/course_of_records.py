"""One course out of the records that belong to it: its days, why it ended, what it rests on (L01, L03, E30)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.course_dates import end_of, start_of, stop_of
from fhir_mappings.history.drug_records import first_dose, intents_of, is_pause, reach_of, record_key
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import DrugRecord, Indication, StopReason

_SOURCE_ORDER = {"administration": 0, "procedure": 0, "dispense": 1, "statement": 2, "request": 3}


def course_of(
    group: Sequence[DrugRecord], as_of: date, parameters: Parameters, others: Sequence[tuple[str, date]] | None
) -> Course:
    """Return the course that records of one drug make together; `others` are the first days of other drugs."""
    group = sorted(group, key=lambda record: (_SOURCE_ORDER[record.source], record_key(record)))
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
    doses = [record.dose_mg for record in sorted(group, key=record_key) if record.dose_mg is not None]
    return Course(
        agent=agent,
        start=start,
        end=end,
        ongoing=ongoing,
        end_imputed=imputed,
        stop_reason=stopped.stop_reason if stopped else None,
        stop_text=stopped.stop_text if stopped else None,
        stop_evidence=(stopped.ref,) if stopped else (),
        intents=intents_of(group),
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
    dated = sorted((r for r in group if r.start or r.end), key=lambda r: first_dose(r).earliest)
    found: list[tuple[date, date]] = []
    reach: date | None = None
    reason = False
    for record in dated:
        first = first_dose(record).earliest
        if reach is not None and is_pause(days_between(reach, first), reason, parameters):
            found.append((reach, first))
        if reach is None or reach_of(record) >= reach:
            reach, reason = reach_of(record), record.stop_reason is not None
    return tuple(found)


def _spans(group: Sequence[DrugRecord], *, ongoing: bool) -> tuple[tuple[date, date, StopReason | None], ...]:
    """Return what the records of a course cover, those that touch or overlap as one.

    A record that says "active" covers nothing for certain once it is no longer believed (L03).
    """
    known = [
        (r.start.earliest, reach_of(r), r.stop_reason) for r in group if r.start and (r.end or (r.ongoing and ongoing))
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
