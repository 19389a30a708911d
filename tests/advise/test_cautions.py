"""Tests of cautions on findings, problems and drugs: present, absent, unknown."""

from datetime import timedelta

import pytest

from cards.advise.cautions import cautions_for
from cards.advise.patient_tests import evaluate
from cards.knowledge.model import Test as Check
from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding, Intolerance, TreatmentHistory
from fhir_mappings.record import Gap
from tests.advise.histories import AS_OF, ENR, REF, agent, finding, history, problem
from tests.advise.small import case, caution, knowledge, regimen

LOW = Check(kind="finding", name="platelets", below=25, unit="10*9/L", within_days=30)


def platelets(value: float, comparator: str | None = None, upper_normal: float | None = None) -> TreatmentHistory:
    when = ChartDate.of(AS_OF - timedelta(days=7))
    return history(findings={"platelets": Finding(value, "10*9/L", when, (), upper_normal, comparator)})


@pytest.mark.parametrize(
    ("test", "patient", "expected"),
    [
        (LOW, platelets(24), True),
        (LOW, platelets(25), False),
        (LOW, platelets(30, comparator="<"), None),
        (LOW, platelets(20, comparator="<"), True),
        (LOW, platelets(25, comparator=">"), False),
        (LOW, history(), None),
        (LOW, history(findings={"platelets": finding(10.0, unit="10*9/L", days_ago=31)}), None),
        (LOW, history(findings={"platelets": finding(10.0, unit="g/L")}), None),
        (Check(kind="finding", name="platelets", at_least=25, at_most=75), platelets(75), True),
        (Check(kind="finding", name="platelets", at_least=25, at_most=75), platelets(76), False),
        (Check(kind="finding", name="platelets", above_uln=1.0), platelets(400, upper_normal=350.0), True),
        (Check(kind="finding", name="platelets", above_uln=1.0), platelets(400), None),
        (Check(kind="finding", name="creatinine_clearance", below=500, instead="platelets"), platelets(400), True),
        (
            Check(kind="finding", name="eye_exam", is_value="present"),
            history(findings={"eye_exam": finding("present")}),
            True,
        ),
        (Check(kind="finding", name="eye_exam", is_value="present", negate=True), history(), None),
        (Check(kind="problem", name="heart_failure"), history(), False),
        (Check(kind="problem", name="heart_failure"), history(gaps=(Gap("conditions", "search failed"),)), None),
        (Check(kind="problem", name="heart_failure", min_grade=3), history(problems=(problem("heart_failure"),)), None),
        (
            Check(kind="problem", name="heart_failure", min_grade=3),
            history(problems=(problem("heart_failure", grade=3),)),
            True,
        ),
        (
            Check(kind="problem", name="heart_failure", grade_missing=True),
            history(problems=(problem("heart_failure"),)),
            True,
        ),
        (
            Check(kind="problem", name="heart_failure", active_only=True),
            history(problems=(problem("heart_failure", active=False),)),
            False,
        ),
        (
            Check(kind="problem", name="x", text_any=("cardiac",)),
            history(problems=(problem("x", text="Cardiac AL"),)),
            True,
        ),
        (
            Check(kind="problem", name="x", text_none=("dry eye",)),
            history(problems=(problem("x", text="Dry eye"),)),
            False,
        ),
        (Check(kind="problem", name="x", painful=True), history(problems=(problem("x"),)), False),
        (Check(kind="problem", name="x", within_days=183), history(problems=(problem("x"),)), True),
        (Check(kind="problem", name="x", within_days=30), history(problems=(problem("x"),)), False),
        (Check(kind="age", at_least=75), history(age=75), True),
        (Check(kind="age", at_least=75), history(age=None), None),
        (Check(kind="exposed", name="CD38"), history(), True),
        (Check(kind="exposed", name="CD38", within_days=100), history(), False),
        (Check(kind="exposed", name="CD38", within_days=120), history(), True),
        (Check(kind="refractory", name="PI"), history(), False),
        (Check(kind="supportive", name="aciclovir"), history(supportive=("aciclovir",)), True),
        (Check(kind="supportive", name="aciclovir", negate=True), history(), True),
        (Check(kind="supportive", name="aciclovir"), history(drug_data_read=False), None),
        (Check(kind="sex", name="female"), history(sex="unknown"), None),
        (Check(kind="always"), history(), True),
    ],
)
def test_one_test(test: Check, patient: TreatmentHistory, expected: bool | None) -> None:
    assert evaluate(test, case(patient)).value is expected


def test_invariant_13_missing_data_are_asked_for_never_normal() -> None:
    made = regimen("Sd", ("selinexor", "dexamethasone"))
    known = knowledge(
        made,
        cautions=(
            caution("K-SEL-2", ((LOW,),), agents=("selinexor",), severity="BLOCK", effect="not-now", ask="Which?"),
        ),
    )
    found = cautions_for(made, case(history(), known))
    assert [(item.id, item.severity, item.effect, item.state) for item in found.found] == [
        ("K-SEL-2", "ASK", "inform", "unknown")
    ]
    assert found.count_needed
    assert found.asked == ("platelets",)


def test_a_caution_may_block_while_unknown() -> None:
    made = regimen("VenVd", ("venetoclax", "bortezomib"))
    test = Check(kind="finding", name="t(11;14)", is_value="present", negate=True)
    blocking = caution(
        "K-VEN-1",
        ((test,),),
        agents=("venetoclax",),
        severity="BLOCK",
        effect="exclude",
        ask="?",
        blocks_when_unknown=True,
    )
    found = cautions_for(made, case(history(), knowledge(made, cautions=(blocking,))))
    assert (found.found[0].effect, found.found[0].state) == ("exclude", "unknown")


def test_k_refr_and_its_block() -> None:
    patient = history({"daratumumab": REF, "lenalidomide": REF, "carfilzomib": ENR})
    both = cautions_for(regimen("DRd", ("daratumumab", "lenalidomide", "dexamethasone")), case(patient)).found[-1]
    assert (both.id, both.effect) == ("K-REFR", "exclude")
    mate = cautions_for(regimen("IsaKd", ("isatuximab", "carfilzomib", "dexamethasone")), case(patient)).found[-1]
    assert (mate.id, mate.severity) == ("K-REFR", "WARN")
    assert "Isatuximab is of a class that has failed" in mate.text
    assert not cautions_for(regimen("Kd", ("carfilzomib", "dexamethasone")), case(patient)).found


def test_invariant_12_an_intolerance_travels_with_the_drug() -> None:
    known = Intolerance("peripheral neuropathy", 2, ChartDate.of(AS_OF), "no", "no", ("AdverseEvent/a",))
    patient = history({"bortezomib": agent("bortezomib", ENR, intolerance=known)})
    found = cautions_for(regimen("Vd", ("bortezomib", "dexamethasone")), case(patient)).found
    assert [item.id for item in found] == ["K-INTOL"]
    assert "grade 2" in found[0].text


def test_cautions_of_another_jurisdiction_stay_out() -> None:
    made = regimen("Kd", ("carfilzomib",))
    known = knowledge(made, cautions=(caution("K-X", ((Check(kind="always"),),), where="EU"),))
    assert not cautions_for(made, case(history(), known)).found
    assert cautions_for(made, case(history(), known, where="EU")).found
