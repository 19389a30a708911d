"""Reference pages made from the code itself: settings, command line, HTTP, the schema of the assessment, card topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import click

from cds_service.cli import main
from cds_service.openapi import document
from cds_service.settings import Settings
from cds_service.settings_list import describe


def pages() -> dict[str, str]:
    """Return the pages by their path in the site."""
    return {
        "reference/settings.md": settings_page(),
        "reference/cli.md": cli_page(),
        "reference/http.md": http_page(),
        "reference/assessment.md": schema_page(),
    }


def settings_page() -> str:
    """Return a heading per setting."""
    parts = [
        "# Settings",
        "Environment variables. [Settings in context](../settings.md) explains stores, callers and containers.",
    ]
    for name, kind, _, default, meaning in describe(Settings.model_construct()):
        parts += [f"## `{name}`", meaning, f"Type: {kind}", f"Default: `{default}`"]
    return _joined(parts)


def cli_page() -> str:
    """Return a heading per command, and one per option."""
    parts = ["# Command line", "What `--help` says. [The commands in context](../cli.md)."]
    for name, command in _commands(main, "myeloma-cds"):
        context = click.Context(command, info_name=name)
        parts += [f"## `{name}`", (command.help or "").strip(), f"```text\n{command.get_usage(context)}\n```"]
        for option in command.params:
            if isinstance(option, click.Option):
                record = option.get_help_record(context)
                parts += [f"### `{name} {option.opts[0]}`", f"`{record[0]}`", record[1]] if record else []
    return _joined(parts)


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for one in sorted(command.commands):
        yield from _commands(command.commands[one], f"{name} {one}")


def http_page() -> str:
    """Return a heading per operation."""
    parts = ["# HTTP", "From `GET /openapi.json`. [The interface in context](../api.md)."]
    for path, item in document("http://127.0.0.1:8000")["paths"].items():
        for method, about in item.items():
            parts += [f"## `{method.upper()} {path}`", about["summary"]]
            parts += [
                "\n".join(
                    f"- `{one['name']}` ({one['in']}): {one.get('description', '')}"
                    for one in about.get("parameters", ())
                )
            ]
            parts += ["\n".join(f"- {status}: {one['description']}" for status, one in about["responses"].items())]
    return _joined(parts)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the assessment document."""
    found: dict[str, Any] = json.loads(files("cards").joinpath("schemas/assessment.json").read_text(encoding="utf-8"))
    return found


def schema_page() -> str:
    """Return a heading per type of the schema, with its members."""
    told = schema()
    parts = [
        "# Schema of the assessment",
        "From `GET /schemas/assessment.json`. [The document in context](../assessment.md).",
    ]
    parts += ["## The document", _members(told)]
    for name, about in told["$defs"].items():
        parts += [f"## {name}", about.get("description", ""), _members(about)]
        if "enum" in about:
            parts.append(", ".join(f"`{value}`" for value in about["enum"]))
    return _joined(parts)


def _members(about: dict[str, Any]) -> str:
    found = about.get("properties")
    if not found:
        return ""
    needed = set(about.get("required", ()))
    rows = [
        f"| `{name}` | {_kind(one)} | {'yes' if name in needed else ''} | {one.get('description', '')} |"
        for name, one in found.items()
    ]
    return "\n".join(["| member | type | always | meaning |", "|---|---|---|---|", *rows])


def _kind(about: Any) -> str:
    if not isinstance(about, dict):
        return ""
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in about:
        return ", ".join(f"`{value}`" for value in about["enum"])
    if "const" in about:
        return f"`{about['const']}`"
    for several in ("anyOf", "oneOf"):
        if several in about:
            return " or ".join(filter(None, map(_kind, about[several])))
    kind = about.get("type", "")
    kinds = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{kinds} of {_kind(about['items'])}" if kinds == "array" and _kind(about.get("items")) else kinds


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
