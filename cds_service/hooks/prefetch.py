"""What a hook call brought, key by key: read, empty, failed, or only the first page (R33 to R38).

Nothing clinical is decided here. A value is looked at just far enough to tell data from "looked, found nothing" and
from "could not be had", since the last must never look like the second (R37).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from cds_service.addresses import next_link
from cds_service.parts import Part, Sent
from fhir_mappings.read import Entries
from fhir_mappings.record import Gap

PATIENT = "{{context.patientId}}"
DRUG_KEYS: Mapping[str, str] = {
    "medicationStatements": "MedicationStatement",
    "medicationRequests": "MedicationRequest",
    "medicationAdministrations": "MedicationAdministration",
}
TYPES: Mapping[str, str] = {
    "patient": "Patient",
    "conditions": "Condition",
    **DRUG_KEYS,
    "observations": "Observation",
    "procedures": "Procedure",
    "allergies": "AllergyIntolerance",
}
OPTIONAL_TYPES: Mapping[str, str] = {
    "medicationDispenses": "MedicationDispense",
    "carePlans": "CarePlan",
    "diagnosticReports": "DiagnosticReport",
}
ALL_DRUG_KEYS = (*DRUG_KEYS, "medicationDispenses")
_NO_RESULTS = frozenset({"Bundle", "OperationOutcome"})
_KEY_OF_TYPE = {kind: key for key, kind in (*TYPES.items(), *OPTIONAL_TYPES.items())}

TEMPLATES: Mapping[str, str] = {
    "patient": f"Patient/{PATIENT}",
    "conditions": f"Condition?patient={PATIENT}&_count=500",
    "medicationStatements": f"MedicationStatement?patient={PATIENT}&_count=500",
    "medicationRequests": f"MedicationRequest?patient={PATIENT}&_count=500",
    "medicationAdministrations": f"MedicationAdministration?patient={PATIENT}&_count=1000",
    "observations": f"Observation?patient={PATIENT}&_sort=-date&_count=1000",
    "procedures": f"Procedure?patient={PATIENT}&_count=500",
    "allergies": f"AllergyIntolerance?patient={PATIENT}&_count=200",
}
"""The advertised prefetch: R4, and inside the subset that every client has to know (R20 to R26)."""

OPTIONAL_TEMPLATES: Mapping[str, str] = {
    "medicationDispenses": f"MedicationDispense?patient={PATIENT}&_count=500",
    "carePlans": f"CarePlan?patient={PATIENT}&_count=100",
    "diagnosticReports": f"DiagnosticReport?patient={PATIENT}&_count=500",
}
"""Read from a FHIR server when a call brought no prefetch at all; a site may also prefetch them."""

NOT_SUPPLIED = "not supplied"
OTHER_TYPES = "other resources under "
"""Begins the name under which resources are kept that came under the key of another type."""
ONLY_FIRST_PAGE = "only the first page was supplied"
State = Literal["read", "paged", "failed"]


@dataclass(slots=True)
class Supply:
    """What is there for one prefetch key. `read` may be empty; `paged` holds the pages that could be had."""

    state: State
    parts: list[Part] = field(default_factory=list)
    next_url: str | None = None
    reason: str = ""
    types: frozenset[str] = frozenset()


class _Resource(msgspec.Struct, rename={"resource_type": "resourceType"}, gc=False):
    resource_type: str | None = None
    issue: msgspec.Raw = msgspec.Raw(b"null")


class _Entry(msgspec.Struct, rename={"resource_type": "resourceType"}, gc=False):
    resource: _Resource | None = None
    resource_type: str | None = None  # real clients also put the bare resource here


class _Value(msgspec.Struct, rename={"resource_type": "resourceType"}, gc=False):
    resource_type: str | None = None
    entry: list[_Entry | None] | None = None
    link: Any = None
    total: Any = None
    resource: _Resource | None = None


class _TolerantValue(msgspec.Struct, rename={"resource_type": "resourceType"}, gc=False):
    resource_type: Any = None
    entry: Any = None
    link: Any = None
    total: Any = None


_STRICT = msgspec.json.Decoder(_Value)
_TOLERANT = msgspec.json.Decoder(_TolerantValue)
_ISSUES = msgspec.json.Decoder(list[dict[str, Any]])
_TOTAL = re.compile(rb'"total"\s*:\s*(\d{1,9})')
_DECODE_ERRORS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def examine(raw: Sent | Entries) -> Supply:
    """Tell what a prefetch value is. Ordinary data are decoded once, here or with the request; the rest is looked at more closely."""
    if isinstance(raw, Entries):
        return Supply("read", [Part(raw, b"")], types=raw.seen)
    if bytes(memoryview(raw)[:5]) == b"null":
        return Supply("read")
    part = Part.of(raw)
    found = part.entries
    if not (found.plain and found.entries) or found.truncated or _total(raw) > len(found.entries):
        return _examine_closely(part)
    return Supply("read", [part], types=found.seen)


def _total(raw: Sent) -> int:
    """Guess the number of results that a search announces; a guess too high only costs a closer look."""
    found = _TOTAL.search(raw)
    return int(found[1]) if found else 0


def _examine_closely(part: Part) -> Supply:
    raw = bytes(part.raw)
    if raw[:1] == b"[":
        return _examine_list(part)
    if raw[:1] != b"{":
        return Supply("failed", reason="the prefetched value is not FHIR JSON")
    try:
        value = _STRICT.decode(raw)
    except _DECODE_ERRORS:
        return _examine_odd(part)
    entries = value.entry or []
    kinds = [entry.resource.resource_type if entry.resource else entry.resource_type for entry in entries if entry]
    issues = [entry.resource.issue for entry in entries if entry and entry.resource and _is_outcome(entry.resource)]
    kind = value.resource_type or (value.resource.resource_type if value.resource else None)
    return _judge(part, value, kind, kinds, errors=any(_is_error(issue) for issue in issues))


def _is_outcome(resource: _Resource) -> bool:
    return resource.resource_type == "OperationOutcome"


def _is_error(issues: bytes) -> bool:
    """Tell an error from Epic's "no results": one entry, an OperationOutcome of severity warning (R36)."""
    try:
        found = _ISSUES.decode(issues)
    except _DECODE_ERRORS:
        return True
    return any(issue.get("severity") not in {"warning", "information"} for issue in found)


