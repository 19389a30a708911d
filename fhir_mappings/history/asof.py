"""The chart as it was known on a day: facts that became true later are not there (interfaces, "Time"; F11).

The cut is by the date on which a thing was true (effective, performed, onset); a thing without such a date counts by when it was
recorded. An exposure that was still running on the day has no end and no reason for stopping yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.record import DrugRecord, PatientRecord, Problem

PREGNANCY_DAYS = 310
"""A pregnancy recorded longer ago than this has ended, whether or not the record says so."""


class _Dated(Protocol):
    @property
    def date(self) -> ChartDate | None: ...
    @property
    def ref(self) -> str: ...


_T = TypeVar("_T", bound=_Dated)


def known_by(record: PatientRecord, as_of: date) -> PatientRecord:
    """Return the record without anything that became true after `as_of`."""
    return replace(
        record,
        deceased=record.deceased and (record.death is None or record.death.earliest <= as_of),
        drugs=_drugs(record.drugs, as_of),
        supportive=_drugs(record.supportive, as_of),
        events=_dated(record.events, as_of),
        labs=_dated(record.labs, as_of),
        qualitative=_dated(record.qualitative, as_of),
        genomics=_dated(record.genomics, as_of),
        statements=_dated(record.statements, as_of),
        refractory_statements=_dated(record.refractory_statements, as_of),
        stated_lines=_dated(record.stated_lines, as_of),
        problems=tuple(known for problem in record.problems if (known := _problem(problem, as_of))),
        reactions=_dated(record.reactions, as_of),
        facts=_dated(record.facts, as_of),
    )


def _dated(items: Iterable[_T], as_of: date) -> tuple[_T, ...]:
    known = (item for item in items if item.date is None or item.date.earliest <= as_of)
    return tuple(sorted(known, key=_order))


def _order(item: _Dated) -> tuple[bool, date, str, str]:
    """Sort by date, resource and content, so that the order of a bundle never shows (L24)."""
    first = item.date.earliest if item.date else date.min
    return item.date is None, first, item.ref, str(getattr(item, "value", ""))


def _drugs(records: Iterable[DrugRecord], as_of: date) -> tuple[DrugRecord, ...]:
    return tuple(known for record in records if (known := _drug(record, as_of)))


def _drug(record: DrugRecord, as_of: date) -> DrugRecord | None:
    first = record.start or record.end or record.recorded or record.asserted
    if record.taken == "planned":  # what counts is when it was planned, not what for
        first = record.asserted or record.recorded or first
    if first is not None and first.earliest > as_of:
        return None
    changes: dict[str, object] = {}
    if record.asserted is not None and record.asserted.latest > as_of:
        changes["asserted"] = ChartDate(min(record.asserted.earliest, as_of), as_of)
    if record.end is not None and record.end.earliest > as_of:
        # Still running on the day: its later end and the reason for it were not known then.
        changes |= {
            "end": None,
            "ongoing": True,
            "asserted": ChartDate.of(as_of),
            "stop_reason": None,
            "stop_text": None,
        }
    elif record.end is not None and record.end.latest > as_of:
        changes["end"] = ChartDate(record.end.earliest, as_of)
    if record.start is not None and record.start.latest > as_of:
        changes["start"] = ChartDate(record.start.earliest, as_of)
    return replace(record, **changes) if changes else record


def _problem(problem: Problem, as_of: date) -> Problem | None:
    first = problem.onset or problem.recorded
    if first is not None and first.earliest > as_of:
        return None
    if problem.abatement is not None and problem.abatement.earliest > as_of:
        return replace(problem, abatement=None, active=True)
    if problem.concept == "pregnancy" and first is not None and (as_of - first.latest).days > PREGNANCY_DAYS:
        return replace(problem, active=False)
    return problem
