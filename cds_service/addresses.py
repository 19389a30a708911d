"""Addresses of FHIR servers: which of them may be asked, and where a search goes on (R38, R42). Nothing here asks anybody."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def next_link(link: object) -> str | None:
    """Return the url of the `next` link of a Bundle, if there is one; empty where the link says no address (R38)."""
    for item in link if isinstance(link, list) else (link,):
        if isinstance(item, dict) and item.get("relation") == "next":
            url = item.get("url")
            return url if isinstance(url, str) else ""
    return None


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an http(s) URL; `None` for anything else, or with a user name in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port or _DEFAULT_PORTS[parts.scheme]


def _safe_path(url: str) -> str | None:
    """Return the path of a URL, or `None` when it could be read as pointing upwards."""
    path = urlsplit(url).path
    plain = unquote(unquote(path))
    if "\\" in plain or any(segment in {".", ".."} for segment in plain.split("/")):
        return None
    return path.rstrip("/")


def allowed_base(server: str | None, allowed: Iterable[str]) -> str | None:
    """Return the base URL to read from when the caller's `fhirServer` is an allowed one, or lies below one (R42)."""
    if not server or re.search(r"[\x00-\x20\x7f]", server):
        return None
    origin = origin_of(server)
    parts = urlsplit(server) if origin else None
    if origin is None or parts is None or parts.query or parts.fragment:
        return None
    path = _safe_path(server)
    for entry in allowed:
        base = urlsplit(entry).path.rstrip("/")
        if path is not None and origin_of(entry) == origin and (path == base or path.startswith(f"{base}/")):
            return server.rstrip("/")
    return None


def points_to_loopback(url: str) -> bool:
    """Tell whether a URL is of this machine."""
    host = (origin_of(url) or ("", "", 0))[1]
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
