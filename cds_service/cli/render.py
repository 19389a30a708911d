"""The assessment document as text for a terminal: in full words, and nothing that the document does not say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

WIDTH = 100
_STATUS = {
    "refractory": "refractory",
    "exposed-unknown": "exposed, outcome not known",
    "exposed-not-refractory": "exposed, not refractory",
    "not-recorded": "no exposure on record",
    "naive": "never given",
}
_TIERS = {"T1": "First to consider", "T2": "To consider", "T3": "Fallback"}
_LABELS = {
    "met": "on label",
    "not-met": "label criteria not met",
    "unknown": "label not known to be met",
    "off-label": "off-label",
    "not-authorised": "not authorised",
    "withdrawn": "label withdrawn",
    "pending": "label pending",
}
_STARTABLE = {"not-now": ", not now", "unknown": ", a datum is needed before it starts"}
_FACTS = {
    "onTherapy": "on therapy",
    "progressing": "progressing",
    "doubleRefractory": "double refractory",
    "tripleClassExposed": "triple-class exposed",
    "tripleClassRefractory": "triple-class refractory",
    "pentaRefractory": "penta-refractory",
    "bcmaExposed": "BCMA exposed",
    "gprc5dExposed": "GPRC5D exposed",
    "priorTransplant": "prior transplant",
    "priorCarT": "prior CAR-T",
    "extramedullary": "extramedullary disease",
    "historyComplete": "history complete",
}
_STAGES = {"iss": "ISS", "rIss": "R-ISS", "r2Iss": "R2-ISS"}
_DISCLAIMER = "Decision support from recorded data. It does not replace clinical judgement."


def render(document: Mapping[str, Any]) -> str:
    """Write one document as text."""
    parts = [
        _heading(document),
        _lines(document),
        _agents(document),
        _summary(document),
        _safety(document),
        *_options(document),
        _questions(document),
        _missing(document),
        _quality(document),
        _DISCLAIMER,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _wrap(text: str, indent: str = "  ", hang: str = "  ") -> str:
    return textwrap.fill(
        _plain(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_on_hyphens=False,  # ids of resources and rules stay whole, so that they can be searched for
        break_long_words=False,
    )


def _plain(text: object) -> str:
    """Keep chart text from steering the terminal."""
    return "".join(character if character.isprintable() else " " for character in str(text))


def _heading(document: Mapping[str, Any]) -> str:
    diagnosis = document.get("diagnosis") or {}
    since = f" since {diagnosis['since']}" if diagnosis.get("since") else ""
    title = _plain(f"{document.get('patient')}   as of {document.get('asOf')}")
    state = str(diagnosis.get("state", "unknown")).replace("-", " ")
    jurisdiction, policy, version = (document.get(name) for name in ("jurisdiction", "policy", "knowledgeVersion"))
    made = f"{jurisdiction} labels, policy {policy}, knowledge {version}"
    return f"{title}\n{'=' * len(title)}\n{_plain(f'Diagnosis: {state}{since}')}\n{_plain(made)}"


def _lines(document: Mapping[str, Any]) -> str:
    lines = document.get("linesOfTherapy")
    if not lines:
        return ""
    return "\n".join(["Lines of therapy", *(row for line in lines for row in _line(line))])


def _line(line: Mapping[str, Any]) -> Iterator[str]:
    end = "ongoing" if line.get("ongoing") else line.get("end") or "end not known"
    others = [one["name"] for one in line.get("regimenCandidates") or ()]
    also = f" (also called {', '.join(others)})" if others else ""
    yield _wrap(f"{line['number']}. {line['regimen']}{also}   {line['start']} to {end}")
    yield _wrap(", ".join(line["agents"]), "     ", "")
    kinds = [phase["kind"] for phase in line.get("phases") or ()]
    if len(kinds) > 1:
        planned = f" (planned, by {line['plannedBy']})" if line.get("plannedBy") else ""
        yield _wrap(f"{' then '.join(kinds)}{planned}", "     ", "")
    why = f": {line['boundaryReason']}" if line.get("boundaryReason") else ""
    yield _wrap(f"begins by {line['boundary']}{why} (confidence {line['confidence']})", "     ", "")
    yield from _trail(line, "     ")
    response = line.get("bestResponse")
    if response:
        detail = f": {response['detail']}" if response.get("detail") else ""
        yield _wrap(f"best response {response['category']} ({response['source']}){detail}", "     ", "")
        yield from _trail(response, "     ")
    for progression in line.get("progressions") or ():
        kind = ", biochemical only" if progression.get("biochemicalOnly") else ""
        detail = f": {progression['detail']}" if progression.get("detail") else ""
        yield _wrap(f"progression {progression['date']} (trust {progression['trust']}{kind}){detail}", "     ", "")
        yield from _trail(progression, "     ")
    if line.get("endReason"):
        yield _wrap(f"ended: {line['endReason']}", "     ", "")


def _trail(thing: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Write the rules and resources behind a statement: what a reader who disagrees has to look at in the chart."""
    for name, words in (("basis", "rules"), ("evidence", "from"), ("flags", "flags")):
        if thing.get(name):
            yield _wrap(f"{words}: {', '.join(thing[name])}", indent + "  ", "  ")


