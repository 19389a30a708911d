"""What a service does with the data that a client brings, or fails to bring (R32 to R44, R100)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from cds_service.kit.conformance.checks.shared import advice, has_cards
from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Answer, Called, SkipError, Target

check = Register()
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
NO_RESULTS = {
    "resourceType": "Bundle", "type": "searchset", "total": 0,
    "entry": [{
        "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]},
        "search": {"mode": "outcome"},
    }],
}  # fmt: skip
CLOSED = "http://127.0.0.1:9/fhir"
TOKEN = "planted-token-8f2c51"  # noqa: S105 - planted, to be looked for
OTHER = "another-patient-6d1"
MARKUP = '<img src=x onerror="alert(1)">'


def _prefetching(target: Target) -> Iterator[Called]:
    """Yield the good calls that carry data. Raises `SkipError` when there are none."""
    found = [call for call in target.good_calls if call.request.get("prefetch")]
    if not found:
        raise SkipError("no service asks for prefetch")
    yield from found


def _all_keys(call: Called, value: Any) -> dict[str, Any]:
    return {"prefetch": dict.fromkeys(call.request["prefetch"], value)}


def _is_sound(answer: Answer) -> bool:
    """Tell whether an answer is cards, or the refusal that the specification has for missing data."""
    return answer.status == 412 or (answer.status == 200 and isinstance(answer.json, dict) and "cards" in answer.json)


@check("should")
def r32_what_is_not_known_is_ignored(target: Target) -> Iterable[str]:
    """Unknown members, context fields, extensions and prefetch keys are ignored."""
    for call in target.good_calls:
        context = {**call.request["context"], "org.example.field": {"a": [1]}}
        prefetch = {**call.request.get("prefetch", {}), "org-example-key": {"resourceType": "Basic", "id": "b"}}
        extension = {**call.request.get("extension", {}), "org.example.x": {"y": 1}}
        answer = target.again(
            "unknown", call, context=context, prefetch=prefetch, extension=extension, orgExampleMember=5
        )
        if answer.status != 200:
            yield f"{call.service['id']} answered {answer.status}"
        elif advice(answer) != advice(call.answer):
            yield f"{call.service['id']}: other advice than without them"


@check("must")
def r33_without_data_it_is_412(target: Target) -> Iterable[str]:
    """Data that are neither prefetched nor obtainable: 412, if the service needs them."""
    for call in _prefetching(target):
        answer = target.again("no-prefetch", call, prefetch=None)
        if not _is_sound(answer):
            yield f"{call.service['id']} answered {answer.status} to a call without prefetch"
        elif has_cards(answer) and has_cards(call.answer) and advice(answer) == advice(call.answer):
            yield f"{call.service['id']} gives the same advice without data"


@check("must")
def r33_an_unreachable_server_is_412(target: Target) -> Iterable[str]:
    """A FHIR server that cannot be reached: 412, if the service needs it."""
    for call in _prefetching(target):
        answer = target.again("closed", call, prefetch=None, fhirServer=CLOSED)
        if not _is_sound(answer):
            yield f"{call.service['id']} answered {answer.status}"


@check("must")
def r34_partial_prefetch_is_handled(target: Target) -> Iterable[str]:
    """Part of the prefetch is not taken as all of it."""
    for call in _prefetching(target):
        for key in call.request["prefetch"]:
            kept = {name: value for name, value in call.request["prefetch"].items() if name != key}
            answer = target.again(f"without {key}", call, prefetch=kept)
            if not _is_sound(answer):
                yield f"{call.service['id']} answered {answer.status} without {key}"


@check("must")
def r35_null_is_nothing_found(target: Target) -> Iterable[str]:
    """Null for a key means nothing found, and does not fail."""
    for call in _prefetching(target):
        answer = target.again("null", call, **_all_keys(call, None))
        if not _is_sound(answer):
            yield f"{call.service['id']} answered {answer.status}"


@check("must")
def r35_spellings_of_nothing_are_equal(target: Target) -> Iterable[str]:
    """An empty Bundle and an outcome entry of severity warning mean the same as null."""
    for call in _prefetching(target):
        empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
        found = [
            target.again("null", call, **_all_keys(call, None)),
            target.again("empty", call, **_all_keys(call, empty)),
            target.again("no-results", call, **_all_keys(call, NO_RESULTS)),
        ]
        if len({answer.status for answer in found}) > 1:
            yield f"{call.service['id']} answered {', '.join(str(answer.status) for answer in found)}"


@check("should")
def r36_an_outcome_in_place_of_data(target: Target) -> Iterable[str]:
    """An OperationOutcome in place of data is understood."""
    for call in _prefetching(target):
        answer = target.again("failed", call, **_all_keys(call, FAILED))
        if not _is_sound(answer):
            yield f"{call.service['id']} answered {answer.status}"


@check("must")
def r37_failed_is_not_nothing(target: Target) -> Iterable[str]:
    """Searches that failed do not look like a patient who has nothing."""
    for call in _prefetching(target):
        answer = target.again("failed", call, **_all_keys(call, FAILED))
        if has_cards(call.answer) and answer.status == 200 and not has_cards(answer):
            yield f"{call.service['id']} says nothing when every search has failed"


@check("must")
def r36_junk_in_place_of_data(target: Target) -> Iterable[str]:
    """A page of HTML, numbers and wrong types in place of data do not break the service."""
    for call in _prefetching(target):
        for name, value in (("html", "<html><body>Bad gateway</body></html>"), ("number", 5), ("list", [None, 1, "x"])):
            answer = target.again(name, call, **_all_keys(call, value))
            if answer.status >= 500:
                yield f"{call.service['id']} answered {answer.status} to {name}"


@check("must")
def r36_junk_among_the_entries(target: Target) -> Iterable[str]:
    """Entries that are null, empty or of an unknown type do not break the service."""
    for call in _prefetching(target):
        prefetch = deepcopy(call.request["prefetch"])
        for bundle in prefetch.values():
            if isinstance(bundle, dict) and isinstance(bundle.get("entry"), list):
                bundle["entry"] += [None, {}, {"resource": {"resourceType": "NoSuchType", "id": "x"}}]
                bundle["total"] = len(bundle["entry"])
        answer = target.again("entries", call, prefetch=prefetch)
        if answer.status >= 500:
            yield f"{call.service['id']} answered {answer.status}"


@check("should")
def r39_prefetch_alone_is_enough(target: Target) -> Iterable[str]:
    """Prefetch alone is enough, whatever becomes of the FHIR server."""
    for call in _prefetching(target):
        answer = _with_token(target, call)
        if answer.status != 200:
            yield f"{call.service['id']} answered {answer.status} beside a FHIR server that cannot be reached"


@check("must")
def r40_the_token_is_not_sent_back(target: Target) -> Iterable[str]:
    """The access token is not sent back."""
    for call in target.good_calls:
        if TOKEN in _with_token(target, call).text:
            yield f"{call.service['id']} repeats the access token"


@check("must")
def r43_another_patients_data_are_not_used(target: Target) -> Iterable[str]:
    """Data of another patient than the one in context are not used."""
    for call in _prefetching(target):
        context = {**call.request["context"], "patientId": OTHER}
        answer = target.again("other", call, context=context)
        if answer.status >= 500:
            yield f"{call.service['id']} answered {answer.status}"
        elif has_cards(answer) and _texts(answer) == _texts(call.answer):
            yield f"{call.service['id']} gives the advice of the prefetched patient for another one"


@check("should")
def r44_the_order_of_entries_does_not_matter(target: Target) -> Iterable[str]:
    """The order of entries does not change the advice."""
    for call in _prefetching(target):
        prefetch = deepcopy(call.request["prefetch"])
        for bundle in prefetch.values():
            if isinstance(bundle, dict) and isinstance(bundle.get("entry"), list):
                bundle["entry"].reverse()
        answer = target.again("reversed", call, prefetch=dict(reversed(prefetch.items())))
        if advice(answer) != advice(call.answer):
            yield f"{call.service['id']}: other advice when entries are in another order"


@check("must")
def r100_chart_text_is_escaped(target: Target) -> Iterable[str]:
    """Text of the chart is data: markup in it does not become markup in cards."""
    for call in _prefetching(target):
        answer = target.again("markup", call, prefetch=_marked(call.request["prefetch"]))
        if answer.status >= 500:
            yield f"{call.service['id']} answered {answer.status}"
        cards = answer.json.get("cards", []) if answer.status == 200 and isinstance(answer.json, dict) else []
        if any(MARKUP in str(card.get(name)) for card in cards for name in ("detail", "summary")):
            yield f"{call.service['id']} repeats markup of the chart in a card"


def _with_token(target: Target, call: Called) -> Answer:
    granted = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "user/*.read", "subject": "x"}
    return target.again("token", call, fhirServer=CLOSED, fhirAuthorization=granted)


def _texts(answer: Answer) -> list[tuple[Any, Any]]:
    return [(card.get("summary"), card.get("detail")) for card in answer.json["cards"] if isinstance(card, dict)]


def _marked(value: Any) -> Any:
    """Plant markup in every text and display, and in names."""
    if isinstance(value, dict):
        planted = {
            name: f"{one} {MARKUP}"
            for name, one in value.items()
            if name in {"text", "family"} and isinstance(one, str)
        }
        return {name: _marked(one) for name, one in value.items()} | planted
    return [_marked(one) for one in value] if isinstance(value, list) else value
