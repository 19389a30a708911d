"""An assessment in words for a page: what the templates print. Pure; everything comes from the document and the history.

The SMART app and the report share it. No status, figure or reason is made here that the document does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from cards.present import wording
from cds_service.pages.figure import figure
from cds_service.pages.timeline import STATUS_WORDS, timeline
from cds_service.pipeline import Assessment

_STARTABLE = {"not-now": "not to be started now", "unknown": "a datum must be known before it starts"}
_SEVERITY = {"BLOCK": "Forbids:", "WARN": "Warning:", "ASK": "To find out:", "NOTE": "Note:"}
_FIT = {
    "like-this-patient": "Similar patients.",
    "other-population": "Other patients",
    "excluded-this-patient": "Patients like this one were excluded",
    "not-stated": "Whether its patients were like this one is not stated",
}
_CRITERION = {"met": "Met", "not-met": "Not met", "unknown": "Not known"}
_FACTS = (
    ("onTherapy", "On therapy"),
    ("extramedullary", "Extramedullary disease"),
    ("doubleRefractory", "Double refractory"),
    ("tripleClassExposed", "Triple-class exposed"),
    ("tripleClassRefractory", "Triple-class refractory"),
    ("pentaRefractory", "Penta-refractory"),
    ("bcmaExposed", "BCMA therapy given"),
    ("gprc5dExposed", "GPRC5D therapy given"),
    ("priorTransplant", "Prior transplant"),
    ("priorCarT", "Prior CAR-T"),
    ("historyComplete", "History complete"),
)


def view(assessment: Assessment, document: Mapping[str, Any], *, open_table: bool) -> dict[str, Any]:
    """Return what the templates print of one patient; `open_table` opens every fold, as paper needs it."""
    history = assessment.history
    data = timeline(history)
    return {
        "patient": document["patient"],
        "as_of": document["asOf"],
        "setting": f"Labels of {document['jurisdiction']}, policy {document['policy']}.",
        "open_table": open_table,
        "diagnosis": _diagnosis(document["diagnosis"]),
        "progressing": _progressing(document),
        "facts": list(_facts(document)),
        "count": _count(document["lineCount"]),
        "lines": [
            _line(line, entry)
            for line, entry in zip(history.lines or (), document["linesOfTherapy"] or (), strict=True)
        ],
        "agents": [_agent(name, entry) for name, entry in (document["agents"] or {}).items()],
        "timeline": data,
        "drawing": as_block({"timeline": data, "figure": figure(data)}),
        "statements": document["statements"],
        "withheld": "" if document["optionsApply"] else document["withheldBecause"] or "",
        "places": list(_places(document)),
        "safety": [_caution(item) for item in document["safety"]],
        "missing": document["missingData"],
        "questions": document["openQuestions"],
        "quality": document["dataQuality"],
        "excluded": document["excluded"],
        "flags": document["flags"],
        "made_with": f"{document['madeWith']['program']} {document['madeWith']['version']}, knowledge "
        f"{document['knowledgeVersion']}. Every statement names its rules and the resources it rests on; the same record and "
        "day give the same answer.",
    }


def as_block(content: Any) -> Markup:
    """Write data for a `<script type="application/json">` block: no character of it can end the block."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign, code in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, code)
    return Markup(text)  # noqa: S704 - escaped above for the only place where it stands


def _diagnosis(found: Mapping[str, Any]) -> str:
    state = found["state"].replace("-", " ")
    since = f", since {found['since']}" if found["since"] else ""
    return f"Diagnosis: {state}{since}."


def _progressing(document: Mapping[str, Any]) -> str:
    summary = document["summary"]
    return (
        wording.STATUS_LINE[summary["progressing"]]
        if summary
        else "Lines, drugs and composites are stated for myeloma only."
    )


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    summary = document["summary"]
    if not summary:
        return
    for key, name in _FACTS:
        yield name, summary[key]
    genomic, functional = summary["cytogeneticRisk"], summary["functionalHighRisk"]
    told = [genomic["value"]]
    if genomic["present"]:
        told.append(f"found: {', '.join(genomic['present'])}")
    if genomic["value"] == "unknown" and genomic["missing"]:
        told.append(f"not on record: {', '.join(genomic['missing'])}")
    yield "Cytogenetic risk", "; ".join(told)
    months = "" if functional["months"] is None else f", first progression after {functional['months']} months"
    yield "Functional high risk", f"{functional['value']}{months} (cut-off {functional['cutoff']} months)"
    if summary["monthsSinceAntiCD38"] is not None:
        yield "Months since the last anti-CD38 antibody", str(summary["monthsSinceAntiCD38"])


