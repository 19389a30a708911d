"""The floor: Flask under the service's own gunicorn that parses the body with orjson and answers one fixed card document.

    .venv/bin/python benchmarks/floor.py --port 0 [--workers N]

It prints a line with `ready` and its address on stderr, as the service does.
"""

from __future__ import annotations

import argparse
import sys

import orjson
from flask import Flask, Response, request

from cds_service import server

CARDS = orjson.dumps(
    {
        "cards": [
            {
                "uuid": f"00000000-0000-4000-8000-00000000000{number}",
                "summary": "A fixed card of the floor, which says nothing about anybody",
                "detail": "Nothing was read beyond the syntax of the body. " * 26,
                "indicator": "info",
                "source": {"label": "floor", "topic": {"system": "urn:floor", "code": f"c{number}"}},
            }
            for number in range(5)
        ]
    }
)
"""About 6.6 kB."""


def make_app() -> Flask:
    """Return the app."""
    app = Flask("floor", static_folder=None)

    @app.post("/cds-services/myeloma-patient-view")
    def answer() -> Response:
        orjson.loads(request.get_data(cache=False))
        return Response(CARDS, mimetype="application/json")

    @app.get("/healthz")
    def healthz() -> Response:
        return Response(b"{}", mimetype="application/json")

    return app


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    bound = server.bind("127.0.0.1", options.port)
    address = server.url_of(*server.address_of(bound))
    server.Server(
        make_app(),
        bound,
        options.workers,
        ready=lambda: print(f"floor is ready: {address}", file=sys.stderr, flush=True),
    ).run()


if __name__ == "__main__":
    main()
