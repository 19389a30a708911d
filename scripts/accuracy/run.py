"""Make a cohort and let the service assess it."""

from collections.abc import Iterator
from typing import Any

from cds_service.batch import assess_charts
from cds_service.inputs import parse
from cds_service.logs import Stages
from cds_service.pipeline import Pipeline
from cds_service.settings import load_settings
from cds_service.synthetic import SyntheticPatient, generate

Json = dict[str, Any]


def assessed(made: Iterator[SyntheticPatient]) -> Iterator[tuple[SyntheticPatient, Json]]:
    """Return every patient with the assessment of their hook request."""
    pipeline, settings = Pipeline(), load_settings()
    for patient in made:
        batch = assess_charts(parse(patient.request().encode()), {}, pipeline, settings, Stages())
        own = [document for document in batch.documents if document["patient"] == patient.truth["patient"]]
        if batch.problems or not own:
            raise RuntimeError(f"{patient.identifier} was not assessed: {'; '.join(batch.problems)}")
        yield patient, own[0]


def cohort(count: int, seed: int) -> Iterator[SyntheticPatient]:
    """Return random patients."""
    return (generate(seed, index) for index in range(count))
