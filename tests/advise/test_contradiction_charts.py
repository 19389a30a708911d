"""The contradictions of regimens C.3 by whole charts: what the document and the options card finally say."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.advise.fhir_charts import Answer, ask, chart

BASES = yaml.safe_load(Path(__file__).with_name("row_charts.yaml").read_text(encoding="utf-8"))["bases"]
BASELINE = "post-daratumumab-2023"
TRANSLOCATION = "asked FISH t(11;14) = detected 900d"


def answered(base: str, *more: str, policy: str = "current", **asked: Any) -> Answer:
    return ask(chart(BASES[base], more, asked.get("as_of", date(2026, 11, 1))), policy=policy, access="yes", **asked)


def option(answer: Answer, regimen: str) -> dict[str, Any]:
    return next(item for item in answer.document["recommendations"] if item["regimen"] == regimen)


def card(answer: Answer) -> str:
    found = answer.cards["mm-options"]
    return f"{found.summary}\n{found.detail}"


def test_x1_sdd_says_that_its_evidence_is_from_daratumumab_naive_patients() -> None:
    answer = answered("drd", policy=BASELINE)
    found = option(answer, "SDd")
    assert found["tier"] == "T3"
    assert "never had daratumumab" in json.dumps(found)
    assert "never had daratumumab" in card(answer)
    assert "SDd" not in answered("drd").tiers()


@pytest.mark.parametrize("policy", ["current", BASELINE])
def test_x2_isatuximab_after_daratumumab_carries_the_resistance_and_the_exclusion(policy: str) -> None:
    answer = answered("two-lines-refractory", policy=policy)
    found = option(answer, "IsaPd")
    assert found["tier"] == "T3"
    assert "does not overcome this resistance" in json.dumps(found)
    assert "excluded disease refractory to an anti-CD38 antibody" in json.dumps(found)
    series = next(item for item in found["evidence"] if "56.9" in item["text"])
    assert "5.8" in series["text"]
    assert series["fit"] == "like-this-patient"
    icaria = [item for item in found["evidence"] if item["trial"] == "ICARIA-MM"]
    assert {item["fit"] for item in icaria} == {"excluded-this-patient"}


def test_x3_and_x15_branch_b3_puts_svd_first_and_names_what_is_refractory_in_sdd() -> None:
    found = [item["regimen"] for item in answered("drd", policy=BASELINE).document["recommendations"]]
    assert found.index("SVd") < found.index("SKd") < found.index("SDd")
    assert option(answered("drd", policy=BASELINE), "SDd")["refractoryComponents"] == ["daratumumab"]


def test_x5_car_t_needs_no_triple_class_refractoriness_and_b1_does() -> None:
    assert answered("drvd-dr").tiers()["cilta_cel"] == "T1"
    assert "cilta_cel" not in answered("drvd-dr", policy=BASELINE).tiers()


@pytest.mark.parametrize("place", ["US", "EU"])
@pytest.mark.parametrize(
    "day", [date(2019, 6, 15), date(2021, 6, 15), date(2023, 6, 15), date(2024, 6, 15), date(2026, 11, 1)]
)
def test_x6_belantamab_alone_is_no_option_and_compassionate_use_is_no_advice(day: date, place: str) -> None:
    for policy in ("current", BASELINE):
        answer = ask(chart(BASES["four-lines"], (), day), as_of=day, place=place, policy=policy)  # type: ignore[arg-type]
        assert "bela_mono" not in answer.tiers()
        assert "compassionate" not in json.dumps(answer.document)


def test_x9_and_x10_and_x11_figures_of_the_document_are_the_reviewed_ones() -> None:
    isakd = option(answered("drvd-dr"), "IsaKd")["evidence"]
    ikema = [item["text"] for item in isakd if item["trial"].startswith("IKEMA")]
    assert "35.7" in ikema[0]
    assert any("0.53" in text and "99 % CI" in text and "one-sided" in text for text in ikema)
    boston = json.dumps(option(answered("drvd-dr"), "SVd")["evidence"])
    assert "p=0.0075" in boston
    assert "0.0066" not in json.dumps(answered("drvd-dr").document)
    cartitude = option(answered("four-lines"), "cilta_cel")["evidence"]
    assert any("97.9 % at the later data cut" in item["text"] for item in cartitude)
    assert "96.9" not in card(answered("four-lines"))


def test_x12_venetoclax_stands_last_off_label_with_the_survival_warning() -> None:
    answer = answered("drvd-dr", TRANSLOCATION)
    found = [item["regimen"] for item in answer.document["recommendations"]]
    assert set(found[-2:]) == {"VenVd", "VenD"}
    for name in ("VenVd", "VenD"):
        text = json.dumps(option(answer, name)).casefold()
        assert "off-label" in text
        assert "survival was not better" in text
    assert "HR 0.10" not in card(answer)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("asked BCL2 immunohistochemistry = high expression 60d", False),
        ("asked BCL2-high by quantitative RT-PCR = detected 60d", True),
        ("asked BCL2-high by quantitative RT-PCR = not detected 60d", False),
    ],
)
def test_x13_immunohistochemistry_never_opens_venetoclax(line: str, shown: bool) -> None:
    assert ("VenVd" in answered("drvd-dr", line).tiers()) == shown


def test_x14_sd_only_where_every_criterion_is_met() -> None:
    assert option(answered("four-lines"), "Sd")["label"]["status"] == "met"
    assert "Sd" not in answered("three-lines").tiers()
    assert answered("three-lines").document["labels"]["Sd"]["status"] == "not-met"


def test_x18_response_rates_stand_with_trial_and_population() -> None:
    for item in option(answered("four-lines"), "ide_cel")["evidence"]:
        assert item["trial"]
        assert item["population"]
    text = card(answered("two-lines"))
    assert "KarMMa-3 (phase 3, randomised; 2 to 4 lines, triple-class exposed" in text


def test_the_exclusion_is_said_wherever_it_is_true() -> None:
    """Issue: "trial excluded patients refractory to anti-CD38" for every regimen of which that is known or believed."""
    answer = answered("drvd-dr")
    for name in ("tec_dara", "tal_dara"):
        assert "excluded disease refractory to an anti-CD38 antibody" in json.dumps(option(answer, name))
    for name in ("IsaKd", "DKd"):
        assert "believed to have excluded" in json.dumps(option(answer, name))
        assert "(unverified)" in json.dumps(option(answer, name))
    eu = ask(chart(BASES["drvd-dr"]), place="EU")
    assert "excluded patients refractory to daratumumab or bortezomib" in json.dumps(option(eu, "BVd"))
    exposed = answered("drvd-r")
    assert "excluded disease refractory" not in json.dumps(option(exposed, "tec_dara"))
