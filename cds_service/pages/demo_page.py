"""`GET /`: the demo page, and the hook requests of the shipped patients that it opens. Only where `DEMO` is on."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from cds_service import context
from cds_service.demo import TITLES, UnknownDemoPatientError, load_request, patient_ids
from cds_service.options import JURISDICTIONS, POLICIES
from cds_service.pages.templating import page

blueprint = Blueprint("demo_page", __name__)
EXAMPLE = "dvrd-asct-dr-relapse"


@blueprint.get("/")
def home() -> Response:
    """Show the page: it plays the EHR, in the browser, against this very service."""
    settings = context.settings()
    return page(
        "demo.html",
        base=(settings.public_url or request.host_url).rstrip("/"),
        patients=[(name, TITLES[name]) for name in patient_ids()],
        example=EXAMPLE,
        jurisdictions=JURISDICTIONS,
        jurisdiction=settings.jurisdiction,
        policies=POLICIES,
        policy=settings.policy,
    )


@blueprint.get("/demo/requests/<patient_id>")
def demo_request(patient_id: str) -> Response:
    """Return the hook request of a shipped patient."""
    try:
        return Response(load_request(patient_id), mimetype="application/json")
    except UnknownDemoPatientError:
        abort(404)
