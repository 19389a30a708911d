"""The reference pages of the documentation, written from the knowledge itself: sources, cautions, regimens.

`python -m cards.knowledge.reference DIR` writes them; a test compares the committed pages with what is written here. Equal
knowledge gives equal pages.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Bound, Caution, Evidence, Knowledge, LabelWindow, Regimen, Requirement, Test
from cards.knowledge.windows import ALWAYS

_OPERATORS = (("below", "<"), ("at_most", "<="), ("above", ">"), ("at_least", ">="))
_NOT_CHECKED = "not confirmed"
_TAGS: Mapping[str, str] = {"verified": "", "unverified": _NOT_CHECKED, "article": "baseline article only"}


def pages(knowledge: Knowledge) -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "cautions.md": _cautions_page(knowledge),
        "regimens.md": _regimens_page(knowledge),
        "sources.md": _sources_page(knowledge),
    }


def _head(title: str, knowledge: Knowledge, lead: str) -> list[str]:
    made = (
        f"Knowledge {knowledge.version}, to be reviewed by {knowledge.review_by}. Generated from the knowledge files."
    )
    return [f"# {title}", "", f"{made} {lead}", ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _short(sources: tuple[str, ...]) -> str:
    return ", ".join(source.removeprefix("regimens:") for source in sources) or "-"


def _sources_page(knowledge: Knowledge) -> str:
    out = _head("Sources", knowledge, "Cards and the other pages name them by these ids.")
    out += ["| id | what it is | address |", "|---|---|---|"]
    out += [
        f"| `{source.id}` | {_cell(source.text)} | {f'<{source.url}>' if source.url else ''} |"
        for source in knowledge.sources.values()
    ]
    return "\n".join(out) + "\n"


def _cautions_page(knowledge: Knowledge) -> str:
    lead = "`part` tells apart the entries of one key. A look-back (`within … days`) is a default of this service."
    out = _head("Cautions", knowledge, lead)
    for caution in knowledge.cautions:
        out += _caution(caution)
    return "\n".join(out).rstrip("\n") + "\n"


def _caution(caution: Caution) -> list[str]:
    title = f"{caution.id} ({caution.part})" if caution.part else caution.id
    concerned = (*caution.agents, *caution.classes, *caution.modalities, *caution.regimens)
    out = [f"## {title}", "", f"{caution.severity}, {caution.effect}. {caution.text}", ""]
    out.append(f"- concerns: {', '.join(concerned) or 'every regimen'}")
    if caution.except_regimens:
        out.append(f"- except: {', '.join(caution.except_regimens)}")
    out.append(f"- present when: {'; or '.join(' and '.join(_test(test) for test in tests) for tests in caution.when)}")
    if caution.ask:
        out.append(f"- when the data are missing: {caution.ask}")
    if caution.blocks_when_unknown:
        out.append("- what is not known counts as present")
    if caution.dose_note:
        out.append(f"- dose: {caution.dose_note}")
    if caution.jurisdiction:
        out.append(f"- where: {caution.jurisdiction}")
    if caution.valid_from:
        out.append(f"- from: {caution.valid_from}")
    if caution.valid_to:
        out.append(f"- until: {caution.valid_to} (that day excluded)")
    tag = _TAGS[caution.tag]
    out.append(f"- sources: {_short(caution.sources)}{f' ({tag})' if tag else ''}")
    return [*out, ""]


def _number(value: float) -> str:
    return f"{value:g}"


def _test(test: Test) -> str:
    if test.kind == "always":
        return "always"
    words = [test.name or test.kind] if test.kind in {"finding", "age"} else [test.kind, test.name or ""]
    if test.instead:
        words.append(f"(or {test.instead})")
    words += [f"{sign} {_number(getattr(test, key))}" for key, sign in _OPERATORS if getattr(test, key) is not None]
    if test.above_uln is not None:
        words.append(f"> {_number(test.above_uln)} x upper limit of normal")
    if test.is_value is not None:
        words.append(f"is {test.is_value}")
    if test.unit:
        words.append(test.unit)
    words += _problem_words(test)
    if test.within_days is not None:
        words.append(f"within {test.within_days} days")
    if test.absence_days is not None:
        words.append(f"(absent counts for {test.absence_days} days)")
    text = " ".join(word for word in words if word)
    return f"not ({text})" if test.negate else text


def _problem_words(test: Test) -> list[str]:
    words: list[str] = []
    if test.min_grade is not None:
        words.append(f"grade >= {test.min_grade}")
    if test.max_grade is not None:
        words.append(f"grade <= {test.max_grade}")
    if test.painful is not None:
        words.append("with pain" if test.painful else "without pain")
    if test.grade_missing:
        words.append("without a grade")
    if test.active_only:
        words.append("(active)")
    if test.text_any:
        words.append(f"whose text has one of: {', '.join(test.text_any)}")
    if test.flags_none:
        words.append(f"of another kind than: {', '.join(name.replace('_', ' ') for name in test.flags_none)}")
    if test.text_none:
        words.append(f"whose text has none of: {', '.join(test.text_none)}")
    return words


def _regimens_page(knowledge: Knowledge) -> str:
    lead = "A label holds from the first day (included) to the last (excluded); `~` marks a span in which nothing is asserted."
    out = _head("Regimens", knowledge, lead)
    for name in sorted(knowledge.regimens, key=lambda key: (key.casefold(), key)):
        out += _regimen(knowledge.regimens[name])
    if knowledge.context:
        out += ["## Cohorts that belong to no regimen", ""]
        for evidence in sorted(knowledge.context, key=lambda item: (item.rank, item.id)):
            out += _evidence(evidence)
        out.append("")
    out += _first_lines(knowledge)
    return "\n".join(out).rstrip("\n") + "\n"


def _first_lines(knowledge: Knowledge) -> list[str]:
    """Say what first-line trials leave behind, and which studies change nothing until they are published."""
    out: list[str] = []
    if knowledge.patterns:
        out += [
            "## What first-line trials leave behind",
            "",
            "| trial | given | at first relapse | sources |",
            "|---|---|---|---|",
        ]
        out += [
            f"| {', '.join(item.trials)} | {_cell(item.given)} | {_cell(item.implies)} | {_short(item.sources)} |"
            for item in knowledge.patterns
        ]
        out.append("")
    if knowledge.studies:
        out += ["## Studies that change nothing until published", "", "| study | about | sources |", "|---|---|---|"]
        out += [
            f"| {', '.join(item.trials)} | {_cell(item.about)} | {_short(item.sources)}"
            f"{f' ({_TAGS[item.tag]})' if _TAGS[item.tag] else ''} |"
            for item in knowledge.studies
        ]
        out.append("")
    return out


def _regimen(regimen: Regimen) -> list[str]:
    note = " Investigational." if regimen.investigational else ""
    out = [f"## {regimen.id}", "", f"{regimen.name}: {', '.join(regimen.agents)}.{note}", ""]
    if regimen.always_say:
        out += ["Always said:", "", *(f"- {text}" for text in regimen.always_say), ""]
    if regimen.labels:
        out += ["| where | from | to | type | asks for | note | sources |", "|---|---|---|---|---|---|---|"]
        out += [_label(window) for window in regimen.labels]
        out.append("")
    if regimen.schedule:
        out += [f"Schedule: {regimen.schedule} [{_short(regimen.schedule_sources)}]", ""]
    if regimen.evidence:
        for evidence in sorted(regimen.evidence, key=lambda item: (item.rank, item.id)):
            out += _evidence(evidence)
        out.append("")
    return out


def _label(window: LabelWindow) -> str:
    where = f"{window.jurisdiction} ({window.route})" if window.route else window.jurisdiction
    tag = _TAGS[window.tag]
    sources = f"{_short(window.sources)}{f' ({tag})' if tag else ''}"
    cells = (
        where,
        _bound(window.start, "not known"),
        _bound(window.end, "open"),
        window.type,
        requirement_text(window.requirement),
        window.note or "",
        sources,
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _bound(bound: Bound | None, missing: str) -> str:
    if bound is None:
        return missing
    if bound.earliest == ALWAYS:
        return "always"
    return str(bound.earliest) if bound.certain else f"~ {bound.earliest} to {bound.latest}"


def requirement_text(requirement: Requirement) -> str:
    """Say a requirement in one line; an empty one gives a dash."""
    parts: list[str] = []
    low, high = requirement.min_lines, requirement.max_lines
    if low is not None or high is not None:
        parts.append(f"lines {low or 0} to {high}" if high is not None else f"lines >= {low}")
    lists = (
        ("exposed to", requirement.exposed),
        ("refractory to", requirement.refractory),
        ("not refractory to", requirement.not_refractory),
        ("not exposed to", requirement.not_exposed),
        ("intolerant of", requirement.intolerant),
        ("if one line, refractory to", requirement.refractory_if_one_line),
    )
    parts += [f"{words} {', '.join(names)}" for words, names in lists if names]
    parts += [f"refractory to >= {count} {name}" for name, count in (requirement.refractory_counts or {}).items()]
    if requirement.progression_on_last:
        within = " or within 60 days of it" if requirement.progression_on_last == "within-60-days" else ""
        parts.append(f"progression on the last therapy{within}")
    if requirement.progression_on_last_from_lines:
        parts.append(f"progression on the last therapy from {requirement.progression_on_last_from_lines} lines on")
    for name, months in (requirement.retreatment_months or {}).items():
        parts.append(f"after {name}, a response to it and relapse >= {months} months after it")
    if requirement.transplant_to_progression_months:
        parts.append(f"after a transplant, >= {requirement.transplant_to_progression_months} months to progression")
    if requirement.either:
        parts.append(" or ".join(f"({requirement_text(part)})" for part in requirement.either))
    return "; ".join(parts) or "-"


def _evidence(evidence: Evidence) -> list[str]:
    ids = [
        evidence.nct,
        f"doi:{evidence.doi}" if evidence.doi else None,
        f"PMID {evidence.pmid}" if evidence.pmid else None,
    ]
    named = ", ".join(text for text in ids if text)
    tag = _TAGS[evidence.tag]
    title = f"**{evidence.trial}**{f' ({named})' if named else ''}{f' [{tag}]' if tag else ''}"
    out = [
        f"- {title}: {evidence.design}. Population: {evidence.population}. {evidence.text} [{_short(evidence.sources)}]"
    ]
    fit = [f"  Asked for: {requirement_text(evidence.eligibility)}." if evidence.eligibility else ""]
    fit.append(f"  Excluded: {requirement_text(evidence.excluded)}." if evidence.excluded else "")
    fit.append(f"  Anti-CD38-refractory: {evidence.cd38_refractory}.")
    fit.append("  True extramedullary disease: all." if evidence.extramedullary else "")
    fit.append(f"  Public from: {_bound(evidence.published, 'not known')}.")
    fit.append(f"  ECOG at most: {evidence.ecog_at_most}." if evidence.ecog_at_most is not None else "")
    return out + [line for line in fit if line]


def main(arguments: list[str]) -> int:
    """Write the pages into a folder."""
    folder = Path(arguments[0] if arguments else "docs/knowledge")
    for name, text in pages(load_knowledge()).items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
