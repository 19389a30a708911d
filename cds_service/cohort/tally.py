"""Counts that can be added up in any order: what was read, and what the assessments say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Tally = dict[str, Counter[str]]
"""Counts by topic and value."""


def add(tally: Tally, topic: str, value: object, amount: int = 1) -> None:
    """Add to a count."""
    tally.setdefault(topic, Counter())[_word(value)] += amount


def merge(tallies: Iterable[Mapping[str, Mapping[str, int]]]) -> Tally:
    """Add tallies up."""
    total: Tally = {}
    for tally in tallies:
        for topic, counts in tally.items():
            total.setdefault(topic, Counter()).update(counts)
    return total


def count_document(tally: Tally, document: Mapping[str, Any]) -> None:
    """Count what one assessment says."""
    add(tally, "patients", "assessed")
    add(tally, "diagnosis", document["diagnosis"]["state"])
    add(tally, "linesOfTherapy", (document["lineCount"] or {}).get("imwg"))
    for name, value in (document["summary"] or {}).items():
        if isinstance(value, Mapping) and "value" in value:
            add(tally, f"summary.{name}", value["value"])
        elif isinstance(value, str):
            add(tally, f"summary.{name}", value)
    for name, agent in (document["agents"] or {}).items():
        add(tally, f"agents.{name}", agent["status"])
    for name, group in (document["classes"] or {}).items():
        add(tally, f"classes.{name}", group["status"])
    for name, state in (document["criteriaSets"] or {}).items():
        add(tally, f"criteriaSets.{name}", state)
    for flag in document["flags"] or ():
        add(tally, "flags", flag)
    for note in document["dataQuality"] or ():
        add(tally, "dataQuality", note["severity"])
    for place, offered in _offers(document):
        if offered:
            add(tally, f"firstOption.{place}", offered[0]["regimen"])


def _offers(document: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    found = document["recommendations"]
    if isinstance(found, Mapping):
        return sorted(found.items())
    return [(str(document["jurisdiction"]), found or [])]


def as_summary(tally: Tally, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the summary document: what was asked, what was read, what was found."""
    found: dict[str, Any] = dict(about)
    for topic in sorted(tally):
        group, _, name = topic.partition(".")
        counts = dict(sorted(tally[topic].items()))
        if name:
            found.setdefault(group, {})[name] = counts
        else:
            found[group] = counts
    return found


def _word(value: object) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
    return str(value)
