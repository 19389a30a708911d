"""`POST /timeline`: a chart in, its timeline out, as data and as the drawing that plotly makes of them."""

from __future__ import annotations

from flask import Blueprint, Response, request

from cds_service import context, inputs, logs
from cds_service.batch import assess_each
from cds_service.bodies import read_body
from cds_service.json_provider import json_response
from cds_service.limits import refuse_too_many
from cds_service.options import query_options
from cds_service.pages.figure import figure
from cds_service.pages.timeline import timeline
from cds_service.refusals import bad_request

blueprint = Blueprint("timeline", __name__)


@blueprint.post("/timeline")
def draw() -> Response:
    """Answer for the one patient of the body; options as those of `/assess`."""
    settings, stages = context.settings(), logs.current_stages()
    given = request.args.to_dict(flat=False)
    query_options(given, settings)
    try:
        charts = inputs.parse(read_body(ndjson=True))
    except inputs.InputError as error:
        raise bad_request(f"The body cannot be drawn: {error}.", "structure") from None
    refuse_too_many(part.entries for chart in charts for part in chart.parts)
    chosen = {name: values[0] for name, values in given.items()}
    problems: list[str] = []
    found = assess_each(charts, chosen, context.pipeline(), settings, stages, problems)
    if problems:
        raise bad_request(f"The body cannot be drawn: {problems[0]}", "value")
    if len(found) != 1:
        raise bad_request(f"A timeline is of one patient; the body holds {len(found) or 'none'}.", "value")
    data = timeline(found[0].history)
    return json_response({"timeline": data, "figure": figure(data)})
