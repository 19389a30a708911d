"""Every rule that code or data cite can be read up in docs/rules, and those pages are whole."""

import ast
import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("fhir_mappings", "cards", "cds_service")
PAGES = ROOT / "docs" / "rules"
RULE = re.compile(r"L\d{2}|P\d{2}|F\d{2}[bx]?|E\d{2}|C[1-4]")
# Categories of ICD-10 that look like ids of rules.
NOT_RULES = {"E85", "E87", "E88"}
RULE_COLUMNS = {"rule", "rules", "basis", "boundary", "decision", "decisions"}
EXPECTED = {
    "lines.md": [f"L{number:02}" for number in range(1, 25)],
    "response.md": [f"P{number:02}" for number in range(1, 24)],
    "refractoriness.md": [f"F{number:02}" for number in range(1, 17)] + ["F07b", "F14x", "C1", "C2", "C3", "C4"],
    "decisions.md": [f"E{number:02}" for number in range(1, 40)],
}


@cache
def headings(page: str) -> list[str]:
    """Return the ids of the headings of a page, in its order."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return re.findall(rf"^### ({RULE.pattern}) — \S", text, re.MULTILINE)


@cache
def documented() -> frozenset[str]:
    return frozenset(rule for page in EXPECTED for rule in headings(page))


def cited_in_python(source: str) -> Iterator[tuple[int, str]]:
    """Find the string constants that are the id of a rule and nothing else."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_rule(node.value):
            yield node.lineno, node.value


def cited_in_data(value: Any) -> Iterator[str]:
    """Find the texts of a YAML or JSON file that are the id of a rule and nothing else."""
    if isinstance(value, str) and is_rule(value):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from cited_in_data(item)
    elif isinstance(value, list):
        for item in value:
            yield from cited_in_data(item)


def cited_in_table(text: str) -> Iterator[str]:
    """Find the ids of rules in those columns of a CSV file that hold them; other columns hold codes."""
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    for row in rows:
        for column, value in row.items():
            if column in RULE_COLUMNS and isinstance(value, str):
                yield from (word for word in re.split(r"[\s,;|]+", value) if is_rule(word))


def is_rule(text: str) -> bool:
    return RULE.fullmatch(text) is not None and text not in NOT_RULES


def citations(path: Path) -> Iterator[tuple[str, str]]:
    """Return where a file cites which rule."""
    name = str(path.relative_to(ROOT))
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            yield from ((f"{name}:{line}", rule) for line, rule in cited_in_python(text))
        case ".csv":
            yield from ((name, rule) for rule in cited_in_table(text))
        case ".json":
            yield from ((name, rule) for rule in cited_in_data(json.loads(text)))
        case _:
            for document in yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                yield from ((name, rule) for rule in cited_in_data(document))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_cited_rule_has_a_heading(package: str) -> None:
    files = [
        path
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in {".py", ".yaml", ".yml", ".json", ".csv"}
        and not path.is_relative_to(ROOT / "cds_service" / "demo")  # charts: codes, not rules
    ]
    unknown = [f"{where}: {rule}" for path in files for where, rule in citations(path) if rule not in documented()]
    assert not unknown, "please describe in docs/rules, or correct:\n" + "\n".join(unknown)


@pytest.mark.parametrize("page", EXPECTED)
def test_a_page_has_each_of_its_rules_once(page: str) -> None:
    assert sorted(headings(page)) == sorted(EXPECTED[page])


@pytest.mark.parametrize("page", EXPECTED)
def test_headings_have_anchors(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    for rule in EXPECTED[page]:
        assert f'<a id="{rule}"></a>\n### {rule} — ' in text


@pytest.mark.parametrize("page", [page for page in EXPECTED if page != "decisions.md"])
def test_a_rule_says_what_it_rests_on(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        rule = section.split(" ", maxsplit=1)[0]
        if rule.startswith("C"):  # they share what F16 says
            continue
        for label in ("- Inputs: ", "- Parameters: ", "- Sources: "):
            assert section.count(f"\n{label}") == 1, f"{rule} needs one line {label.strip()!r}"


def test_rules_and_decisions_name_each_other() -> None:
    by_rules, by_decisions = set(), set()
    for page in EXPECTED:
        text = (PAGES / page).read_text(encoding="utf-8")
        for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
            name = section.split(" ", maxsplit=1)[0]
            line = re.search(r"^- Settle(?:d by|s): ((?:.|\n  )*)", section, re.MULTILINE)
            for other in re.findall(r"\[(\w+)\]", line.group(1) if line else ""):
                if name.startswith("E"):
                    by_decisions.add((other, name))
                else:
                    by_rules.add((name, other))
    assert by_rules - {("C3", "E06")} == by_decisions - {("C3", "E06")}
    assert {decision for _, decision in by_decisions} == set(EXPECTED["decisions.md"])


def test_sources_exist() -> None:
    known = set(re.findall(r'<a id="(S\d+)"></a>', (PAGES / "sources.md").read_text(encoding="utf-8")))
    assert known == {f"S{number}" for number in range(1, 14)}
    for page in PAGES.glob("*.md"):
        cited = set(re.findall(r"rules:(S\d+)", page.read_text(encoding="utf-8")))
        assert cited <= known, page.name


def test_citations_are_found() -> None:
    assert list(cited_in_python('basis = ("L16", "not L16", "C90", "E85", "F14x")')) == [(1, "L16"), (1, "F14x")]
    assert list(cited_in_data({"L01": ["P10", {"x": "C1"}], "y": "L16 and P10"})) == ["P10", "C1"]
    assert list(cited_in_table("code,rule\nE11,L02; F03\n")) == ["L02", "F03"]