def _count(count: Mapping[str, Any] | None) -> str:
    if count is None:
        return "Lines of therapy"
    prior = count["prior"]
    high = "no known limit" if prior["max"] is None else str(prior["max"])
    spread = f"{prior['imwg']}" if prior["min"] == prior["max"] else f"{prior['imwg']} ({prior['min']} to {high})"
    stated = f"; the record states {count['stated']}" if count["stated"] is not None else ""
    return f"Prior lines: {spread}{stated}"


def _line(line: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
    found = entry["bestResponse"]
    response = "not on record"
    if found:
        response = f"{wording.RESPONSE.get(found['category'], found['category'])} ({found['source']})"
    end = entry["end"] or ("ongoing" if entry["ongoing"] else "end not on record")
    progressions = [
        f"{wording.progression(event)}{f': {event.detail}' if event.detail else ''}" for event in line.progressions
    ]
    return {
        "number": entry["number"],
        "dates": f"{entry['start']} to {end}",
        "name": entry["regimen"].replace("_", "-"),
        "agents": ", ".join(entry["agents"]),
        "phases": " then ".join(dict.fromkeys(phase["kind"] for phase in entry["phases"])),
        "response": response,
        "ended": "; ".join([wording.ended(line), *progressions]),
        "reason": f"{line.reason.rstrip('.').capitalize()}. " if line.reason else "",
        "basis": entry["basis"],
        "evidence": entry["evidence"],
    }


def _agent(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    intolerance = entry["intolerance"]
    reaction = None
    if intolerance:
        grade = "" if intolerance["grade"] is None else f", grade {intolerance['grade']}"
        reaction = f"{intolerance['reaction']}{grade}"
    return {
        "name": name,
        "status": entry["status"],
        "word": STATUS_WORDS.get(entry["status"], entry["status"]),
        "since": entry["since"],
        "confidence": entry["confidence"],
        "last": entry["lastExposure"] or "not on record",
        "intolerance": reaction,
        "reason": f"{entry['reason'].rstrip('.')}. " if entry["reason"] else "",
        "basis": entry["basis"],
        "evidence": entry["evidence"],
    }


def _places(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    both = document["jurisdiction"] == "both"
    for place in ("US", "EU") if both else (document["jurisdiction"],):
        offered = document["recommendations"][place] if both else document["recommendations"]
        refused = document["notSuggested"][place] if both else document["notSuggested"]
        yield {
            "name": place,
            "tiers": [
                {"title": title, "options": options}
                for tier, title in wording.TIER.items()
                if (options := [_option(item, place) for item in offered if item["tier"] == tier])
            ],
            "refused": [
                {"name": item["name"] or item["regimen"], "because": "; ".join(item["because"])} for item in refused
            ],
        }


def _option(item: Mapping[str, Any], place: str) -> dict[str, Any]:
    label = item["label"]
    symbol = wording.SYMBOL[label["status"]]
    words = {"met": "on label", "not-met": "label not met", "unknown": "label status unknown"}
    return {
        "id": item["regimen"],
        "rank": item["rank"],
        "name": item["name"],
        "label": f"{symbol} {words.get(label['status'], label['status'].replace('-', ' '))} ({place})",
        "startable": _STARTABLE.get(item["startable"], ""),
        "because": [*item["because"], *item["statements"]],
        "cautions": [_caution(caution) for caution in item["cautions"] if caution["state"] != "absent"],
        "doses": item["doseNotes"],
        "criteria": [
            {"state": _CRITERION[criterion["state"]], "text": criterion["text"], "evidence": criterion["evidence"]}
            for criterion in label["criteria"]
        ],
        "evidence": [_evidence(entry) for entry in item["evidence"]],
    }


def _caution(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "word": _SEVERITY[item["severity"]]}


def _evidence(entry: Mapping[str, Any]) -> dict[str, Any]:
    fit = _FIT[entry["fit"]]
    if entry["because"] and not fit.endswith("."):
        fit = f"{fit}: {entry['because']}."
    named = [("doi:", entry["doi"]), ("PMID ", entry["pmid"]), ("", entry["nct"])]
    source = [f"{word}{value}" for word, value in named if value] + [f"sources {', '.join(entry['sources'])}"]
    return {
        "trial": entry["trial"],
        "population": entry["population"].rstrip("."),
        "text": entry["text"],
        "mark": "not verified" if entry["unverified"] else "",
        "fit": fit if fit.endswith(".") else f"{fit}.",
        "source": "; ".join(source),
    }
