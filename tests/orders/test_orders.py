"""Draft orders against small histories: each kind of finding, and silence where there is nothing to say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cards.knowledge.loader import load_knowledge
from cards.orders import Drafts, OrderCheck, check_orders, order_card
from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding, Intolerance, TreatmentHistory
from fhir_mappings.record import Problem
from tests.advise.histories import AS_OF, ENR, REF, agent, history, line

KNOWLEDGE = load_knowledge()
PROPHYLAXIS = ("aciclovir", "co-trimoxazole")
SAFE = {
    "hepatitis_b": Finding("absent", None, ChartDate.of(date(2026, 10, 20)), ("Observation/hbv",)),
    "eye_exam": Finding("present", None, ChartDate.of(date(2026, 10, 20)), ("Observation/eye",)),
    "active_infection": Finding("absent", None, ChartDate.of(date(2026, 10, 20)), ("Observation/inf",)),
    "lvef": Finding(60.0, "%", ChartDate.of(date(2026, 10, 20)), ("Observation/lvef",)),
}


def chart(statuses: Any = None, **more: Any) -> TreatmentHistory:
    findings = {**SAFE, **more.pop("findings", {})}
    findings = {name: value for name, value in findings.items() if value is not None}
    return history(statuses, **{"supportive": PROPHYLAXIS, **more}, findings=findings)


def check(found: TreatmentHistory, *agents: str, beside: tuple[str, ...] = (), **more: Any) -> OrderCheck:
    return check_orders(found, KNOWLEDGE, Drafts(tuple(sorted(agents)), beside), **more)


def ids(found: OrderCheck) -> set[str]:
    return {one.id for one in found.findings}


def test_nothing_to_say_is_silence() -> None:
    found = check(chart({"lenalidomide": REF, "daratumumab": REF}), "carfilzomib", "dexamethasone")
    assert found.findings == ()
    assert order_card(found, program_version="x") is None


@pytest.mark.parametrize("state", ["mgus", "smoldering-myeloma", "al-amyloidosis", "none", "unknown"])
def test_out_of_scope_is_silence(state: Any) -> None:
    assert not check(chart(state=state), "lenalidomide").findings


@pytest.mark.parametrize("agents", [(), ("dexamethasone",)])
def test_without_a_myeloma_drug_is_silence(agents: tuple[str, ...]) -> None:
    assert not check(chart(), *agents).findings


def test_a_refractory_drug_alone_is_critical() -> None:
    found = check(chart(), "lenalidomide", "dexamethasone")
    assert found.findings[0].id == "K-REFR"
    assert found.indicator == "critical"
    card = order_card(found, program_version="x")
    assert card is not None
    assert card.indicator == "critical"
    assert "lenalidomide" in card.summary
    assert "MedicationStatement/lenalidomide" in card.detail


def test_a_refractory_drug_with_a_new_partner_is_a_warning() -> None:
    found = check(chart(), "lenalidomide", "carfilzomib", "dexamethasone")
    assert "K-REFR" in ids(found)
    assert found.indicator == "warning"


def test_a_class_that_failed_is_said_and_forbids_when_nothing_is_left() -> None:
    found = check(chart(), "isatuximab", "dexamethasone")
    assert found.findings[0].id == "K-REFR"
    assert found.indicator == "critical"


def test_intolerance_travels_with_the_order() -> None:
    rash = Intolerance("rash", 3, ChartDate.of(date(2025, 5, 1)), "yes", "no", ("AllergyIntolerance/1",))
    found = check(chart({"daratumumab": REF, "bortezomib": agent("bortezomib", ENR, intolerance=rash)}), "bortezomib")
    assert "K-INTOL" in ids(found)
    assert "rash" in next(one.text for one in found.findings if one.id == "K-INTOL")


def test_a_caution_that_blocks_is_critical() -> None:
    low = {"lvef": Finding(30.0, "%", ChartDate.of(date(2026, 10, 20)), ("Observation/l",))}
    found = check(chart({"daratumumab": REF}, findings=low), "carfilzomib", "dexamethasone")
    assert "K-CARD-2" in ids(found)
    assert found.indicator == "critical"


def test_not_possible_now_with_an_active_infection() -> None:
    infected = {"active_infection": Finding("present", None, ChartDate.of(date(2026, 10, 30)), ("Condition/i",))}
    found = check(chart({"daratumumab": REF}, prior=4, findings=infected), "teclistamab")
    assert found.findings[0].effect == "not-now"
    card = order_card(found, program_version="x")
    assert card is not None
    assert "**Not now:**" in card.detail


def test_pregnancy_forbids_an_immunomodulatory_drug() -> None:
    pregnant = {"pregnancy": Finding("present", None, ChartDate.of(date(2026, 10, 30)), ("Observation/p",))}
    found = check(chart({"daratumumab": REF}, sex="female", age=35, findings=pregnant), "pomalidomide", "dexamethasone")
    assert found.indicator == "critical"
    assert "K-IMID-1" in ids(found)


def test_a_missing_pregnancy_test_is_asked_for() -> None:
    found = check(chart({"daratumumab": REF}, sex="female", age=35), "pomalidomide", "dexamethasone")
    assert any("pregnancy test" in one.text.lower() for one in found.findings)
    assert not any("pregnancy" in one.text.lower() for one in check(chart({}), "pomalidomide").findings)


def test_a_missing_hepatitis_b_serology_is_asked_for() -> None:
    found = check(chart({"lenalidomide": REF}, findings={"hepatitis_b": None}), "daratumumab", "dexamethasone")
    assert "K-HBV-2" in ids(found)
    assert found.indicator == "warning"


def test_a_missing_eye_examination_is_asked_for() -> None:
    found = check(chart(findings={"eye_exam": None}), "belantamab mafodotin", "bortezomib", "dexamethasone")
    assert "K-BELA-2" in ids(found)
    assert "K-BELA-2" not in ids(check(chart(), "belantamab mafodotin", "bortezomib", "dexamethasone"))


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        (("daratumumab", "isatuximab"), "two anti-CD38"),
        (("teclistamab", "belantamab mafodotin"), "two BCMA"),
        (("elranatamab", "ciltacabtagene autoleucel"), "two BCMA"),
        (("bortezomib", "carfilzomib"), "two proteasome"),
        (("lenalidomide", "pomalidomide"), "two immunomodulatory"),
    ],
)
def test_duplicates_on_the_pad(agents: tuple[str, ...], words: str) -> None:
    for found in (check(chart({}), *agents), check(chart({}), agents[0], beside=(agents[1],))):
        assert any(one.id == "ORDER-DUPLICATE" and words in one.text for one in found.findings)


def test_a_duplicate_of_what_is_under_way() -> None:
    now = (line(1, ("daratumumab", "dexamethasone", "lenalidomide"), ongoing=True),)
    found = check(chart({"daratumumab": ENR, "lenalidomide": ENR}, lines=now), "isatuximab")
    assert any("daratumumab is under way" in one.text for one in found.findings if one.id == "ORDER-DUPLICATE")


def test_teclistamab_with_talquetamab_is_no_duplicate() -> None:
    assert "ORDER-DUPLICATE" not in ids(check(chart({}), "teclistamab", "talquetamab"))


def test_off_label_is_said_with_what_is_not_met() -> None:
    found = check(chart({"daratumumab": REF}), "teclistamab")
    (label,) = [one for one in found.findings if one.id == "ORDER-LABEL"]
    assert "4 prior lines" in label.text


def test_going_on_with_what_is_under_way_is_not_asked_for_its_label() -> None:
    now = (line(1, ("bortezomib", "lenalidomide")), line(2, ("teclistamab",), ongoing=True))
    found = check(chart({"teclistamab": ENR}, lines=now, prior=1), "teclistamab")
    assert "ORDER-LABEL" not in ids(found)


def test_on_label_in_one_of_two_places_is_silence() -> None:
    assert "ORDER-LABEL" not in ids(
        check(chart({"daratumumab": REF}), "carfilzomib", "dexamethasone", jurisdiction="both")
    )


def test_other_drugs_on_the_same_pad_count() -> None:
    found = chart({"daratumumab": REF})
    assert "K-POM-2" not in ids(check(found, "pomalidomide", "dexamethasone"))
    drafts = Drafts(("dexamethasone", "pomalidomide"), supportive=("fluvoxamine",))
    assert "K-POM-2" in {one.id for one in check_orders(found, KNOWLEDGE, drafts).findings}


def test_venetoclax_needs_the_translocation() -> None:
    found = check(chart(), "venetoclax", "dexamethasone")
    assert found.indicator == "critical"
    assert "K-VEN-1" in ids(found)


def test_chart_text_is_escaped_on_the_card() -> None:
    odd = Intolerance("<img src=x onerror=alert(1)> [a](javascript:x)", 3, None, "yes", "no", ("AllergyIntolerance/1",))
    found = check(chart({"bortezomib": agent("bortezomib", ENR, intolerance=odd)}), "bortezomib")
    card = order_card(found, program_version="x")
    assert card is not None
    assert "<" not in card.detail
    assert "[a](" not in card.detail
    assert "javascript:" not in card.detail
    assert len(card.summary) < 140


@pytest.mark.parametrize("name", sorted(KNOWLEDGE.regimens))
def test_every_regimen_can_be_ordered(name: str) -> None:
    for statuses in (None, {}, dict.fromkeys(("bortezomib", "carfilzomib", "pomalidomide", "daratumumab"), REF)):
        for where in ("US", "EU", "both"):
            problems = (Problem("Condition/x", "peripheral_neuropathy", "comorbidity", None),) if statuses == {} else ()
            found = check(history(statuses, problems=problems), *KNOWLEDGE.regimens[name].agents, jurisdiction=where)
            card = order_card(found, program_version="x")
            assert (card is None) == (found.findings == ())
            if card is not None:
                assert 0 < len(card.summary) < 140
                assert found.indicator == (
                    "critical" if any(o.severity == "BLOCK" for o in found.findings) else "warning"
                )


def test_the_day_is_the_history_s() -> None:
    assert chart().as_of == AS_OF