def _examine_list(part: Part) -> Supply:
    """Take a bare list of resources, which some clients send."""
    if part.entries.entries or bytes(part.raw) == b"[]":
        return Supply("read", [part], types=part.entries.seen)
    return Supply("failed", reason="the prefetched value is not FHIR JSON")


def _examine_odd(part: Part) -> Supply:
    """Look again without expectations: one odd entry must not cost the others."""
    try:
        value = _TOLERANT.decode(part.raw)
    except _DECODE_ERRORS:
        return Supply("failed", reason="the prefetched value is not FHIR JSON")
    entries = value.entry if isinstance(value.entry, list) else [value.entry]
    resources = [entry.get("resource", entry) for entry in entries if isinstance(entry, dict)]
    kinds = [item.get("resourceType") for item in resources if isinstance(item, dict)]
    errors = any(
        isinstance(item, dict) and item.get("resourceType") == "OperationOutcome"
        and _is_error(msgspec.json.encode(item.get("issue")))
        for item in resources
    )  # fmt: skip
    return _judge(part, value, value.resource_type, kinds, errors=errors)


def _judge(part: Part, value: _Value | _TolerantValue, kind: object, kinds: list[Any], *, errors: bool) -> Supply:
    if kind == "OperationOutcome":
        return Supply("failed", reason="the search in the chart failed")
    if kind is None and not kinds:
        return Supply("failed", reason="the prefetched value is not a FHIR resource")
    named = _named([kind, *kinds]) - {"Bundle", "OperationOutcome"}
    following = next_link(value.link)
    if following is not None:
        return Supply("paged", [part], following, ONLY_FIRST_PAGE, named)
    if errors:
        state: State = "paged" if named else "failed"
        return Supply(state, [part] if named else [], None, "the prefetch search reported an error", named)
    if part.entries.failed:
        return Supply("failed", reason="the search in the chart failed")
    if part.entries.truncated:  # in a bundle within the bundle
        return Supply("paged", [part], None, ONLY_FIRST_PAGE, named)
    if isinstance(value.total, int) and value.total > len(kinds) and kind == "Bundle":
        return Supply("paged", [part], None, f"only {len(kinds)} of {value.total} results were prefetched", named)
    return Supply("read", [part], None, "", named)


def _named(kinds: Iterable[Any]) -> frozenset[str]:
    return frozenset(kind for kind in kinds if isinstance(kind, str))


def take_stock(prefetch: Mapping[str, Sent | Entries]) -> dict[str, Supply]:
    """Say for every key what there is; an unknown key counts for the keys of the resource types in it (R32).

    So does a key that holds resources, but none of its own type: that search was not this one, and found nothing out
    about it (R37).
    """
    stock: dict[str, Supply] = {}
    for key, raw in prefetch.items():
        supply = examine(raw)
        if _is_misplaced(key, supply):
            stock[f"{OTHER_TYPES}{key}"] = supply
            continue
        known = key in TYPES or key in OPTIONAL_TYPES
        if known or (supply.types and supply.state != "failed"):
            stock[key] = supply
    for supply in list(stock.values()):
        for kind in supply.types:
            own = _KEY_OF_TYPE.get(kind)
            if own is not None and own not in stock:
                stock[own] = Supply(supply.state, [], None, supply.reason)
    return stock


def _is_misplaced(key: str, supply: Supply) -> bool:
    """Tell whether an advertised key holds something, and nothing that its search could find."""
    own, found = TYPES.get(key), supply.types - _NO_RESULTS
    if own is None or supply.state != "read" or not found:
        return False
    return own not in found and not (own == "MedicationStatement" and "MedicationUsage" in found)


def absent(stock: Mapping[str, Supply]) -> list[str]:
    """List the advertised keys that nobody looked up, or whose search failed; `null` was looked up (R34, R35)."""
    return [key for key in TYPES if key not in stock or stock[key].state == "failed"]


def gaps(stock: Mapping[str, Supply]) -> tuple[Gap, ...]:
    """Name what could not be had, so that the cards name it too."""
    found = []
    for key in (*TYPES, *(key for key in stock if key not in TYPES)):
        supply = stock.get(key)
        if supply is None:
            found.append(Gap(key, NOT_SUPPLIED, failed=False))
        elif supply.state != "read":
            found.append(Gap(key, supply.reason))
    return tuple(found)


def parts_of(stock: Mapping[str, Supply]) -> Sequence[Part]:
    """Return everything that was supplied, ready to be read."""
    return [part for supply in stock.values() for part in supply.parts]


def cut_off(part: Part) -> list[Gap]:
    """Name what a first page without the others leaves open."""
    return gaps_of(part.entries.seen, ONLY_FIRST_PAGE)


def gaps_of(types: Iterable[str], reason: str) -> list[Gap]:
    """Name what is missing of resources of these types."""
    return [Gap(_KEY_OF_TYPE[kind], reason) for kind in sorted(types) if kind in _KEY_OF_TYPE]
