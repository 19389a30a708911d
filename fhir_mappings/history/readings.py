"""Dates that are known to the month or the year: the same question asked of the days that they may be (section 0, F14).

Whatever rests on such a date is judged again with the dates read in other possible ways. A status that would be another is
`exposed-unknown`, and the number of lines gets the range of what was found. Drugs that end and begin in one month follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal, TypeVar

from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import AgentStatus, FunctionalHighRisk, LineCount, Range
from fhir_mappings.history.summary import Progressing
from fhir_mappings.record import DrugRecord, PatientRecord, StatedStatus, TreatmentEvent

Way = Literal["early", "late", "short"]
_Dated = TypeVar("_Dated", StatedStatus, TreatmentEvent)


def readings(record: PatientRecord) -> tuple[PatientRecord, ...]:
    """Return the chart with its imprecise dates read in other ways; nothing where all dates that count are known to the day."""
    drugs = any(_vague(d.start) or _vague(d.end) for d in record.drugs)
    others = any(_vague(s.date) for s in record.statements) or any(_vague(e.date) for e in record.events)
    if not drugs and not others:
        return ()
    ways: list[tuple[Way | None, Way]] = [("early", "early"), ("late", "late")] if drugs else []
    if drugs:
        ways.append(("short", "early"))
    if others:
        ways += [("short", "late"), (None, "late")] if drugs else [(None, "early"), (None, "late")]
    return tuple(_read(record, drug_way, other_way) for drug_way, other_way in ways)


def _vague(when: ChartDate | None) -> bool:
    return when is not None and not when.exact


def _read(record: PatientRecord, drug_way: Way | None, other_way: Way) -> PatientRecord:
    drugs = record.drugs if drug_way is None else _drugs(record.drugs, drug_way)
    return replace(
        record,
        drugs=drugs,
        statements=_others(record.statements, other_way),
        events=_others(record.events, other_way),
    )


def _others(items: Iterable[_Dated], way: Way) -> tuple[_Dated, ...]:
    return tuple(
        replace(item, date=ChartDate.of(item.date.latest if way == "late" else item.date.earliest))
        if item.date is not None and not item.date.exact
        else item
        for item in items
    )


def _drugs(records: Sequence[DrugRecord], way: Way) -> tuple[DrugRecord, ...]:
    ends = {r.end for r in records if r.end is not None and not r.end.exact}
    starts = {r.start for r in records if r.start is not None and not r.start.exact}
    found = []
    for record in records:
        if not _vague(record.start) and not _vague(record.end):
            found.append(record)
            continue
        start, end = record.start, record.end
        if start is not None and not start.exact:
            day = start.earliest if way == "early" else start.latest
            follows = way == "early" and start in ends and start != end
            start = ChartDate.of(day + timedelta(days=1) if follows else day)
        if end is not None and not end.exact:
            day = end.latest if way == "late" else end.earliest
            followed = way == "late" and end in starts and end != record.start
            end = ChartDate.of(day - timedelta(days=1) if followed else day)
        if start is not None and end is not None and end < start:
            start = end = min(start, end) if record.end != record.start else end
        found.append(replace(record, start=start, end=end))
    return tuple(found)


def reconciled(status: AgentStatus, others: Iterable[AgentStatus | None]) -> AgentStatus:
    """Return a status that no possible day would change, else `exposed-unknown` (F14)."""
    if status.status not in {"refractory", "exposed-not-refractory"}:
        return status
    if all(other is not None and other.status == status.status for other in others):
        return status
    return replace(
        status,
        status="exposed-unknown",
        since=None,
        confidence="low",
        reason=f"{status.reason}; with dates that are known to the month or the year only, another day would change this",
        basis=tuple(sorted({*status.basis, "F14"})),
        flags=tuple(sorted({*status.flags, "date_imprecise"})),
    )


def same_answer(told: Progressing, others: Iterable[Progressing], *, vague_start: bool) -> Progressing:
    """Return whether the disease progresses when every reading says so, else unknown with the question (E32).

    A progression in the month in which the last line began may have been its cause: no "yes" of another reading outweighs that (E05).
    """
    answers = {other.answer for other in others} - {told.answer}
    if not answers or told.answer not in {"yes", "no"} or (vague_start and told.answer == "no"):
        return told
    return Progressing(
        "unknown", "dates known to the month or the year only leave the order of progression and treatment open"
    )


def same_risk(told: FunctionalHighRisk, others: Iterable[FunctionalHighRisk]) -> FunctionalHighRisk:
    """Return functional high risk when every reading agrees, else unknown (E31)."""
    return told if all(other.value == told.value for other in others) else replace(told, value="unknown")


def with_range(count: LineCount, others: Sequence[LineCount], *, vague_start: bool) -> LineCount:
    """Return the counts with the range over all readings.

    A progression in the month in which the last line began is none in it (E05): where only that month is known, other readings say
    how many lines there are, not whether the last one is prior.
    """
    everything = _widened(count.all, [other.all for other in others])
    before = (
        _shifted(count.prior, everything, count.all)
        if vague_start
        else _widened(count.prior, [other.prior for other in others])
    )
    if (everything, before) == (count.all, count.prior):
        return count
    return replace(count, all=everything, prior=before, flags=tuple(sorted({*count.flags, "date_imprecise"})))


def _widened(own: Range, others: Iterable[Range]) -> Range:
    low, high = own.min, own.max
    for other in others:
        low = min(low, other.min)
        high = None if high is None or other.max is None else max(high, other.max)
    return Range(own.imwg, low, high)


def _shifted(own: Range, wide: Range, base: Range) -> Range:
    high = None if own.max is None or wide.max is None or base.max is None else own.max + wide.max - base.max
    return Range(own.imwg, max(own.min + wide.min - base.min, 0), high)
