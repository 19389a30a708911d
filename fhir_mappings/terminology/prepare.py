"""Building every table at once, so that the first chart of a process is read as quickly as the next."""

from __future__ import annotations

from fhir_mappings.terminology.disease_names import disease_in_text
from fhir_mappings.terminology.lab_names import lab_in_text
from fhir_mappings.terminology.lookup import Code, condition_category, drugs_of, find
from fhir_mappings.terminology.names import drugs_in_text, supportive_kinds
from fhir_mappings.terminology.regimens import regimen_name
from fhir_mappings.terminology.tables import CODE_TABLES
from fhir_mappings.terminology.units import factor_of


def prepare() -> None:
    """Build the tables and patterns that lookups otherwise build when they are first needed."""
    nothing = Code(None, "prepare")
    for table in CODE_TABLES:
        find(table, nothing)
        find(table, Code("loinc", "prepare"))
    condition_category(Code("icd-10", "Q00"))
    drugs_of([nothing], ["prepare"])
    drugs_in_text("prepare")
    supportive_kinds()
    regimen_name(())
    disease_in_text("prepare")
    lab_in_text("prepare")
    factor_of("hemoglobin", "g/dL")
