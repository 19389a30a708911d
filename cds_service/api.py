"""`GET /openapi.json` and `GET /docs`: the API described, for programs and for readers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from cds_service import context
from cds_service.json_provider import json_response
from cds_service.openapi import document
from cds_service.pages.templating import page

blueprint = Blueprint("api", __name__)


def _document() -> dict[str, Any]:
    return document(context.settings().public_url or request.host_url)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe the API."""
    return json_response(_document())


@blueprint.get("/docs")
def docs() -> Response:
    """Describe the API for a reader; the page runs no script."""
    return page("api.html", told=_document())
