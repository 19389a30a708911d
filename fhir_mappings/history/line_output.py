"""From drafts to `Line`s and counts: response, progressions, end, reason, bounds (L22; E03, E05, E06, E14, E15, E28)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.complete_response import antibody_bands
from fhir_mappings.history.computed_progression import light_chain_escape
from fhir_mappings.history.course import Course
from fhir_mappings.history.drafts import Draft, Means
from fhir_mappings.history.model import EndReason, Line, LineCount, Progression, Range
from fhir_mappings.history.phases import first_systemic_agents, line_agents, phases_of
from fhir_mappings.history.progression import Disease, is_progression, progressions, suspected_relapse
from fhir_mappings.history.response import best_response
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import ConfidenceLevel, StatedLine
from fhir_mappings.terminology.regimens import name_candidates, regimen_name

_REASONS: tuple[EndReason, ...] = (
    "progression",
    "toxicity",
    "access",
    "patient-choice",
    "planned-completion",
    "death",
    "other",
)


class LineRecord(Struct, frozen=True):
    """A finished line beside the draft it came from, for the drug rules that need courses."""

    line: Line
    draft: Draft
    events: tuple[Progression, ...]
    until: date
    """Last day that belongs to this line's stretch: the day the next line starts, or `as_of`."""


def finish_lines(
    drafts: Sequence[Draft], disease: Disease, as_of: date, parameters: Parameters
) -> tuple[LineRecord, ...]:
    """Return the finished lines in order."""
    return tuple(_finish(index, draft, disease, as_of, parameters) for index, draft in enumerate(drafts))


def _finish(index: int, draft: Draft, disease: Disease, as_of: date, parameters: Parameters) -> LineRecord:
    until = draft.next_start or as_of
    events = progressions(
        disease, draft.stretch(until, draft.next_start), [*draft.courses, *draft.steroids], parameters
    )
    inferred = [p for p in draft.possible if not any(is_progression(event) for event in events)]
    end, ongoing = _end(draft, as_of)
    events = tuple(
        _off_therapy(event, end, parameters)
        for event in sorted([*events, *inferred], key=lambda event: (event.date, event.trust))
    )
    progressed = [event for event in events if is_progression(event)]
    response_end = progressed[0].date if progressed else until
    if draft.course_baselines and progressed:
        draft.note("E03")
    best = best_response(
        disease.markers, disease.statements, draft.baseline_day, draft.start, response_end, parameters, bool(progressed)
    )
    phases = phases_of(draft, as_of)
    flags = draft.flags | _course_flags(draft) | {flag for event in events for flag in event.flags}
    if best:
        flags |= set(best.flags)
    if any(transplant.inferred for transplant in draft.transplants):
        flags.add("conditioning_inferred")
        draft.note("E20")
    stretch = draft.stretch(until, draft.next_start)
    questions = {
        "flc_escape_suspected": ("P08", light_chain_escape(disease.markers, stretch, parameters)),
        "antibody_interference": ("P06", antibody_bands(disease.markers, draft.start, until, parameters)),
        "clinical_relapse_suspected": (
            "P19",
            suspected_relapse(disease, stretch, as_of) if draft.next_start is None and not progressed else (),
        ),
    }
    for flag, (rule, refs) in questions.items():
        if refs:
            flags.add(flag)
            draft.note(rule)
            draft.evidence.update(refs)
    named = first_systemic_agents(draft, phases)
    line = Line(
        number=index + 1,
        start=draft.start,
        end=end,
        ongoing=ongoing,
        regimen=regimen_name(named),
        other_names=tuple((other.name, other.reason) for other in name_candidates(named)),
        agents=line_agents(draft, phases),
        phases=phases,
        best_response=best,
        progressions=events,
        end_reason=_end_reason(draft, progressed, end, ongoing, parameters),
        boundary=draft.boundary,
        confidence=_confidence(draft),
        basis=tuple(sorted(draft.basis | {"L07", draft.boundary})),
        evidence=tuple(sorted(_evidence(draft))),
        flags=tuple(sorted(flags)),
        start_precision=_precision(draft),
        reason=draft.reason or f"first counted drug of the line on {draft.start.isoformat()}",
        planned_by=_weakest(draft),
    )
    return LineRecord(line, draft, events, until)


