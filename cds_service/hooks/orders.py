"""The hooks order-select and order-sign: draft myeloma orders against the same assessment; silent when all is well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from cds_service import context, logs, metrics
from cds_service.hooks.chart import assess_call, read_call
from cds_service.hooks.discovery import ORDER_SELECT, ORDER_SIGN
from cds_service.hooks.drafts import read_drafts
from cds_service.json_provider import json_response
from cds_service.pipeline import cards_json
from cds_service.smart.links import linked

blueprint = Blueprint("orders", __name__)


@blueprint.post(f"/cds-services/{ORDER_SELECT['id']}")
def order_select() -> Response:
    """Check the orders that were just selected, beside the others on the pad."""
    return _answer(ORDER_SELECT, selecting=True)


@blueprint.post(f"/cds-services/{ORDER_SIGN['id']}")
def order_sign() -> Response:
    """Check all orders that are about to be signed."""
    return _answer(ORDER_SIGN, selecting=False)


def _answer(service: Mapping[str, Any], *, selecting: bool) -> Response:
    call = read_call(service)
    drafts = read_drafts(call.request.context, call.request.patient_id, selecting=selecting)
    if not drafts.agents:  # no myeloma drug among them: nothing to check, whatever the prefetch holds
        logs.note(cards=0)
        return json_response({"cards": []})
    assessment = assess_call(call)
    with logs.current_stages().stage("cards"):
        card, subject = context.pipeline().order_card(assessment, drafts, call.options)
        cards = cards_json(linked([card]), context.settings().topic_codes, {card.topic: subject}) if card else []
    metrics.count_cards([card])
    logs.note(cards=len(cards))
    return json_response({"cards": cards})
