"""Codes and words of the records as ready JSON. Drug codes come from the project's terminology."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from cds_service.synthetic.record.chart import coding, concept
from fhir_mappings.terminology.agents import AGENTS
from fhir_mappings.terminology.tables import code_rows

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD10GM: Final = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ICD10PCS: Final = "http://www.cms.gov/Medicare/Coding/ICD10"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
MII_END: Final = "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem/mii-cs-therapie-grund-ende"
HL7: Final = "http://terminology.hl7.org/CodeSystem"

LOCAL: Final = {
    "lenalidomide": "Lenalidomid",
    "thalidomide": "Thalidomid",
    "pomalidomide": "Pomalidomid",
    "cyclophosphamide": "Cyclophosphamid",
    "dexamethasone": "Dexamethason",
    "prednisone": "Prednison",
    "prednisolone": "Prednisolon",
    "bendamustine": "Bendamustin",
    "belantamab mafodotin": "Belantamab-Mafodotin",
}
"""German names where they differ from the international ones."""

BRANDS: Final = {
    "bortezomib": "Velcade",
    "carfilzomib": "Kyprolis",
    "ixazomib": "Ninlaro",
    "thalidomide": "Thalomid",
    "lenalidomide": "Revlimid",
    "pomalidomide": "Pomalyst",
    "daratumumab": "DARZALEX FASPRO",
    "isatuximab": "Sarclisa",
    "elotuzumab": "Empliciti",
    "selinexor": "Xpovio",
    "belantamab mafodotin": "Blenrep",
    "venetoclax": "Venclexta",
    "idecabtagene vicleucel": "Abecma",
    "ciltacabtagene autoleucel": "Carvykti",
    "teclistamab": "Tecvayli",
    "elranatamab": "Elrexfio",
    "linvoseltamab": "Lynozyfic",
    "talquetamab": "Talvey",
    "panobinostat": "Farydak",
}


@dataclass(frozen=True, slots=True)
class DrugWords:
    """A drug as CodeableConcepts of several kinds, and how often it is given."""

    name: str
    rxnorm: str
    product: str
    atc: str
    words: str
    local: str
    oral: bool
    every: int


_EVERY: Final = {
    "bortezomib": 7,
    "carfilzomib": 7,
    "daratumumab": 14,
    "isatuximab": 14,
    "elotuzumab": 14,
    "bendamustine": 28,
}
_SUPPORTIVE: Final = (
    "aciclovir",
    "valaciclovir",
    "apixaban",
    "allopurinol",
    "filgrastim",
    "plerixafor",
    "tocilizumab",
    "zoledronic acid",
    "fludarabine",
    "rituximab",
)


@cache
def drug(name: str) -> DrugWords:
    """Return the words of a drug."""
    key = name.replace(" ", "_").replace("liposomal_doxorubicin", "doxorubicin_liposomal")
    rows = [row for row in code_rows("drugs") if row.concept == key]
    if name == "zoledronic acid":
        rows = [row for row in code_rows("drugs") if row.concept.startswith("zoledron")]
    rx = [coding(RXNORM, row.code, row.display) for row in rows if row.system == RXNORM]
    atc = [coding(ATC, row.code, row.display) for row in rows if row.system == ATC]
    agent = AGENTS.get(name)
    brand = BRANDS.get(name)
    return DrugWords(
        name,
        concept(name, *rx[:1]) if rx else concept(name, *atc[:1]),
        concept(name, *rx[-1:]) if rx else concept(name, *atc[:1]),
        concept(LOCAL.get(name, name.capitalize()), *atc[:1]),
        concept(f"{brand} ({name})" if brand else name),
        concept(LOCAL.get(name, name.capitalize())),
        agent is not None and agent.usual_route == "oral",
        _EVERY.get(name, (agent.dosing_interval_days or 28) if agent else 28),
    )


FAMILY: Final = {
    "active": coding(f"{HL7}/condition-clinical", "active"),
    "confirmed": coding(f"{HL7}/condition-ver-status", "confirmed"),
}
LABORATORY: Final = concept("", coding(f"{HL7}/observation-category", "laboratory"))
EXAM: Final = concept("", coding(f"{HL7}/observation-category", "exam"))
SURVEY: Final = concept("", coding(f"{HL7}/observation-category", "survey"))
IMAGING: Final = concept("", coding(f"{HL7}/observation-category", "imaging"))

DISEASE_STATUS: Final = concept("Cancer disease status", coding(LOINC, "97509-4", "Cancer Disease Progression"))
WORSENED: Final = concept(
    "Patient's condition worsened", coding(SNOMED, "271299001", "Patient's condition worsened (finding)")
)
PROGRESSION_REASON: Final = concept("Disease progression", coding(SNOMED, "419835002", "Tumor progression (finding)"))
TRANSPLANT: Final = concept(
    "Autologous stem cell transplantation",
    coding(SNOMED, "709115004", "Transplantation of autologous hematopoietic stem cell (procedure)"),
)
CAR_T: Final = {
    "ciltacabtagene autoleucel": coding(ICD10PCS, "XW033A7"),
    "idecabtagene vicleucel": coding(ICD10PCS, "XW033K7"),
}
MII_REASONS: Final = {
    "progression": "P",
    "toxicity": "A",
    "planned-completion": "E",
    "other": "S",
    "access": "S",
    "patient-choice": "S",
}
REASON_WORDS: Final = {
    "toxicity": "Stopped for toxicity",
    "planned-completion": "Planned course completed",
    "patient-choice": "Patient's choice",
    "access": "Not covered by insurance",
    "other": "No response to treatment",
    "death": "Patient died",
    "progression": "Disease progression",
}

PROBLEMS: Final = {
    "hypertension": ("Essential hypertension", (SNOMED, "59621000"), (ICD10CM, "I10")),
    "diabetes": ("Type 2 diabetes mellitus", (SNOMED, "44054006"), (ICD10CM, "E11.9")),
    "atrial-fibrillation": ("Atrial fibrillation", (SNOMED, "49436004"), (ICD10CM, "I48.91")),
    "heart-failure": ("Heart failure", (SNOMED, "84114007"), (ICD10CM, "I50.22")),
    "ckd-3": ("Chronic kidney disease stage 3", (SNOMED, "433144002"), (ICD10CM, "N18.30")),
    "neuropathy": ("Peripheral neuropathy", None, (ICD10CM, "G62.9")),
}

DIAGNOSES: Final = {
    "multiple-myeloma": (
        "Multiple myeloma",
        (SNOMED, "109989006"),
        (ICD10CM, "C90.00"),
        (ICD10, "C90.0"),
        "Multiples Myelom",
    ),
    "plasma-cell-leukemia": (
        "Plasma cell leukemia",
        (SNOMED, "95210003"),
        (ICD10CM, "C90.10"),
        (ICD10, "C90.1"),
        "Plasmazellenleukämie",
    ),
    "smoldering-myeloma": ("Smoldering myeloma", (SNOMED, "413587002"), None, None, "Smouldering Myelom"),
    "mgus": (
        "Monoclonal gammopathy of undetermined significance",
        (SNOMED, "277577000"),
        (ICD10CM, "D47.2"),
        (ICD10, "D47.2"),
        "Monoklonale Gammopathie unbestimmter Signifikanz (MGUS)",
    ),
    "al-amyloidosis": ("AL amyloidosis", None, (ICD10CM, "E85.81"), (ICD10, "E85.8"), "AL-Amyloidose"),
    "solitary-plasmacytoma": (
        "Solitary plasmacytoma of bone",
        (SNOMED, "415112005"),
        (ICD10CM, "C90.30"),
        (ICD10, "C90.3"),
        "Solitäres Plasmozytom",
    ),
    "other-plasma-cell-disorder": (
        "Waldenström macroglobulinemia",
        None,
        (ICD10CM, "C88.00"),
        (ICD10, "C88.0"),
        "Makroglobulinämie Waldenström",
    ),
}
