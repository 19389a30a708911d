"""`GET /healthz` and `GET /readyz`."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response

from cds_service import __version__, context, metrics
from cds_service.json_provider import json_response
from cds_service.options import today
from cds_service.refusals import RefusalError
from cds_service.store.access import store

blueprint = Blueprint("health", __name__)
LOG = structlog.get_logger("myeloma_cds")


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that the process answers."""
    return json_response({"status": "ok", "version": __version__})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell that the knowledge can be used, and whether the store can; without the store advice goes on."""
    try:
        version = context.pipeline().knowledge_version()
        known = context.pipeline().knowledge()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that the service is not ready
        LOG.error("knowledge_unusable", kind=type(error).__name__)  # noqa: TRY400 - `knowledge check` prints the text
        raise RefusalError(
            503, "exception", "The knowledge files cannot be read. `myeloma-cds knowledge check` says why."
        ) from None
    usable = store().usable()
    days = metrics.days_to_review(known.review_by, today())
    told: dict[str, object] = {
        "status": "ready" if usable else "degraded",
        "version": __version__,
        "knowledgeVersion": version,
        "knowledgeReviewBy": known.review_by.isoformat(),
        "knowledgeDaysToReview": days,
        "knowledgeStale": days < 0,
        "store": "ok" if usable else "unavailable: used tokens are remembered by each process, feedback is not kept",
    }
    if context.settings().sandbox:
        told["warning"] = "SANDBOX=true: anybody can sign for the public sandbox's issuer; for demonstration only"
    return json_response(told)