def _off_therapy(event: Progression, end: date | None, parameters: Parameters) -> Progression:
    """E06: progression more than 60 days after the last dose of the line is flagged `pd_off_therapy`.

    Where other evidence of the same progression lies inside the window, the edge is not settled: `borderline_60d` instead (E10).
    """
    window = parameters.refractory_window_days
    if end is None or not is_progression(event) or days_between(end, event.date) <= window:
        return event
    if any(days_between(end, day) <= window for day in event.other_dates):
        return replace(
            event,
            flags=tuple(sorted({*event.flags, "borderline_60d"})),
            basis=tuple(sorted({*event.basis, "E10"})),
        )
    return replace(
        event,
        flags=tuple(sorted({*event.flags, "pd_off_therapy"})),
        basis=tuple(sorted({*event.basis, "E06"})),
    )


def _weakest(draft: Draft) -> Means | None:
    """Return the weakest of the means by which the parts of a sequence were taken as planned (L09)."""
    order: tuple[Means, ...] = ("heuristic", "coded", "plan")
    return next((means for means in order if means in draft.means), None)


def _end(draft: Draft, as_of: date) -> tuple[date | None, bool]:
    """Return the last day of the last drug; (`None`, true) while one is given, (`None`, false) when no end is known."""
    if draft.next_start is None and any(course.ongoing for course in draft.courses):
        return None, True
    limit = draft.next_start - timedelta(days=1) if draft.next_start else as_of
    ends = [min(course.end.latest, limit) for course in draft.courses if course.end is not None]
    ends += [limit for course in draft.courses if course.ongoing and draft.next_start]
    ends += [transplant.day for transplant in draft.transplants]
    if draft.infusion:
        ends.append(draft.infusion.day)
    open_end = any(course.end is None and not course.ongoing for course in draft.courses)
    if open_end and draft.next_start is None:
        return None, False
    return max(ends, default=None), False


def _course_flags(draft: Draft) -> set[str]:
    kept = {"end_imputed", "date_imprecise", "order_only", "duplicate_merged", "blinded"}
    return {flag for course in draft.courses for flag in course.flags if flag in kept}


def _evidence(draft: Draft) -> set[str]:
    refs = {ref for course in [*draft.courses, *draft.steroids] for ref in course.evidence} | draft.evidence
    for transplant in draft.transplants:
        refs |= set(transplant.evidence) | {ref for course in transplant.conditioning for ref in course.evidence}
    if draft.infusion:
        refs |= set(draft.infusion.evidence) | {ref for c in draft.infusion.lymphodepletion for ref in c.evidence}
    return refs


def _precision(draft: Draft) -> ChartDate | None:
    return next((course.start for course in draft.courses if course.start and course.first_day == draft.start), None)


def _end_reason(
    draft: Draft, progressed: Sequence[Progression], end: date | None, ongoing: bool, parameters: Parameters
) -> EndReason | None:
    """Progression on treatment or within the window after it; else what the record says; else a later progression (E06)."""
    if ongoing:
        return None
    window = parameters.refractory_window_days
    progressed = since_restart(draft, progressed)
    if any(end is None or days_between(end, event.date) <= window for event in progressed):
        return "progression"
    last: set[EndReason] = {
        "other" if course.stop_reason == "no-response" else course.stop_reason
        for course in draft.courses
        if course.stop_reason and course.end and end and days_between(course.end.latest, end) <= window
    }
    recorded = next((reason for reason in _REASONS if reason in last), None)
    return recorded or ("progression" if progressed else "unknown")


def since_restart(draft: Draft, events: Iterable[Progression]) -> list[Progression]:
    """Return the events of the present course (E03, E06).

    A progression that was answered by a restart, or on bridging by the infusion, has not ended the line.
    """
    answers = [*draft.restarts, *([draft.infusion.day] if draft.infusion else [])]
    since = max(answers, default=None)
    return [event for event in events if since is None or event.date > since]


def surely_inside(event: Progression, draft: Draft) -> bool:
    """Tell whether an event came after the line had begun on any reading of its start.

    Of a start that is known to the month only, a progression within this month may have been its cause.
    """
    starts = [course.start.latest for course in draft.courses if course.start is not None]
    return not starts or event.date > min(starts)


