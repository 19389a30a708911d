"""`POST /assess`: charts in, assessment documents out."""

from __future__ import annotations

from flask import Blueprint, Response, request

from cds_service import context, inputs, logs
from cds_service.batch import assess_charts
from cds_service.bodies import read_body
from cds_service.json_provider import json_response
from cds_service.limits import refuse_too_many
from cds_service.options import query_options
from cds_service.refusals import bad_request

blueprint = Blueprint("assess", __name__)


@blueprint.post("/assess")
def assess() -> Response:
    """Answer with one document, or with an array ordered by patient when the body holds several."""
    settings, stages = context.settings(), logs.current_stages()
    given = request.args.to_dict(flat=False)
    query_options(given, settings)
    with stages.stage("request"):
        try:
            charts = inputs.parse(read_body(ndjson=True))
        except inputs.InputError as error:
            raise bad_request(f"The body cannot be assessed: {error}.", "structure") from None
    refuse_too_many(part.entries for chart in charts for part in chart.parts)
    chosen = {name: values[0] for name, values in given.items()}
    batch = assess_charts(charts, chosen, context.pipeline(), settings, stages)
    documents = batch.documents
    if batch.problems:
        raise bad_request(f"The body cannot be assessed: {batch.problems[0]}", "value")
    if not documents:
        raise bad_request("The body holds no patient: no Patient resource, and nothing that names one.", "required")
    logs.note(patients=len(documents))
    return json_response(documents[0] if len(documents) == 1 else documents)
