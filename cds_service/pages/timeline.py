"""The therapy timeline as data: what was given when, how the disease moved, what failed (one component, used everywhere).

Pure: a treatment history in, JSON-ready data out. Every bar, mark and point carries the sentence that explains it, its rules
and its resources; `events` holds the same facts as rows of a table, for readers who do not see the drawing.
Dates are ISO 8601 days; laboratory values stand in the canonical unit of the record (P01).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from cards.present import wording
from fhir_mappings.history.model import AgentStatus, Derived, Line, Phase, Progression, TreatmentHistory
from fhir_mappings.record import LabValue

STATUS_WORDS = {
    "refractory": "refractory",
    "exposed-unknown": "outcome not known",
    "exposed-not-refractory": "not refractory",
}
_TRANSPLANT, _CAR_T = "transplant", "car-t"
_ONE_DAY = frozenset({_TRANSPLANT, _CAR_T})
_CHAIN_NAMES = {"kappa": "Free kappa", "lambda": "Free lambda"}


def timeline(history: TreatmentHistory) -> dict[str, Any]:
    """Return the timeline of one patient; without lines of therapy (E24) it holds the laboratory series alone."""
    lines = history.lines or ()
    data: dict[str, Any] = {
        "patient": history.patient,
        "asOf": history.as_of.isoformat(),
        "lines": [_line(line, history.as_of) for line in lines],
        "drugs": [_drug(name, history) for name in _by_first_use(history)],
        "marks": [mark for line in lines for mark in _marks(line)],
        "series": list(_series(history)),
        "undated": list(_undated(history)),
    }
    data["events"] = sorted(_events(data), key=lambda row: (row["date"], row["what"]))
    data["summary"] = _summary(data)
    return data


def _trail(derived: Derived) -> dict[str, list[str]]:
    return {"basis": list(derived.basis), "resources": list(derived.evidence)}


def _line(line: Line, as_of: date) -> dict[str, Any]:
    name = line.regimen.replace("_", "-")
    kinds = " then ".join(_in_order(phase.kind for phase in line.phases if phase.kind != "treatment"))
    response = ""
    if line.best_response is not None:
        found = line.best_response
        said = wording.RESPONSE.get(found.category, found.category)
        response = f"Best response {said} ({found.source})."
    sentences = [
        f"Line {line.number}: {', '.join(line.agents)}.",
        f"{kinds.capitalize()}." if kinds else "",
        f"Why a line begins here: {line.reason.rstrip('.')}." if line.reason else "",
        response,
        f"Ended: {wording.ended(line)}." if not line.ongoing else "Ongoing.",
    ]
    return {
        "number": line.number,
        "name": name,
        "label": f"{line.number}. {name}",
        "start": line.start.isoformat(),
        "end": None if line.end is None else line.end.isoformat(),
        "drawnTo": _drawn_to(line.end, line.ongoing, line.start, as_of),
        "ongoing": line.ongoing,
        "boundary": line.boundary,
        "phases": [_phase(phase, line, as_of) for phase in line.phases],
        "text": " ".join(filter(None, sentences)),
        **_trail(line),
    }


def _phase(phase: Phase, line: Line, as_of: date) -> dict[str, Any]:
    return {
        "kind": phase.kind,
        "start": phase.start.isoformat(),
        "end": None if phase.end is None else phase.end.isoformat(),
        "drawnTo": _drawn_to(phase.end, line.ongoing, phase.start, as_of),
        "agents": list(phase.agents),
    }


def _drawn_to(end: date | None, ongoing: bool, start: date, as_of: date) -> str:
    """Return the day that a bar reaches: its end, the day of the assessment while ongoing, one day when nothing is known."""
    if end is not None:
        return end.isoformat()
    return (as_of if ongoing else start + timedelta(days=1)).isoformat()


def _by_first_use(history: TreatmentHistory) -> list[str]:
    agents = history.agents or {}
    return sorted(agents, key=lambda name: (str(agents[name].first_exposure or "9999"), name))


def _drug(name: str, history: TreatmentHistory) -> dict[str, Any]:
    status = (history.agents or {})[name]
    word = STATUS_WORDS.get(status.status, status.status)
    since = status.since.isoformat() if status.since else None
    return {
        "agent": name,
        "status": status.status,
        "word": word,
        "since": since,
        "confidence": status.confidence,
        "intolerance": None if status.intolerance is None else status.intolerance.reaction,
        "bars": list(_bars(name, status, history)),
        "text": _drug_text(name, word, since, status),
        **_trail(status),
    }


def _drug_text(name: str, word: str, since: str | None, status: AgentStatus) -> str:
    parts = [f"{name}: {word}{f' since {since}' if since else ''} (confidence {status.confidence})."]
    if status.reason:
        parts.append(f"{status.reason.rstrip('.')}.")
    if status.intolerance is not None:
        grade = "" if status.intolerance.grade is None else f", grade {status.intolerance.grade}"
        parts.append(f"Not tolerated: {status.intolerance.reaction}{grade}.")
    return " ".join(parts)


def _bars(name: str, status: AgentStatus, history: TreatmentHistory) -> Iterator[dict[str, Any]]:
    """Yield when a drug was given: the phases that hold it, cut at its own last dose (F03)."""
    last = status.last_exposure.latest if status.last_exposure is not None else None
    for line in history.lines or ():
        for phase in line.phases:
            over = last is not None and phase.start > last and phase.kind not in _ONE_DAY
            if name not in phase.agents or over:
                continue
            end = phase.end or (history.as_of if line.ongoing else phase.start + timedelta(days=1))
            end = min(end, last) if last is not None else end
            start = phase.start if phase.kind not in _ONE_DAY or last is None else min(phase.start, last)
            yield {
                "start": start.isoformat(),
                "drawnTo": max(end, start + timedelta(days=1)).isoformat(),
                "line": line.number,
                "kind": phase.kind,
            }
    if not status.lines and status.first_exposure is not None:
        start = status.first_exposure.earliest
        end = last or start
        yield {
            "start": start.isoformat(),
            "drawnTo": max(end, start + timedelta(days=1)).isoformat(),
            "line": None,
            "kind": "exposure",
        }


def _marks(line: Line) -> Iterator[dict[str, Any]]:
    for phase in line.phases:
        if phase.kind in _ONE_DAY:
            what = "Transplant" if phase.kind == _TRANSPLANT else "CAR-T infusion"
            drugs = f" ({', '.join(phase.agents)})" if phase.agents else ""
            yield {
                "kind": phase.kind,
                "date": phase.start.isoformat(),
                "label": what,
                "line": line.number,
                "text": f"{what}{drugs}, in line {line.number}.",
                **_trail(line),
            }
    yield from (_progression(event, line) for event in line.progressions)


def _progression(event: Progression, line: Line) -> dict[str, Any]:
    certain = event.trust in {"T1", "T2", "T3"}
    what = "Progression" if certain else "Possible progression"
    detail = f" {event.detail.rstrip('.')}." if event.detail else ""
    return {
        "kind": "progression" if certain else "possible-progression",
        "date": event.date.isoformat(),
        "label": f"{what} ({event.trust})",
        "line": line.number,
        "text": f"{what} of line {line.number}: {wording.progression(event)}; confidence {event.confidence}.{detail}",
        **_trail(event),
    }


def _wanted(history: TreatmentHistory) -> list[tuple[str, str]]:
    """Return the concepts that are drawn with their names: M-protein, and the free light chain of the clone (P04)."""
    chains = (history.involved_chain,) if history.involved_chain else ("kappa", "lambda")
    involved = " (involved)" if history.involved_chain else ""
    return [
        ("m_protein_serum", "M-protein, serum"),
        ("m_protein_urine_24h", "M-protein, urine"),
        *((f"flc_{chain}_serum", f"{_CHAIN_NAMES[chain]}{involved}") for chain in chains),
    ]


def _series(history: TreatmentHistory) -> Iterator[dict[str, Any]]:
    for concept, name in _wanted(history):
        found = [lab for lab in history.labs if lab.concept == concept and lab.date.latest <= history.as_of]
        points = [_point(lab) for lab in sorted(found, key=lambda lab: (lab.date, lab.ref)) if lab.date.exact]
        if points:
            yield {"concept": concept, "name": name, "unit": found[0].unit, "points": points}


def _undated(history: TreatmentHistory) -> Iterator[dict[str, Any]]:
    """Yield values whose day is not known: they cannot be drawn, and are told in the table."""
    names = dict(_wanted(history))
    for lab in sorted(history.labs, key=lambda lab: (lab.date, lab.ref)):
        if lab.concept in names and not lab.date.exact and lab.date.earliest <= history.as_of:
            yield {**_point(lab), "date": str(lab.date), "name": names[lab.concept], "unit": lab.unit}


def _point(lab: LabValue) -> dict[str, Any]:
    return {
        "date": lab.date.earliest.isoformat(),
        "value": lab.value,
        "comparator": lab.comparator,
        "resource": lab.ref,
    }


def _events(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table: the same facts as the drawing, in words."""
    for line in data["lines"]:
        yield _row(line["start"], f"Line {line['number']} begins: {line['name']}", line, rule=line["boundary"])
        if line["end"]:
            yield _row(line["end"], f"Line {line['number']} ends: {line['name']}", line, text=f"{_phases(line)}.")
    for mark in data["marks"]:
        yield _row(mark["date"], mark["label"], mark)
    for drug in data["drugs"]:
        day = drug["since"] or (drug["bars"][0]["start"] if drug["bars"] else "")
        yield _row(day, f"{drug['agent']}: {drug['word']}", drug, text=f"{drug['text']} {_given(drug)}")


