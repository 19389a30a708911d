"""Prefetch in which everything is in order, decoded together with the request around it: one pass over the bytes instead of two.

What is not in order (a page of many, an error in place of results, a type that nobody reads, a value of another shape) is not for this
module: `decode` looks at it value by value.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from msgspec import field

from fhir_mappings.read.decode import entries_in
from fhir_mappings.read.entries import Entries, Entry
from fhir_mappings.read.envelope import NAMES, BundleEntry, Link, Wire
from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.resources import READ
from fhir_mappings.read.upgrade import upgrade


class WholeBundle(Wire, tag_field="resourceType", tag="Bundle"):
    """A search with all its results, or with none."""

    entry: list[BundleEntry] = field(default_factory=list)
    link: list[Link] = field(default_factory=list)
    total: int | None = None


Whole: Any = reduce(or_, (WholeBundle, SentObservation, *READ))
"""A value that can be decoded with its request."""


def entries_of_whole(value: Any) -> Entries | None:
    """Return what a decoded value holds; `None` when it has to be looked at more closely."""
    if not isinstance(value, WholeBundle):
        upgrade(value)
        return Entries((Entry(value),), seen=frozenset({NAMES[type(value)]}))
    if value.total is not None and value.total > len(value.entry):
        return None
    found = entries_in(value.entry, value.link)
    return None if found is None or found.truncated else found
