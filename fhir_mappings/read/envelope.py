"""What stands around resources: bundles, entries, links, outcomes, and their decoders."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import msgspec

from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.resources import READ


class Wire(msgspec.Struct, rename="camel", gc=False):
    """A structure of the envelope around resources."""


class Issue(Wire):
    """One issue of an OperationOutcome."""

    severity: str | None = None
    code: str | None = None


class Outcome(Wire, tag_field="resourceType", tag="OperationOutcome"):
    """An OperationOutcome: no results, or a search that failed."""

    issue: list[Issue] = msgspec.field(default_factory=list)


class Link(Wire):
    """A link of a bundle: the search itself, the next page."""

    relation: str | None = None
    url: str | None = None


class RawBundle(Wire, tag_field="resourceType", tag="Bundle"):
    """A bundle whose entries are still bytes."""

    type: str | None = None
    entry: list[msgspec.Raw] = msgspec.field(default_factory=list)
    link: list[Link] = msgspec.field(default_factory=list)


class Search(Wire):
    """Why a search returned an entry."""

    mode: str | None = None


ANY: Any = reduce(or_, (RawBundle, Outcome, SentObservation, *READ))


class BundleEntry(Wire):
    """An entry of a bundle."""

    full_url: str | None = None
    resource: ANY | None = None
    search: Search | None = None


class TypedBundle(Wire, tag_field="resourceType", tag="Bundle"):
    """A bundle whose entries are all well formed: decoded in one go."""

    entry: list[BundleEntry]
    link: list[Link] = msgspec.field(default_factory=list)


class Tag(Wire):
    """A resource of which only the type is read."""

    resource_type: str | None = None


class TaggedEntry(Wire):
    """An entry, or a resource in its place, of which only the type is read."""

    resource: Tag | None = None
    resource_type: str | None = None


typed_decoder = msgspec.json.Decoder(TypedBundle)
bundle_decoder = msgspec.json.Decoder(RawBundle)
any_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(ANY)
entry_decoder = msgspec.json.Decoder(BundleEntry)
tag_decoder = msgspec.json.Decoder(TaggedEntry)
list_decoder = msgspec.json.Decoder(list[msgspec.Raw])


NOT_PLAIN: frozenset[type] = frozenset({RawBundle, Outcome, type(None)})
NAMES: dict[type, str] = {kind: kind.__name__ for kind in READ} | {SentObservation: "Observation"}
