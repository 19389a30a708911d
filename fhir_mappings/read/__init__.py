"""The reading stage: FHIR R4 in, `PatientRecord` out. FHIR is seen only here."""

from fhir_mappings.read.chart import Reading, read_bundles, read_chart, read_record
from fhir_mappings.read.damage import is_sound
from fhir_mappings.read.decode import entries_of
from fhir_mappings.read.entries import Entries, Entry
from fhir_mappings.read.whole import Whole, entries_of_whole
from fhir_mappings.terminology.prepare import prepare

__all__ = [
    "Entries",
    "Entry",
    "Reading",
    "Whole",
    "entries_of",
    "entries_of_whole",
    "is_sound",
    "prepare",
    "read_bundles",
    "read_chart",
    "read_record",
]
