"""`GET /`: a small page that says what to try. It loads nothing and runs no script."""

from __future__ import annotations

from html import escape

from flask import Blueprint, Response, request

from cds_service import __version__, context
from cds_service.demo import patient_ids

blueprint = Blueprint("home", __name__)
EXAMPLE = "dvrd-asct-dr-relapse"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>myeloma-cds</title></head>
<body>
<h1>myeloma-cds {version}</h1>
<p>Decision support for the treatment history of multiple myeloma, over CDS Hooks. All patients here are synthetic.</p>
<h2>Try it</h2>
<pre>curl -s {base}/cds-services
curl -s -H 'Content-Type: application/json' --data-binary @cds_service/demo/requests/{example}.json \\
  {base}/cds-services/myeloma-patient-view
curl -s -H 'Content-Type: application/json' --data-binary @cds_service/demo/patients/{patient}.json \\
  '{base}/assess?asOf=2026-11-01'</pre>
<h2>Shipped patients</h2>
{patients}
<h2>Addresses</h2>
<ul><li><a href="cds-services">/cds-services</a></li><li><a href="healthz">/healthz</a></li>
<li><a href="readyz">/readyz</a></li><li><a href="schemas/assessment.json">/schemas/assessment.json</a></li></ul>
</body></html>
"""


@blueprint.get("/")
def home() -> Response:
    """Show the page."""
    names = patient_ids()
    listed = "".join(f"<li><code>{escape(name)}</code></li>" for name in names)
    base = context.settings().public_url or request.host_url
    page = _PAGE.format(
        version=escape(__version__),
        base=escape(base.rstrip("/")),
        example=EXAMPLE,
        patient=EXAMPLE,
        patients=f"<ul>{listed}</ul>",
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response
