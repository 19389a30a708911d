"""Transplants and T-cell infusions as single dated events, with what belongs to them (L01, L10, L19, E08, E09, E20, E37)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.course import Course
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import TreatmentEvent


class Transplant(Struct, frozen=True):
    """One transplant with its conditioning; `inferred` when no melphalan record stands beside an autologous one (E20)."""

    day: date
    allogeneic: bool
    evidence: tuple[str, ...]
    conditioning: tuple[Course, ...]
    mobilization: tuple[Course, ...]
    exact: bool = True

    @property
    def inferred(self) -> bool:
        """Tell whether melphalan has to be inferred."""
        return not self.allogeneic and not self.conditioning


class Infusion(Struct, frozen=True):
    """One CAR-T infusion with collection, lymphodepletion and the courses that bridge to it."""

    day: date
    agent: str
    evidence: tuple[str, ...]
    apheresis: date | None
    lymphodepletion: tuple[Course, ...]
    exact: bool = True

    def window_start(self, parameters: Parameters) -> date:
        """Return the first day on which a new drug counts as bridging: the collection, else a look-back (L19)."""
        return self.apheresis or self.day - timedelta(days=parameters.bridging_lookback_days)

    @property
    def preparation_start(self) -> date:
        """Return the first day of lymphodepletion, or of the infusion."""
        return min([course.first_day for course in self.lymphodepletion if course.start] + [self.day])


def transplants(
    events: Iterable[TreatmentEvent], procedural: Sequence[Course], parameters: Parameters
) -> tuple[Transplant, ...]:
    """Join records of one transplant and attach conditioning and mobilisation."""
    dated = sorted((e for e in events if "transplant" in e.kind and e.date), key=_event_key)
    groups: list[list[TreatmentEvent]] = []
    for event in dated:
        if groups and days_between(_day(groups[-1][0]), _day(event)) <= max(parameters.same_event_days, 3):
            groups[-1].append(event)
        else:
            groups.append([event])
    made: list[Transplant] = []
    for group in groups:
        day = _day(group[0])
        near = [
            c for c in procedural if c.role == "conditioning" and c.start and -1 <= days_between(c.first_day, day) <= 14
        ]
        since = made[-1].day if made else date.min
        mobilised = [
            c
            for c in procedural
            if c.role == "mobilization"
            and c.start
            and since < c.first_day <= day
            and days_between(c.first_day, day) <= 180
        ]
        made.append(
            Transplant(
                day,
                any(e.kind == "allogeneic-transplant" for e in group),
                tuple(sorted({e.ref for e in group})),
                tuple(near),
                tuple(mobilised),
                exact=all(e.date is not None and e.date.exact for e in group),
            )
        )
    return tuple(made)


def infusions(
    events: Sequence[TreatmentEvent], products: Sequence[Course], procedural: Sequence[Course], parameters: Parameters
) -> tuple[Infusion, ...]:
    """Join CAR-T procedures and administrations of one infusion (at most three days apart, L01)."""
    dated: list[tuple[ChartDate, str | None, tuple[str, ...]]] = [
        (e.date, e.agent, (e.ref,)) for e in events if e.kind == "car-t" and e.date
    ]
    dated += [(c.start, c.agent, c.evidence) for c in products if c.start]
    known = sorted(when.earliest for when, _, _ in dated if when.exact)
    found: list[tuple[date, str | None, tuple[str, ...], bool]] = []
    for when, agent, refs in dated:
        # A month that contains an infusion known to the day is that infusion.
        day = next((day for day in known if when.earliest <= day <= when.latest), when.earliest)
        found.append((day, agent, refs, when.exact))
    groups: list[list[tuple[date, str | None, tuple[str, ...], bool]]] = []
    for item in sorted(found, key=lambda item: (item[0], item[1] or "", item[2])):
        if groups and days_between(groups[-1][0][0], item[0]) <= parameters.same_event_days:
            groups[-1].append(item)
        else:
            groups.append([item])
    collections = sorted(_day(e) for e in events if e.kind == "apheresis" and e.date)
    made: list[Infusion] = []
    for group in groups:
        day = min(item[0] for item in group)
        named = sorted({item[1] for item in group if item[1]})
        since = made[-1].day if made else date.min
        own = [d for d in collections if since < d <= day and days_between(d, day) <= 365]
        depletion = [
            c
            for c in procedural
            if c.role == "lymphodepletion"
            and c.start
            and c.first_day <= day
            and days_between(min(c.start.latest, day), day) <= parameters.lymphodepletion_lookback_days
        ]
        made.append(
            Infusion(
                day,
                named[0] if named else "unnamed:BCMA_CART",
                tuple(sorted({ref for item in group for ref in item[2]})),
                own[-1] if own else None,
                tuple(depletion),
                exact=any(item[3] for item in group),
            )
        )
    return tuple(made)


def _day(event: TreatmentEvent) -> date:
    if event.date is None:
        raise ValueError(f"{event.ref}: undated")
    return event.date.earliest


def _event_key(event: TreatmentEvent) -> tuple[date, str]:
    return _day(event), event.ref
