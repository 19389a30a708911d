"""`GET /cds-services` (R10 to R17, R20 to R26)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from cds_service.hooks.prefetch import TEMPLATES
from cds_service.json_provider import json_response

blueprint = Blueprint("discovery", __name__)

_NEEDS = (
    "Needs the prefetch key conditions and at least one of medicationStatements, medicationRequests and "
    "medicationAdministrations, or an allowed FHIR server that supplies them; answers 412 otherwise. The other keys are "
    "optional; "
)

PATIENT_VIEW: dict[str, Any] = {
    "hook": "patient-view",
    "id": "myeloma-patient-view",
    "title": "Multiple myeloma: treatment history and next therapy",
    "description": "Derives lines of therapy and refractoriness from the chart of a patient with multiple myeloma, and "
    "shows which options may be considered when it progresses after an anti-CD38 antibody, with their evidence.",
    "prefetch": dict(TEMPLATES),
    "usageRequirements": _NEEDS + "what is missing is named in the cards.",
    "version": "2.0.1",
}

_ORDERS = (
    "Checks draft orders of myeloma drugs against the treatment history: resistance, intolerance, cautions, label, "
    "duplicate classes and what has to be known first. Silent when there is nothing to say."
)

ORDER_SELECT: dict[str, Any] = {
    "hook": "order-select",
    "id": "myeloma-order-select",
    "title": "Multiple myeloma: check of selected orders",
    "description": _ORDERS,
    "prefetch": dict(TEMPLATES),
    "usageRequirements": _NEEDS + "a call without a draft of a myeloma drug needs none.",
    "version": "2.0.1",
}

ORDER_SIGN: dict[str, Any] = {
    **ORDER_SELECT,
    "hook": "order-sign",
    "id": "myeloma-order-sign",
    "title": "Multiple myeloma: check of orders before they are signed",
}

SERVICES: tuple[dict[str, Any], ...] = (PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN)


@blueprint.get("/cds-services")
def services() -> Response:
    """Describe the services of this server."""
    return json_response({"services": SERVICES})
