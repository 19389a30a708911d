"""What every hook does first: read the request, complete the prefetch, read the chart, assess it (R30 to R44)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_service import context, logs, metrics
from cds_service.bodies import read_body
from cds_service.hooks import sufficiency
from cds_service.hooks.completion import complete
from cds_service.hooks.messages import HookRequest, parse_request
from cds_service.hooks.prefetch import Supply, gaps, parts_of, take_stock
from cds_service.limits import refuse_too_many
from cds_service.options import Options, hook_options
from cds_service.pipeline import Assessment


@dataclass(frozen=True, slots=True)
class Call:
    """A hook request that can be answered."""

    request: HookRequest
    options: Options
    keys: int


def read_call(service: Mapping[str, Any]) -> Call:
    """Read the body of a hook call for this service, or refuse it."""
    with logs.current_stages().stage("request"):
        request = parse_request(read_body(), service["hook"], as_sent=context.settings().strict)
        options = hook_options(request.extension, context.settings())
    logs.note(service=service["id"])
    return Call(request, options, len(request.prefetch))


def assess_call(call: Call) -> Assessment:
    """Assess the patient in context from the prefetch and, where it is allowed, the FHIR server (R33, R39)."""
    stock, tries = supply(call)
    return assess_supplied(call, stock, tries)


def supply(call: Call, budget_s: float | None = None) -> tuple[dict[str, Supply], int]:
    """Return what the call brought and what was fetched, with the number of tries; `budget_s` goes before the settings."""
    settings, stages = context.settings(), logs.current_stages()
    if budget_s is not None:
        settings = settings.model_copy(update={"time_budget_s": budget_s})
    with stages.stage("request"):
        stock = take_stock(call.request.prefetch)
    with stages.stage("fetch"):
        tries = complete(call.request, stock, settings, spent_s=stages.elapsed())
    return stock, tries


def assess_supplied(call: Call, stock: dict[str, Supply], tries: int) -> Assessment:
    """Read and assess what there is, or refuse with 412 when it is too little."""
    settings, pipeline, stages = context.settings(), context.pipeline(), logs.current_stages()
    request = call.request
    sufficiency.refuse_without_essentials(stock)
    parts = parts_of(stock)
    refuse_too_many(part.entries for part in parts)
    with stages.stage("read"):
        reading = pipeline.read_patient(
            parts,
            request.patient_id,
            gaps(stock),
            drugs_looked_for=sufficiency.drugs_looked_for(stock),
            strict=settings.strict,
        )
    sufficiency.refuse_when_reading_shows_too_little(stock, parts, reading)
    logs.note(prefetched=call.keys, fetched=tries)
    record = sufficiency.with_other_patients_gaps(parts, reading)
    assessment = pipeline.assess(record, call.options, stages)
    metrics.count_notes(assessment.history.quality)
    return assessment
