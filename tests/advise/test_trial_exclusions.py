"""Who a trial refused, branches that overlap, and limits that meet exactly (regimens B.3, C.1, B.4; invariant 24)."""

from __future__ import annotations

from msgspec.structs import replace

from cards.advise import advise
from cards.advise.model import Option
from cards.knowledge.loader import load_knowledge
from fhir_mappings.history.model import AgentStatus, Intolerance
from tests.advise.histories import ENR, REF, agent, finding, history

ANAPHYLAXIS = Intolerance("anaphylaxis", 4, None, "yes", "no", ("AllergyIntolerance/1",))


def _bvd(bortezomib: AgentStatus) -> Option:
    patient = history(
        {"bortezomib": bortezomib, "lenalidomide": REF, "daratumumab": ENR, "pomalidomide": ENR, "dexamethasone": ENR},
        prior=2,
    )
    place = advise(patient, load_knowledge()).by_jurisdiction["US"]
    return next(option for option in place.recommendations if option.regimen == "BVd")


def test_intolerance_is_an_exclusion_of_dreamm_7_and_costs_the_first_tier() -> None:
    tolerated, refused = _bvd(agent("bortezomib", ENR)), _bvd(agent("bortezomib", ENR, intolerance=ANAPHYLAXIS))
    assert tolerated.tier == "T1"
    assert {item.fit for item in refused.evidence} == {"excluded-this-patient"}
    assert refused.tier == "T2"
    assert any("excluded patients like this one" in reason for reason in refused.because)


def test_the_branches_of_the_baseline_that_fit_are_named_although_one_is_open() -> None:
    patient = history({"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF, "dexamethasone": ENR}, prior=2)
    found = advise(patient, load_knowledge(), policy="post-daratumumab-2023")
    assert found.row == "B1+B2"


def test_bilirubin_at_exactly_one_and_a_half_times_its_limit_is_not_above_it() -> None:
    def cautioned(value: float) -> bool:
        bilirubin = replace(finding(value, unit="mg/dL"), upper_normal=1.2)
        patient = history(
            {"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF},
            prior=1,
            findings={"bilirubin_total": bilirubin},
        )
        place = advise(patient, load_knowledge()).by_jurisdiction["US"]
        own = next(option for option in place.recommendations if option.regimen == "SVd")
        return any(caution.id == "K-HEP-1" and caution.state == "present" for caution in own.cautions)

    assert not cautioned(1.8)
    assert cautioned(1.81)
