"""A line counter that knows drugs and gaps only, as claims algorithms do: the comparator of the report.

Parameters of the public OHDSI rule set (`rules:S6`): drugs within 30 days of the first are the regimen, a gap of more than 90 days ends a
drug, a new drug later than that begins a line; a single maintenance drug after a combination, or anything within 365 days
of a transplant, does not. It reads the same record; it knows no response, no progression and no reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fhir_mappings.record import DrugRecord, PatientRecord
from fhir_mappings.terminology.agents import agent_of

WINDOW, GAP, AFTER_TRANSPLANT, AFTER_COMBINATION = 30, 90, 365, 180
MAINTENANCE = frozenset({"lenalidomide", "thalidomide", "bortezomib", "ixazomib", "daratumumab"})


@dataclass
class Era:
    """A stretch of one drug."""

    agent: str
    start: date
    end: date


def count_lines(record: PatientRecord) -> int:
    """Return the number of lines by drugs and gaps."""
    transplants = sorted(e.date.earliest for e in record.events if "transplant" in e.kind and e.date)
    lines = 0
    regimen: set[str] = set()
    begun = last = date.min
    for era in _eras(record.drugs):
        since = (era.start - begun).days
        single = era.agent in MAINTENANCE and len(regimen) > 1 and (era.start - last).days <= AFTER_COMBINATION
        near = any(0 <= (era.start - day).days <= AFTER_TRANSPLANT for day in transplants)
        if lines and (since <= WINDOW or (era.agent in regimen and (era.start - last).days <= GAP) or single or near):
            regimen.add(era.agent)
        else:
            lines += 1
            regimen, begun = {era.agent}, era.start
            last = era.end
        last = max(last, era.end)
    return lines


def _eras(drugs: Sequence[DrugRecord]) -> list[Era]:
    """Join the records of a drug over gaps of at most 90 days; steroids and what was never given are left out."""
    found: list[Era] = []
    open_eras: dict[str, Era] = {}
    dated = [d for d in drugs if d.taken == "taken" and d.start and not agent_of(d.agent).is_steroid]
    for drug in sorted(dated, key=lambda d: (d.start.earliest if d.start else date.min, d.agent)):
        start = drug.start.earliest if drug.start else date.min
        end = drug.end.latest if drug.end else start
        era = open_eras.get(drug.agent)
        if era is not None and (start - era.end).days <= GAP:
            era.end = max(era.end, end)
        else:
            era = Era(drug.agent, start, end)
            open_eras[drug.agent] = era
            found.append(era)
    return sorted(found, key=lambda e: (e.start, e.agent))
