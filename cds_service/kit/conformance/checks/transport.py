"""CORS and headers (R09, R99)."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Answer, SkipError, Target

check = Register()
FOREIGN = "https://foreign.example.net"


def _origin(target: Target) -> str:
    if not target.origin:
        raise SkipError("no origin of a browser client was given (--origin)")
    return target.origin


def _allows(answer: Answer, origin: str) -> bool:
    return answer.headers.get("Access-Control-Allow-Origin") in {origin, "*"}


def _listed(answer: Answer, name: str) -> set[str]:
    return {one.strip().lower() for one in answer.headers.get(name, "").split(",")}


@check("should")
def r99_preflight_needs_no_token(target: Target) -> Iterable[str]:
    """A preflight is answered without a token."""
    origin = _origin(target)
    for method, path in (
        ("GET", "/cds-services"),
        ("POST", target.first.path),
        ("POST", f"{target.first.path}/feedback"),
    ):
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        answer = target.send("OPTIONS", path, signed=False, headers=asked)
        if not 200 <= answer.status < 300 or not _allows(answer, origin):
            yield f"OPTIONS {path}: {answer.status}, the origin is not allowed"
            continue
        if method.lower() not in _listed(answer, "Access-Control-Allow-Methods") and method != "GET":
            yield f"OPTIONS {path}: {method} is not allowed"
        missing = {"authorization", "content-type"} - _listed(answer, "Access-Control-Allow-Headers")
        if missing and "*" not in _listed(answer, "Access-Control-Allow-Headers"):
            yield f"OPTIONS {path}: {', '.join(sorted(missing))} not allowed"


@check("should")
def r99_headers_on_answers(target: Target) -> Iterable[str]:
    """The headers are on discovery and on calls."""
    origin = _origin(target)
    call = target.first
    if not _allows(target.send("GET", "/cds-services", headers={"Origin": origin}), origin):
        yield "GET /cds-services: the origin is not allowed"
    if not _allows(target.post(call.path, call.request, headers={"Origin": origin}), origin):
        yield f"POST {call.path}: the origin is not allowed"


@check("should")
def r99_headers_on_refusals(target: Target) -> Iterable[str]:
    """The headers are on refusals too."""
    origin = _origin(target)
    call = target.first
    for path, body in ((call.path, b"{"), ("/cds-services/org-example-no-such-service", b"{}")):
        answer = target.post(path, body, headers={"Origin": origin})
        if not _allows(answer, origin):
            yield f"POST {path} ({answer.status}): the origin is not allowed"


@check("must")
def r99_foreign_origins_are_not_reflected(target: Target) -> Iterable[str]:
    """Foreign origins are not reflected."""
    call = target.first
    for answer in (
        target.send("GET", "/cds-services", headers={"Origin": FOREIGN}),
        target.post(call.path, call.request, headers={"Origin": FOREIGN}),
        target.send("OPTIONS", call.path, headers={"Origin": FOREIGN, "Access-Control-Request-Method": "POST"}),
    ):
        if answer.headers.get("Access-Control-Allow-Origin") == FOREIGN:
            yield "an origin that nobody named is reflected"
        if (
            answer.headers.get("Access-Control-Allow-Origin") == "*"
            and answer.headers.get("Access-Control-Allow-Credentials") == "true"
        ):
            yield "every origin is allowed with credentials"


@check("advice")
def r09_answers_are_not_kept(target: Target) -> Iterable[str]:
    """Answers about patients are not kept by caches nor read as another type."""
    for call in target.good_calls:
        if "no-store" not in call.answer.headers.get("Cache-Control", ""):
            yield f"{call.service['id']}: no Cache-Control: no-store"
        if call.answer.headers.get("X-Content-Type-Options", "").lower() != "nosniff":
            yield f"{call.service['id']}: no X-Content-Type-Options: nosniff"
