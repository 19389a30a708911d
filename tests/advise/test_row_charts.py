"""Rows of regimens C.2 with the order of C.2a, and branches of C.1, by whole charts on several days."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.advise.fhir_charts import Answer, ask, chart, drug

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


def test_what_decides_between_the_rows_is_asked_for_first() -> None:
    """C.2, row "a deciding status is unknown": nothing is T1, and the datum is asked for before all others."""
    base = {**FILE["bases"]["drvd-dr"], "drugs": ["daratumumab 900d 20d", "bortezomib 900d 700d"]}
    open_ended = {
        key: value for key, value in drug("lenalidomide", "2024-05-15", None).items() if key != "dateAsserted"
    }
    answer = ask([*chart(base), {**open_ended, "status": "completed"}])
    assert answer.advice.row == "undecided"
    assert "T1" not in answer.tiers().values()
    first = answer.document["missingData"][0]
    assert first["what"] == "whether the disease is refractory to lenalidomide"
    assert "date of the last dose is not certain" in first["why"]
    assert first["what"] in answer.cards["mm-options"].detail


def test_the_baseline_keeps_its_reservation_on_every_day() -> None:
    """C.1: IsaPd and IsaKd stand as "not preferred: same-class resistance", also before a trial that the note names was public."""
    for day in (date(2020, 6, 15), date(2021, 6, 15), date(2023, 6, 15), date(2026, 11, 1)):
        answer = ask(chart(FILE["bases"]["drvd-dr"], (), day), as_of=day, policy="post-daratumumab-2023")
        for option in answer.document["recommendations"]:
            if option["regimen"] in {"IsaPd", "IsaKd"}:
                assert "not preferred: same-class resistance" in "; ".join(option["because"]), (day, option["because"])
                assert option["tier"] == "T3"


def test_doubts_about_a_label_read_as_one_sentence() -> None:
    answer = ask(chart(FILE["bases"]["drvd-dr"]), place="EU")
    assert "the start of this label is not known; the dates are not confirmed" in answer.cards["mm-options"].detail
    for label in answer.document["labels"].values():
        assert label["note"] is None or ".;" not in label["note"]
