"""What the steps from records to courses ask of a single drug record: its first and last day, its order, its purposes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from fhir_mappings.dates import ChartDate
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import DrugRecord, Intent


def record_key(record: DrugRecord) -> tuple[str, str, str, str]:
    """Return a key that orders records of all drugs, whatever order they came in."""
    return (record.agent, str(record.start or "~"), str(record.end or "~"), record.ref)


def by_agent(records: Iterable[DrugRecord]) -> Mapping[str, list[DrugRecord]]:
    """Return the records of each drug."""
    grouped: dict[str, list[DrugRecord]] = defaultdict(list)
    for record in records:
        grouped[record.agent].append(record)
    return grouped


def is_pause(days: int, reason: bool, parameters: Parameters) -> bool:
    """Tell a pause from the usual time between doses: beyond the refractory window, or a month after a stop with its reason."""
    return days > (parameters.regimen_window_days if reason else parameters.refractory_window_days)


def first_dose(record: DrugRecord) -> ChartDate:
    """Return the first day that a record speaks for; raises `ValueError` for one without any date."""
    found = record.start or record.end
    if found is None:
        raise ValueError(f"{record.ref}: undated")
    return found


def reach_of(record: DrugRecord) -> date:
    """Return the last day that a record speaks for; far in the future while it goes on."""
    if record.ongoing:
        return date.max - timedelta(days=400)
    found = record.end or record.asserted or record.start
    return max(found.latest if found else first_dose(record).latest, first_dose(record).latest)


def intents_of(records: Iterable[DrugRecord]) -> frozenset[Intent]:
    """Return every purpose that records name."""
    return frozenset(record.intent for record in records if record.intent)
