"""The hook patient-view."""

from __future__ import annotations

from flask import Blueprint, Response

from cds_service import context, logs, metrics
from cds_service.hooks.chart import assess_call, read_call
from cds_service.hooks.discovery import PATIENT_VIEW
from cds_service.json_provider import json_response
from cds_service.pipeline import cards_json, leading_regimen
from cds_service.smart.links import linked

blueprint = Blueprint("patient_view", __name__)


@blueprint.post(f"/cds-services/{PATIENT_VIEW['id']}")
def patient_view() -> Response:
    """Answer the hook patient-view with at most four cards (R50 to R57)."""
    call = read_call(PATIENT_VIEW)
    assessment = assess_call(call)
    with logs.current_stages().stage("cards"):
        worded = context.pipeline().cards(assessment)
        cards = cards_json(
            linked(worded),
            context.settings().topic_codes,
            {"mm-options": leading_regimen(assessment.advice)},
        )
    metrics.count_cards(worded)
    logs.note(cards=len(cards))
    return json_response({"cards": cards})
