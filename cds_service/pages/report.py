"""The report of an assessment: one HTML file for a tumour board, with everything in it and nothing fetched.

Its script, plotly and ours, stands inline under a policy that names its SHA-256; without a script the tables say the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from cds_service.pages.assets import PLOTLY, asset
from cds_service.pages.templating import render
from cds_service.pages.view import view
from cds_service.pipeline import Assessment


def report(found: Sequence[tuple[Assessment, dict[str, Any]]]) -> str:
    """Write the report of the patients given, each an assessment with its document."""
    return render(
        "report.html",
        views=[view(assessment, document, open_table=True) for assessment, document in found],
        policy=_policy(),
        style=Markup(asset("pages.css").content.decode()),  # noqa: S704 - our own file
        script=Markup(_script()),  # noqa: S704 - our own file and plotly's, made harmless for the place below
    )


@cache
def _script() -> str:
    """Join the scripts; no sequence in them can end the element that they stand in."""
    text = "\n".join(asset(name).content.decode() for name in (PLOTLY, "timeline.js"))
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


@cache
def _policy() -> str:
    digest = b64encode(sha256(_script().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
