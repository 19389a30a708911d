"""Make a cohort and let the service and the comparator read it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from cds_service.batch import assess_charts
from cds_service.demo import load_request, patient_ids
from cds_service.inputs import parse
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings, load_settings
from cds_service.stages import Stages
from cds_service.synthetic import generate
from fhir_mappings.record import PatientRecord

from .comparator import comparator_lines, open_dates
from .compare import Result, compare
from .disagreements import Disagreement, day_of, disagreements, right

Job = tuple[int, int, str | None]
"""Seed, index and scenario of a patient."""
_PIPELINE = Pipeline()
_SETTINGS: list[Settings] = []


def assess(job: Job) -> Result:
    """Make a patient, assess their hook request, and compare the assessment with the truth and with the comparator."""
    seed, index, scenario = job
    patient = generate(seed, index, scenario)
    document, record = _assessed(patient.request().encode(), patient.identifier)
    result = compare(patient.truth, document)
    if result.in_scope and document["linesOfTherapy"] is not None:
        result.comparator, result.disagreements = _compared(document, record)
        result.sides = right(
            result.disagreements,
            [day_of(line["start"]) for line in document["linesOfTherapy"]],
            [day_of(line["start"]) for line in patient.truth["lines"]],
        )
    return result


def results(jobs: Iterable[Job], processes: int = 1) -> Iterator[Result]:
    """Assess patients, in order, in one or more processes."""
    if processes == 1:
        yield from map(assess, jobs)
        return
    with get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(assess, jobs, chunksize=8)


@dataclass(frozen=True)
class Shipped:
    """A shipped patient beside the comparator."""

    patient: str
    count: int
    comparator: int
    disagreements: list[Disagreement]


def shipped() -> list[Shipped]:
    """Return the shipped patients with myeloma, each as of the day of their request."""
    found = []
    for name in patient_ids():
        document, record = _assessed(load_request(name), name)
        if document["linesOfTherapy"] is not None:
            count, differences = _compared(document, record)
            found.append(Shipped(name, len(document["linesOfTherapy"]), count, differences))
    return found


def _assessed(request: bytes, patient: str) -> tuple[dict[str, Any], PatientRecord]:
    if not _SETTINGS:
        _SETTINGS.append(load_settings())
    charts = parse(request)
    batch = assess_charts(charts, {}, _PIPELINE, _SETTINGS[0], Stages())
    own = [document for document in batch.documents if document["patient"] == f"Patient/{patient}"]
    if batch.problems or not own:
        raise RuntimeError(f"{patient} was not assessed: {'; '.join(batch.problems)}")
    reading = _PIPELINE.read_patient(charts[0].parts, patient, (), drugs_looked_for=True, strict=False)
    return own[0], reading.record


def _compared(document: dict[str, Any], record: PatientRecord) -> tuple[int, list[Disagreement]]:
    since = document["diagnosis"]["since"]
    theirs = comparator_lines(record, day_of(document["asOf"]), day_of(since) if since else None)
    return len(theirs), disagreements(document["linesOfTherapy"], theirs, open_dates(record))
