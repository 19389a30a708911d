"""What belongs to a CAR-T line before the infusion: bridging and holding therapy (L19; E08, E37)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct, field

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.drafts import Batch, Draft, Segment
from fhir_mappings.history.plans import Plans
from fhir_mappings.history.procedures import Infusion
from fhir_mappings.history.progression import Disease, progressions
from fhir_mappings.parameters import Parameters


class Bridging(Struct):
    """Which courses belong to which infusion, and which might (a line of their own in imwg, none in min)."""

    of: dict[int, Infusion] = field(default_factory=dict)
    ambiguous: set[int] = field(default_factory=set)
    plans: dict[int, tuple[str, ...]] = field(default_factory=dict)


def bridging_of(
    infusions: Iterable[Infusion], courses: Sequence[Course], disease: Disease, plans: Plans, parameters: Parameters
) -> Bridging:
    """Sort out bridging and holding therapy of every infusion."""
    found = Bridging()
    earlier: date | None = None
    for infusion in infusions:
        own = [c for c in courses if earlier is None or c.first_day > earlier]
        for course in _bridging(infusion, own, parameters):
            found.of[id(course)] = infusion
        held, refs, certain = _holding(infusion, own, disease, plans, parameters)
        for course in held:
            if certain:
                found.of[id(course)] = infusion
            else:
                found.ambiguous.add(id(course))
        if refs and certain:
            found.plans[id(infusion)] = refs
        earlier = infusion.day
    return found


def _bridging(infusion: Infusion, courses: Sequence[Course], parameters: Parameters) -> list[Course]:
    """L19: drugs begun after the collection (or in the look-back without one) and before the infusion.

    What began in the month of the collection, on a day that is not known, may have begun after it: that is what drugs are given for then.
    """
    opened = infusion.window_start(parameters)
    if infusion.apheresis is None:
        return [c for c in courses if opened <= c.first_day < infusion.day]
    return [c for c in courses if c.start is not None and opened <= c.start.latest and c.first_day < infusion.day]


def _holding(
    infusion: Infusion, courses: Sequence[Course], disease: Disease, plans: Plans, parameters: Parameters
) -> tuple[list[Course], tuple[str, ...], bool]:
    """E37: therapy begun for a planned CAR-T (a plan, or collection at most 60 days later) without progression before the infusion.

    The last answer is false where this is ambiguous: no collection on record, or only a suspicion of progression.
    """
    opened = infusion.window_start(parameters)
    reach = opened - timedelta(days=parameters.holding_before_apheresis_days)
    if infusion.apheresis is None:
        reach = infusion.day - timedelta(days=parameters.holding_ambiguous_days)
    before = [c for c in courses if c.first_day < opened]
    starts = sorted({c.first_day for c in before})
    refs: tuple[str, ...] = ()
    if starts:
        refs = plans.car_t(starts[-1] - timedelta(days=parameters.plan_lead_days), starts[-1])
        if refs:
            reach = min(reach, starts[-1] - timedelta(days=parameters.regimen_window_days))
    holding = [c for c in before if c.first_day >= reach]
    if not holding or len(holding) == len(before) or any(_covers(c, holding) for c in before if c not in holding):
        return [], (), False
    draft = Draft(
        holding[0].first_day,
        holding[0].first_day,
        "L19",
        segments=[Segment("bridging", Batch(holding[0].first_day, holding), "L19")],
    )
    events = progressions(disease, draft.stretch(infusion.day, infusion.day), holding, parameters)
    if any(event.trust in {"T1", "T2"} for event in events):
        return [], (), False
    certain = (infusion.apheresis is not None or bool(refs)) and not events
    return holding, refs, certain


def _covers(course: Course, holding: Sequence[Course]) -> bool:
    """Tell whether a drug of the regimen before goes on well into the holding regimen: then nothing new was begun for holding."""
    first = min(c.first_day for c in holding)
    return course.active_on(first + timedelta(days=14)) and days_between(course.first_day, first) <= 120
