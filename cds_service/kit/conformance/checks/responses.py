"""The answer of a service as a whole (R01 to R06, R09, R50, R51, R63, R68, R70)."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from cds_service.kit.conformance.checks.shared import advice, empties, unknown_members
from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import NO_JSON, Target

check = Register()
SLOW_S = 0.5


@check("must")
def r06_a_good_call_is_200(target: Target) -> Iterable[str]:
    """A complete call is answered with 200."""
    _ = target.first
    for call in target.calls:
        if call.answer.status != 200:
            yield f"{call.service['id']} answered {call.answer.status}"


@check("must")
def r01_answers_are_json(target: Target) -> Iterable[str]:
    """Answers are JSON."""
    for call in target.good_calls:
        kind = call.answer.headers.get("Content-Type", "")
        if not kind.startswith("application/json"):
            yield f"{call.service['id']}: Content-Type is {kind or 'missing'}"
        if call.answer.json is NO_JSON:
            yield f"{call.service['id']}: the body is not JSON"


@check("must")
def r50_cards_is_an_array(target: Target) -> Iterable[str]:
    """An answer is an object with the array cards."""
    for call in target.good_calls:
        content = call.answer.json
        if not isinstance(content, dict) or not isinstance(content.get("cards"), list):
            yield f"{call.service['id']}: cards is no array"
        elif len(call.cards) < len(content["cards"]):
            yield f"{call.service['id']}: a card is no object"


@check("must")
def r50_system_actions_is_an_array(target: Target) -> Iterable[str]:
    """SystemActions, where it is there, is an array of objects."""
    for call in target.good_calls:
        content = call.answer.json
        found = content.get("systemActions", []) if isinstance(content, dict) else []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            yield f"{call.service['id']}: systemActions is no array of objects"


@check("must")
def r16_answer_has_no_other_members(target: Target) -> Iterable[str]:
    """Additions to the answer stand in extension."""
    for call in target.good_calls:
        if isinstance(call.answer.json, dict):
            yield from unknown_members(
                call.answer.json, frozenset({"cards", "systemActions", "extension"}), call.service["id"]
            )


@check("must")
def r02_answers_have_no_empty_member(target: Target) -> Iterable[str]:
    """Nothing null or empty in answers, but cards: []."""
    for call in target.good_calls:
        for found in empties(call.answer.json, allowed=frozenset({".cards"})):
            yield f"{call.service['id']}: {found}"


@check("should")
def r68_no_system_actions_on_patient_view(target: Target) -> Iterable[str]:
    """No systemActions on patient-view without an agreement."""
    for call in target.good_calls:
        if call.service["hook"] == "patient-view" and "systemActions" in call.answer.json:
            yield f"{call.service['id']} sends systemActions"


@check("should")
def r70_the_same_call_gets_the_same_advice(target: Target) -> Iterable[str]:
    """The same call gets the same advice."""
    for call in target.good_calls:
        if advice(target.again("again", call)) != advice(call.answer):
            yield f"{call.service['id']}: two calls differ in more than uuids"


@check("must")
def r70_parallel_calls_do_not_mix(target: Target) -> Iterable[str]:
    """Parallel calls do not mix."""
    calls = target.good_calls
    asked = [call for _ in range(4) for call in calls]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda call: target.post(call.path, call.request), asked))
    for call, answer in zip(asked, found, strict=True):
        if advice(answer) != advice(call.answer):
            yield f"{call.service['id']} answers otherwise when calls come in parallel"


@check("advice")
def r05_answers_are_quick(target: Target) -> Iterable[str]:
    """An answer takes about half a second at most."""
    for call in target.good_calls:
        best = min(call.answer.seconds, target.again("again", call).seconds)
        if best > SLOW_S:
            yield f"{call.service['id']} took {best:.1f} s"
