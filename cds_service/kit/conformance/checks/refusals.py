"""Requests that cannot be answered: the right status, an OperationOutcome, and nothing of the inside (R07, R08, R30, R31)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import orjson

from cds_service.kit.conformance.checks.shared import is_outcome
from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Answer, Called, SkipError, Target

check = Register()
_TRACE = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d|\bat [\w.$]+\([\w]+\.java:\d+\)|\bat .+\.js:\d+:\d+"
)
_BROKEN: tuple[tuple[str, bytes], ...] = (
    ("empty", b""), ("cut off", b'{"hook": "patient-view", '), ("no JSON", b"<html></html>"), ("comma", b'{"hook": "x",}'),
    ("array", b"[]"), ("text", b'"x"'), ("number", b"5"), ("null", b"null"),
)  # fmt: skip


def _posted(target: Target, name: str, body: Any) -> Answer:
    """Post a wrong body to the first service; the same name is asked once."""
    call = target.first
    key = f"refused {name}"
    if key not in target.tried:
        target.tried[key] = target.post(call.path, body)
    return target.tried[key]


def _without(call: Called, *names: str) -> dict[str, Any]:
    """Return the request without a member, or without one of its context."""
    request = deepcopy(call.request)
    if len(names) == 1:
        request.pop(names[0], None)
    else:
        request[names[0]].pop(names[1], None)
    return request


def _is_400(answer: Answer, what: str) -> Iterable[str]:
    if answer.status != 400:
        yield f"{what}: answered {answer.status} instead of 400"


@check("must")
def r08_what_is_no_json_object_is_400(target: Target) -> Iterable[str]:
    """What is not one JSON object is 400."""
    for name, body in _BROKEN:
        yield from _is_400(_posted(target, name, body), name)


@check("must")
def r08_deep_nesting_does_no_harm(target: Target) -> Iterable[str]:
    """Deep nesting is refused and does no harm."""
    head = orjson.dumps(target.first.request)[:-1]
    for name, body in (
        ("nested arrays", head + b',"orgExample":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
        ("nested objects", head + b',"orgExample":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"),
    ):
        answer = _posted(target, name, body)
        if answer.status >= 500:
            yield f"{name}: answered {answer.status}"


@check("must")
def r08_huge_numbers_do_no_harm(target: Target) -> Iterable[str]:
    """Numbers beyond all bounds do no harm."""
    head = orjson.dumps(target.first.request)[:-1]
    for name, number in (("exponent", b"1e999999"), ("digits", b"9" * 6000)):
        answer = _posted(target, name, head + b',"orgExample":' + number + b"}")
        if answer.status >= 500:
            yield f"{name}: answered {answer.status}"


@check("must")
def r08_the_wrong_hook_is_400(target: Target) -> Iterable[str]:
    """The wrong hook is 400."""
    for name in ("order-dispatch-x", "PATIENT-VIEW"):
        yield from _is_400(_posted(target, f"hook {name}", {**target.first.request, "hook": name}), f"hook {name}")


@check("must")
def r30_hook_is_required(target: Target) -> Iterable[str]:
    """A request without hook is 400."""
    yield from _is_400(_posted(target, "no hook", _without(target.first, "hook")), "without hook")


@check("must")
def r30_hook_instance_is_required(target: Target) -> Iterable[str]:
    """A request without hookInstance is 400."""
    yield from _is_400(_posted(target, "no instance", _without(target.first, "hookInstance")), "without hookInstance")


@check("must")
def r30_context_is_required(target: Target) -> Iterable[str]:
    """A request without context is 400."""
    yield from _is_400(_posted(target, "no context", _without(target.first, "context")), "without context")


@check("must")
def r30_members_have_their_kinds(target: Target) -> Iterable[str]:
    """Members of the wrong kind are 400."""
    for name, value in (("hook", 5), ("hookInstance", []), ("context", "x"), ("prefetch", []), ("fhirServer", 5)):
        yield from _is_400(_posted(target, f"{name} kind", {**target.first.request, name: value}), f"{name}: {value!r}")


@check("must")
def r30_authorization_needs_a_server(target: Target) -> Iterable[str]:
    """FhirAuthorization without fhirServer is 400 (cds-r-1)."""
    request = {
        **_without(target.first, "fhirServer"),
        "fhirAuthorization": {"access_token": "x", "token_type": "Bearer"},
    }
    yield from _is_400(_posted(target, "authorization", request), "fhirAuthorization without fhirServer")


@check("must")
def r31_patient_id_is_required(target: Target) -> Iterable[str]:
    """A context without patientId is 400."""
    request = _without(target.first, "context", "patientId")
    yield from _is_400(_posted(target, "no patientId", request), "without context.patientId")


@check("must")
def r31_user_id_is_required(target: Target) -> Iterable[str]:
    """A context without userId is 400."""
    if "userId" not in target.first.request["context"]:
        raise SkipError("the context of this hook has no userId")
    request = _without(target.first, "context", "userId")
    yield from _is_400(_posted(target, "no userId", request), "without context.userId")


@check("must")
def r31_ids_are_texts(target: Target) -> Iterable[str]:
    """Ids in the context that are null, empty or no text are 400."""
    values: tuple[Any, ...] = (None, "", 5, {})
    for value in values:
        context = {**target.first.request["context"], "patientId": value}
        answer = _posted(target, f"patientId {value!r}", {**target.first.request, "context": context})
        yield from _is_400(answer, f"patientId {value!r}")


@check("must")
def r08_an_unknown_service_is_404(target: Target) -> Iterable[str]:
    """An unknown service is 404."""
    answer = target.post("/cds-services/org-example-no-such-service", target.first.request)
    if answer.status != 404:
        yield f"answered {answer.status}"


@check("must")
def r08_the_wrong_method_is_405(target: Target) -> Iterable[str]:
    """GET of a service is 405 with Allow."""
    answer = target.send("GET", target.first.path)
    if answer.status != 405:
        yield f"GET of a service: answered {answer.status} instead of 405"
    elif "POST" not in answer.headers.get("Allow", ""):
        yield "405 without POST in Allow"


@check("must")
def r08_another_media_type_is_415(target: Target) -> Iterable[str]:
    """Another media type is 415 or 400."""
    body = orjson.dumps(target.first.request)
    answer = target.post(target.first.path, body, headers={"Content-Type": "text/plain"})
    if answer.status not in {400, 415}:
        yield f"text/plain: answered {answer.status} instead of 415"


@check("should")
def r07_refusals_carry_an_outcome(target: Target) -> Iterable[str]:
    """Refusals carry an OperationOutcome."""
    for name, answer in _refusals(target).items():
        if 400 <= answer.status < 500 and not is_outcome(answer):
            yield f"{name} ({answer.status}): no OperationOutcome"


@check("must")
def r08_no_stack_trace(target: Target) -> Iterable[str]:
    """No answer shows the inside of the service."""
    for name, answer in _refusals(target).items():
        if _TRACE.search(answer.text):
            yield f"{name} ({answer.status}): a stack trace"


@check("must")
def r08_a_wrong_request_is_never_5xx(target: Target) -> Iterable[str]:
    """A wrong request is never a 5xx."""
    for name, answer in _refusals(target).items():
        if answer.status >= 500:
            yield f"{name}: answered {answer.status}"


def _refusals(target: Target) -> dict[str, Answer]:
    """Return some refusals of every kind."""
    call = target.first
    found = {name: _posted(target, name, body) for name, body in _BROKEN}
    found["without context"] = _posted(target, "no context", _without(call, "context"))
    found["wrong hook"] = _posted(target, "hook PATIENT-VIEW", {**call.request, "hook": "PATIENT-VIEW"})
    if call.request.get("prefetch"):
        found["without prefetch"] = target.again("no-prefetch", call, prefetch=None)
    found["unknown service"] = target.post("/cds-services/org-example-no-such-service", {})
    found["GET"] = target.send("GET", call.path)
    return found
