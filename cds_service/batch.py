"""Many charts, one assessment per patient: what `POST /assess` and the command line have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cds_service.hooks.sufficiency import with_other_patients_gaps
from cds_service.inputs import Chart, InputError
from cds_service.options import WrongOptionError, make_options
from cds_service.pipeline import Assessment, Pipeline
from cds_service.settings import Settings
from cds_service.stages import Stages
from fhir_mappings.record import PatientRecord


@dataclass(slots=True)
class Batch:
    """The documents, ordered by patient, and a line about every chart that could not be assessed."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def assess_charts(
    charts: Sequence[Chart], given: Mapping[str, object], pipeline: Pipeline, settings: Settings, stages: Stages
) -> Batch:
    """Assess every patient. What was given overrides the options of a hook request."""
    batch = Batch()
    for assessment in assess_each(charts, given, pipeline, settings, stages, batch.problems):
        with stages.stage("document"):
            batch.documents.append(pipeline.document(assessment))
    return batch


def assess_each(
    charts: Sequence[Chart],
    given: Mapping[str, object],
    pipeline: Pipeline,
    settings: Settings,
    stages: Stages,
    problems: list[str],
) -> list[Assessment]:
    """Return the assessments, ordered by patient; what cannot be assessed adds a line to `problems`."""
    chosen = {name: value for name, value in given.items() if value is not None}
    with stages.stage("read"):
        found = _read_charts(charts, pipeline, problems, strict=settings.strict)
    assessments = []
    for record, chart in sorted(found, key=lambda pair: pair[0].patient):
        try:
            options = make_options({**chart.options, **chosen}, settings)
        except WrongOptionError as error:
            problems.append(f"an option of the hook request cannot be used: {error}")
            continue
        assessments.append(pipeline.assess(record, options, stages))
    return assessments


def _read_charts(
    charts: Sequence[Chart], pipeline: Pipeline, problems: list[str], *, strict: bool
) -> list[tuple[PatientRecord, Chart]]:
    """Read charts; those that share a patient are read together, as one chart."""
    alone: list[list[PatientRecord]] = []
    for chart in charts:
        try:
            alone.append(_read(chart, pipeline, strict=strict))
        except InputError as error:
            problems.append(f"{error}.")
            alone.append([])
    found: list[tuple[PatientRecord, Chart]] = []
    for group in _sharing([{record.patient for record in records} for records in alone]):
        if len(group) == 1:
            found.extend((record, charts[group[0]]) for record in alone[group[0]])
        else:
            merged = _merge(charts[index] for index in group)
            found.extend((record, merged) for record in _read(merged, pipeline, strict=strict))
    return found


def _read(chart: Chart, pipeline: Pipeline, *, strict: bool) -> list[PatientRecord]:
    if chart.patient_id is None:
        return pipeline.read_everyone(chart.parts, chart.gaps, strict=strict)
    reading = pipeline.read_patient(
        chart.parts, chart.patient_id, chart.gaps, drugs_looked_for=chart.drugs_looked_for, strict=strict
    )
    if reading.dropped and not reading.types:
        raise InputError("the prefetch belongs to another patient than context.patientId")
    return [with_other_patients_gaps(chart.parts, reading)]


def _sharing(patients: Sequence[set[str]]) -> list[list[int]]:
    """Group the positions of sets that have a member in common, directly or through others."""
    leader: dict[str, int] = {}
    groups: dict[int, list[int]] = {}
    for index, names in enumerate(patients):
        joined = {leader[name] for name in names if name in leader}
        target = min(joined, default=index)
        members = groups.setdefault(target, [])
        for other in sorted(joined - {target}):
            members.extend(groups.pop(other))
        members.append(index)
        leader = (
            {name: target if owner in joined else owner for name, owner in leader.items()}
            if len(joined) > 1
            else leader
        )
        leader.update(dict.fromkeys(names, target))
    return list(groups.values())


def _merge(charts: Iterable[Chart]) -> Chart:
    members = list(charts)
    ids = {chart.patient_id for chart in members}
    return Chart(
        parts=tuple(part for chart in members for part in chart.parts),
        patient_id=ids.pop() if len(ids) == 1 else None,
        drugs_looked_for=any(chart.drugs_looked_for for chart in members),
        gaps=tuple(gap for chart in members for gap in chart.gaps),
        options={name: value for chart in members for name, value in chart.options.items()},
    )
