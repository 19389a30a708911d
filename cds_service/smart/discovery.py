"""What a FHIR server says about its sign-in: `{iss}/.well-known/smart-configuration` (SMART App Launch 2.2, section 8)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import structlog

from cds_service.addresses import origin_of
from cds_service.outgoing import OutgoingError, fetch_json
from cds_service.refusals import RefusalError
from cds_service.settings import is_loopback
from cds_service.smart.flow import Server

LOG = structlog.get_logger("myeloma_cds")
SECONDS = 5.0
MAX_BYTES = 1 << 20


def discover(base: str, *, from_ehr: bool) -> Server:
    """Read and check the configuration of an allowed FHIR server. Raises `RefusalError` (502)."""
    try:
        found = fetch_json(f"{base}/.well-known/smart-configuration", seconds=SECONDS, max_bytes=MAX_BYTES)
    except OutgoingError as error:
        LOG.warning("smart_discovery_failed", reason=str(error))
        raise _useless(
            "its /.well-known/smart-configuration could not be read (redirects are not followed). Please try again, or ask "
            "the administrator of the FHIR server"
        ) from None
    return server_of(found, base, from_ehr=from_ehr)


def server_of(found: object, base: str, *, from_ehr: bool) -> Server:
    """Judge a configuration. What it does not list is not held against it; what it lists without us is."""
    if not isinstance(found, Mapping):
        raise _useless("its smart-configuration is not a JSON object")
    methods = found.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise _useless("its smart-configuration does not offer PKCE with S256, which this app requires")
    capabilities = _texts(found, "capabilities")
    wanted = "launch-ehr" if from_ehr else "launch-standalone"
    if capabilities and wanted not in capabilities:
        raise _useless(f"its smart-configuration does not list the capability {wanted}")
    issuer = found.get("issuer")
    return Server(
        _endpoint(found, "authorization_endpoint", base),
        _endpoint(found, "token_endpoint", base),
        issuer if isinstance(issuer, str) else None,
        "permission-v2" in capabilities and "permission-v1" not in capabilities,
    )


def _texts(found: Mapping[str, Any], name: str) -> frozenset[str]:
    value = found.get(name)
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()


def _endpoint(found: Mapping[str, Any], name: str, base: str) -> str:
    """Return an endpoint: on the origin of the FHIR server, or elsewhere over https; never on an inner address of ours."""
    url = found.get(name)
    origin = origin_of(url) if isinstance(url, str) and url.isprintable() and " " not in url else None
    if origin is None or not isinstance(url, str) or "#" in url:
        raise _useless(f"its smart-configuration names no {name} that can be used")
    own = origin_of(base) or ("", "", 0)
    scheme, host, _ = origin
    if is_loopback(own[1]):  # a server on this machine that the settings name, for tests and demonstrations
        safe = is_loopback(host) or (scheme == "https" and not _inner(host))
    else:
        safe = scheme == "https" and (host == own[1] or not _inner(host))
    if not safe:
        raise _useless(f"the {name} in its smart-configuration is not a safe https address")
    return url


def _inner(host: str) -> bool:
    """Tell whether a host names this machine or an inner network by its address."""
    if is_loopback(host) or host.lower().endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def _useless(reason: str) -> RefusalError:
    return RefusalError(502, "processing", f"Signing in at this FHIR server is not possible: {reason}.")
