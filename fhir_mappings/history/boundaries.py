"""Decide whether a new course belongs to the line under way or begins another (L07, L10–L13, L15–L17, L20; E01, E02, E14–E17, E36).

Every function decides one question from the line so far, the batch of courses that starts, and the progressions until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.drafts import Batch, Draft
from fhir_mappings.history.model import Progression
from fhir_mappings.history.progression import Disease
from fhir_mappings.history.response import DEPTH, grades, rising_off_therapy
from fhir_mappings.parameters import Parameters
from fhir_mappings.terminology.agents import classes_of

_USUAL_MAINTENANCE = (
    frozenset({"lenalidomide"}),
    frozenset({"thalidomide"}),
    frozenset({"bortezomib"}),
    frozenset({"ixazomib"}),
    frozenset({"daratumumab"}),
    frozenset({"carfilzomib", "lenalidomide"}),
    frozenset({"daratumumab", "lenalidomide"}),
)
_ANTI_CD38 = frozenset({"daratumumab", "isatuximab"})


@dataclass(frozen=True, slots=True)
class Decision:
    """Join the line under way (as a phase) or begin a new one, with the rules, flags and bounds that follow."""

    joins: bool
    rule: str
    phase: str = "treatment"
    basis: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    old_flags: tuple[str, ...] = ()
    max_add: int = 0
    min_drop: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at the start of a batch."""

    line: Draft
    batch: Batch
    events: tuple[Progression, ...]
    steroid_begins: bool
    disease: Disease
    parameters: Parameters

    @property
    def day(self) -> date:
        """Return the day on which the batch starts."""
        return self.batch.day

    @property
    def active(self) -> list[Course]:
        """Return what goes on from before."""
        return self.line.active(self.day)

    @property
    def regimen(self) -> frozenset[str]:
        """Return what is given from this day on."""
        return self.batch.agents | {course.agent for course in self.active}

    @property
    def progressed(self) -> bool:
        """Tell whether there was progression at T1 to T3."""
        return any(event.trust in {"T1", "T2", "T3"} for event in self.events)

    @property
    def proven(self) -> bool:
        """Tell whether there was progression at T1 or T2: what can break a planned sequence (L20)."""
        return any(event.trust in {"T1", "T2"} for event in self.events)


def decide(situation: Situation) -> Decision:
    """Walk the questions in the order of L24 and return the first answer."""
    for question in (_after_car_t, _initial_regimen, _planned_phase, _restart, _short_regimen, _planned_addition):
        answer = question(situation)
        if answer is not None:
            return answer
    return _new_line(situation)


def _after_car_t(s: Situation) -> Decision | None:
    """L19: what starts within 30 days of the infusion belongs to it; later only coded maintenance does."""
    infusion = s.line.infusion
    if infusion is None:
        return None
    if days_between(infusion.day, s.day) <= s.parameters.post_cart_window_days:
        return Decision(True, "L19", "car-t", ("L19",))
    if s.batch.coded("maintenance") and not s.progressed:
        return Decision(True, "L19", "maintenance", ("L19", "L09"))
    return None


def _initial_regimen(s: Situation) -> Decision | None:
    """L08: drugs that start within the regimen window of the line's start."""
    inside = days_between(s.line.start, s.day) <= s.parameters.regimen_window_days
    if inside and not s.line.transplants and not s.progressed and s.line.kind == "systemic":
        if _replaced_early(s):
            return Decision(True, "L07", "treatment", ("L07", "E14", "E26"), old_flags=_reason_flags(s), max_add=1)
        return Decision(True, "L08", s.line.segments[0].kind if s.line.segments else "treatment", ("L08",))
    return None


def _replaced_early(s: Situation) -> bool:
    """A drug that was given for less than a cycle and stopped before this one begins (L07)."""
    return any(
        c.end is not None
        and not c.ongoing
        and c.agent not in s.batch.agents
        and c.end.latest < s.day
        and days_between(c.first_day, c.end.latest) + 1 < s.parameters.min_cycle_days
        for c in s.line.courses
    )