def _phases(line: dict[str, Any]) -> str:
    """Say the phases of a line with their dates and drugs."""
    spans = [
        f"{phase['kind']} {phase['start']} to {phase['end'] or 'end not on record'} ({', '.join(phase['agents'])})"
        for phase in line["phases"]
    ]
    return "; ".join(spans).capitalize()


def _given(drug: dict[str, Any]) -> str:
    """Say when a drug was given, as it is drawn."""
    spans = [f"{bar['start']} to {bar['drawnTo']}" for bar in drug["bars"]]
    return f"Given {', '.join(spans)}." if spans else "When it was given is not on record."


def _row(
    day: str, what: str, source: dict[str, Any], *, rule: str | None = None, text: str | None = None
) -> dict[str, Any]:
    rules = source["basis"] if rule is None or rule in source["basis"] else [rule, *source["basis"]]
    return {
        "date": day,
        "what": what,
        "text": text or source["text"],
        "rules": list(rules),
        "resources": list(source["resources"]),
    }


def _summary(data: dict[str, Any]) -> str:
    """Say in one sentence what the drawing shows."""
    count = len(data["lines"])
    failed = [drug["agent"] for drug in data["drugs"] if drug["status"] == "refractory"]
    told = f"{count} {'line' if count == 1 else 'lines'} of therapy as of {data['asOf']}"
    if failed:
        told += f"; refractory to {', '.join(failed)}"
    return f"{told}. The table below the drawing says the same."


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