def _agents(document: Mapping[str, Any]) -> str:
    agents = document.get("agents")
    if not agents:
        return ""
    width = max(map(len, agents))
    rows = ["Drugs"]
    for name, agent in agents.items():
        status = _STATUS.get(agent["status"], agent["status"])
        since = f" since {agent['since']}" if agent.get("since") else ""
        rows.append(_wrap(f"{name.ljust(width)}  {status}{since} (confidence {agent['confidence']})"))
        given = f"given {agent['firstExposure'] or 'date not known'} to {agent['lastExposure'] or 'date not known'}"
        why = f"{agent['reason']}; {given}" if agent.get("reason") else given
        rows.append(_wrap(why, "     ", ""))
        if agent.get("intolerance"):
            grade = agent["intolerance"]["grade"]
            graded = "" if grade is None else f", grade {grade}"
            rows.append(_wrap(f"not tolerated: {agent['intolerance']['reaction']}{graded}", "     ", ""))
        if again := agent.get("respondedOnRechallenge"):
            partners = ", ".join(again["partners"]) or "nothing else"
            rows.append(
                _wrap(f"responded when given again: {again['category']} {again['date']}, with {partners}", "     ", "")
            )
        rows += _trail(agent, "     ")
    return "\n".join(rows)


def _summary(document: Mapping[str, Any]) -> str:
    summary = document.get("summary")
    if not summary:
        return ""
    count = (document.get("lineCount") or {}).get("prior") or {}
    facts = [f"{words}: {summary[name]}" for name, words in _FACTS.items() if isinstance(summary.get(name), str)]
    risk = (summary.get("functionalHighRisk") or {}).get("value", "unknown")
    cytogenetic = (summary.get("cytogeneticRisk") or {}).get("value", "unknown")
    facts += [f"functional high risk: {risk}", f"cytogenetic risk: {cytogenetic}"]
    if count:
        facts.insert(0, f"prior lines: {count.get('imwg')}{_range(count)}")
    rows = ["Summary", _facts(facts)]
    if staging := summary.get("staging"):
        stages = [f"{name} {staging[key]}" for key, name in _STAGES.items() if staging.get(key)]
        rows += [_wrap(f"stage: {', '.join(stages)}")] if stages else []
    for result in (document.get("mrd") or {}).get("results") or ():
        told = f"MRD {result['value']} {result['date'] or 'date not known'}: {result['text']}".rstrip(": ")
        rows.append(_wrap(f"{told} ({', '.join(result['evidence'])})"))
    return "\n".join(rows)


