"""Suggestions and their actions (R57 to R63, R69)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cds_service.kit.conformance.checks.shared import is_text
from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Target

check = Register()
_ORDERS = frozenset(
    {"MedicationRequest", "ServiceRequest", "CarePlan", "RequestGroup", "DeviceRequest", "NutritionOrder"}
)
_DRAFT = {"status": ("draft",), "intent": ("proposal", "plan", "option", "order")}
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]+")


@check("must")
def r57_suggestions_is_an_array(target: Target) -> Iterable[str]:
    """Suggestions is an array of objects."""
    for where, card in target.cards():
        found = card.get("suggestions", [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            yield f"{where}: suggestions is no array of objects"


@check("must")
def r57_selection_behavior_is_there(target: Target) -> Iterable[str]:
    """With suggestions there is a selectionBehavior: any or at-most-one."""
    for where, card in target.cards():
        if ("suggestions" in card or "selectionBehavior" in card) and card.get("selectionBehavior") not in (
            "any",
            "at-most-one",
        ):
            yield f"{where}: selectionBehavior is missing or neither any nor at-most-one"


@check("must")
def r58_suggestions_have_a_label(target: Target) -> Iterable[str]:
    """Each suggestion has a label."""
    for where, one in _suggestions(target):
        if not is_text(one.get("label")):
            yield f"{where}: a suggestion has no label"


@check("must")
def r58_suggestion_members_have_their_types(target: Target) -> Iterable[str]:
    """Uuid of a suggestion is a text, isRecommended a boolean."""
    for where, one in _suggestions(target):
        if "uuid" in one and not is_text(one["uuid"]):
            yield f"{where}: uuid of a suggestion is no text"
        if not isinstance(one.get("isRecommended", False), bool):
            yield f"{where}: isRecommended is no boolean"


@check("must")
def r58_one_is_recommended(target: Target) -> Iterable[str]:
    """More than one recommended suggestion only with any."""
    for where, card in target.cards():
        found = card.get("suggestions")
        recommended = [
            one
            for one in (found if isinstance(found, list) else ())
            if isinstance(one, dict) and one.get("isRecommended")
        ]
        if len(recommended) > 1 and card.get("selectionBehavior") != "any":
            yield f"{where}: {len(recommended)} suggestions are recommended with at-most-one"


@check("must")
def r60_actions_is_an_array(target: Target) -> Iterable[str]:
    """Actions is an array of objects with at least one."""
    for where, one in _suggestions(target):
        found = one.get("actions", [{}])
        if not isinstance(found, list) or not found or not all(isinstance(action, dict) for action in found):
            yield f"{where}: actions is no array of objects"


@check("must")
def r60_action_type_is_known(target: Target) -> Iterable[str]:
    """The type of an action is create, update or delete."""
    for where, action in _actions(target):
        if action.get("type") not in ("create", "update", "delete"):
            yield f"{where}: type of an action is missing or none of create, update, delete (in lower case)"


@check("must")
def r60_actions_have_a_description(target: Target) -> Iterable[str]:
    """Each action has a description."""
    for where, action in _actions(target):
        if not is_text(action.get("description")):
            yield f"{where}: an action has no description"


@check("must")
def r61_create_and_update_hold_a_resource(target: Target) -> Iterable[str]:
    """Create and update hold a FHIR resource as an object."""
    for where, action in _actions(target):
        if action.get("type") in {"create", "update"}:
            resource = action.get("resource")
            if not isinstance(resource, dict) or not is_text(resource.get("resourceType")):
                yield f"{where}: resource of an action is missing or no FHIR resource"


@check("must")
def r61_update_holds_an_id(target: Target) -> Iterable[str]:
    """Update holds the id of the resource."""
    for where, action in _actions(target):
        resource = action.get("resource")
        if action.get("type") == "update" and isinstance(resource, dict) and not is_text(resource.get("id")):
            yield f"{where}: an update without id of the resource"


@check("should")
def r62_delete_holds_a_reference(target: Target) -> Iterable[str]:
    """Delete holds resourceId, a relative reference."""
    for where, action in _actions(target):
        if action.get("type") == "delete":
            name = action.get("resourceId")
            if not isinstance(name, str) or not _REFERENCE.fullmatch(name):
                yield f"{where}: resourceId of a delete is missing or no relative reference"


@check("must")
def r63_no_action_selection_behavior(target: Target) -> Iterable[str]:
    """No actionSelectionBehavior, which clients of 2.0 do not know."""
    for where, one in _suggestions(target):
        if "actionSelectionBehavior" in one:
            yield f"{where}: actionSelectionBehavior"


@check("must")
def r69_proposed_orders_are_drafts(target: Target) -> Iterable[str]:
    """Proposed orders are drafts."""
    for where, resource in _proposed(target):
        for name, values in _DRAFT.items():
            if name in resource and resource[name] not in values:
                yield f"{where}: {resource['resourceType']}.{name} of a proposal is not one of {', '.join(values)}"
        if "status" not in resource:
            yield f"{where}: {resource['resourceType']} of a proposal has no status"


@check("must")
def r69_proposed_orders_are_of_this_patient(target: Target) -> Iterable[str]:
    """Proposed orders are about the patient in context."""
    patients = {str(call.request.get("context", {}).get("patientId")) for call in target.good_calls}
    for where, resource in _proposed(target):
        subject = resource.get("subject")
        name = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(name, str) or name.rpartition("/")[2] not in patients:
            yield f"{where}: subject of a proposal is not the patient in context"


def _suggestions(target: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, card in target.cards():
        found = card.get("suggestions", [])
        yield from ((where, one) for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _actions(target: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, one in _suggestions(target):
        found = one.get("actions", [])
        yield from (
            (where, action) for action in (found if isinstance(found, list) else ()) if isinstance(action, dict)
        )


def _proposed(target: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, action in _actions(target):
        resource = action.get("resource")
        if action.get("type") == "create" and isinstance(resource, dict) and resource.get("resourceType") in _ORDERS:
            yield where, resource
