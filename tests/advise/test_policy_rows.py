"""Every row of regimens C.2 and every branch of C.1 with a patient of its own: which tier, and what is never an option."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from msgspec.structs import replace

from cards.advise import advise
from cards.advise.model import Advice
from cards.knowledge.loader import load_knowledge
from fhir_mappings.history.model import Status, TreatmentHistory
from fhir_mappings.record import Excluded
from tests.advise.histories import AS_OF, agent, finding, history, line, progression

KNOWLEDGE = load_knowledge()
CASES = cast("list[dict[str, Any]]", yaml.safe_load(Path(__file__).with_name("policy_rows.yaml").read_text("utf-8")))
STATUS: dict[str, Status] = {"R": "refractory", "S": "exposed-not-refractory", "U": "exposed-unknown"}
CART = "ciltacabtagene autoleucel"


def patient(case: dict[str, Any]) -> TreatmentHistory:
    last = case.get("last", {})
    drugs = {
        name: agent(name, STATUS[status], last=AS_OF - timedelta(days=last.get(name, 120)))
        for name, status in case["given"].items()
    }
    prior = case.get("prior", 1)
    lines = None
    if "relapse" in case:
        infused = AS_OF - timedelta(days=round(case["relapse"] * 30.4375) + 20)
        drugs[CART] = agent(CART, "exposed-not-refractory", last=infused)
        relapse = progression(infused + timedelta(days=round(case["relapse"] * 30.4375)))
        earlier = tuple(line(number, ("lenalidomide",)) for number in range(1, prior))
        lines = (*earlier, line(prior, (CART,), start=infused, end=infused, progressions=(relapse,)))
    findings = {name: finding(value) for name, value in case.get("findings", {}).items()}
    findings |= {
        "lvef": finding(60.0, unit="%"),
        "platelets": finding(180.0, unit="10*9/L"),
        "anc": finding(3.0, unit="10*9/L"),
    }
    if case.get("fit"):
        findings["ecog"] = finding(0.0)
    made = history(
        drugs,
        prior=prior,
        lines=lines,
        state=case.get("state", "multiple-myeloma"),
        months=case.get("months", 4.0),
        extramedullary=case.get("extramedullary", "no"),
        genomic=case.get("genomic", "not-high"),
        findings=findings,
        flags=("cart_pending",) if case.get("collected") else (),
    )
    planned = Excluded("MedicationRequest/x", "planned, not given", CART)
    return replace(made, excluded=(planned,)) if case.get("planned") else made


def asked(case: dict[str, Any], place: str) -> Advice:
    return advise(
        patient(case),
        KNOWLEDGE,
        policy=case.get("policy", "current"),
        jurisdiction=place,  # type: ignore[arg-type]
        car_t_access=case.get("access", "yes"),
    )


def name_of(case: dict[str, Any]) -> str:
    return f"{case['row']}{'+' + case['modifier'] if 'modifier' in case else ''}-{CASES.index(case)}"


@pytest.mark.parametrize("place", ["US", "EU"])
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_row(case: dict[str, Any], place: str) -> None:
    if place not in case:
        return
    advice = asked(case, place)
    assert advice.row == case.get("as_row", case["row"])
    if "modifier" in case:
        assert case["modifier"] in advice.modifiers
    wanted = {name: tier for tier in ("T1", "T2", "T3") for name in case[place].get(tier, [])}
    options = {option.regimen: option.tier for option in advice.by_jurisdiction[place].recommendations}  # type: ignore[index]
    assert {name: options.get(name) for name in wanted} == wanted
    assert not set(case[place].get("never", [])) & set(options)


def test_every_row_of_both_policies_has_its_patient() -> None:
    rows = {name for case in CASES for name in (*case["row"].split("+"), case.get("modifier"))}
    for policy in KNOWLEDGE.policies.values():
        assert {row.id for row in policy.rows} - {"zero-lines"} <= rows
        assert policy.dormant == ()


def test_no_line_for_active_myeloma_gives_the_statement_alone() -> None:
    advice = advise(history({"daratumumab": "refractory"}, lines=(), prior=0), KNOWLEDGE)
    assert advice.row == "zero-lines"
    assert not advice.by_jurisdiction["US"].recommendations
    assert any("First-line treatment" in text for text in advice.statements)
