"""Words of progression that prove nothing, and those that do (P20, F06, F14x, P18.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_mappings.read.affirmed import affirmed, speaks_of_it
from fhir_mappings.read.statements import refractory_targets, status_in_text
from fhir_mappings.read.treatment_words import stop_reason_in
from fhir_mappings.terminology.phrases import phrase


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Progressive peripheral neuropathy", "toxicity"),
        ("Progression of neuropathy", "toxicity"),
        ("Neuropathy; no PD", "toxicity"),
        ("toxicity rather than progression", "toxicity"),
        ("Refractory nausea", "toxicity"),
        ("Progression ruled out, patient choice", "patient-choice"),
        ("Relapse prevention completed", "planned-completion"),
        ("Progressive toxicity", "toxicity"),
        ("Progressive side effects", "toxicity"),
        ("Progressive adverse effects", "toxicity"),
        ("progressive intolerance", "toxicity"),
        ("Worsening side effects", "toxicity"),
        ("Progression of side effects", "toxicity"),
        ("Progressive toxicity; progression of myeloma", "progression"),
        ("disease progression", "progression"),
        ("Progressive disease with renal failure", "progression"),
        ("Clinical relapse with new hypercalcaemia", "progression"),
        ("Relapse with anaemia", "progression"),
        ("Clinical progression of neuropathy", "toxicity"),
        ("PD", "progression"),
        ("progression", "progression"),
        ("Krankheitsprogress", "progression"),
        ("relapse", "progression"),
        ("myeloma refractory", "progression"),
    ],
)
def test_reasons_for_stopping(text: str, reason: str) -> None:
    assert stop_reason_in(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "Disease progression not confirmed",
        "Suspected progression",
        "Rule out progression",
        "COVID progression",
        "Second malignancy progression (prostate cancer)",
        "Started PD (peritoneal dialysis)",
        "Progresses well",
        "progressive renal failure",
        "Progression of chronic kidney disease",
        "Progressive disability",
        "Progressive decline in performance status",
        "Insurance progression",
        "Progression of disability",
        "Progressive frailty",
        "Progressive multiple sclerosis",
        "Recurrent DVT",
        "Recurrence of gout",
        "Relapse of depression",
        "Relapse of alcohol use",
        "Worsening tremor",
        "Progression der Polyneuropathie",
        "Tremor progression",
    ],
)
def test_what_is_not_affirmed_is_no_reason(text: str) -> None:
    assert stop_reason_in(text) != "progression"


@pytest.mark.parametrize(
    "text",
    [
        "Progression",
        "Progressive",
        "progressed",
        "Progression on therapy",
        "Progression under lenalidomide",
        "Stopped for progression",
        "Clinical progression",
        "Serological progression",
        "radiographic progression",
        "Rapid progression",
        "Confirmed progression in March 2023",
        "Progression in spite of therapy",
        "progression in the lumbar spine",
        "Progression in ribs",
        "Relapse in the sacrum",
        "On treatment progression",
        "Maintenance progression",
        "Progression of MM",
        "Progression of bone lesions",
        "Progression of the M-spike",
        "Progressive MM",
        "Progressive multiple myeloma",
        "Progressive Erkrankung",
        "Progression der Grunderkrankung",
        "maladie progressive",
        "enfermedad progresiva",
        "progressieve ziekte",
        "Progressive on lenalidomide",
        "patient progressed",
        "Patient progressed in 2023",
        "treatment stopped, progression",
        "evidence of progression",
        "relapse after transplant",
        "Relapse in CNS",
        "Relapsed",
        "Recurrent myeloma",
        "Recurrence",
        "Refractory",
        "Extramedullary progression",
        "IMWG progression",
        "Biochemical relapse",
        "Worsening disease",
    ],
)
def test_real_spellings_of_progression(text: str) -> None:
    assert stop_reason_in(text) == "progression"


_NOT_OF_THE_DISEASE = st.sampled_from(
    [
        "disability",
        "frailty",
        "tremor",
        "confusion",
        "deafness",
        "intolerance",
        "debility",
        "depression",
        "thrombosis",
        "mucositis",
    ]
)
_SAID_OF_IT = st.sampled_from(
    [
        "Progressive {}",
        "progression of {}",
        "Progression of the {}",
        "recurrent {}",
        "Recurrence of {}",
        "worsening {}",
        "progressing {}",
    ]
)


@given(said=_SAID_OF_IT, thing=_NOT_OF_THE_DISEASE, before=st.sampled_from(["", "Stopped: ", "Reason. "]))
def test_what_belongs_to_something_else_is_no_progression(said: str, thing: str, before: str) -> None:
    assert stop_reason_in(before + said.format(thing)) != "progression"
    assert stop_reason_in(f"{before}{said.format(thing)}; progressive disease") == "progression"


@pytest.mark.parametrize(
    "text",
    [
        "possible progression",
        "Progression cannot be excluded",
        "Suspicion of relapse",
        "PD ruled out",
        "Progression of osteoarthritis",
        "no progression",
        "Prostate cancer: progressive disease",
    ],
)
def test_hedged_statuses_state_nothing(text: str) -> None:
    assert status_in_text(text) not in {"progression", "relapse"}
    assert speaks_of_it(text)


@pytest.mark.parametrize(
    "text", ["Progressive disease", "PD", "biochemical progression", "relapse, biochemical", "worsened"]
)
def test_plain_statuses_still_speak(text: str) -> None:
    assert status_in_text(text) in {"progression", "relapse"}


@pytest.mark.parametrize(
    "text",
    [
        "Possibly refractory to lenalidomide",
        "Not known to be refractory to lenalidomide",
        "Lenalidomide refractory: unknown",
        "Consider trial if refractory to lenalidomide",
        "Nausea refractory to ondansetron on lenalidomide",
        "Family member refractory to lenalidomide",
        "Anemia refractory to erythropoietin during lenalidomide",
    ],
)
def test_refractoriness_that_nobody_asserts(text: str) -> None:
    assert refractory_targets(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "refractory to lenalidomide",
        "Multiple myeloma, lenalidomide-refractory",
        "Relapsed myeloma refractory to lenalidomide",
    ],
)
def test_refractoriness_that_is_asserted(text: str) -> None:
    assert refractory_targets(text) == ("lenalidomide",)


@pytest.mark.parametrize(
    "text",
    [
        "No new lytic lesions. Stable disease.",
        "No evidence of new osseous lesions",
        "Previously seen new lesion is resolved",
        "New focal lesions in periventricular white matter consistent with small vessel disease",
        "No new FDG-avid lesions",
    ],
)
def test_new_lesions_that_are_none(text: str) -> None:
    assert phrase("new_lesion").search(text.lower())
    assert not phrase("new_lesion").search(affirmed(text).lower())


def test_a_new_lesion_that_is_one() -> None:
    assert phrase("new_lesion").search(affirmed("New lytic lesion in L3.").lower())
