"""Decide whether a new course belongs to the line under way or begins another (L07, L08, L13, L15–L17, L19, L20; E01, E02, E14, E15).

Every function decides one question from the line so far, the batch of courses that starts, and the progressions until then.
"""

from __future__ import annotations

from fhir_mappings.dates import days_between
from fhir_mappings.history.drafts import Draft
from fhir_mappings.history.model import Progression
from fhir_mappings.history.planned_phases import planned_phase
from fhir_mappings.history.plans import names_holiday
from fhir_mappings.history.situation import (
    Decision,
    Situation,
    assessed_stable,
    ended_early,
    reason_flags,
    same_class,
)


def decide(situation: Situation) -> Decision:
    """Walk the questions in the order of L24 and return the first answer."""
    for question in (_after_car_t, _initial_regimen, planned_phase, _restart, _short_regimen, _planned_addition):
        answer = question(situation)
        if answer is not None:
            return answer
    return _new_line(situation)


def _after_car_t(s: Situation) -> Decision | None:
    """L19: what starts within 30 days of the infusion belongs to it; later only planned or coded maintenance does."""
    infusion = s.line.infusion
    if infusion is None:
        return None
    if days_between(infusion.day, s.day) <= s.parameters.post_cart_window_days:
        return Decision(True, "L19", "car-t", ("L19",))
    plans = s.planned
    if (plans or s.batch.coded("maintenance")) and not s.progressed:
        return Decision(True, "L19", "maintenance", ("L19", "L09"), means="plan" if plans else "coded", evidence=plans)
    return None


def _initial_regimen(s: Situation) -> Decision | None:
    """L08: drugs that start within the regimen window of the line's start; a substitution among them is none (L07, L16)."""
    inside = days_between(s.line.start, s.day) <= s.parameters.regimen_window_days
    if not inside or s.line.transplants or s.progressed or s.line.kind != "systemic":
        return None
    replaced = [c for c in s.line.courses if c.agent not in s.batch.agents]
    if any(ended_early(c, s.day, s.parameters.min_cycle_days) for c in replaced):
        return Decision(True, "L07", "treatment", ("L07", "E14", "E26"), old_flags=reason_flags(s), max_add=1)
    if s.stopped_for():
        return None
    return Decision(True, "L08", _current_phase(s), ("L08",))


def _restart(s: Situation) -> Decision | None:
    """L13, L16 (re-addition) and L17 as settled by E01: the same drugs again."""
    if s.line.infusion is not None:
        return None  # an infusion came in between: its bridging given again is another line
    if s.active:
        if s.batch.agents <= s.line.agents and not s.progressed:
            return Decision(True, "L16", _current_phase(s), ("L13", "L16"))
        return None
    last = s.line.last_regimen(s.day)
    stopped = s.line.last_therapy_day(s.day)
    long_gap = days_between(stopped, s.day) > s.parameters.same_regimen_gap_days
    off_therapy_only = not any(_on_therapy(s.line, event) for event in s.events if event.trust in {"T1", "T2", "T3"})
    if s.batch.agents == last and off_therapy_only:
        plans = s.plans.holiday(stopped, s.day)
        pause = any(names_holiday(c.stop_text) for c in s.line.ended(stopped, 14))
        again = s.progressed or (long_gap and not plans and not pause)
        return Decision(
            True,
            "L17",
            _current_phase(s),
            ("L17", "E01", *(("E03",) if s.progressed else ()), *(("E14",) if again else ())),
            old_flags=("retreatment_same_regimen",) if again else (),
            max_add=int(again),
            evidence=plans,
        )
    if s.batch.agents <= s.line.agents and not s.progressed and not long_gap:
        return Decision(True, "L13", _current_phase(s), ("L13", "E01", *(("E02",) if s.stopped_for() else ())))
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
    return Decision(True, "L07", "induction", ("L07", "E14", "E26"), old_flags=reason_flags(s), max_add=1)


def _planned_addition(s: Situation) -> Decision | None:
    """L16: an addition that a plan names, or one within 60 days of the start, without progression and in nobody's place."""
    if not s.active or s.progressed:
        return None
    if s.stopped_for() or any(c.stop_reason != "planned-completion" for c in s.dropped(30)):
        return None
    if plans := s.planned:
        return Decision(True, "L16", _current_phase(s), ("L16", "L09"), means="plan", evidence=plans)
    if s.line.transplants or days_between(s.line.start, s.day) > s.parameters.planned_add_window_days:
        return None
    return Decision(True, "L16", _current_phase(s), ("L16", "E14"), old_flags=("late_planned_add",), max_add=1)


def _new_line(s: Situation) -> Decision:
    """L15 and L16: a different regimen, an unplanned addition or a substitution, whatever the reason (E15 for the bounds)."""
    rule = "L16" if s.active else "L15"
    flags: list[str] = []
    basis = [rule]
    drop = 0
    if s.progressed:
        basis.append("L20")
    else:
        flags += reason_flags(s)
        if same_class(s.dropped(90), s.batch.courses):
            flags.append("same_class_switch")
        replaced = not s.active or bool(s.dropped(90))  # an addition replaces nothing, and E15 does not speak of it
        if s.stopped_for() or (replaced and assessed_stable(s)):
            drop = 1
            basis.append("E15")
        if s.stopped_for() and not s.active and len(s.regimen) <= 2:
            basis.append("E02")
        if s.active and _current_phase(s) == "maintenance":
            flags.append("maintenance_added_drug")
    return Decision(False, rule, basis=tuple(basis), flags=tuple(flags), min_drop=drop, reason=_reason(s))


def _reason(s: Situation) -> str:
    """Say in one sentence what began, what went before it and why that makes a line."""
    begun = ", ".join(sorted(s.batch.agents))
    day = s.day.isoformat()
    went_on = ", ".join(sorted({c.agent for c in s.active}))
    text = f"{begun} begun on {day}" + (
        f" while {went_on} went on" if went_on else " after everything else had stopped"
    )
    progressed = [e for e in s.events if e.trust in {"T1", "T2", "T3"}]
    if progressed:
        return f"{text}, after progression on {progressed[-1].date.isoformat()} ({progressed[-1].trust})"
    stopped = sorted({f"{c.agent} stopped for {c.stop_reason}" for c in s.dropped(90) if c.stop_reason})
    return f"{text}; {', '.join(stopped)}; no progression on record" if stopped else f"{text}; no progression on record"
