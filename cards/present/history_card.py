"""The card of the treatment history (`mm-history`): what was given, what failed, and how that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cards.advise.missing import gap_name
from cards.advise.model import Advice
from cards.advise.words import listed
from cards.present import wording
from cards.present.card import Card, Link
from cards.present.markdown import bullets, escape, one_sentence, paragraphs, table
from fhir_mappings.history.model import AgentStatus, CytogeneticRisk, Line, Progression, TreatmentHistory

MOST_LINES = 8
EXTENSION = "org.myeloma-cds.assessment"
_CERTAIN = frozenset({"T1", "T2", "T3"})


def history_card(
    history: TreatmentHistory,
    advice: Advice,
    assessment: Mapping[str, Any],
    *,
    program_version: str,
    links: tuple[Link, ...] = (),
) -> Card:
    """Return the history card; `assessment` is the compact document that travels in its extension."""
    parts = [
        _status(history),
        f"**Options do not apply now.** {escape(advice.withheld_because)}" if advice.withheld_because else "",
        _lines(history.lines or ()),
        *_drugs(history),
        _composites(history),
        f"*{wording.made_with(program_version, advice.knowledge_version)} As of {history.as_of.isoformat()}.*",
    ]
    return Card("mm-history", _summary(history), "info", paragraphs(parts), (), links, {EXTENSION: assessment})


def _summary(history: TreatmentHistory) -> str:
    state = wording.STATE.get(history.diagnosis.state, "Myeloma")
    count = len(history.lines or ())
    start = f"{state}: {count} {'line' if count == 1 else 'lines'} of therapy"
    failed = [name for name, status in sorted((history.agents or {}).items()) if status.status == "refractory"]
    refractory = f"refractory to {listed(failed)}" if failed else "no drug known to be refractory"
    if len(failed) > 4:
        refractory = f"refractory to {len(failed)} drugs"
    return one_sentence(f"{start}; {refractory}; {_progressing(history)}.")


def _progressing(history: TreatmentHistory) -> str:
    if history.deceased:
        return "the patient has died"
    value = history.summary.progressing if history.summary else "unknown"
    return {
        "yes": "progressing",
        "no": "not progressing",
        "possible": "progression possible, not confirmed",
        "unknown": "disease status unknown",
    }[value]


def _latest(history: TreatmentHistory) -> Progression | None:
    events = [event for line in history.lines or () for event in line.progressions if event.trust in _CERTAIN]
    return max(events, key=lambda event: event.date) if events else None


def _status(history: TreatmentHistory) -> str:
    """Say the disease status; unknown is never shown as remission (invariant 44)."""
    value = history.summary.progressing if history.summary else "unknown"
    latest = _latest(history)
    if history.deceased:
        return (
            f"**The patient has died.** Last progression {wording.progression(latest)}."
            if latest
            else "**The patient has died.**"
        )
    if value == "yes":
        return (
            f"**Progressing** since {wording.progression(latest)}."
            if latest
            else "**Progressing**: no response to the last line."
        )
    if value == "possible":
        return "**Progression is possible but not confirmed.**"
    if value == "no":
        return "**Not progressing** at the last assessment."
    return "**Disease status unknown**: no disease assessment in the last 90 days is on record."


def _lines(lines: tuple[Line, ...]) -> str:
    shown = lines[-MOST_LINES:]
    rows = [_row(line) for line in shown]
    text = table(("Line", "Dates", "Regimen", "Best response", "Why it ended"), rows)
    left = len(lines) - len(shown)
    return f"{text}\n\n{left} earlier lines are in the full assessment." if left else text


def _row(line: Line) -> tuple[str, ...]:
    start = str(line.start_precision) if line.start_precision is not None else line.start.isoformat()
    end = "end not on record" if line.end is None else line.end.isoformat()
    name = wording.regimen_name(line.regimen)
    extra = [
        f"with {kind}"
        for kind in ("transplant", "car-t", "maintenance")
        if any(p.kind == kind for p in line.phases) and not (kind == "car-t" and name.endswith("-cel"))
    ]
    regimen = f"{name} ({', '.join(extra).replace('car-t', 'CAR-T')})" if extra else name
    response = "not on record"
    if line.best_response is not None:
        response = wording.RESPONSE.get(line.best_response.category, line.best_response.category)
        response += " (computed)" if line.best_response.source == "computed" else ""
    dates = f"since {start}" if line.ongoing else f"{start}, {end}" if line.end is None else f"{start} to {end}"
    return (str(line.number), dates, regimen, response, wording.ended(line))


def _drugs(history: TreatmentHistory) -> Iterator[str]:
    steroids = (history.classes or {}).get("STEROID")
    known = sorted((history.agents or {}).items())
    agents = [status for name, status in known if steroids is None or name not in steroids.agents]
    failed = [status for status in agents if status.status == "refractory"]
    if failed:
        yield "**Refractory**\n\n" + bullets(_failure(status, history) for status in failed)
    open_ = [escape(status.agent) for status in agents if status.status == "exposed-unknown"]
    if open_:
        yield f"**Given, outcome not clear:** {listed(open_)}"
    worked = [_exposure(status) for status in agents if status.status == "exposed-not-refractory"]
    if worked:
        yield f"**Given, not refractory:** {listed(worked)}"
    yield _never(history)


def _failure(status: AgentStatus, history: TreatmentHistory) -> str:
    """Say since when a drug has failed and how that is known (invariant 9)."""
    event = _event_of(status, history)
    when = status.since.isoformat() if status.since else "date not on record"
    kind = "biochemical progression" if event and event.biochemical_only else "progression"
    reason = status.reason.rstrip(".") or (f"{kind} {when}" if event else when)
    known = f"{wording.known_by(event)}; " if event else ""
    return f"**{escape(status.agent)}**: {escape(reason)} ({known}confidence {status.confidence})"


def _event_of(status: AgentStatus, history: TreatmentHistory) -> Progression | None:
    events = [event for line in history.lines or () for event in line.progressions]
    return next((event for event in events if event.date == status.since and event.trust in _CERTAIN), None)


def _exposure(status: AgentStatus) -> str:
    name = escape(status.agent)
    if "relapsed_after_car_t" in status.flags:
        relapse = next((text for text in status.reason.split("; ") if text.startswith("relapse")), "")
        name = f"{name} ({escape(relapse.replace(f' {status.agent}', ' the infusion'))})" if relapse else name
    if status.intolerance is None:
        return name
    grade = "" if status.intolerance.grade is None else f" grade {status.intolerance.grade}"
    return f"{name} (not tolerated: {escape(status.intolerance.reaction)}{grade})"


def _never(history: TreatmentHistory) -> str:
    names = {"PI": "proteasome inhibitor", "IMID": "immunomodulatory drug", "CD38": "anti-CD38 antibody"}
    missing = [word for key, word in names.items() if history.status_of(key) in {"naive", "not-recorded"}]
    if not missing:
        return ""
    complete = history.summary is not None and history.summary.history_complete == "yes"
    return f"**{'Never given' if complete else 'No record of'}:** {listed(missing)}"


def _composites(history: TreatmentHistory) -> str:
    """Return prior lines, triple-class terms and risk in one line each (F13)."""
    summary = history.summary
    if summary is None:
        return ""
    items = [f"{wording.prior_count(history)} of therapy"]
    items.append(f"Triple-class exposed: {summary.triple_class_exposed}; refractory: {summary.triple_class_refractory}")
    items.append(f"Cytogenetic risk: {_cytogenetic(summary.cytogenetic_risk)}")
    if (marker := history.findings.get("t(11;14)")) is not None and marker.value == "present":
        items.append("t(11;14): present (bears on venetoclax, not on risk)")
    functional = summary.functional_high_risk
    months = (
        ""
        if functional.months is None
        else f" (first progression after {functional.months} months, cut-off {functional.cutoff} months)"
    )
    items.append(f"Functional high risk: {functional.value}{months}")
    if summary.months_since_anti_cd38 is not None:
        items.append(f"Months since the last anti-CD38 antibody: {summary.months_since_anti_cd38}")
    if history.gaps:
        names = listed(sorted({escape(gap_name(gap.key)) for gap in history.gaps}))
        items.append(f"Not available to this assessment: {names}")
    if summary.history_complete == "no":
        items.append("The history may be incomplete: what is not on record is not taken as never given")
    return bullets(items)


def _cytogenetic(risk: CytogeneticRisk) -> str:
    """Say the risk with what was found and, where it is open, what was not tested."""
    words = {"high": "high", "not-high": "not high", "unknown": "unknown"}[risk.value]
    parts = [f"found: {', '.join(escape(name) for name in risk.present)}"] if risk.present else []
    if risk.value == "unknown" and risk.missing:
        parts.append(f"not on record: {', '.join(escape(name) for name in risk.missing)}")
    return f"{words} ({'; '.join(parts)})" if parts else words
