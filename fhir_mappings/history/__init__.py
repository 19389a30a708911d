"""The history stage: `PatientRecord` in, `TreatmentHistory` out, as of a date. Pure; rule ids in every module and value."""

from fhir_mappings.history.build import build_history
from fhir_mappings.history.model import TreatmentHistory
from fhir_mappings.parameters import Parameters

__all__ = ["Parameters", "TreatmentHistory", "build_history"]
