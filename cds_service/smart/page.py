"""The pages of the app, made of the same parts as the report and the demo page."""

from __future__ import annotations

from typing import Any

from flask import Response

from cds_service.pages.templating import page
from cds_service.pages.view import view
from cds_service.smart.chart import Chart
from cds_service.smart.flow import Session
from cds_service.smart.setup import Setup

_TITLES = {
    400: "This could not be read",
    401: "This session is over",
    403: "Not allowed",
    404: "Not set up",
    412: "Not enough of the chart could be read",
    502: "The EHR's server did not help",
    503: "Please try again soon",
}


def title_of(status: int) -> str:
    """Return the headline of a refusal."""
    return _TITLES.get(status, "This did not work")


def app(found: Setup, chart: Chart, session: Session, handle: str) -> Response:
    """Show a chart; `handle` goes back with the button that signs out."""
    patient = (chart.patient or chart.document["patient"]) if session.banner else ""
    shown = view(chart.assessment, chart.document, open_table=False)
    return _framed(found, "smart_app.html", view=shown, patient=patient, handle=handle)


def message(found: Setup | None, status: int, title: str, text: str) -> Response:
    """Show one message."""
    return _framed(found, "smart_message.html", status=status, title=title, text=text)


def _framed(found: Setup | None, template: str, **values: Any) -> Response:
    """Fill a template, and let the EHRs of `SMART_FRAME_ANCESTORS` show it in a frame."""
    response = page(template, root="../", **values)
    if found is not None and found.framed_by:
        policy = response.headers["Content-Security-Policy"]
        allowed = f"frame-ancestors {' '.join(found.framed_by)}"
        response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", allowed)
    return response
