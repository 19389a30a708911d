"""Every rule, decision, caution, branch and row of the policies has a scenario, and the service's document of it shows the rule."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cds_service.cohort.patients import Assessed, Choice, assess_group
from cds_service.synthetic import generate, scenario_names
from cds_service.synthetic.scenarios.shown import BRANCHES, NONE, ROWS, RULES

ROOT = Path(__file__).parents[2]
DATA = ROOT / "cards" / "knowledge" / "data"
PAGE = ROOT / "docs" / "synthetic.md"
Json = dict[str, Any]

WITHOUT_A_SCENARIO = {
    "K-HBV-2": "asks for serology that is not on record: `unknown` in nearly every scenario",
    "K-IGG-2": "asks for an IgG that is not on record: `unknown` in nearly every scenario",
    "K-INF-2": "the same facts as K-INF-1, for other drugs",
}
"""Cautions that have no scenario of their own name and are never `present` without one; the reason."""


def entries(name: str) -> list[bytes]:
    return [orjson.dumps({"resource": resource}) for resource in generate(1, 0, name).resources]


@cache
def document(name: str, jurisdiction: str = "US", policy: str = "current") -> Json:
    done = Assessed()
    assess_group(name, entries(name), Choice("2026-11-01", jurisdiction, policy, "unknown"), done)
    assert done.failed == []
    found: Json = orjson.loads(done.rows[0].document)
    return found


def rules_named(value: Any) -> Iterator[str]:
    """Yield every rule that a document names in `basis` and `boundary`."""
    if isinstance(value, list):
        for one in value:
            yield from rules_named(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in {"basis", "boundary"} and one:
                yield from [one] if isinstance(one, str) else one
            else:
                yield from rules_named(one)


def counts(found: Json, imwg: int, least: int, most: int) -> bool:
    count = found["lineCount"]
    return bool((count["imwg"], count["min"], count["max"]) == (imwg, least, most))


def progressions(found: Json) -> list[Json]:
    return [one for line in found["linesOfTherapy"] for one in line["progressions"]]


def best(found: Json) -> str:
    return str(found["linesOfTherapy"][-1]["bestResponse"]["category"])


def given(found: Json, drug: str) -> tuple[str, str]:
    return found["agents"][drug]["firstExposure"], found["agents"][drug]["lastExposure"]


# What the document of a rule's scenario says, where it does not name the rule itself.
SAYS: dict[str, Callable[[Json], bool]] = {
    "L02": lambda d: bool(d["excluded"]) and not {one["about"] for one in d["excluded"]} & set(d["agents"]),
    "L03": lambda d: "end_imputed" in d["flags"] and given(d, "daratumumab")[1] < "2026-04-15",
    "L04": lambda d: d["linesOfTherapy"] == [],
    "L05": lambda d: d["linesOfTherapy"][0]["start"] == "2022-03-20" and counts(d, 1, 1, 1),
    "L13": lambda d: given(d, "carfilzomib")[1] == "2022-01-10" and counts(d, 1, 1, 1),
    "L14": lambda d: given(d, "daratumumab")[0] == "2024-01-20" and counts(d, 1, 1, 1),
    "L18": lambda d: counts(d, 1, 1, 1),
    "L22": lambda d: d["lineCount"]["stated"] == 2,
    "L23": lambda d: "history_incomplete" in d["flags"],
    "P01": lambda d: best(d) == "VGPR",
    "P02": lambda d: "unit_suspect" in d["flags"] and progressions(d) == [],
    "P03": lambda d: best(d) == "VGPR" and progressions(d) == [],
    "P04": lambda d: "dFLC" in d["linesOfTherapy"][0]["bestResponse"]["detail"],
    "P05": lambda d: any("a new baseline begins" in one["issue"] for one in d["dataQuality"]) and progressions(d) == [],
    "P10": lambda d: progressions(d) == [],
    "P16": lambda d: (
        [one["value"] for one in d["mrd"]["results"]] == ["negative", "positive"] and progressions(d) == []
    ),
    "P21": lambda d: progressions(d)[0]["biochemicalOnly"] is True,
    "P23": lambda d: progressions(d)[0]["significant"] is True,
    "F05": lambda d: d["summary"]["course"] == "primary-refractory",
    "F12": lambda d: d["classes"]["CD38"]["status"] == "refractory" and "isatuximab" not in d["agents"],
    "F13": lambda d: d["summary"]["pentaRefractory"] == "yes",
    "F15": lambda d: d["classes"]["GPRC5D_BSAB"]["status"] == "not-recorded",
    "F16": lambda d: d["criteriaSets"]["C1"] == "not-met",
    "C1": lambda d: d["criteriaSets"]["C1"] == "met",
    "C2": lambda d: d["criteriaSets"]["C2"] == "met",
    "C3": lambda d: d["criteriaSets"]["C3"] == "met",
    "C4": lambda d: d["criteriaSets"]["C4"] == "met",
    "E02": lambda d: counts(d, 1, 1, 1),
    "E05": lambda d: d["lineCount"]["imwg"] == 1 and d["lineCount"]["prior"]["imwg"] == 0,
    "E07": lambda d: {"carfilzomib", "ciltacabtagene autoleucel"} <= set(d["linesOfTherapy"][-1]["agents"]),
    "E16": lambda d: counts(d, 1, 1, 2),
    "E18": lambda d: progressions(d) == [] and counts(d, 2, 1, 2),
    "E21": lambda d: "penta_by_second_agent" in d["flags"],
    "E22": lambda d: d["summary"]["historyComplete"] == "no",
    "E23": lambda d: d["summary"]["bcmaExposed"] == "unknown",
    "E24": lambda d: d["linesOfTherapy"] is None and d["summary"] is None,
    "E25": lambda d: d["criteriaSets"] == {"C1": "not-met", "C2": "not-met", "C3": "not-met", "C4": "not-met"},
    "E27": lambda d: d["summary"]["tripleClassRefractory"] == "possible",
    "E28": lambda d: d["lineCount"]["imwg"] == 2 and d["lineCount"]["max"] is None,
    "E30": lambda d: "duplicate_merged" in d["flags"],
    "E31": lambda d: d["summary"]["functionalHighRisk"]["value"] == "yes",
    "E32": lambda d: d["summary"]["progressing"] == "possible" and d["recommendations"] == [],
    "E33": lambda d: d["agents"]["daratumumab"]["status"] == "refractory" and d["linesOfTherapy"] == [],
    "E38": lambda d: progressions(d)[0]["significant"] is False and "close observation" in orjson.dumps(d).decode(),
    "E39": lambda d: {"PEPTIDE_DRUG_CONJ", "ALKYLATOR"} <= set(d["classes"]),
}


def rules_of_the_pages() -> set[str]:
    pages = (ROOT / "docs" / "rules").glob("*.md")
    return {
        rule
        for page in pages
        for rule in re.findall(r"^### ([LPFEC]\d+[bx]?) — ", page.read_text("utf-8"), re.MULTILINE)
    }


def cautions() -> set[str]:
    files = (DATA / "cautions").glob("*.yaml")
    return {one["id"] for path in files for one in yaml.safe_load(path.read_text("utf-8"))["cautions"]}


def rows(policy: str) -> set[str]:
    return {one["id"] for one in yaml.safe_load((DATA / "policies" / f"{policy}.yaml").read_text("utf-8"))["rows"]}


def test_every_rule_has_a_scenario_or_a_reason() -> None:
    assert set(RULES) | set(NONE) == rules_of_the_pages()
    assert not set(RULES) & set(NONE)
    assert set(SAYS) <= set(RULES)
    assert {*RULES.values(), *BRANCHES.values(), *ROWS.values()} <= set(scenario_names())


@pytest.mark.parametrize("rule", RULES)
def test_the_document_shows_the_rule(rule: str) -> None:
    found = document(RULES[rule])
    assert SAYS[rule](found) if rule in SAYS else rule in set(rules_named(found))


def test_every_branch_and_row_has_a_scenario() -> None:
    assert set(BRANCHES) == rows("post-daratumumab-2023")
    assert set(ROWS) == rows("current")


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_branch_is_reported(branch: str) -> None:
    assert branch in document(BRANCHES[branch], policy="post-daratumumab-2023")["policyRow"].split("+")


@pytest.mark.parametrize("row", ROWS)
def test_the_row_is_reported(row: str) -> None:
    found = document(ROWS[row])
    assert row == found["policyRow"] or row in found["policyModifiers"]


def cautions_in(found: Json) -> Iterator[tuple[str, str]]:
    for option in (*found["recommendations"], *found["notSuggested"]):
        yield from ((one["id"], one["state"]) for one in option["cautions"])


def states(caution: str, name: str) -> set[str]:
    return {state for j in ("US", "EU") for one, state in cautions_in(document(name, j)) if one == caution}


NAMED = [name for name in scenario_names() if name.startswith("K-")]


@pytest.mark.parametrize("name", NAMED)
def test_a_scenario_of_a_caution_raises_it(name: str) -> None:
    caution = re.match(r"K-[A-Z]+(-\d+)?", name)
    assert caution is not None
    assert "present" in states(caution.group(), name)


def test_every_caution_is_shown() -> None:
    shown = {re.sub(r"^(K-[A-Z]+(-\d+)?).*", r"\1", name) for name in NAMED}
    always = cautions() - shown - set(WITHOUT_A_SCENARIO)
    somewhere = {
        one
        for name in ("C2-modifier-t1114", "C2-two-lines-triple-refractory", "C2-after-bcma-bispecific", "K-MEL-2")
        for j in ("US", "EU")
        for one, state in cautions_in(document(name, j))
        if state == "present"
    }
    assert always - somewhere == set()
    assert shown <= cautions() | {"K-INTOL"}


@pytest.mark.parametrize("caution", ["K-HBV-2", "K-IGG-2"])
def test_cautions_that_ask(caution: str) -> None:
    assert states(caution, "C2-two-lines-triple-refractory") == {"unknown"}


def test_the_other_caution_of_infections() -> None:
    assert "present" in states("K-INF-2", "K-INF-1")


def test_the_order_of_a_chart_does_not_matter() -> None:
    """L24: shuffled charts give the same document."""
    for name in scenario_names()[::9]:
        mixed = entries(name)
        random.Random(7).shuffle(mixed)
        done = Assessed()
        assess_group(name, mixed, Choice("2026-11-01", "US", "current", "unknown"), done)
        assert orjson.loads(done.rows[0].document) == document(name)


def test_the_page_lists_what_shows_what() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for rule, name in {**RULES, **BRANCHES, **ROWS}.items():
        assert re.search(rf"\| `?{re.escape(rule)}`? .*`{re.escape(name)}`", page), f"docs/synthetic.md lacks {rule}"
    for rule, reason in {**NONE, **WITHOUT_A_SCENARIO}.items():
        assert re.search(rf"\| `?{re.escape(rule)}`? .*{re.escape(reason)}", page), f"docs/synthetic.md lacks {rule}"
