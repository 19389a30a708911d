"""`GET /openapi.json` and `GET /docs`: the API described. The page loads nothing and runs no script."""

from __future__ import annotations

from html import escape
from typing import Any

from flask import Blueprint, Response, request

from cds_service import context
from cds_service.json_provider import json_response
from cds_service.openapi import document

blueprint = Blueprint("api", __name__)
_POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'none'; img-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def _document() -> dict[str, Any]:
    return document(context.settings().public_url or request.host_url)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe the API."""
    return json_response(_document())


@blueprint.get("/docs")
def docs() -> Response:
    """Describe the API for a reader."""
    told = _document()
    parts = [_operation(path, method, about) for path, item in told["paths"].items() for method, about in item.items()]
    info = told["info"]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>myeloma-cds: API</title></head><body>\n'
        f"<h1>{escape(info['title'])} {escape(info['version'])}: the API</h1>\n<p>{escape(info['description'])}</p>\n"
        '<p>As data: <a href="openapi.json">openapi.json</a></p>\n' + "\n".join(parts) + "\n</body></html>\n"
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _operation(path: str, method: str, about: dict[str, Any]) -> str:
    token = "<p>Needs a token with AUTH=required.</p>" if "security" in about else ""
    given = "".join(
        f"<li><code>{escape(item['name'])}</code> ({escape(item['in'])}) {escape(item.get('description', ''))}"
        f" {escape(', '.join(item['schema'].get('enum', [])))}</li>"
        for item in about.get("parameters", ())
    )
    answers = "".join(
        f"<li>{escape(status)}: {escape(item['description'])}</li>" for status, item in about["responses"].items()
    )
    return (
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2><p>{escape(about['summary'])}</p>{token}"
        f"{f'<ul>{given}</ul>' if given else ''}<ul>{answers}</ul>"
    )
