"""Rows of regimens C.2 with the order of C.2a, and branches of C.1, by whole charts on several days."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.advise.fhir_charts import Answer, ask, chart

FILE = yaml.safe_load(Path(__file__).with_name("row_charts.yaml").read_text(encoding="utf-8"))
ASKED = [(row, when) for row in FILE["rows"] for when in row if when[:3] in {"US ", "EU "}]
REFUSED = [(row, when) for row in FILE["rows"] for when in row.get("refused", {})]


def answered(row: dict[str, Any], when: str) -> Answer:
    place, day = when.split()
    as_of = date.fromisoformat(day)
    resources = chart(FILE["bases"][row["of"]], row.get("more", ()), as_of)
    policy = row.get("policy", "current")
    return ask(resources, as_of=as_of, place=place, policy=policy, access=row.get("access", "yes"))  # type: ignore[arg-type]


def name_of(row: dict[str, Any], when: str) -> str:
    more = "+".join([row["of"], row.get("policy", "")[-4:], *row.get("more", ()), row.get("access", "")])
    return f"{more}-{when}"


@pytest.mark.parametrize(("row", "when"), ASKED, ids=[name_of(*one) for one in ASKED])
def test_tiers_in_order(row: dict[str, Any], when: str) -> None:
    answer = answered(row, when)
    assert answer.advice.row == row["row"]
    wanted = dict(zip(("T1", "T2", "T3"), (part.split() for part in row[when].split("|")), strict=True))
    found: dict[str, list[str]] = {"T1": [], "T2": [], "T3": []}
    for option in answer.document["recommendations"]:
        found[option["tier"]].append(option["regimen"])
    assert found == wanted


@pytest.mark.parametrize(("row", "when"), REFUSED, ids=[name_of(*one) for one in REFUSED])
def test_reason_why_not(row: dict[str, Any], when: str) -> None:
    refused = {item["regimen"]: item["because"] for item in answered(row, when).document["notSuggested"]}
    for regimen, words in row["refused"][when].items():
        assert words in "; ".join(refused[regimen]), (regimen, refused[regimen])