def _planned_phase(s: Situation) -> Decision | None:
    """L11 and L12 with the counter-rule: maintenance or consolidation after a transplant or a combination."""
    if s.proven or s.line.infusion is not None:
        return None
    anchor, limit, flagged = _anchor(s)
    if anchor is None:
        return None
    days = days_between(anchor, s.day)
    coded = s.batch.coded("maintenance", "consolidation")
    off_therapy = not s.active
    if off_therapy and not coded and rising_off_therapy(s.disease.markers, anchor, s.day, s.parameters):
        return Decision(False, "L11", basis=("L11", "E01"))
    if days > flagged and not coded:
        return None
    subset = s.regimen <= s.line.agents
    if not (subset or coded or (_usual_maintenance(s) and not _stopped_for(s, {"toxicity", "access"}))):
        return None
    band = limit < days <= flagged and not coded
    kind = _phase_kind(s)
    rules = ("L12",) if kind == "consolidation" else ("L11",)
    return Decision(
        True,
        rules[0],
        kind,
        (*rules, "L09", *(("E16", "E14") if band else ())),
        old_flags=("late_planned_add",) if band else (),
        max_add=int(band),
    )


def _anchor(s: Situation) -> tuple[date | None, int, int]:
    """E17: the later of the last transplant and the end of consolidation; else the end of a combination."""
    p = s.parameters
    if s.line.transplants:
        after = [seg.batch for seg in s.line.segments if seg.kind == "consolidation"]
        ends = [c.end.latest for batch in after for c in batch.courses if c.end and c.end.latest <= s.day]
        return (
            max([s.line.transplants[-1].day, *ends]),
            p.maintenance_after_transplant_days,
            p.maintenance_after_transplant_flagged_days,
        )
    last = s.line.last_therapy_day(s.day)
    together = len(s.line.last_regimen(s.day)) + int(any(st.active_on(last, slack=45) for st in s.line.steroids))
    long_enough = days_between(s.line.start, last) + 1 >= p.combination_min_days
    if s.active or together < 2 or not long_enough:
        return None, 0, 0
    return last, p.maintenance_after_combination_days, p.maintenance_after_combination_flagged_days


def _usual_maintenance(s: Situation) -> bool:
    """L11 (b), without a steroid unless every drug was in the line (E02)."""
    if s.regimen not in _USUAL_MAINTENANCE or s.steroid_begins:
        return False
    return "daratumumab" not in s.regimen or bool(s.line.agents & _ANTI_CD38)


def _phase_kind(s: Situation) -> str:
    if s.batch.coded("maintenance"):
        return "maintenance"
    if s.batch.coded("consolidation"):
        return "consolidation"
    last = s.line.transplants[-1].day if s.line.transplants else None
    if last is None:
        return "maintenance"
    soon = days_between(last, s.day) <= s.parameters.consolidation_after_transplant_days
    before = frozenset(c.agent for c in s.line.courses if c.first_day < last)
    combination = len(s.regimen) >= 2
    same_or_fewer = s.regimen <= before
    if soon and combination and same_or_fewer and (s.batch.shortest <= 150 or len(s.regimen) >= 3):
        return "consolidation"
    return "maintenance"


def _restart(s: Situation) -> Decision | None:
    """L13, L16 (re-addition) and L17 as settled by E01: the same drugs again."""
    if s.line.kind == "car-t" and not s.line.segments:
        return None
    if s.active:
        if s.batch.agents <= s.line.agents and not s.progressed:
            return Decision(True, "L16", _current_phase(s), ("L13", "L16"))
        return None
    last = s.line.last_regimen(s.day)
    gap = days_between(s.line.last_therapy_day(s.day), s.day)
    long_gap = gap > s.parameters.same_regimen_gap_days
    off_therapy_only = not any(_on_therapy(s.line, event) for event in s.events if event.trust in {"T1", "T2", "T3"})
    if s.batch.agents == last and (not s.progressed or off_therapy_only):
        again = long_gap or s.progressed
        return Decision(
            True,
            "L17",
            _current_phase(s),
            ("L17", "E01", *(("E03",) if s.progressed else ())),
            old_flags=("retreatment_same_regimen",) if again else (),
            max_add=int(again),
        )
    if s.batch.agents <= s.line.agents and not s.progressed and not long_gap:
        return Decision(True, "L13", _current_phase(s), ("L13", "E01"))
    return None


