"""Phases of a planned sequence: consolidation, maintenance, transplant (L09–L12; E01, E02, E14, E16, E17, E36)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fhir_mappings.dates import days_between
from fhir_mappings.history.drafts import Draft, Means
from fhir_mappings.history.model import Progression
from fhir_mappings.history.response import rising_off_therapy
from fhir_mappings.history.situation import Decision, Situation
from fhir_mappings.parameters import Parameters

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


def planned_phase(s: Situation) -> Decision | None:
    """L11 and L12 with the counter-rule: maintenance or consolidation after a transplant or a combination."""
    if s.proven or s.line.infusion is not None:
        return None
    anchor, limit, flagged = _anchor(s)
    if anchor is None:
        return None
    days = days_between(anchor, s.day)
    plans = s.planned
    means: Means = "plan" if plans else "coded" if s.batch.coded("maintenance", "consolidation") else "heuristic"
    rising = rising_off_therapy(s.disease.markers, anchor, s.day, s.parameters)
    if not s.active and means == "heuristic" and rising:
        why = f"begun on {s.day.isoformat()} because a marker was rising without treatment"
        return Decision(False, "L11", basis=("L11", "E01"), evidence=rising, reason=why)
    again = not s.active and not s.line.transplants and s.batch.agents == s.line.last_regimen(s.day)
    if means == "heuristic" and (days > flagged or again):
        return None  # the whole regimen once more is a restart (L17), not maintenance
    if s.regimen <= s.line.agents or means != "heuristic":
        pass
    elif not _usual_maintenance(s) or s.stopped_for():
        return None
    band = limit < days <= flagged and means == "heuristic"
    kind = _phase_kind(s)
    rule = "L12" if kind == "consolidation" else "L11"
    return Decision(
        True,
        rule,
        kind,
        (rule, "L09", *(("E16", "E14") if band else ()), *_settled(s)),
        old_flags=("late_planned_add",) if band else (),
        max_add=int(band),
        means=means,
        evidence=plans,
    )


def _settled(s: Situation) -> tuple[str, ...]:
    """E17 where a tandem or consolidation moved the window; E02 where a drug had been stopped for toxicity or access."""
    tandem = len(s.line.transplants) > 1 or any(segment.kind == "consolidation" for segment in s.line.segments)
    return (*(("E17",) if tandem and s.line.transplants else ()), *(("E02",) if s.stopped_for() else ()))


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
    at_the_end = len(s.line.last_regimen(s.day)) + int(any(st.active_on(last, slack=45) for st in s.line.steroids))
    together = max(at_the_end, _given_together(s))
    long_enough = days_between(s.line.start, last) + 1 >= p.combination_min_days
    if s.active or together < 2 or not long_enough:
        return None, 0, 0
    return last, p.maintenance_after_combination_days, p.maintenance_after_combination_flagged_days


def _given_together(s: Situation) -> int:
    """Count the drugs of the latest regimen that ran long enough: it is a combination also when all but one were dropped (L13)."""
    if not s.line.segments:
        return 0
    least = s.parameters.combination_min_days
    return sum(
        1
        for course in s.line.segments[-1].batch.courses
        if course.end is not None and days_between(course.first_day, course.end.earliest) + 1 >= least
    )


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


def transplant_joins(
    line: Draft,
    day: date,
    allogeneic: bool,
    collected: bool,
    plans: Sequence[str],
    events: Sequence[Progression],
    parameters: Parameters,
) -> Decision:
    """L10 and E36: decide whether a transplant belongs to the line under way.

    `plans` are plans for an allogeneic transplant; `events` are the progressions since the present course began.
    """
    proven = any(event.trust in {"T1", "T2"} for event in events)
    if proven or line.infusion is not None:
        return Decision(False, "L10", basis=("L10", "L20", "E36") if proven else ("L10",))
    if line.transplants:
        gap = days_between(line.transplants[-1].day, day)
        if gap > parameters.tandem_days and not (allogeneic and plans):
            return Decision(False, "L10", basis=("L10", "E36") if events else ("L10",))
        flags = ("late_planned_add",) if allogeneic else ()
        basis = ("L10", "L09", *(("E14",) if allogeneic else ()))
        return Decision(True, "L10", basis=basis, old_flags=flags, max_add=len(flags), evidence=tuple(plans))
    gap = days_between(line.last_therapy_day(day), day)
    late = gap > parameters.asct_join_days
    if late and not collected:
        return Decision(False, "L10", basis=("L10",))
    return Decision(True, "L10", basis=("L10", "L09"), old_flags=("late_planned_add",) if late else ())
