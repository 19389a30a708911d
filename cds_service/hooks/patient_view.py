"""`POST /cds-services/myeloma-patient-view`: from the hook request to the cards."""

from __future__ import annotations

from flask import Blueprint, Response

from cds_service import context, logs
from cds_service.bodies import read_body
from cds_service.hooks import sufficiency
from cds_service.hooks.completion import complete
from cds_service.hooks.discovery import PATIENT_VIEW
from cds_service.hooks.messages import parse_request
from cds_service.hooks.prefetch import gaps, parts_of, take_stock
from cds_service.json_provider import json_response
from cds_service.options import hook_options
from cds_service.pipeline import cards_json

blueprint = Blueprint("patient_view", __name__)


@blueprint.post(f"/cds-services/{PATIENT_VIEW['id']}")
def patient_view() -> Response:
    """Answer the hook patient-view with at most four cards (R50 to R57)."""
    settings, pipeline, stages = context.settings(), context.pipeline(), logs.current_stages()
    with stages.stage("request"):
        request = parse_request(read_body(), PATIENT_VIEW["hook"])
        options = hook_options(request.extension, settings)
        stock = take_stock(request.prefetch)
    with stages.stage("fetch"):
        tries = complete(request, stock, settings)
    sufficiency.refuse_without_essentials(stock)
    parts = parts_of(stock)
    with stages.stage("read"):
        reading = pipeline.read_patient(
            parts,
            request.patient_id,
            gaps(stock),
            drugs_looked_for=sufficiency.drugs_looked_for(stock),
            strict=settings.strict,
        )
    sufficiency.refuse_when_reading_shows_too_little(stock, parts, reading)
    assessment = pipeline.assess(reading.record, options, stages)
    with stages.stage("cards"):
        cards = cards_json(pipeline.cards(assessment), settings.topic_codes)
    logs.note(service=PATIENT_VIEW["id"], prefetched=len(request.prefetch), fetched=tries, cards=len(cards))
    return json_response({"cards": cards})
