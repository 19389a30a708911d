"""The safety invariants of section D on random histories, with the knowledge that ships and both policies."""

import os
from collections.abc import Iterator
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cards.advise import advise
from cards.advise.case import Case
from cards.advise.facts import prior_lines
from cards.advise.guards import not_preferred
from cards.advise.model import Advice, LabelVerdict, Option
from cards.advise.parameters import AdviceParameters
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Jurisdiction
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import finding
from tests.advise.strategies import patients

KNOWLEDGE = load_knowledge()
DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
EXPOSED = {"refractory", "exposed-not-refractory", "exposed-unknown"}
BISPECIFICS = {"tec_mono", "elra_mono", "linvo_mono", "tal_mono"}
POLICIES = st.sampled_from(sorted(KNOWLEDGE.policies))
ACCESS = st.sampled_from(("yes", "no", "unknown"))


def preferred(options: tuple[Option, ...]) -> Iterator[Option]:
    yield from (option for option in options if option.tier == "T1")
    second = [option for option in options if option.tier == "T2"]
    yield from (option for option in second if option.rank == second[0].rank)


def classes(option: Option) -> set[str]:
    return {key for agent in option.agents for key in KNOWLEDGE.drugs[agent].classes}


def active(option: Option) -> list[str]:
    return [agent for agent in option.agents if "STEROID" not in KNOWLEDGE.drugs[agent].classes]


def present(history: TreatmentHistory, concept: str, grade: int = 0) -> bool:
    return any(item.concept == concept and (item.grade or 0) >= grade for item in history.problems)


def number(history: TreatmentHistory, name: str) -> float | None:
    found = history.findings.get(name)
    return None if found is None or isinstance(found.value, str) else float(found.value)


@settings(max_examples=150 * DEEP, deadline=None, suppress_health_check=list(HealthCheck), derandomize=DEEP == 1)
@given(patients(), POLICIES, ACCESS)
def test_invariants_of_every_option(history: TreatmentHistory, policy: str, access: str) -> None:
    advice = advise(history, KNOWLEDGE, policy=policy, jurisdiction="both", car_t_access=access)  # type: ignore[arg-type]
    for place in advice.jurisdictions:
        found = advice.by_jurisdiction[place]
        case = Case(history, KNOWLEDGE, place, access, AdviceParameters())  # type: ignore[arg-type]
        for option in found.recommendations:
            check_resistance(option, history)
            check_venetoclax(option, history)
            check_label(option, place, history.as_of)
            check_cautions(option, history)
            check_bcma(option, history)
        for option in preferred(found.recommendations):
            assert not_preferred(option, case) is None
            check_preferred(option, history)
        for name, verdict in found.labels.items():
            check_verdict(name, verdict, history)
        offered = [option.regimen for option in found.recommendations]
        assert len(offered) == len(set(offered))
        assert not set(offered) & {item.regimen for item in found.not_suggested}
        assert all(item.because and all(item.because) for item in found.not_suggested)
        ranks = [option.rank for option in found.recommendations]
        assert ranks == sorted(ranks)
        assert [option.tier for option in found.recommendations] == sorted(
            option.tier for option in found.recommendations
        )
    check_scope(advice, history)


def check_scope(advice: Advice, history: TreatmentHistory) -> None:
    """Invariants 38, 41, 44."""
    given_cd38 = history.status_of("CD38") in EXPOSED
    if any(place.recommendations for place in advice.by_jurisdiction.values()):
        assert history.diagnosis.state in {"multiple-myeloma", "plasma-cell-leukemia"}
        assert history.lines
        assert given_cd38
        assert history.summary is not None
        assert history.summary.progressing == "yes"
        assert advice.options_apply


def check_resistance(option: Option, history: TreatmentHistory) -> None:
    """Invariants 1, 3, 24."""
    refractory = [agent for agent in active(option) if history.status_of(agent) == "refractory"]
    assert len(refractory) < len(active(option))
    assert list(option.refractory_components) == refractory
    statements = " ".join(option.statements)
    if "CD38" in classes(option) and history.status_of("CD38") == "refractory":
        assert "does not overcome" in statements
    if option.regimen in {"tec_dara", "tal_dara", "tal_dara_pom"} and history.status_of("CD38") == "refractory":
        assert "trial behind this regimen excluded" in statements


def check_venetoclax(option: Option, history: TreatmentHistory) -> None:
    """Invariants 4, 5, 6."""
    if "venetoclax" in option.agents:
        assert history.findings["t(11;14)"].value == "present"
        assert option.tier == "T3"
        assert "off-label" in " ".join(option.statements).casefold()
        if "PI" in classes(option):
            assert history.status_of("PI") != "refractory"
    if option.regimen == "SDd" and history.status_of("daratumumab") in EXPOSED:
        assert "never had daratumumab" in " ".join(option.statements)


