"""The service on the wire: what is no HTTP, what is left unread, and connections that are used again."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.service.live import Live, running_service

SERVICE = "/cds-services/myeloma-patient-view"
PLANTED = "Zylberstein"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running_service(tmp_path_factory.mktemp("connection")) as service:
        yield service


def send_raw(live: Live, data: bytes) -> tuple[int, dict[str, str], Any]:
    """Send bytes, and return status, headers and JSON body of the answer."""
    host = urlsplit(live.base)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=10) as connection:
        connection.sendall(data)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, dict(answer.headers), json.loads(answer.read())


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (f"{PLANTED}\r\n\r\n", 400),
        (f"GET /{PLANTED}{'a' * 9000} HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (f"GET /cds-services HTTP/1.1\r\nHost: x\r\nA: {PLANTED}{'b' * 70_000}\r\n\r\n", 431),
        (f"POST {SERVICE} HTTP/1.1\r\nHost: x\r\nContent-Length: {PLANTED}\r\n\r\n", 400),
        (f"POST {SERVICE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {PLANTED}\r\n\r\n", 400),
        (f"POST {SERVICE} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}", 400),
        (f"GET /cds-services HTTP/9.9\r\nHost: {PLANTED}\r\n\r\n", 400),
    ],
    ids=["garbage", "long-address", "long-header", "length", "encoding", "two-lengths", "version"],
)
def test_R07_what_is_no_http_gets_an_outcome_too(live: Live, data: str, status: int) -> None:
    found, headers, body = send_raw(live, data.encode())
    assert found in {status, 505, 501}
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    assert body["resourceType"] == "OperationOutcome"
    assert PLANTED not in json.dumps(body)
    assert PLANTED not in "".join(live.lines)


def test_R08_a_broken_chunk_is_refused(live: Live) -> None:
    data = f"POST {SERVICE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n"
    status, _, body = send_raw(live, data.encode())
    assert status == 400
    assert body["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("path", "media", "status"),
    [("/cds-services/nothing", "application/json", 404), (SERVICE, "text/plain", 415), ("/healthz", "text/plain", 405)],
)
def test_R08_a_refused_body_does_not_spoil_the_connection(live: Live, path: str, media: str, status: int) -> None:
    host = urlsplit(live.base)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=10)
    try:
        for _ in range(3):
            connection.request("POST", path, b" " * 600_000, {"Content-Type": media})
            answer = connection.getresponse()
            assert answer.status == status
            assert json.loads(answer.read())["resourceType"] == "OperationOutcome"
            connection.request("GET", "/cds-services")
            answer = connection.getresponse()
            assert answer.status == 200
            assert json.loads(answer.read())["services"]
    finally:
        connection.close()
