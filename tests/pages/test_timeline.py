"""The timeline says what the history says: every line, drug, mark and value, each with its rules and resources."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from cds_service import demo
from cds_service.options import Options
from cds_service.pages.figure import figure
from cds_service.pages.timeline import timeline
from cds_service.parts import Part
from cds_service.pipeline import Assessment, Pipeline
from cds_service.stages import Stages
from fhir_mappings.dates import ChartDate


@cache
def assessed(patient: str, day: date = date(2026, 11, 1)) -> Assessment:
    pipeline = Pipeline()
    record = pipeline.read_everyone([Part.of(demo.load_patient(patient))], (), strict=False)[0]
    return pipeline.assess(record, Options(day, "US", "current", "unknown"), Stages())


def drawn(patient: str, day: date = date(2026, 11, 1)) -> dict[str, Any]:
    return timeline(assessed(patient, day).history)


@pytest.mark.parametrize("patient", demo.patient_ids())
def test_everything_of_the_history_is_in_it(patient: str) -> None:
    history, data = assessed(patient).history, drawn(patient)
    assert [line["number"] for line in data["lines"]] == [line.number for line in history.lines or ()]
    assert {drug["agent"]: drug["status"] for drug in data["drugs"]} == {
        name: status.status for name, status in (history.agents or {}).items()
    }
    progressions = sum(len(line.progressions) for line in history.lines or ())
    assert sum("progression" in mark["kind"] for mark in data["marks"]) == progressions
    exact = [lab for lab in history.labs if lab.concept == "m_protein_serum" and lab.date.exact]
    shown = [item for item in data["series"] if item["concept"] == "m_protein_serum"]
    assert sum(len(item["points"]) for item in shown) == sum(lab.date.latest <= history.as_of for lab in exact)


@pytest.mark.parametrize("patient", ["dvrd-asct-dr-relapse", "tcr-post-cart", "tcr-four-lines"])
def test_the_table_names_rules_and_resources(patient: str) -> None:
    data = drawn(patient)
    told = {event["what"] for event in data["events"]}
    for drug in data["drugs"]:
        assert f"{drug['agent']}: {drug['word']}" in told
    for event in data["events"]:
        assert event["rules"], event
        assert event["resources"], event
        assert event["text"], event
    assert [event["date"] for event in data["events"]] == sorted(event["date"] for event in data["events"])


def test_values_without_a_day_are_told_though_not_drawn() -> None:
    assessment = assessed("dvrd-asct-dr-relapse")
    labs = tuple(
        replace(lab, date=ChartDate(lab.date.earliest.replace(day=1), lab.date.earliest.replace(day=28)))
        if number % 3 == 0
        else lab
        for number, lab in enumerate(assessment.history.labs)
    )
    whole, data = timeline(assessment.history), timeline(replace(assessment.history, labs=labs))
    drawn_points = sum(len(item["points"]) for item in data["series"])
    assert data["undated"]
    assert drawn_points + len(data["undated"]) == sum(len(item["points"]) for item in whole["series"])


def test_every_drug_that_was_given_has_a_bar() -> None:
    for patient in demo.patient_ids():
        for drug in drawn(patient)["drugs"]:
            if drug["status"] in {"refractory", "exposed-not-refractory"}:
                assert drug["bars"], (patient, drug["agent"])


def test_nothing_later_than_the_day_is_drawn() -> None:
    """The day of the assessment cuts: no mark and no value after it."""
    day = date(2024, 6, 30)
    data = drawn("dvrd-asct-dr-relapse", day)
    days = [mark["date"] for mark in data["marks"]]
    days += [point["date"] for item in data["series"] for point in item["points"]]
    assert days
    assert max(days) <= day.isoformat()
    assert all(drug["status"] != "refractory" for drug in data["drugs"])


def test_the_involved_chain_is_drawn_alone() -> None:
    names = [item["name"] for item in drawn("dvrd-asct-dr-relapse")["series"]]
    assert names == ["M-protein, serum", "Free kappa (involved)"]


def test_the_figure_is_svg_and_one_unit_has_one_band() -> None:
    shape = figure(drawn("tcr-post-cart"))
    assert {trace["type"] for trace in shape["data"]} <= {"scatter", "bar"}
    units = {trace["yaxis"] for trace in shape["data"] if trace.get("mode") == "lines+markers"}
    assert len(units) == 2
    domains = [shape["layout"][name]["domain"] for name in ("yaxis", "yaxis4", "yaxis2", "yaxis3")]
    assert all(above[0] > below[1] for above, below in pairwise(domains))
    json.dumps(shape)


def test_a_refractory_drug_is_not_drawn_as_failed_before_the_proof() -> None:
    """F11: the verdict dates from its proof."""
    shape = figure(drawn("tcr-post-cart"))
    bars = {trace["name"]: trace for trace in shape["data"] if trace["type"] == "bar" and trace["yaxis"] == "y3"}
    since = {drug["agent"]: drug["since"] for drug in drawn("tcr-post-cart")["drugs"]}
    failed = bars["refractory"]
    for start, name in zip(failed["base"], failed["y"], strict=True):
        assert start >= since[name.split(" ")[0]]


def test_hover_texts_carry_no_markup_from_the_chart() -> None:
    data = drawn("dvrd-asct-dr-relapse")
    data["drugs"][0]["text"] = "<a href='javascript:x'>go</a> <b>bold</b>"
    data["lines"][0]["label"] = "1. <i>x</i>"
    text = json.dumps(figure(data))
    assert "<a " not in text
    assert "<b>" not in text
    assert "<i>" not in text
