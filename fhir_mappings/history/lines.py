"""The walk over a patient's treatment: from courses and procedures to drafts of lines (L04–L20, L24).

Order of evaluation (L24): what belongs to a CAR-T line is set apart first, then everything that starts is taken in order of time,
and for each start `boundaries.decide` says whether it belongs to the line under way. Progressions are looked for up to that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.boundaries import Decision, Situation, decide, transplant_joins
from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.drafts import Batch, Draft, Segment
from fhir_mappings.history.model import Progression
from fhir_mappings.history.procedures import Infusion, Transplant
from fhir_mappings.history.progression import Disease, progressions
from fhir_mappings.history.response import at_least_minimal, grades
from fhir_mappings.parameters import Parameters


@dataclass(slots=True)
class Walk:
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
    as_of: date,
    parameters: Parameters,
) -> Walk:
    """Build the lines from counted courses (therapy for active myeloma, steroids included) and procedures."""
    counted = [c for c in courses if not is_steroid(c.agent)]
    steroids = [c for c in courses if is_steroid(c.agent)]
    builder = _Builder(disease, as_of, parameters, steroids, tuple(collections))
    bridging = {id(c): infusion for infusion in infusions for c in _bridging(infusion, counted, disease, parameters)}
    queue = [c for c in counted if id(c) not in bridging]
    procedures: list[Transplant | Infusion] = sorted([*transplants, *infusions], key=lambda p: (p.day, p.evidence))
    while queue or procedures:
        next_course = queue[0].first_day if queue else date.max
        if procedures and procedures[0].day <= next_course:
            procedure = procedures.pop(0)
            if isinstance(procedure, Transplant):
                builder.add_transplant(procedure)
            else:
                builder.add_infusion(procedure, [c for c in counted if bridging.get(id(c)) is procedure])
            continue
        limit = procedures[0].day if procedures else date.max
        batch, queue = _take_batch(queue, limit, parameters)
        builder.add_batch(batch)
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


def _bridging(infusion: Infusion, courses: Sequence[Course], disease: Disease, parameters: Parameters) -> list[Course]:
    """Drugs begun between collection and infusion, and holding therapy shortly before the collection (L19, E37)."""
    opened = infusion.window_start(parameters)
    found = [c for c in courses if opened <= c.first_day < infusion.day]
    if infusion.apheresis is None:
        return found
    earliest = infusion.apheresis - timedelta(days=parameters.holding_before_apheresis_days)
    holding = [c for c in courses if earliest <= c.first_day < infusion.apheresis]
    earlier = [c for c in courses if c.first_day < earliest]
    if not holding or not earlier:
        return found
    draft = Draft(
        holding[0].first_day,
        holding[0].first_day,
        "L19",
        segments=[Segment("bridging", Batch(holding[0].first_day, holding), "L19")],
    )
    events = progressions(disease, draft.stretch(infusion.day, infusion.day), holding, parameters)
    return found if any(e.trust in {"T1", "T2"} for e in events) else holding + found


class _Builder:
    """Keeps the line under way; every decision is taken by pure functions of `boundaries`."""

    def __init__(
        self,
        disease: Disease,
        as_of: date,
        parameters: Parameters,
        steroids: list[Course],
        collections: tuple[date, ...],
    ) -> None:
        self.disease = disease
        self.as_of = as_of
        self.parameters = parameters
        self.steroids = steroids
        self.collections = collections
        self.result = Walk()

    @property
    def line(self) -> Draft | None:
        return self.result.drafts[-1] if self.result.drafts else None

    def events(self, line: Draft, until: date) -> tuple[Progression, ...]:
        return progressions(self.disease, line.stretch(until, until), line.courses, self.parameters)

    def add_batch(self, batch: Batch) -> None:
        line = self.line
        if line is None:
            self._begin(batch.day, "L08", batch, ("L07", "L08"))
            return
        line.steroids = [s for s in self.steroids if s.active_on(batch.day, slack=120) and s.first_day <= batch.day]
        situation = Situation(
            line,
            batch,
            self.events(line, batch.day),
            any(0 <= abs(days_between(batch.day, s.first_day)) <= 30 for s in self.steroids),
            self.disease,
            self.parameters,
        )
        decision = decide(situation)
        line.note(*(decision.basis if decision.joins else ()), flags=decision.old_flags)
        if decision.joins:
            self._join(line, batch, decision)
            return
        line.possible += self._inferred(line, situation)
        draft = self._begin(batch.day, decision.rule, batch, decision.basis, situation)
        draft.note(flags=decision.flags)
        draft.min_drop = decision.min_drop
        draft.carried = situation.active

    def _join(self, line: Draft, batch: Batch, decision: Decision) -> None:
        line.max_add += decision.max_add
        if decision.rule in {"L13", "L17"}:
            line.restarts.append(batch.day)
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
        draft = Draft(day, previous.baseline_day if previous is not None and carried else day, rule)
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
        recent = grades(self.disease.markers, self.disease.statements, line.baseline_day, since, s.day, self.parameters)
        if any(at_least_minimal(grade.category) and grade.day >= since for grade in recent):
            return []
        refs = tuple(sorted({ref for course in ended for ref in course.evidence}))
        return [
            Progression(date=s.day, trust="T5", biochemical_only=False, confidence="low", basis=("P20",), evidence=refs)
        ]

    def add_transplant(self, transplant: Transplant) -> None:
        line = self.line
        if line is not None:
            since = line.last_therapy_day(transplant.day)
            collected = any(since <= day <= transplant.day for day in self.collections) or bool(transplant.mobilization)
            joins, basis, flags = transplant_joins(
                line, transplant.day, collected, self.events(line, transplant.day), self.parameters
            )
            if joins:
                line.note(*basis, flags=flags)
                line.transplants.append(transplant)
                return
            if any(event.trust in {"T1", "T2", "T3"} for event in self.events(line, transplant.day)):
                basis = (*basis, "E36")
        else:
            basis = ("L10",)
        draft = self._begin(transplant.day, "L10", None, basis)
        draft.kind = "transplant"
        draft.transplants.append(transplant)

    def add_infusion(self, infusion: Infusion, bridging: list[Course]) -> None:
        after = [c.first_day for c in bridging if infusion.apheresis is None or c.first_day >= infusion.apheresis]
        holding = [c for c in bridging if infusion.apheresis and c.first_day < infusion.apheresis]
        goes_on = any(c.active_on(infusion.apheresis) for c in holding if infusion.apheresis)
        start = infusion.apheresis if goes_on and infusion.apheresis else min([*after, infusion.preparation_start])
        basis = ["L19", "E08"] + (["E37"] if holding else [])
        draft = self._begin(start, "L19", None, basis)
        draft.kind = "car-t"
        draft.infusion = infusion
        if bridging:
            draft.segments.append(Segment("bridging", Batch(bridging[0].first_day, bridging), "L19"))

    def finish(self) -> None:
        """Attach steroids and judge steroid-only stretches (L05, E07, E14)."""
        drafts = self.result.drafts
        for index, draft in enumerate(drafts):
            end = drafts[index + 1].start if index + 1 < len(drafts) else self.as_of
            draft.steroids = [s for s in self.steroids if _belongs(s, draft, end, self.as_of, self.parameters)]
        for steroid in self.steroids:
            attached = any(steroid is own for draft in drafts for own in draft.steroids)
            last = steroid.last_day(self.as_of)
            length = days_between(steroid.first_day, last) + 1 if last else 0
            if not attached and steroid.indication == "myeloma" and length >= 2 * self.parameters.min_cycle_days:
                self.result.outside_max += 1


def _belongs(steroid: Course, draft: Draft, end: date, as_of: date, parameters: Parameters) -> bool:
    """A steroid belongs to a line whose treatment it overlaps; around T-cell infusions only with bridging (L04, L05)."""
    if draft.kind == "car-t" and not draft.segments:
        return False
    last = steroid.last_day(as_of) or steroid.first_day
    limit = min(end, draft.infusion.day) if draft.infusion else end
    begins = draft.start - timedelta(days=parameters.steroid_merge_days)
    therapy = [c for c in draft.courses if not is_steroid(c.agent)]
    until = max([(c.last_day(as_of) or c.first_day) for c in therapy], default=draft.start)
    overlap = days_between(max(begins, steroid.first_day), min(limit, last, until))
    starts_inside = begins <= steroid.first_day < limit
    return overlap >= 0 and (starts_inside or days_between(draft.start, min(last, limit)) >= 14)
