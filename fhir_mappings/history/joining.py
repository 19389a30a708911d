"""Which records of one drug are one exposure: overlaps, gaps in the record, pauses, barriers (L03, E01, F03, F11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import is_steroid
from fhir_mappings.history.drug_records import by_agent, first_dose, is_pause, reach_of
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import DrugRecord


def later_starts(records: Iterable[DrugRecord]) -> list[tuple[str, date]]:
    """Return the first day of every record of a drug that is no steroid, by day."""
    return sorted(
        ((r.agent, r.start.earliest) for r in records if r.start and not is_steroid(r.agent)), key=lambda pair: pair[1]
    )


def newly_begun(records: Sequence[DrugRecord], parameters: Parameters) -> list[tuple[str, date]]:
    """Return the days on which a drug begins that was not given in the time before: the mark of another regimen."""
    found: list[tuple[str, date]] = []
    for agent, own in by_agent([r for r in records if not is_steroid(r.agent)]).items():
        reach: date | None = None
        for record in sorted((r for r in own if r.start), key=lambda r: first_dose(r).earliest):
            first = first_dose(record).earliest
            if reach is None or days_between(reach, first) > parameters.drug_gap_days:
                found.append((agent, first))
            reach = max(filter(None, (reach, reach_of(record))))
    return found


def joined(
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
    dated = sorted((r for r in records if r.start or r.end), key=lambda r: first_dose(r).earliest)
    undated = [r for r in records if not (r.start or r.end)]
    groups: list[list[DrugRecord]] = []
    reach: date | None = None
    stopped = False  # stopped for progression: whatever follows is another exposure (F11)
    reason = False  # the last record says why it was stopped: the drug was not merely recorded with a gap
    for record in dated:
        first = first_dose(record).earliest
        apart = reach is not None and (
            any(reach <= barrier < first for barrier in barriers)
            or (
                is_pause(days_between(reach, first), reason, parameters)
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
        if reach is None or reach_of(record) >= reach:
            reach, reason = reach_of(record), record.stop_reason is not None
        stopped = stopped or record.stop_reason in {"progression", "no-response"}
    if undated:
        if len(groups) == 1:
            groups[0] += undated
        elif not groups:
            groups.append(undated)
    return groups
