"""When no options are given, and why (invariants 38, 41, 44)."""

import pytest
from msgspec.structs import replace

from cards.advise import advise
from cards.advise.pipeline import UnknownPolicyError
from cards.knowledge.model import PolicyEntry, PolicyRow
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import ENR, REF, UNK, agent, history, line
from tests.advise.small import knowledge, regimen

KNOWN = knowledge(
    regimen("Kd", ("carfilzomib", "dexamethasone")),
    rows=(PolicyRow("r", "any", "base", ("lines_prior(0,*)",), (PolicyEntry("Kd", "T2"),), {}),),
)


@pytest.mark.parametrize(
    ("patient", "code"),
    [
        (history(state="smoldering-myeloma"), "not-in-scope"),
        (history(state="none"), "not-in-scope"),
        (history(state="unknown"), "data-missing"),
        (history({}, lines=(), prior=0), "no-line"),
        (history({"daratumumab": REF}, lines=(), prior=0), "no-active-line"),
        (history({}, lines=(), prior=0, drug_data_read=False), "data-missing"),
        (history({"lenalidomide": REF}), "cd38-naive"),
        (history({"lenalidomide": REF}, complete=False), "data-missing"),
        (
            history({"lenalidomide": REF, "daratumumab": agent("daratumumab", UNK, flags=("order_only",), lines=())}),
            "data-missing",
        ),
        (history(progressing="no"), "not-progressing"),
        (history(progressing="possible"), "progression-possible"),
        (history(progressing="unknown"), "disease-status-unknown"),
        (history(lines=(line(1, ("daratumumab",), end_reason="death"),)), "not-progressing"),
        (replace(history(), deceased=True), "not-progressing"),
        (history(), None),
    ],
)
def test_withheld(patient: TreatmentHistory, code: str | None) -> None:
    found = advise(patient, KNOWN)
    assert found.withheld_reason_code == code
    assert found.options_apply == (code is None)
    assert bool(found.withheld_because) == (code is not None)
    assert bool(found.by_jurisdiction["US"].recommendations) == (code is None)


def test_labels_are_told_even_when_options_are_withheld() -> None:
    assert advise(history(progressing="no"), KNOWN).by_jurisdiction["US"].labels["Kd"].status == "met"
    assert advise(history(state="mgus"), KNOWN).by_jurisdiction["US"].labels == {}


def test_invariant_17_both_jurisdictions_stay_apart() -> None:
    found = advise(history({"bortezomib": ENR, "daratumumab": REF, "lenalidomide": REF}), KNOWN, jurisdiction="both")
    assert found.jurisdictions == ("US", "EU")
    assert {place: item.jurisdiction for place, item in found.by_jurisdiction.items()} == {"US": "US", "EU": "EU"}


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(UnknownPolicyError, match="known: current"):
        advise(history(), KNOWN, policy="other")
