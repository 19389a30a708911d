"""The record that a clinic would have of a story, written as FHIR R4."""