def _facts(facts: Iterable[str]) -> str:
    """Write facts in a row, with lines broken between them only."""
    rows = [""]
    for fact in map(_plain, facts):
        if rows[-1] and len(rows[-1]) + len(fact) + 4 > WIDTH:
            rows.append("")
        rows[-1] += f"{fact}; "
    return "\n".join(f"  {row.strip()}" for row in rows).rstrip(";")


def _range(count: Mapping[str, Any]) -> str:
    low, high = count.get("min"), count.get("max")
    if low == high:
        return ""
    return f" (at least {low})" if high is None else f" ({low} to {high})"


def _options(document: Mapping[str, Any]) -> Iterator[str]:
    if document.get("optionsApply") is False:
        if document.get("withheldBecause"):
            yield "\n".join(["Options to consider", _wrap(f"Not given: {document['withheldBecause']}")])
        return
    recommendations = document.get("recommendations")
    if isinstance(recommendations, Mapping):
        for jurisdiction, options in recommendations.items():
            yield _option_list(options, f"Options to consider ({jurisdiction})")
    else:
        yield _option_list(recommendations or [], "Options to consider")
    if document.get("statements"):
        yield "\n".join(["To keep in mind", *(_wrap(f"- {text}") for text in document["statements"])])


def _option_list(options: Iterable[Mapping[str, Any]], title: str) -> str:
    rows = [title]
    tier = None
    for option in options:
        if option["tier"] != tier:
            tier = option["tier"]
            rows.append(f"  {_TIERS.get(tier, tier)}")
        label = _LABELS.get(option["label"]["status"], option["label"]["status"])
        startable = _STARTABLE.get(option.get("startable", "yes"), "")
        rows.append(_wrap(f"{option['name']} ({option['regimen']}): {label}{_unmet(option)}{startable}", "    "))
        rows += [_wrap(f"- {text}", "      ") for text in (*option.get("because", ()), *option.get("statements", ()))]
        rows += [
            _wrap(f"! {_caution(caution)}", "      ")
            for caution in option.get("cautions") or ()
            if caution.get("state") == "present"
        ]
        rows += [_wrap(f"Dose: {note}", "      ") for note in option.get("doseNotes") or ()]
    if len(rows) == 1:
        rows.append("  None for this patient at this time.")
    return "\n".join(rows)


def _unmet(option: Mapping[str, Any]) -> str:
    """Name the criteria of the label that are not met (invariant 7)."""
    if option["label"]["status"] != "not-met":
        return ""
    unmet = [criterion["text"] for criterion in option["label"]["criteria"] if criterion["state"] == "not-met"]
    return f" (needs {' and '.join(unmet)})" if unmet else ""


def _caution(caution: Mapping[str, Any]) -> str:
    """Return a caution with what it rests on in the chart, marked when it is not verified."""
    here = f" (here: {'; '.join(caution['found'])})" if caution.get("found") else ""
    return f"{caution['text']}{here}{' (unverified)' if caution.get('unverified') else ''}"


def _safety(document: Mapping[str, Any]) -> str:
    found = document.get("safety")
    return "\n".join(["Please look at this first", *(_wrap(f"! {_caution(item)}") for item in found)]) if found else ""


def _questions(document: Mapping[str, Any]) -> str:
    found = document.get("openQuestions")
    return "\n".join(["What would settle what is open", *(_wrap(f"- {text}") for text in found)]) if found else ""


def _missing(document: Mapping[str, Any]) -> str:
    missing = document.get("missingData")
    if not missing:
        return ""
    return "\n".join(["Not known", *(_wrap(f"{item['what']}: {item['why']} ({item['how']})") for item in missing)])


def _quality(document: Mapping[str, Any]) -> str:
    notes = document.get("dataQuality")
    if not notes:
        return ""
    rows = [_wrap(f"{note['resource']}: {note['issue']}") for note in notes]
    return "\n".join(["Data quality", *rows])
