"""JSON in and out through orjson."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider


def json_response(content: Any, status: int = 200) -> Response:
    """Make a JSON answer: compact UTF-8, in the order given."""
    return Response(orjson.dumps(content), status=status, mimetype="application/json")


class OrjsonProvider(JSONProvider):
    """Flask's own use of JSON."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:  # noqa: ARG002 - Flask's signature
        """Serialise to text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ARG002 - Flask's signature
        """Parse text or bytes."""
        return orjson.loads(s)