def _on_therapy(line: Draft, event: Progression) -> bool:
    return any(course.active_on(event.date) for course in line.courses)


def _current_phase(s: Situation) -> str:
    return s.line.segments[-1].kind if s.line.segments else "treatment"


def _short_regimen(s: Situation) -> Decision | None:
    """L07: less than one cycle, replaced without progression, is no line of its own (E14, E26)."""
    if s.line.kind != "systemic" or s.line.transplants or s.line.infusion or s.active:
        return None
    length = days_between(s.line.start, s.line.last_therapy_day(s.day)) + 1
    if length >= s.parameters.min_cycle_days:
        return None
    if s.progressed:
        return Decision(False, "L07", basis=("L07", "L15"), old_flags=("short_line_pd",))
    return Decision(True, "L07", "induction", ("L07", "E14", "E26"), old_flags=_reason_flags(s), max_add=1)


def _planned_addition(s: Situation) -> Decision | None:
    """L16: an addition within 60 days of the start without progression counts as planned, with a flag."""
    if not s.active or s.progressed or s.line.transplants:
        return None
    dropped = [
        c for c in s.line.ended(s.day, 30) if c.agent not in s.regimen and c.stop_reason in {"toxicity", "access"}
    ]
    if dropped or days_between(s.line.start, s.day) > s.parameters.planned_add_window_days:
        return None
    return Decision(True, "L16", _current_phase(s), ("L16", "E14"), old_flags=("late_planned_add",), max_add=1)


def _new_line(s: Situation) -> Decision:
    """L15 and L16: a different regimen, an unplanned addition or a substitution, whatever the reason (E15 for the bounds)."""
    dropped = [c for c in s.line.ended(s.day, 90) if c.agent not in s.regimen]
    rule = "L16" if s.active else "L15"
    flags: list[str] = []
    basis = [rule]
    drop = 0
    if s.progressed:
        basis.append("L20")
    else:
        flags += _reason_flags(s)
        if _same_class(dropped, s.batch.courses):
            flags.append("same_class_switch")
        if _stopped_for(s, {"toxicity", "access"}) or _assessed_stable(s):
            drop = 1
            basis.append("E15")
        if s.active and _current_phase(s) == "maintenance":
            flags.append("maintenance_added_drug")
    return Decision(False, rule, basis=tuple(basis), flags=tuple(flags), min_drop=drop)


def _stopped_for(s: Situation, reasons: set[str]) -> bool:
    return any(c.stop_reason in reasons for c in s.line.ended(s.day, 90) if c.agent not in s.regimen)


def _reason_flags(s: Situation) -> tuple[str, ...]:
    flags = []
    if _stopped_for(s, {"toxicity"}):
        flags.append("toxicity_substitution")
    if _stopped_for(s, {"access"}):
        flags.append("access_substitution")
    return tuple(flags)


def _same_class(dropped: Sequence[Course], begun: Sequence[Course]) -> bool:
    before = {key for course in dropped for key in classes_of(course.agent)[:1]}
    return bool(before & {key for course in begun for key in classes_of(course.agent)[:1]})


def _assessed_stable(s: Situation) -> bool:
    """E15: an assessment of response or stable disease in the 60 days before the boundary."""
    recent = grades(
        s.disease.markers, s.disease.statements, s.line.baseline_day, s.day - timedelta(days=60), s.day, s.parameters
    )
    return any(DEPTH[grade.category] >= DEPTH["SD"] and grade.day >= s.day - timedelta(days=60) for grade in recent)


def transplant_joins(
    line: Draft, day: date, collected: bool, events: Sequence[Progression], parameters: Parameters
) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """L10 and E36: return whether a transplant joins the line under way, the rules and the flags."""
    proven = any(event.trust in {"T1", "T2"} for event in events)
    if proven or line.infusion is not None:
        return False, ("L10", "L20") if proven else ("L10",), ()
    if line.transplants:
        tandem = days_between(line.transplants[-1].day, day) <= parameters.tandem_days
        return tandem, ("L10",), ()
    gap = days_between(line.last_therapy_day(day), day)
    if gap <= parameters.asct_join_days or collected:
        return True, ("L10", "L09"), ("late_planned_add",) if gap > parameters.asct_join_days else ()
    return False, ("L10",), ()
