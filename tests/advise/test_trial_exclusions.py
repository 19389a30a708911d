"""Who a trial refused, branches that overlap, and limits that meet exactly (regimens B.3, C.1, B.4; invariant 24)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cards.advise import advise
from cards.advise.model import Option
from cards.knowledge.loader import load_knowledge
from fhir_mappings.history.model import AgentStatus, Answer, Intolerance, Status
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


def _fits(regimen: str, *, failed: str | None = None, outside: Answer = "no") -> dict[str, str]:
    given: dict[str, Status | AgentStatus] = {"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}
    if failed:
        given[failed] = REF
    patient = history(given, prior=4, extramedullary=outside)
    place = advise(patient, load_knowledge()).by_jurisdiction["US"]
    option = next(option for option in place.recommendations if option.regimen == regimen)
    return {item.evidence.trial: item.fit for item in option.evidence}


def test_after_treatment_against_a_target_a_trial_of_it_fits_only_where_it_says_so() -> None:
    assert _fits("cilta_cel")["CARTITUDE-1"] == "like-this-patient"
    assert _fits("linvo_mono")["LINKER-MM1"] == "like-this-patient"
    assert _fits("linvo_mono", failed="belantamab mafodotin")["LINKER-MM1"] == "not-stated"
    assert _fits("cilta_cel", failed="teclistamab")["CARTITUDE-1"] == "not-stated"
    assert _fits("tal_mono", failed="teclistamab")["MonumenTAL-1"] == "like-this-patient"


def test_a_trial_of_extramedullary_disease_fits_only_where_it_is_on_record() -> None:
    assert _fits("tal_tec", failed="teclistamab", outside="unknown")["RedirecTT-1"] == "not-stated"
    assert _fits("tal_tec", failed="teclistamab", outside="no")["RedirecTT-1"] == "other-population"


def _after_daratumumab(reaction: Intolerance) -> Option:
    patient = history(
        {"bortezomib": ENR, "lenalidomide": REF, "daratumumab": agent("daratumumab", ENR, intolerance=reaction)}
    )
    place = advise(patient, load_knowledge()).by_jurisdiction["US"]
    return next(option for option in place.recommendations if option.regimen == "tec_dara")


@pytest.mark.parametrize(
    ("reaction", "tier"),
    [
        (Intolerance("rash", 2, None, "yes", "no", ("AdverseEvent/1",)), "T1"),
        (Intolerance("bronchospasm", 3, None, "no", "no", ("AdverseEvent/1",)), "T1"),
        (Intolerance("bronchospasm", 4, None, "yes", "no", ("AdverseEvent/1",)), "T2"),
        (Intolerance("Anaphylaxis", 3, None, "yes", "no", ("AllergyIntolerance/1",)), "T2"),
        (Intolerance("Anaphylactic reaction", None, None, "unknown", "unknown", ("AllergyIntolerance/1",)), "T2"),
        (Intolerance("Anaphylaxis", 4, None, "yes", "yes", ("AllergyIntolerance/1",)), "T1"),
    ],
)
def test_only_a_life_threatening_intolerance_without_rechallenge_costs_the_first_tier(
    reaction: Intolerance, tier: str
) -> None:
    option = _after_daratumumab(reaction)
    assert option.tier == tier
    (found,) = (caution for caution in option.cautions if caution.id == "K-INTOL")
    assert (found.severity, found.effect) == ("WARN", "inform" if tier == "T1" else "not-preferred")
    assert ("life-threatening" in found.text) == (tier == "T2")
