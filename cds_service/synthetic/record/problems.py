"""The patient, the disease and other illnesses in the record."""

from __future__ import annotations

from typing import Final

from cds_service.synthetic.days import iso
from cds_service.synthetic.record.chart import Chart, coding, concept, text
from cds_service.synthetic.record.codes import DIAGNOSES, FAMILY, ICD10GM, PROBLEMS
from cds_service.synthetic.record.styles import Style
from cds_service.synthetic.story.model import Story

GIVEN_NAMES: Final = (
    "Aster",
    "Bryony",
    "Cedric",
    "Dorothea",
    "Edmund",
    "Fenella",
    "Gideon",
    "Hester",
    "Ivor",
    "Juno",
    "Kester",
    "Linnea",
)
FAMILY_NAMES: Final = ("Example", "Sample", "Specimen", "Testing", "Synthetic", "Madeup", "Invented", "Placeholder")
_CLINICAL = f'"clinicalStatus":{concept("", FAMILY["active"])},"verificationStatus":{concept("", FAMILY["confirmed"])}'


def write_patient(chart: Chart, story: Story, number: int) -> None:
    """Write the Patient: a made-up name that says so."""
    given, family = GIVEN_NAMES[number % len(GIVEN_NAMES)], FAMILY_NAMES[number // 7 % len(FAMILY_NAMES)]
    dead = f',"deceasedDateTime":"{iso(story.death)}"' if story.death is not None else ""
    body = (
        f'"name":[{{"use":"official","family":{text(family)},"given":[{text(given)}]}}],'
        f'"gender":"{story.sex}","birthDate":"{iso(story.birth)}"{dead}'
    )
    chart.rows.append(("Patient", f'{{"resourceType":"Patient","id":"{chart.patient}",{body}}}'))


def _coded(disease: str, style: Style, extra: str = "") -> str:
    words, snomed, icd_cm, icd, local = DIAGNOSES[disease]
    codings = []
    if style.words in {"rxnorm", "product"}:
        codings = [coding(*pair) for pair in (snomed, icd_cm) if pair]
    elif style.words == "atc":
        codings = [coding(ICD10GM if style.shape == "registry" else icd[0], icd[1])] if icd else []
        words = local
    return concept(f"{words}{extra}", *codings)


def _condition(chart: Chart, code: str, onset: int, *, bare: bool = False, more: str = "") -> str:
    head = "" if bare else f"{_CLINICAL},"
    return chart.add("Condition", f'{head}"code":{code},{chart.subject},"onsetDateTime":"{iso(onset)}"{more}')


def write_diagnosis(chart: Chart, story: Story, style: Style) -> str:
    """Write the disease and return its reference; earlier stages are conditions of their own."""
    bare = style.shape == "registry"
    if story.smoldering_since is not None:
        _condition(
            chart,
            _coded("smoldering-myeloma", style),
            story.smoldering_since,
            more=f',"abatementDateTime":"{iso(story.diagnosis)}"',
        )
    if story.amyloidosis_since is not None:
        _condition(chart, _coded("al-amyloidosis", style), story.amyloidosis_since)
    if story.disease == "none":
        return _condition(chart, concept("Iron deficiency anemia"), story.diagnosis)
    extra = ""
    if story.disease == "multiple-myeloma" and story.isotype != "non-secretory":
        extra = f", {story.isotype if story.isotype != 'light-chain' else 'light chain'} {story.chain}"
    return _condition(chart, _coded(story.disease, style, extra), story.diagnosis, bare=bare)


def write_problems(chart: Chart, story: Story, style: Style) -> None:
    """Write other illnesses."""
    for name, onset in story.comorbidities:
        words, snomed, icd = PROBLEMS[name]
        codings = [] if style.words == "words" else [coding(*pair) for pair in (snomed, icd) if pair]
        _condition(chart, concept(words, *codings), onset)