def _confidence(draft: Draft) -> ConfidenceLevel:
    if any(course.order_only or course.unclear for course in draft.courses) or draft.min_drop or draft.max_add:
        return "low"
    if any(course.end_imputed or "date_imprecise" in course.flags for course in draft.courses):
        return "moderate"
    return "high"


def is_prior(record: LineRecord, last: bool, nonresponse: bool, as_of: date, parameters: Parameters) -> bool:
    """E05: progression in it, no response to it, a later line begun, or everything stopped and the join window passed."""
    if not last or nonresponse:
        return True
    if any(is_progression(event) and surely_inside(event, record.draft) for event in record.events):
        return True
    if record.line.ongoing or record.line.end is None:
        return False
    draft = record.draft
    if draft.transplants or draft.infusion or any(segment.kind == "consolidation" for segment in draft.segments):
        window = parameters.prior_join_days_after_transplant
    elif len(record.line.agents) >= 2:
        window = parameters.prior_join_days_after_combination
    else:
        window = parameters.drug_gap_days
    return days_between(record.line.end, as_of) > window


def count_lines(
    records: Sequence[LineRecord],
    outside_max: int,
    stated: Iterable[StatedLine],
    complete: bool,
    nonresponse: bool,
    as_of: date,
    parameters: Parameters,
) -> LineCount:
    """Return all lines and the prior ones with their bounds (E05, E14, E15, E28)."""
    lines = len(records)
    drops = sum(record.draft.min_drop for record in records)
    adds = sum(record.draft.max_add for record in records) + outside_max
    current_is_prior = bool(records) and is_prior(records[-1], True, nonresponse, as_of, parameters)
    prior = lines if current_is_prior else max(lines - 1, 0)
    everything = Range(lines, max(lines - drops, 0), lines + adds)
    # All drugs may have stopped long ago where nobody wrote down when (E05).
    unknown_end = bool(records) and not records[-1].line.ongoing and records[-1].line.end is None
    before = Range(prior, max(prior - drops, 0), prior + adds + int(unknown_end and prior < lines))
    if not complete:
        # What is not on record cannot be counted out: no upper limit (L23).
        everything, before = replace(everything, max=None), replace(before, max=None)
    number = _stated(stated)
    if number is None:
        return LineCount(everything, before, None)
    return _with_stated(everything, before, number, complete, records[-1].line.start if records else None)


class _Stated(Struct, frozen=True):
    number: int
    prior: int
    total: int
    day: ChartDate | None


def _stated(statements: Iterable[StatedLine]) -> _Stated | None:
    """E28: "Nth line" is N-1 prior lines and the current one; "Nth relapse" is N prior lines."""
    found = [_Stated(s.number, s.number if s.relapse else s.number - 1, s.number, s.date) for s in statements]
    return max(found, key=lambda s: (s.prior, s.total, s.day is not None), default=None)


def _with_stated(
    everything: Range, before: Range, stated: _Stated, complete: bool, last_start: date | None
) -> LineCount:
    if stated.total <= everything.imwg and stated.prior <= before.imwg:
        # A smaller number is a contradiction only when it was said during the last line; before, it was simply true then.
        current = stated.day is not None and last_start is not None and stated.day.earliest >= last_start
        differs = current and stated.total < everything.imwg and stated.prior < before.imwg
        return LineCount(everything, before, stated.number, ("line_number_conflict",) if differs else ())
    if complete:
        wider = replace(everything, max=max(everything.max or 0, stated.total))
        prior = replace(before, max=max(before.max or 0, stated.prior))
        return LineCount(wider, prior, stated.number, ("line_number_conflict",))
    lower = Range(max(stated.total, everything.imwg), everything.min, None)
    prior_lower = Range(max(stated.prior, before.imwg), before.min, None)
    return LineCount(lower, prior_lower, stated.number, ("history_incomplete", "line_number_conflict"))


def therapy_courses(records: Sequence[LineRecord]) -> tuple[tuple[int, Course], ...]:
    """Return every course with the number of its line."""
    return tuple((record.line.number, course) for record in records for course in record.draft.courses)
