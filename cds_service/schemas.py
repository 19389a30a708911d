"""`GET /schemas/assessment.json`: the JSON Schema of the assessment document."""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response

from cds_service.errors import RefusalError

blueprint = Blueprint("schemas", __name__)


@blueprint.get("/schemas/assessment.json")
def assessment_schema() -> Response:
    """Hand out the schema as it is shipped."""
    try:
        text = files("cards").joinpath("schemas", "assessment.json").read_bytes()
    except OSError:
        raise RefusalError(404, "not-found", "This installation does not hold the schema.") from None
    return Response(text, mimetype="application/schema+json")
