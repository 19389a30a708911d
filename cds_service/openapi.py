"""The OpenAPI document: what stands in it is written here, and a test compares it with the routes of the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_service import __version__
from cds_service.hooks.discovery import SERVICES
from cds_service.options import JURISDICTIONS, POLICIES
from cds_service.schemas import HOOKS_PATH, MESSAGES

_JSON = "application/json"
_STATUS = {
    400: "not understood: not JSON, the wrong shape, a wrong value",
    401: "no token of a trusted issuer (with AUTH=required)",
    404: "nothing is at this address",
    405: "the address does not take this method",
    412: "data that are needed could not be had",
    413: "the body is too large",
    415: "the body is not JSON by its Content-Type",
    429: "too many calls (with RATE_LIMIT)",
    500: "a fault of the service",
    503: "the store or the knowledge cannot be used",
}


_OUTCOME: dict[str, Any] = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code", "diagnostics"],
                "properties": {
                    "severity": {"type": "string"},
                    "code": {"type": "string"},
                    "diagnostics": {"type": "string"},
                },
            },
        },
    },
}
_ANY_OBJECT: dict[str, Any] = {"type": "object"}


def _refusals(*statuses: int) -> dict[str, Any]:
    content = {_JSON: {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}}
    return {str(status): {"description": _STATUS[status], "content": content} for status in statuses}


def _get(summary: str, media: str = _JSON, *refusals: int) -> dict[str, Any]:
    schema = _ANY_OBJECT if media.endswith("json") else {"type": "string"}
    return {
        "summary": summary,
        "responses": {
            "200": {"description": "the answer", "content": {media: {"schema": schema}}},
            **_refusals(*refusals),
        },
    }


def _post(summary: str, body: Mapping[str, Any], answer: Mapping[str, Any], *refusals: int) -> dict[str, Any]:
    return {
        "summary": summary,
        "security": [{}, {"token": []}],
        "requestBody": {"required": True, "content": {_JSON: {"schema": dict(body)}}},
        "responses": {
            "200": {"description": "the answer", "content": {_JSON: {"schema": dict(answer)}}},
            **_refusals(400, 401, 413, 415, 429, *refusals),
        },
    }


def _request(hook: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "type": "object",
        "required": ["userId", "patientId"],
        "properties": {"userId": {"type": "string"}, "patientId": {"type": "string"}},
    }
    if hook != "patient-view":
        context["required"].append("draftOrders")
        context["properties"]["draftOrders"] = {"type": "object"}
    if hook == "order-select":
        context["required"].append("selections")
        context["properties"]["selections"] = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context"],
        "properties": {
            "hook": {"const": hook},
            "hookInstance": {"type": "string", "format": "uuid"},
            "context": context,
            "prefetch": {"type": "object"},
            "fhirServer": {"type": "string"},
            "fhirAuthorization": {"type": "object"},
            "extension": {"type": "object"},
        },
    }


_FEEDBACK: dict[str, Any] = {
    "type": "object",
    "required": ["feedback"],
    "properties": {
        "feedback": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["card", "outcome", "outcomeTimestamp"],
                "properties": {
                    "card": {"type": "string"},
                    "outcome": {"enum": ["accepted", "overridden"]},
                    "outcomeTimestamp": {"type": "string", "format": "date-time"},
                    "acceptedSuggestions": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["id"],
                            "properties": {"id": {"type": "string"}},
                        },
                    },
                    "overrideReason": {"type": "object"},
                },
            },
        }
    },
}
_TIMELINE: dict[str, Any] = {
    "type": "object",
    "required": ["timeline", "figure"],
    "properties": {"timeline": {"type": "object"}, "figure": {"type": "object"}},
}
_CARDS: dict[str, Any] = {
    "type": "object",
    "required": ["cards"],
    "properties": {"cards": {"type": "array", "items": {"type": "object"}}},
}


def _chart_in(summary: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    found = _post(summary, _ANY_OBJECT, answer)
    found["parameters"] = [
        {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
        for name, text, schema in (
            ("asOf", "the day of the assessment", {"type": "string", "format": "date"}),
            ("jurisdiction", "whose labels count", {"type": "string", "enum": list(JURISDICTIONS)}),
            ("policy", "the policy", {"type": "string", "enum": list(POLICIES)}),
            (
                "carTAccess",
                "whether CAR-T therapy is within reach",
                {"type": "string", "enum": ["yes", "no", "unknown"]},
            ),
            ("hiddenRegimens", "comma-separated ids of regimens that the site does not offer", {"type": "string"}),
            ("markedRegimens", "comma-separated ids, or JSON with a note for each", {"type": "string"}),
            ("liftedProgrammes", "comma-separated programmes that have ended", {"type": "string"}),
        )
    ]
    return found


def document(base_url: str) -> dict[str, Any]:
    """Return the description of everything that this service answers, start page excepted."""
    paths: dict[str, Any] = {"/cds-services": {"get": _get("CDS Hooks discovery")}}
    for service in SERVICES:
        where = f"/cds-services/{service['id']}"
        paths[where] = {
            "post": _post(f"The hook {service['hook']}: {service['title']}", _request(service["hook"]), _CARDS, 412)
        }
    feedback = _post("What clinicians did with cards", _FEEDBACK, _ANY_OBJECT, 404, 503)
    ids = [service["id"] for service in SERVICES]
    feedback["parameters"] = [
        {"name": "service", "in": "path", "required": True, "schema": {"type": "string", "enum": ids}}
    ]
    paths["/cds-services/{service}/feedback"] = {"post": feedback}
    paths["/assess"] = {
        "post": _chart_in(
            "FHIR R4 in (a Bundle, a hook request or NDJSON), the assessment document out; an array for several patients",
            {"type": ["object", "array"]},
        )
    }
    paths["/timeline"] = {
        "post": _chart_in(
            "The chart of one patient in, its therapy timeline out: as data, and as a plotly figure", _TIMELINE
        )
    }
    paths["/healthz"] = {"get": _get("Is the process alive")}
    paths["/readyz"] = {"get": _get("Can the knowledge and the store be used", _JSON, 503)}
    paths["/metrics"] = {"get": _get("Counters for Prometheus", "text/plain")}
    paths["/openapi.json"] = {"get": _get("This document")}
    paths["/docs"] = {"get": _get("This document as a page", "text/html")}
    schema = "application/schema+json"
    paths["/schemas/assessment.json"] = {"get": _get("JSON Schema of the assessment document", schema)}
    named = _get("JSON Schema of a CDS Hooks 2.0 message", schema, 404)
    named["parameters"] = [
        {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "enum": list(MESSAGES)}}
    ]
    paths[f"{HOOKS_PATH}/{{name}}.json"] = {"get": named}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "myeloma-cds",
            "version": __version__,
            "description": "Decision support for multiple myeloma over CDS Hooks 2.0. Not a medical device. "
            f"The schemas of CDS Hooks messages in full: {HOOKS_PATH}/<name>.json.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": {"OperationOutcome": _OUTCOME},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
