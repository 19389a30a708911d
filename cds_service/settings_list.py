"""The settings as a list to read: name, type, value, default and meaning of each."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from cds_service.settings import PREFIX, Settings

_TYPES = {
    "trusted_issuers": "JSON list of objects",
    "public_url": "URL",
    "fhir_servers": "comma-separated base URLs",
    "cors_origins": "comma-separated origins",
    "smart_frame_ancestors": "comma-separated origins",
    "database_url": "SQLAlchemy URL",
    "hidden_regimens": "comma-separated regimen ids",
    "marked_regimens": "comma-separated regimen ids, or a JSON object of id and note",
    "lifted_programmes": "comma-separated: bispecific, belantamab",
    "rate_limit": "text such as 60/minute",
}
_PLAIN_TYPES = {bool: "true, false", int: "whole number", float: "number"}


def describe(settings: Settings) -> list[tuple[str, str, str, str, str]]:
    """Return name, type, value, default and meaning of every setting; secrets are hidden."""
    rows = []
    for name, info in Settings.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        value, default = getattr(settings, name), info.get_default(call_default_factory=True)
        meaning = info.description or ""
        shown = "(hidden)" if extra.get("secret") and value is not None and value != default else _plain(value)
        rows.append((PREFIX + name.upper(), _type_of(name, info.annotation), shown, _plain(default), meaning))
    return rows


def _type_of(name: str, annotation: Any) -> str:
    """Return in words what a setting takes."""
    if get_origin(annotation) is Literal:
        return ", ".join(map(str, get_args(annotation)))
    members = [kind for kind in get_args(annotation) if kind in _PLAIN_TYPES] or [annotation]
    return _TYPES.get(name) or _PLAIN_TYPES.get(members[0], "text")


def _plain(value: object) -> str:
    match value:
        case None:
            return "(unset)"
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
