"""Templates of pages: Jinja with every value escaped, and nothing undefined passed over in silence."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from cds_service import __version__
from cds_service.pages.assets import POLICY, address


@cache
def environment() -> Environment:
    """Return the templates of this package."""
    found = Environment(
        loader=PackageLoader("cds_service.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(asset=address, version=__version__)
    return found


def render(template: str, **values: Any) -> str:
    """Fill a template."""
    return environment().get_template(template).render(**values)


def page(template: str, *, status: int = 200, root: str = "", **values: Any) -> Response:
    """Answer with a page under the policy of pages; `root` leads from its address to the base URL (`""`, `../`)."""
    response = Response(render(template, root=root, **values), status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response
