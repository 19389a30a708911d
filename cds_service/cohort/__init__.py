"""Whole populations: Bulk FHIR NDJSON in, one assessment per patient out, within a bounded memory.

The way of the data: `files` cuts the input into pieces, `owner` says whose each line is, `shuffle` writes lines into buckets of
patients on disk, `shared` brings products to the patients who refer to them, `patients` assesses (pure), `outputs` writes the results
in one order. `local` and `spark` only decide where that happens; what they write is the same.
"""
