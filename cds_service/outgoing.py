"""Small JSON documents from addresses that the settings name: no redirects, bounded in size and in time (R42, R96).

For key sets. Nothing that a caller sends ever becomes an address here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import orjson
import requests
from urllib3.exceptions import HTTPError

from cds_service import __version__

_CHUNK = 1 << 16


class OutgoingError(Exception):
    """The document could not be had; the text is for the operator's log."""


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
    try:
        data = _read(url, seconds, max_bytes)
    except DeadlineError:
        raise OutgoingError("not in time") from None
    except (requests.RequestException, HTTPError, OSError) as error:
        raise OutgoingError(type(error).__name__) from None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise OutgoingError("not JSON") from None


def _read(url: str, seconds: float, max_bytes: int) -> bytes:
    deadline = time.monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update({"Accept": "application/json", "User-Agent": f"myeloma-cds/{__version__}"})
        with session.get(
            url,
            timeout=(seconds, seconds),
            allow_redirects=False,
            stream=True,
            proxies=requests.utils.get_environ_proxies(url),
        ) as response:
            if response.status_code != 200:
                raise OutgoingError(f"HTTP {response.status_code}")
            parts, size = [], 0
            for part in arriving(response, deadline):
                size += len(part)
                if size > max_bytes:
                    raise OutgoingError("larger than is taken")
                parts.append(part)
    return b"".join(parts)
