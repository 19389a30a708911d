"""The walk over a patient's treatment: from courses and procedures to drafts of lines (L04–L20, L24).

Order of evaluation (L24): what belongs to a CAR-T line is set apart first, then everything that starts is taken in order of time,
and for each start `boundaries.decide` says whether it belongs to the line under way. Progressions are looked for up to that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct, field

from fhir_mappings.dates import days_between
from fhir_mappings.history.boundaries import decide
from fhir_mappings.history.bridging import bridging_of
from fhir_mappings.history.computed_progression import course_baseline
from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.drafts import Batch, Draft, Segment
from fhir_mappings.history.model import Progression
from fhir_mappings.history.planned_phases import transplant_joins
from fhir_mappings.history.plans import Plans
from fhir_mappings.history.procedures import Infusion, Transplant
from fhir_mappings.history.progression import Disease, progressions
from fhir_mappings.history.response import at_least_minimal, grades
from fhir_mappings.history.situation import Decision, Situation
from fhir_mappings.history.steroids import (
    added_to_maintenance,
    belongs,
    deliberate,
    line_before,
    steroid_additions,
    steroid_begins,
)
from fhir_mappings.parameters import Parameters


class Walk(Struct):
    """The drafts in order, with what the walk has to say about counts outside single lines."""

    drafts: list[Draft] = field(default_factory=list)
    outside_max: int = 0
    flags: set[str] = field(default_factory=set)


def walk(
    courses: Sequence[Course],
    transplants: Sequence[Transplant],
    infusions: Sequence[Infusion],
    collections: Sequence[date],
    disease: Disease,
    plans: Plans,
    as_of: date,
    parameters: Parameters,
) -> Walk:
    """Build the lines from counted courses (therapy for active myeloma, steroids included) and procedures."""
    counted = [c for c in courses if not is_steroid(c.agent)]
    steroids = [c for c in courses if is_steroid(c.agent)]
    builder = _Builder(disease, plans, as_of, parameters, steroids, tuple(collections))
    bridging = bridging_of(infusions, counted, disease, plans, parameters)
    queue = [c for c in counted if id(c) not in bridging.of]
    procedures: list[Transplant | Infusion] = sorted([*transplants, *infusions], key=lambda p: (p.day, p.evidence))
    additions = steroid_additions(steroids, counted, parameters)
    while queue or procedures or additions:
        next_course = queue[0].first_day if queue else date.max
        next_procedure = procedures[0].day if procedures else date.max
        if additions and additions[0].first_day < min(next_course, next_procedure):
            builder.add_steroid(additions.pop(0))
            continue
        if procedures and next_procedure <= next_course:
            procedure = procedures.pop(0)
            if isinstance(procedure, Transplant):
                builder.add_transplant(procedure)
            else:
                own = [c for c in counted if bridging.of.get(id(c)) is procedure]
                builder.add_infusion(procedure, own, bridging.plans.get(id(procedure), ()))
            continue
        batch, queue = _take_batch(queue, next_procedure, parameters)
        builder.add_batch(batch, ambiguous=any(id(c) in bridging.ambiguous for c in batch.courses))
    builder.finish()
    return builder.result


def _take_batch(queue: list[Course], limit: date, parameters: Parameters) -> tuple[Batch, list[Course]]:
    """Everything that starts within the regimen window of the first start, before the next procedure (L08).

    Courses that follow one another inside the window (one ends before the other begins) are not begun together.
    """
    first = queue[0]
    taken = [first]
    for course in queue[1:]:
        soon = days_between(first.first_day, course.first_day) <= parameters.regimen_window_days
        follows = any(
            c.end is not None and not c.ongoing and c.end.latest < course.first_day and c.agent != course.agent
            for c in taken
        )
        if soon and course.first_day < limit and not follows:
            taken.append(course)
    return Batch(first.first_day, taken), [c for c in queue if all(c is not own for own in taken)]


class _Builder:
    """Keeps the line under way; every decision is taken by pure functions of `boundaries`."""

    def __init__(
        self,
        disease: Disease,
        plans: Plans,
        as_of: date,
        parameters: Parameters,
        steroids: list[Course],
        collections: tuple[date, ...],
    ) -> None:
        self.disease = disease
        self.plans = plans
        self.as_of = as_of
        self.parameters = parameters
        self.steroids = steroids
        self.collections = collections
        self.result = Walk()

    @property
    def line(self) -> Draft | None:
        return self.result.drafts[-1] if self.result.drafts else None

    def events(self, line: Draft, until: date) -> tuple[Progression, ...]:
        """Return the progressions of the present course: what lies before its restart has been answered (E03)."""
        courses = [*line.courses, *self.steroids]  # a steroid stopped for progression says it as well (P20)
        found = progressions(self.disease, line.stretch(until, until), courses, self.parameters)
        since = max(line.restarts, default=None)
        return tuple(event for event in found if since is None or event.date > since)

    def add_batch(self, batch: Batch, *, ambiguous: bool = False) -> None:
        line = self.line
        if line is None:
            self._begin(batch.day, "L08", batch, ("L07", "L08"))
            return
        line.steroids = [s for s in self.steroids if s.active_on(batch.day, slack=120) and s.first_day <= batch.day]
        situation = Situation(
            line,
            batch,
            self.events(line, batch.day),
            steroid_begins(self.steroids, batch.day, self.parameters),
            self.disease,
            self.parameters,
            self.plans,
        )
        decision = decide(situation)
        line.note(*(decision.basis if decision.joins else ()), flags=decision.old_flags)
        if decision.joins:
            self._join(line, batch, decision, situation.events)
            return
        line.possible += self._inferred(line, situation)
        draft = self._begin(batch.day, decision.rule, batch, decision.basis, situation)
        draft.note(flags=decision.flags)
        draft.min_drop = decision.min_drop
        if ambiguous and not draft.min_drop:
            draft.note("L19", "E37")
            draft.min_drop = 1
        draft.carried = situation.active
        draft.reason = decision.reason
        draft.evidence.update(decision.evidence)

    def _join(self, line: Draft, batch: Batch, decision: Decision, events: Sequence[Progression]) -> None:
        line.max_add += decision.max_add
        line.evidence.update(decision.evidence)
        if decision.means:
            line.means.add(decision.means)
        if decision.rule in {"L13", "L17"}:
            line.restarts.append(batch.day)
            progressed = [event.date for event in events if event.trust in {"T1", "T2", "T3"}]
            if progressed:
                baseline = course_baseline(self.disease.markers, progressed[-1], batch.day)
                line.course_baselines.append((batch.day, baseline))
        same_phase = decision.rule in {"L08", "L16"} and line.segments
        if same_phase:
            line.segments[-1].batch.courses.extend(batch.courses)
        else:
            line.segments.append(Segment(decision.phase, batch, decision.rule))

    def _begin(
        self, day: date, rule: str, batch: Batch | None, basis: Sequence[str], situation: Situation | None = None
    ) -> Draft:
        """Open a line. Without progression the baseline of the line before carries over (E04)."""
        previous = self.line
        carried = previous is not None and not self._progressed(previous, day, situation)
        draft = Draft(day, previous.baseline_for(day) if previous is not None and carried else day, rule)
        draft.note(*basis)
        if carried:
            draft.note("E04")
        if batch:
            draft.segments.append(Segment("treatment", batch, rule))
        if previous is not None:
            previous.next_start = day
        self.result.drafts.append(draft)
        return draft

    def _progressed(self, line: Draft, day: date, situation: Situation | None) -> bool:
        events = situation.events if situation else self.events(line, day)
        return any(event.trust in {"T1", "T2", "T3"} for event in events)

    def _inferred(self, line: Draft, s: Situation) -> list[Progression]:
        """T5: everything stopped and something else begun within 60 days without another reason; values win (E18)."""
        if s.progressed or s.active:
            return []
        ended = s.line.ended(s.day, self.parameters.t5_window_days)
        if not ended or any(
            c.stop_reason in {"toxicity", "access", "planned-completion", "patient-choice"} for c in ended
        ):
            return []
        since = s.day - timedelta(days=self.parameters.recent_assessment_days)
        baseline = line.baseline_for(s.day)
        before = since - timedelta(days=1)  # the first day of the time counts
        recent = grades(self.disease.markers, self.disease.statements, baseline, before, s.day, self.parameters)
        rising = min((event.date for event in s.events if event.trust == "T4"), default=date.max)
        if any(
            at_least_minimal(grade.category) and (grade.day >= since or since <= grade.newest < rising)
            for grade in recent
        ):
            return []
        refs = tuple(sorted({ref for course in ended for ref in course.evidence}))
        return [
            Progression(date=s.day, trust="T5", biochemical_only=False, confidence="low", basis=("P20",), evidence=refs)
        ]

    def add_steroid(self, steroid: Course) -> None:
        """L16, R to Rd: a steroid added to maintenance is a new line at progression, else the same line with a flag."""
        line = self.line
        if line is None or not added_to_maintenance(line, steroid, self.steroids, self.parameters):
            return
        day = steroid.first_day
        progressed = [event for event in self.events(line, day) if event.trust in {"T1", "T2", "T3"}]
        if not progressed:
            line.note("L16", flags=("maintenance_added_drug",))
            return
        active = line.active(day)
        draft = self._begin(day, "L16", None, ("L16", "L20"))
        draft.carried = active
        last = progressed[-1]
        draft.reason = (
            f"{steroid.agent} added to maintenance on {day.isoformat()} after progression on "
            f"{last.date.isoformat()} ({last.trust})"
        )

    def add_transplant(self, transplant: Transplant) -> None:
        """L10, E36."""
        line = self.line
        basis: tuple[str, ...] = ("L10",)
        if line is not None:
            since = line.last_therapy_day(transplant.day)
            collected = any(since <= day <= transplant.day for day in self.collections) or bool(transplant.mobilization)
            lead = line.start - timedelta(days=self.parameters.plan_lead_days)
            plans = self.plans.allogeneic(lead, transplant.day)
            events = self.events(line, transplant.day)
            decision = transplant_joins(
                line, transplant.day, transplant.allogeneic, collected, plans, events, self.parameters
            )
            if decision.joins:
                line.note(*decision.basis, flags=decision.old_flags)
                line.max_add += decision.max_add
                line.evidence.update(decision.evidence)
                line.means.add("plan" if decision.evidence else "heuristic")
                line.transplants.append(transplant)
                return
            basis = decision.basis
        draft = self._begin(transplant.day, "L10", None, basis)
        draft.kind = "transplant"
        draft.reason = f"a further transplant on {transplant.day.isoformat()} without new induction" if line else ""
        draft.transplants.append(transplant)

    def add_infusion(self, infusion: Infusion, bridging: list[Course], plans: tuple[str, ...]) -> None:
        """L19, E08, E37."""
        after = [c.first_day for c in bridging if infusion.apheresis is None or c.first_day >= infusion.apheresis]
        holding = [c for c in bridging if c.first_day < infusion.window_start(self.parameters)]
        goes_on = any(c.active_on(infusion.apheresis) for c in holding if infusion.apheresis)
        start = infusion.apheresis if goes_on and infusion.apheresis else min([*after, infusion.preparation_start])
        basis = ["L19", "E08"] + (["E37"] if holding else [])
        draft = self._begin(start, "L19", None, basis)
        draft.kind = "car-t"
        draft.infusion = infusion
        draft.evidence.update(plans)
        draft.reason = f"{infusion.agent} infused on {infusion.day.isoformat()}"
        after_collection = [c for c in bridging if c not in holding]
        for kind, own in (("holding", holding), ("bridging", after_collection)):
            if own:
                draft.segments.append(Segment(kind, Batch(own[0].first_day, own), "L19"))

    def finish(self) -> None:
        """Attach steroids and judge steroid-only stretches (L05, E07, E14)."""
        drafts = self.result.drafts
        for index, draft in enumerate(drafts):
            end = drafts[index + 1].start if index + 1 < len(drafts) else self.as_of
            draft.steroids = [s for s in self.steroids if belongs(s, draft, end, self.as_of, self.parameters)]
        for steroid in self.steroids:
            if any(steroid is own for draft in drafts for own in draft.steroids):
                continue
            if deliberate(steroid, self.as_of, self.parameters):
                self.result.outside_max += 1
            if (before := line_before(steroid, drafts)) is not None:
                before.steroids.append(steroid)
                before.note("L05")
