"""Small JSON documents, from key sets and authorization servers: no redirects, bounded in size and in time (R42, R96).

Addresses come from the settings, or from the `smart-configuration` of a FHIR server that the settings allow; nothing that a
caller sends becomes one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from cds_service import __version__
from cds_service.settings import is_loopback

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 16


class OutgoingError(Exception):
    """The answer could not be had; the text is for the operator's log."""


class DeadlineError(OSError):
    """An answer that is still arriving when its time is over."""


def arriving(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """Yield the body as it arrives; who sends byte by byte does not get more time than the deadline."""
    raw = response.raw
    while True:
        if time.monotonic() > deadline:
            raise DeadlineError
        part = raw.read1(_CHUNK, decode_content=True) if hasattr(raw, "read1") else raw.read(_CHUNK)
        if not part:
            return
        yield part


def fetch_json(url: str, *, seconds: float, max_bytes: int) -> Any:
    """Read a JSON document. Raises `OutgoingError`."""
    status, data = _exchange("GET", url, None, seconds, max_bytes)
    if status != 200:
        raise OutgoingError(f"HTTP {status}")
    return _json(data)


def post_form(url: str, form: Mapping[str, str], *, seconds: float, max_bytes: int) -> tuple[int, Any]:
    """Send a form and return the status and the JSON of the answer (`None` when it is not 200). Raises `OutgoingError`."""
    status, data = _exchange("POST", url, form, seconds, max_bytes)
    return status, _json(data) if status == 200 else None


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise OutgoingError("not JSON") from None


def _exchange(
    method: str, url: str, form: Mapping[str, str] | None, seconds: float, max_bytes: int
) -> tuple[int, bytes]:
    import requests  # late: a tenth of a second that most services never need
    from urllib3.exceptions import HTTPError

    try:
        return _send(method, url, form, seconds, max_bytes)
    except DeadlineError:
        raise OutgoingError("not in time") from None
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise OutgoingError(type(error).__name__) from None


def _send(method: str, url: str, form: Mapping[str, str] | None, seconds: float, max_bytes: int) -> tuple[int, bytes]:
    import requests

    deadline = time.monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update({"Accept": "application/json", "User-Agent": f"myeloma-cds/{__version__}"})
        with session.request(
            method,
            url,
            data=form,
            timeout=(seconds, seconds),
            allow_redirects=False,
            stream=True,
            proxies={} if is_loopback(urlsplit(url).hostname or "") else requests.utils.get_environ_proxies(url),
        ) as response:
            if response.status_code != 200:
                return response.status_code, b""
            parts, size = [], 0
            for part in arriving(response, deadline):
                size += len(part)
                if size > max_bytes:
                    raise OutgoingError("larger than is taken")
                parts.append(part)
    return 200, b"".join(parts)
