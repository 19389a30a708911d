"""What belongs to no regimen: cohorts, exposure patterns of first-line trials, studies under way (regimens B.3)."""

import pytest

from cards.advise import advise
from cards.advise.model import Advice
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import ExposurePattern
from cards.present.cards import cards_for
from fhir_mappings.history.model import Status, TreatmentHistory
from tests.advise.histories import history

KNOWLEDGE = load_knowledge()
PATTERNS = {pattern.id: pattern for pattern in KNOWLEDGE.patterns}
NAMED = (
    "MAIA", "ALCYONE", "SWOG S0777", "GRIFFIN", "PERSEUS", "CASSIOPEIA", "GMMG-HD7", "IFM2009", "DETERMINATION", "ELOQUENT-2",
    "TOURMALINE-MM1", "AQUILA", "CARTITUDE-5", "KarMMa-4", "KarMMa-2", "KarMMa-7", "MagnetisMM-1", "MagnetisMM-4", "TRIMM-2",
    "MagnetisMM-32", "LINKER-MM3", "iMMagine-3", "EMN29",
)  # fmt: skip


def relapse(pattern: ExposurePattern) -> TreatmentHistory:
    """The patient that a trial leaves behind at first relapse."""
    failed: Status = "refractory"
    statuses = dict.fromkeys(pattern.exposed, "exposed-not-refractory") | dict.fromkeys(pattern.refractory, failed)
    return history({name: status for name, status in statuses.items() if name not in {"prednisone", "dexamethasone"}})  # type: ignore[misc]


def advice(pattern: str, place: str = "US") -> Advice:
    return advise(relapse(PATTERNS[pattern]), KNOWLEDGE, jurisdiction=place)  # type: ignore[arg-type]


def labels(pattern: str, place: str = "US") -> dict[str, str]:
    return {name: verdict.status for name, verdict in advice(pattern, place).by_jurisdiction[place].labels.items()}  # type: ignore[index]


def test_every_trial_of_the_text_has_its_place() -> None:
    named = {trial for pattern in KNOWLEDGE.patterns for trial in pattern.trials}
    named |= {trial for study in KNOWLEDGE.studies for trial in study.trials}
    assert set(NAMED) <= named


def test_no_efficacy_figure_of_a_first_line_or_of_an_unpublished_study() -> None:
    for pattern in KNOWLEDGE.patterns:
        assert "%" not in pattern.given + pattern.implies
        assert "HR" not in pattern.given + pattern.implies
    for study in KNOWLEDGE.studies:
        assert "%" not in study.about


def test_maia_leaves_the_proteasome_inhibitor_missing() -> None:
    found = labels("maia")
    assert (found["cilta_cel"], found["tec_dara"], found["BVd"]) == ("not-met", "not-met", "not-met")
    assert labels("maia", "EU")["cilta_cel"] == "not-met"


def test_alcyone_leaves_lenalidomide_unused() -> None:
    assert labels("alcyone")["cilta_cel"] == "not-met"
    assert advice("alcyone").row == "one-line-refractory-imid-naive"


@pytest.mark.parametrize("pattern", ["griffin-perseus", "gmmg-hd7"])
def test_griffin_perseus_and_hd7_are_the_usual_first_relapse(pattern: str) -> None:
    assert advice(pattern).row == "one-line-refractory-lenalidomide-refractory"
    assert labels(pattern)["cilta_cel"] == "met"


def test_cassiopeia_leaves_lenalidomide_unused() -> None:
    assert labels("cassiopeia")["cilta_cel"] == "not-met"
    assert advice("cassiopeia").row == "one-line-refractory-lenalidomide-not-refractory"


@pytest.mark.parametrize("pattern", ["s0777-ifm2009-determination", "eloquent-2", "tourmaline-mm1"])
def test_without_an_anti_cd38_antibody_the_options_do_not_apply(pattern: str) -> None:
    found = advice(pattern)
    assert found.withheld_reason_code == "cd38-naive"
    cards = {card.topic: card for card in cards_for(relapse(PATTERNS[pattern]), found, program_version="1")}
    assert "mm-options" not in cards
    assert "Options do not apply now" in cards["mm-history"].detail


def test_aquila_is_exposure_and_no_line() -> None:
    patient = history({"daratumumab": "exposed-not-refractory"}, lines=(), prior=0)
    assert advise(patient, KNOWLEDGE).withheld_reason_code == "no-active-line"


@pytest.mark.parametrize(
    "study", [study for study in KNOWLEDGE.studies if study.id != "karmma-2"], ids=lambda item: item.id
)
def test_a_study_under_way_is_no_evidence(study: object) -> None:
    trials = getattr(study, "trials", ())
    for regimen in KNOWLEDGE.regimens.values():
        assert not any(item.trial in trials and item.randomised for item in regimen.evidence), regimen.id
