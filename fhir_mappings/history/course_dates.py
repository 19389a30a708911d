"""When a course began, when its last dose was, and why it ended, from the records that speak of it (L01, L03; E30).

The best source gives the dates; a weaker one fills what it leaves open. An end that nobody recorded is imputed as an interval, or
stays unknown: it is never taken from the day of asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import DrugRecord
from fhir_mappings.terminology.agents import agent_of


def start_of(group: Sequence[DrugRecord], parameters: Parameters) -> ChartDate | None:
    """Best source first; a weaker one only fills what the better one leaves open by more than a gap (L01)."""
    starts = [(record.source, record.start or record.end) for record in group]
    dated = [(source, start) for source, start in starts if start is not None]
    if not dated:
        asserted = [record.asserted for record in group if record.asserted]
        return min(asserted) if asserted and any(record.ongoing for record in group) else None
    first = min((start for _, start in dated), key=lambda start: (start.earliest, start.latest))
    given = [start for source, start in dated if source in {"administration", "dispense", "procedure"}]
    if given:
        best = min(given, key=lambda start: (start.earliest, start.latest))
        if days_between(first.earliest, best.earliest) <= parameters.regimen_window_days:
            return best
    return first


def _statements_contradict(group: Sequence[DrugRecord], parameters: Parameters) -> bool:
    """Tell whether two statements give one start and ends that lie further apart than a window; two doses are a change, not that (L03)."""
    ends: dict[tuple[ChartDate, float | None], list[ChartDate]] = {}
    for record in group:
        if record.source == "statement" and record.start and record.start.exact and record.end and record.end.exact:
            ends.setdefault((record.start, record.dose_mg), []).append(record.end)
    return any(
        days_between(min(known).latest, max(known).latest) > parameters.regimen_window_days for known in ends.values()
    )


def end_of(
    group: Sequence[DrugRecord],
    start: ChartDate | None,
    as_of: date,
    parameters: Parameters,
    others: Sequence[tuple[str, date]],
    flags: set[str],
) -> tuple[ChartDate | None, bool, bool]:
    """Return last dose, ongoing, imputed (L03)."""
    agent = group[0].agent
    given = [r.end or r.start for r in group if r.source in {"administration", "procedure"}]
    supplied = [r.end for r in group if r.source in {"dispense", "request"} and r.end]
    stated = [r.end for r in group if r.source == "statement" and r.end]
    open_ended = [r for r in group if r.ongoing]
    last_given = max((day for day in given if day), key=lambda day: day.latest, default=None)
    last_supplied = max(supplied, key=lambda day: day.latest, default=None)
    last_stated = max(stated, key=lambda day: day.latest, default=None)
    last_start = max((r.start for r in group if r.start), key=lambda day: day.latest, default=None)

    if open_ended:
        support = [r.asserted for r in open_ended if r.asserted]
        support += [day for day in (last_given, last_supplied, last_stated, last_start) if day]
        newest = max((day.latest for day in support), default=None)
        grace = _grace(agent, group, parameters)
        if newest is not None and days_between(newest, as_of) <= grace:
            return None, True, False
        seen = [r.asserted for r in open_ended if r.asserted] + [day for day in (last_given, last_start) if day]
        return _imputed_end(
            agent, start, last_given, last_supplied, max((d.latest for d in seen), default=None), others
        )
    begun_again = _begun_after(group, [day for day in (*given, *supplied, *stated) if day])
    if begun_again:  # a known end of what came before is not the end of this
        return _imputed_end(agent, begun_again[0], None, None, begun_again[1], others)
    if last_given and not (
        last_stated and days_between(last_given.latest, last_stated.latest) > parameters.drug_gap_days
    ):
        end = (
            max((day for day in (last_given, last_supplied) if day), key=lambda day: day.latest)
            if _is_oral(agent, group)
            else last_given
        )
        return end, False, False
    dated = [day for day in (last_stated, last_supplied) if day]
    if _statements_contradict(group, parameters):
        flags.add("conflict")
    if dated:
        if last_given:
            flags.add("conflict")
        if any(r.end is None and r.source == "statement" for r in group):
            flags.add("duplicate_merged")
        return max(dated, key=lambda day: day.latest), False, False
    if last_given:
        return last_given, False, False
    asserted = max((r.asserted.latest for r in group if r.asserted), default=None)
    return _imputed_end(agent, start, None, None, asserted, others)


def _begun_after(group: Sequence[DrugRecord], ends: Sequence[ChartDate]) -> tuple[ChartDate, date | None] | None:
    """Return start and newest word of a statement without an end that begins after every end on record (L03, E30)."""
    found = [
        (r.start, r.asserted.latest if r.asserted else None)
        for r in group
        if r.source == "statement" and r.start and not r.end and all(end.latest < r.start.earliest for end in ends)
    ]
    return max(found, key=lambda pair: (pair[0].earliest, pair[1] or pair[0].earliest)) if found and ends else None


def _imputed_end(
    agent: str,
    start: ChartDate | None,
    last_given: ChartDate | None,
    last_supplied: ChartDate | None,
    newest: date | None,
    others: Sequence[tuple[str, date]],
) -> tuple[ChartDate | None, bool, bool]:
    """The earlier of the end of supply (or one dosing interval after the last administration) and the next regimen (L03)."""
    evidence = [day.latest for day in (last_given,) if day]
    if start:
        evidence.append(start.latest)
    if newest is not None:
        evidence.append(newest)
    known_until = max(evidence, default=None)
    candidates: list[date] = []
    if last_supplied:
        candidates.append(last_supplied.latest)
    elif last_given:
        candidates.append(last_given.latest + timedelta(days=agent_of(agent).dosing_interval_days or 0))
    if start:
        after = max(start.earliest + timedelta(days=30), known_until or start.earliest)
        nexts = [day for _, day in others if day > after]
        if nexts:
            candidates.append(min(nexts) - timedelta(days=1))
    if not candidates or known_until is None:
        return None, False, True
    latest = min(candidates)
    return ChartDate(min(known_until, latest), latest), False, True


def _is_oral(agent: str, group: Sequence[DrugRecord]) -> bool:
    routes = {record.route for record in group if record.route}
    if routes:
        return routes == {"oral"}
    return agent_of(agent).usual_route == "oral"


def _grace(agent: str, group: Sequence[DrugRecord], parameters: Parameters) -> int:
    return parameters.active_grace_oral_days if _is_oral(agent, group) else parameters.active_grace_infusion_days


def stop_of(group: Sequence[DrugRecord], end: ChartDate | None) -> DrugRecord | None:
    """Return the record whose reason for stopping speaks for the end of the course; a hold that was resumed does not (F06)."""
    stopped = [record for record in group if record.stop_reason]
    if not stopped:
        return None
    last = max(stopped, key=lambda r: ((r.end or r.start or ChartDate.of(date.min)).latest, r.ref))
    last_day = last.end or last.start
    if end is None and any(record.ongoing for record in group):
        return None
    if end is not None and last_day is not None and last_day.latest < end.earliest - timedelta(days=30):
        return None
    return last