def check_label(option: Option, place: Jurisdiction, as_of: date) -> None:
    """Invariants 7, 14 to 19, 35, 42."""
    label = option.label
    assert (label.jurisdiction, label.as_of) == (place, as_of)
    assert label.status not in {"withdrawn", "pending"}
    if option.tier == "T1":
        assert label.status == "met"
        assert all(item.effect == "inform" for item in option.cautions)
    if "BCMA_CART" in classes(option) and not KNOWLEDGE.regimens[option.regimen].investigational:
        assert label.status in {"met", "unknown"}
    assert not any(item.effect == "exclude" for item in option.cautions)
    if any(item.effect == "not-now" for item in option.cautions):
        assert option.startable == "not-now"
    if option.regimen == "bela_mono":
        assert as_of < (date(2022, 11, 22) if place == "US" else date(2024, 2, 23))


def check_cautions(option: Option, history: TreatmentHistory) -> None:
    """Invariants 25 to 30."""
    agents, ids = set(option.agents), {item.id for item in option.cautions}
    cellular = {"BCMA_CART", "BCMA_BSAB", "GPRC5D_BSAB"} & classes(option)
    infected = (
        present(history, "active_infection")
        or history.findings.get("active_infection", finding("no")).value == "present"
    )
    if cellular and infected:
        assert option.startable == "not-now"
    lvef = number(history, "lvef")
    cardiac = present(history, "heart_failure") or (history.age or 0) >= 75 or (lvef is not None and lvef < 50)
    if "carfilzomib" in agents and cardiac:
        assert any(name.startswith("K-CARD") for name in ids)
    if "bortezomib" in agents and present(history, "peripheral_neuropathy", 2):
        assert option.dose_notes
    platelets, anc = number(history, "platelets"), number(history, "anc")
    if "selinexor" in agents and ((platelets is not None and platelets < 25) or (anc is not None and anc < 0.5)):
        assert option.startable == "not-now"
    if "belantamab mafodotin" in agents:
        assert any("Eye examination" in text for text in option.statements)
    if {"IMID", "CELMOD"} & classes(option):
        assert not present(history, "pregnancy")


def check_bcma(option: Option, history: TreatmentHistory) -> None:
    """Invariants 31, 32, 43."""
    bcma = {"BCMA_CART", "BCMA_BSAB", "BCMA_ADC"}
    if not bcma & classes(option):
        return
    known = {
        agent: status
        for agent, status in (history.agents or {}).items()
        if "order_only" not in status.flags or status.status != "exposed-unknown"
    }
    given_classes = {key for agent in known for key in KNOWLEDGE.drugs[agent].classes} & bcma
    if given_classes:
        assert any(item.id == "K-BCMA-1" and item.state == "present" for item in option.cautions)
    if given_classes & {"BCMA_CART", "BCMA_BSAB"}:
        assert option.tier != "T1"
    if "BCMA_CART" in classes(option):
        assert "BCMA_CART" not in given_classes


def check_preferred(option: Option, history: TreatmentHistory) -> None:
    """Invariants 2, 3, 4, 26, 27."""
    assert not ("CD38" in classes(option) and history.status_of("CD38") == "refractory")
    assert not (option.regimen == "SDd" and history.status_of("daratumumab") in EXPOSED)
    if option.refractory_components:
        others = [agent for agent in active(option) if agent not in option.refractory_components]
        assert any(history.status_of(key) != "refractory" for agent in others for key in KNOWLEDGE.drugs[agent].classes)
    assert not ("carfilzomib" in option.agents and present(history, "heart_failure", 3))
    assert not ("bortezomib" in option.agents and present(history, "peripheral_neuropathy", 3))


def check_verdict(name: str, verdict: LabelVerdict, history: TreatmentHistory) -> None:
    """Invariants 19 to 23."""
    if verdict.status != "met":
        return
    least = prior_lines(history)[0]
    us = verdict.jurisdiction == "US"
    if us:
        assert name not in {"BPd", "PVd", "KPd"}
    if name == "cilta_cel" and us and history.as_of >= date(2024, 4, 5):
        assert history.status_of("lenalidomide") == "refractory"
    if name == "ide_cel" and us:
        assert least >= (2 if history.as_of >= date(2024, 4, 4) else 4)
        assert all(history.status_of(key) in EXPOSED for key in ("PI", "IMID", "CD38"))
    if name in BISPECIFICS:
        assert least >= (4 if us else 3)
    if name == "Sd":
        assert least >= 4
        failed = [agent for agent, status in (history.agents or {}).items() if status.status == "refractory"]
        for key, count in (("PI", 2), ("IMID", 2), ("CD38", 1)):
            assert sum(key in KNOWLEDGE.drugs[agent].classes for agent in failed) >= count


@settings(max_examples=40 * DEEP, deadline=None, suppress_health_check=list(HealthCheck), derandomize=DEEP == 1)
@given(patients(), POLICIES)
def test_invariant_36_the_same_history_gives_the_same_advice(history: TreatmentHistory, policy: str) -> None:
    assert advise(history, KNOWLEDGE, policy=policy) == advise(history, KNOWLEDGE, policy=policy)
