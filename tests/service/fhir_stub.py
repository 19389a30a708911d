"""A FHIR search server over a real socket that serves one shipped patient, whole or with a fault for one resource type.

Base URLs: `<root>/ok`, or `<root>/<fault>/<Type>` where that type fails in that way.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cds_service import demo

PAGE = 40
FAULTS = (
    "401-midway", "429", "429-long", "503", "500", "403", "cut-off", "reset", "silence", "drip", "foreign-next", "html",
    "outcome", "redirect", "huge", "circle",
)  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """Answers reads and searches by patient, in pages with opaque `next` links."""

    protocol_version = "HTTP/1.1"
    resources: list[dict[str, Any]]
    seen: list[tuple[str, str | None]]
    tries: Counter[str]
    halted: threading.Event

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        type(self).seen.append((self.path, self.headers.get("Authorization")))
        fault, *rest = parts.path.strip("/").split("/")
        broken = rest.pop(0) if fault != "ok" else None
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kind = rest[0] if rest else query.get("_kind", "")
        page = int(query.get("_page", 0))
        base = f"http://{self.headers['Host']}/{fault}" + (f"/{broken}" if broken else "")
        if kind == broken and self._misbehave(fault, page):
            return
        if len(rest) > 1:
            self._send(next(item for item in self.resources if item["resourceType"] == kind))
            return
        self._send(self._page(kind, page, base, foreign=kind == broken and fault == "foreign-next"))

    def _page(self, kind: str, page: int, base: str, *, foreign: bool) -> dict[str, Any]:
        found = [item for item in self.resources if item["resourceType"] == kind]
        shown = found[page * PAGE : (page + 1) * PAGE]
        bundle: dict[str, Any] = {
            "resourceType": "Bundle", "type": "searchset", "total": len(found),
            "entry": [{"resource": item, "search": {"mode": "match"}} for item in shown],
        }  # fmt: skip
        if foreign:
            bundle["link"] = [{"relation": "next", "url": "http://127.0.0.2:9/page?token=x"}]
        elif (page + 1) * PAGE < len(found):
            bundle["link"] = [{"relation": "next", "url": f"{base}?_kind={kind}&_page={page + 1}"}]
        return bundle

    def _misbehave(self, fault: str, page: int) -> bool:  # noqa: C901, PLR0912 - a list of faults
        """Do the wrong thing; false where this request is to be answered in the ordinary way."""
        type(self).tries[fault] += 1
        match fault:
            case "401-midway" if page:
                self._text(401, "token expired")
            case "429" | "503" if type(self).tries[fault] % 2:
                self._text(int(fault), "later", {"Retry-After": "0"} if fault == "429" else {})
            case "429-long":
                self._text(429, "later", {"Retry-After": "3600"})
            case "500" | "403":
                self._text(int(fault), "no")
            case "cut-off":
                self._raw(b'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"resourceType": "Bundle", "entry": [')
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case "silence":
                self.halted.wait(8)
                self.close_connection = True
            case "drip":
                self._raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", close=False)
                while not self.halted.wait(0.05):
                    self._raw(b" ", close=False)
            case "html":
                self._text(200, "<html><body>Please log in</body></html>")
            case "outcome":
                self._send({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]})
            case "redirect":
                self._text(302, "", {"Location": "http://127.0.0.2:9/"})
            case "huge":
                self._raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * 6_000_000)
            case "circle":
                url = f"http://{self.headers['Host']}{self.path}"
                self._send({"resourceType": "Bundle", "link": [{"relation": "next", "url": url}]})
            case _:
                return False
        return True

    def _raw(self, data: bytes, *, close: bool = True) -> None:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
            raise
        if close:
            self.close_connection = True

    def _text(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def _send(self, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Quiet(ThreadingHTTPServer):
    """Clients that go away are part of the tests."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


class Stub:
    """A running server."""

    def __init__(self, root: str, handler: type[Handler]) -> None:
        self.root = root
        self.ok = f"{root}/ok"
        self._handler = handler

    def broken(self, fault: str, kind: str) -> str:
        return f"{self.root}/{fault}/{kind}"

    def asked(self) -> list[tuple[str, str | None]]:
        """Return what was asked for since the last time, with the token."""
        found = list(self._handler.seen)
        self._handler.seen.clear()
        return found


@contextmanager
def running_stub(patient: str) -> Iterator[Stub]:
    resources = [entry["resource"] for entry in json.loads(demo.load_patient(patient))["entry"]]
    members: dict[str, Any] = {"resources": resources, "seen": [], "tries": Counter(), "halted": threading.Event()}
    handler: type[Handler] = type("OneStub", (Handler,), members)
    with Quiet(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Stub(f"http://127.0.0.1:{server.server_address[1]}", handler)
        handler.halted.set()
        server.shutdown()
