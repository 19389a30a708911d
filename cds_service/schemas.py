"""`GET /schemas/...`: the JSON Schemas of the assessment document and of CDS Hooks 2.0 messages, as they are shipped."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson
from flask import Blueprint, Response

from cds_service.refusals import RefusalError

blueprint = Blueprint("schemas", __name__)
MESSAGES = ("services", "request", "response", "feedback", "operation-outcome")
HOOKS_PATH = "/schemas/cds-hooks-2.0"


def message_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a CDS Hooks message."""
    found: dict[str, Any] = orjson.loads(files("cds_service").joinpath("schema_files", f"{name}.json").read_bytes())
    return found


@blueprint.get("/schemas/assessment.json")
def assessment_schema() -> Response:
    """Hand out the schema of the assessment document."""
    return _handed_out("cards", "schemas", "assessment.json")


@blueprint.get(f"{HOOKS_PATH}/<name>.json")
def hooks_schema(name: str) -> Response:
    """Hand out the schema of a CDS Hooks message."""
    if name not in MESSAGES:
        raise RefusalError(404, "not-found", f"There is no such schema; there are: {', '.join(MESSAGES)}.")
    return _handed_out("cds_service", "schema_files", f"{name}.json")


def _handed_out(package: str, *path: str) -> Response:
    try:
        text = files(package).joinpath(*path).read_bytes()
    except OSError:
        raise RefusalError(404, "not-found", "This installation does not hold the schema.") from None
    return Response(text, mimetype="application/schema+json")
