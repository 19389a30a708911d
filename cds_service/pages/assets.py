"""The files that pages load: our own, and plotly's JavaScript as it travels inside its Python package.

Each is served from our origin under a name that carries a hash of its content, so that browsers may keep it for ever.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from flask import Blueprint, Response, abort, request

blueprint = Blueprint("assets", __name__)
FOLDER = "assets"
_TYPES = {"css": "text/css", "js": "text/javascript"}
PLOTLY = "plotly.min.js"
NAMES = ("pages.css", "timeline.js", "markdown.js", "demo.js", PLOTLY)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""For every page (interfaces.md, section 2): scripts from our origin alone, none inline, nothing evaluated, no other host.
Styles may be inline, because plotly sizes its drawing with them."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed."""

    content: bytes
    packed: bytes
    media: str
    tag: str


@cache
def asset(name: str) -> Asset:
    """Read one of `NAMES`. Raises `FileNotFoundError` where the installation lacks it."""
    folder = files("plotly") / "package_data" if name == PLOTLY else files(__package__) / "static"
    content = (folder / name).read_bytes()
    media = _TYPES[name.rpartition(".")[2]]
    return Asset(content, gzip.compress(content, 6, mtime=0), media, sha256(content).hexdigest()[:12])


def address(name: str) -> str:
    """Return the address of a file below the base URL, with the hash of its content."""
    stem, _, ending = name.rpartition(".")
    return f"{FOLDER}/{stem}.{asset(name).tag}.{ending}"


@blueprint.get(f"/{FOLDER}/<name>")
def serve(name: str) -> Response:
    """Serve a file under its hashed name."""
    stem, _, ending = name.rpartition(".")
    plain = f"{stem.rpartition('.')[0]}.{ending}"
    if plain not in NAMES or address(plain) != f"{FOLDER}/{name}":
        abort(404)
    found = asset(plain)
    packed = request.accept_encodings["gzip"] > 0
    response = Response(found.packed if packed else found.content, mimetype=found.media)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.vary.add("Accept-Encoding")
    return response
