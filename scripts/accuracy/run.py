"""Make a cohort and let the service assess it."""

from collections.abc import Iterable, Iterator
from multiprocessing import get_context

from cds_service.batch import assess_charts
from cds_service.inputs import parse
from cds_service.logs import Stages
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings, load_settings
from cds_service.synthetic import generate

from .compare import Result, compare
from .drug_and_gap import count_lines

Job = tuple[int, int, str | None]
"""Seed, index and scenario of a patient."""
_PIPELINE = Pipeline()
_SETTINGS: list[Settings] = []


def assess(job: Job) -> Result:
    """Make a patient, assess their hook request, and compare the assessment with the truth."""
    seed, index, scenario = job
    patient = generate(seed, index, scenario)
    if not _SETTINGS:
        _SETTINGS.append(load_settings())
    charts = parse(patient.request().encode())
    batch = assess_charts(charts, {}, _PIPELINE, _SETTINGS[0], Stages())
    own = [document for document in batch.documents if document["patient"] == patient.truth["patient"]]
    if batch.problems or not own:
        raise RuntimeError(f"{patient.identifier} was not assessed: {'; '.join(batch.problems)}")
    result = compare(patient.truth, own[0])
    reading = _PIPELINE.read_patient(charts[0].parts, patient.identifier, (), drugs_looked_for=True, strict=False)
    result.comparator = count_lines(reading.record)
    return result


def results(jobs: Iterable[Job], processes: int = 1) -> Iterator[Result]:
    """Assess patients, in order, in one or more processes."""
    if processes == 1:
        yield from map(assess, jobs)
        return
    with get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(assess, jobs, chunksize=8)
