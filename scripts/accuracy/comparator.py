"""The same record for the comparator: drug records and days of procedures, nothing else.

The comparator itself is `tests/comparator/episodes.py`. It is given what a claims database would hold of the chart: every drug that is
recorded as given, dispensed or ordered, without corticosteroids, and transplants, cell collections and CAR-T infusions.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from fhir_mappings.record import DrugRecord, PatientRecord
from fhir_mappings.terminology.agents import agent_of
from tests.comparator.episodes import Interval, Line, lines

SAME_INFUSION_DAYS = 3
"""A procedure and a drug record this close are one infusion; the document takes the drug record where there are both."""


def comparator_lines(record: PatientRecord, as_of: date, diagnosed: date | None) -> list[Line]:
    """Return the lines that the comparator finds in a record up to a day."""
    events = [(e.kind, e.date.earliest, e.agent) for e in record.events if e.date and e.date.earliest <= as_of]
    given = [d for d in record.drugs if d.taken not in {"planned", "not-taken"} and d.start]
    infused = [(d.start.earliest, d.agent) for d in given if d.start and agent_of(d.agent).is_car_t]
    infused += [
        (day, agent or "car-t")
        for kind, day, agent in events
        if kind == "car-t" and not any(abs((day - other).days) <= SAME_INFUSION_DAYS for other, _ in infused)
    ]
    return lines(
        [i for i in _intervals(given, as_of) if not agent_of(i.agent).is_steroid and not agent_of(i.agent).is_car_t],
        [day for kind, day, _ in events if "transplant" in kind],
        [day for kind, day, _ in events if kind == "apheresis"],
        sorted(_once((day, agent) for day, agent in infused if day <= as_of)),
        diagnosed,
    )


def open_dates(record: PatientRecord) -> frozenset[str]:
    """Return the drugs of which the record does not tell a date, or only its month."""
    return frozenset(
        drug.agent
        for drug in record.drugs
        if (drug.end is None and not drug.ongoing) or any(day and not day.exact for day in (drug.start, drug.end))
    )


def _intervals(records: Iterable[DrugRecord], as_of: date) -> Iterator[Interval]:
    """Return the days of each record; without an end the last day on which somebody confirmed it, else its first."""
    for drug in records:
        if drug.start is None or drug.start.earliest > as_of:
            continue
        start = drug.start.earliest
        end = as_of if drug.ongoing else (drug.end or drug.asserted or drug.start).latest
        yield Interval(drug.agent, start, max(start, min(end, as_of)))


def _once(infused: Iterable[tuple[date, str]]) -> list[tuple[date, str]]:
    kept: list[tuple[date, str]] = []
    for day, agent in sorted(infused):
        if not kept or (day - kept[-1][0]).days > SAME_INFUSION_DAYS:
            kept.append((day, agent))
    return kept
