"""Discovery (R10 to R17)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from cds_service.kit.conformance.checks.shared import empties, is_text, unknown_members
from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import NO_JSON, SkipError, Target

check = Register()
_MEMBERS = frozenset(
    {"hook", "title", "description", "id", "prefetch", "usageRequirements", "version", "hookVersion", "extension"}
)
_SEMVER = re.compile(r"\d+\.\d+(\.\d+)?(-[\w.]+)?")


@check("must")
def r10_discovery_is_there(target: Target) -> Iterable[str]:
    """GET /cds-services answers 200."""
    if target.discovery.status != 200:
        yield f"GET /cds-services answered {target.discovery.status}"


@check("must")
def r01_discovery_is_json(target: Target) -> Iterable[str]:
    """Discovery is JSON."""
    if target.discovery.json is NO_JSON:
        yield "the body is not JSON"
    kind = target.discovery.headers.get("Content-Type", "")
    if not kind.startswith("application/json"):
        yield f"Content-Type is {kind or 'missing'}"


@check("must")
def r10_services_is_an_array(target: Target) -> Iterable[str]:
    """Discovery is an object with the array services."""
    content = target.discovery.json
    if not isinstance(content, dict):
        yield "the body is no object"
    elif not isinstance(content.get("services"), list):
        yield "services is no array"
    elif len(target.services) < len(content["services"]):
        yield "an entry of services is no object"


@check("must")
def r02_discovery_has_no_empty_member(target: Target) -> Iterable[str]:
    """Nothing null or empty in discovery, but services: []."""
    yield from empties(target.discovery.json, allowed=frozenset({".services"}))


@check("must")
def r11_required_members(target: Target) -> Iterable[str]:
    """Each service has hook, id and description."""
    for number, one in enumerate(target.services):
        for name in ("hook", "id", "description"):
            if not is_text(one.get(name)):
                yield f"services[{number}].{name} is missing or no text"


@check("must")
def r11_optional_members_are_texts(target: Target) -> Iterable[str]:
    """Title and usageRequirements are texts where they are there."""
    for number, one in enumerate(target.services):
        for name in ("title", "usageRequirements"):
            if name in one and not is_text(one[name]):
                yield f"services[{number}].{name} is no text"


@check("should")
def r11_title_is_recommended(target: Target) -> Iterable[str]:
    """Each service has a title."""
    yield from (f"services[{number}] has no title" for number, one in enumerate(target.services) if "title" not in one)


@check("must")
def r12_id_is_a_path_segment(target: Target) -> Iterable[str]:
    """The id of a service can be a segment of a path."""
    for number, one in enumerate(target.services):
        name = one.get("id")
        if isinstance(name, str) and quote(name, safe="") != name:
            yield f"services[{number}].id holds characters that a path segment cannot have"


@check("must")
def r12_the_service_is_at_its_id(target: Target) -> Iterable[str]:
    """The service answers at /cds-services/{id}."""
    for call in target.calls:
        if call.answer.status in {404, 405}:
            yield f"POST {call.path} answered {call.answer.status}"


@check("must")
def r13_a_service_is_there_once(target: Target) -> Iterable[str]:
    """A pair of id and hook is there once."""
    seen = set()
    for one in target.services:
        pair = (str(one.get("id")), str(one.get("hook")))
        if pair in seen:
            yield f"id {pair[0]} with hook {pair[1]} is there twice"
        seen.add(pair)


@check("must")
def r14_prefetch_is_an_object_of_texts(target: Target) -> Iterable[str]:
    """Prefetch is an object of key and template text."""
    for number, one in enumerate(target.services):
        templates = one.get("prefetch", {})
        if not isinstance(templates, dict):
            yield f"services[{number}].prefetch is no object"
            continue
        yield from (
            f"services[{number}].prefetch.{key} is no text" for key, text in templates.items() if not is_text(text)
        )


@check("should")
def r15_version_is_a_version(target: Target) -> Iterable[str]:
    """Version, where it is there, is a version of CDS Hooks."""
    for number, one in enumerate(target.services):
        for name in ("version", "hookVersion"):
            if name in one and not (isinstance(one[name], str) and _SEMVER.fullmatch(one[name])):
                yield f"services[{number}].{name} is no version such as 2.0.1"


@check("must")
def r16_additions_stand_in_extension(target: Target) -> Iterable[str]:
    """Additions to discovery stand in extension, an object."""
    for number, one in enumerate(target.services):
        yield from unknown_members(one, _MEMBERS, f"services[{number}]")
        if "extension" in one and not isinstance(one["extension"], dict):
            yield f"services[{number}].extension is no object"


@check("should")
def r17_discovery_is_stable(target: Target) -> Iterable[str]:
    """Discovery says the same twice."""
    if target.discovery.status != 200:
        raise SkipError("discovery is not there")
    if target.send("GET", "/cds-services").json != target.discovery.json:
        yield "two calls of discovery differ"
