"""The vocabulary of policy files, each predicate true, false and undecided."""

import pytest

from cards.advise.model import LabelVerdict
from cards.advise.predicates import PREDICATES, Scope, UnknownPredicateError, holds
from cards.knowledge.vocabulary import PREDICATES as DOCUMENTED
from fhir_mappings.history.model import TreatmentHistory
from fhir_mappings.record import Gap
from tests.advise.histories import AS_OF, ENR, REF, UNK, agent, finding, history
from tests.advise.small import case

DEFAULT = history()
OPEN = history({"bortezomib": UNK, "lenalidomide": REF, "daratumumab": UNK}, complete=False, prior=(1, 1, None))


@pytest.mark.parametrize(
    ("predicate", "patient", "expected"),
    [
        ("lines_prior(1,1)", DEFAULT, True),
        ("lines_prior(2,3)", DEFAULT, False),
        ("lines_prior(4,*)", history(prior=5), True),
        ("lines_prior(1,1)", OPEN, None),
        ("lines_prior(2,3)", history(prior=(3, 3, 4)), None),
        ("exposed(PI)", DEFAULT, True),
        ("not_exposed(XPO1)", DEFAULT, True),
        ("not_exposed(XPO1)", OPEN, None),
        ("naive(carfilzomib)", DEFAULT, True),
        ("refractory(CD38)", DEFAULT, True),
        ("refractory(PI)", DEFAULT, False),
        ("refractory(PI)", OPEN, None),
        ("not_refractory(carfilzomib)", DEFAULT, True),
        ("sensitive(PI)", DEFAULT, True),
        ("sensitive(PI)", OPEN, None),
        ("sensitive(CD38)", DEFAULT, False),
        ("tce", DEFAULT, True),
        ("tce", history({"daratumumab": REF, "lenalidomide": REF}), False),
        ("tcr", DEFAULT, False),
        ("tcr", history({"bortezomib": UNK, "lenalidomide": REF, "daratumumab": REF}), None),
        ("penta", DEFAULT, False),
        ("bcma_failed(CART)", DEFAULT, False),
        ("bcma_failed(CART)", OPEN, False),
        ("bcma_failed(CART)", history({"ciltacabtagene autoleucel": ENR}), True),
        ("bcma_failed(BSAB)", history({"teclistamab": REF}), True),
        ("bcma_exposed_only(ADC)", history({"belantamab mafodotin": ENR}), True),
        ("bcma_exposed_only(ADC)", history({"belantamab mafodotin": ENR, "teclistamab": REF}), False),
        ("state(plasma-cell-leukemia)", history(state="plasma-cell-leukemia"), True),
        ("state(plasma-cell-leukemia)", history(findings={"plasma_cells_blood_percent": finding(7.0)}), True),
        ("state(plasma-cell-leukemia)", DEFAULT, False),
        ("zero_lines", history(lines=(), prior=0), True),
        ("zero_lines", DEFAULT, False),
        ("cd38_reusable", history({"daratumumab": ENR}, months=6.0), True),
        ("cd38_reusable", history({"daratumumab": ENR}, months=5.9), False),
        ("cd38_reusable", history({"daratumumab": ENR}, months=None), None),
        ("cd38_reusable", history({"daratumumab": agent("daratumumab", ENR, best=None)}, months=9.0), None),
        ("cd38_reusable", history({"daratumumab": agent("daratumumab", ENR, best="MR")}, months=9.0), False),
        ("cd38_reusable", DEFAULT, False),
        ("t1114", history(findings={"t(11;14)": finding("present")}), True),
        ("t1114", history(findings={"t(11;14)": finding("absent")}), False),
        ("t1114", history(findings={"t(11;14)": finding("unknown")}), None),
        ("t1114", DEFAULT, None),
        ("pi_sensitive", DEFAULT, True),
        ("pi_sensitive", OPEN, None),
        ("high_risk", history(genomic="high"), True),
        ("high_risk", history(functional="yes", genomic="unknown"), True),
        ("high_risk", history(genomic="unknown"), None),
        ("high_risk", DEFAULT, False),
        ("frail", history(findings={"ecog": finding(3.0)}), True),
        ("frail", history(findings={"ecog": finding(2.0), "frailty": finding("absent")}), False),
        ("frail", history(age=89), None),
        ("cardiac_disease", history(findings={"lvef": finding(49.0, unit="%")}), True),
        ("cardiac_disease", history(findings={"lvef": finding(50.0, unit="%")}, age=89), False),
        ("cardiac_disease", history(gaps=(Gap("conditions", "the search failed"),)), None),
        ("emd", history(extramedullary="yes"), True),
        ("emd", history(extramedullary="unknown"), None),
        ("no_cart_access", DEFAULT, None),
        ("no_cart_access", history(findings={"car_t_access": finding("absent")}), True),
        ("cart_candidate", DEFAULT, True),
        ("cart_candidate", history(findings={"frailty": finding("frail")}), False),
        ("jurisdiction(US)", DEFAULT, True),
        ("jurisdiction(EU)", DEFAULT, False),
        ("status_undecided", DEFAULT, None),
        ("not refractory(CD38)", DEFAULT, False),
        ("not t1114", DEFAULT, None),
    ],
)
def test_predicates(predicate: str, patient: TreatmentHistory, expected: bool | None) -> None:
    assert holds(predicate, Scope(case(patient), {})) is expected


@pytest.mark.parametrize(
    ("status", "expected"), [("met", True), ("not-met", False), ("off-label", False), ("unknown", None)]
)
def test_label_met(status: str, expected: bool | None) -> None:
    labels = {"Kd": LabelVerdict("US", AS_OF, status, ())}  # type: ignore[arg-type]
    assert holds("label_met", Scope(case(DEFAULT), labels, "Kd")) is expected
    assert holds("label_met(Kd)", Scope(case(DEFAULT), labels)) is expected


@pytest.mark.parametrize("wrong", ["elderly", "lines_prior(1)", "bcma_failed(ADC)", "label_met", "refractory"])
def test_what_a_policy_may_not_say(wrong: str) -> None:
    with pytest.raises(UnknownPredicateError):
        holds(wrong, Scope(case(DEFAULT), {}))


def test_every_documented_predicate_is_evaluated() -> None:
    assert set(DOCUMENTED) <= set(PREDICATES)
