"""From bytes (or dictionaries) to typed resources: any Bundle, nested bundles, lists, NDJSON, single resources, failed searches.

Each entry is decoded on its own, so that a malformed resource costs one entry. The typed decoder skips what nobody reads; an entry
that it refuses is read once more by `lenient`, which takes numbers for strings, single objects for lists and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from fhir_mappings.read.damage import clean, flatten, untyped
from fhir_mappings.read.entries import Entries, Entry
from fhir_mappings.read.envelope import (
    NAMES,
    NOT_PLAIN,
    BundleEntry,
    Link,
    Outcome,
    RawBundle,
    any_decoder,
    bundle_decoder,
    entry_decoder,
    list_decoder,
    tag_decoder,
    typed_decoder,
)
from fhir_mappings.read.lenient import UnreadableError, lenient
from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.resource_base import Resource
from fhir_mappings.read.resources import READ
from fhir_mappings.read.upgrade import UPGRADED, upgrade
from fhir_mappings.record import QualityNote

_TYPES: dict[str, type[Resource]] = {kind.__name__: kind for kind in READ}
_KNOWN = frozenset({*_TYPES, "Observation", "Bundle", "OperationOutcome"})
_MAX_DEPTH = 5
_SEARCHED = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)(?:/_search)?(?:\?|$)")


class _Reader(Struct):
    """Collects while walking a body."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[QualityNote] = field(default_factory=list)
    failed: str | None = None
    truncated: bool = False
    searched: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    plain: bool = False

    def body(self, raw: bytes | msgspec.Raw, depth: int = 0) -> None:
        """Read a whole body: a bundle, a resource, or a list of either."""
        if bytes(memoryview(raw)[:64]).lstrip()[:1] == b"[":
            self._each(list_decoder.decode(raw), depth)
            return
        if self._in_one_go(raw):
            return
        try:
            self._bundle(bundle_decoder.decode(raw), depth)
        except msgspec.ValidationError:
            self.entry(raw, depth)

    def _in_one_go(self, raw: bytes | msgspec.Raw) -> bool:
        """Read a bundle in which every entry is a readable resource; tells whether it was one."""
        try:
            bundle = typed_decoder.decode(raw)
        except msgspec.ValidationError:
            return False
        return self.plain_bundle(bundle.entry, bundle.link)

    def plain_bundle(self, entries: list[BundleEntry], links: list[Link]) -> bool:
        """Take a decoded bundle when it holds readable resources and nothing else; tells whether it did."""
        kinds = {type(wire.resource) for wire in entries}
        if kinds & NOT_PLAIN:
            return False
        self.plain = True
        self._links(links)
        self.seen.update([NAMES[kind] for kind in kinds])
        for wire in entries if kinds & UPGRADED else ():
            if type(wire.resource) in UPGRADED:
                upgrade(wire.resource)
        self.entries += [Entry(wire.resource, wire.full_url) for wire in entries if wire.resource is not None]
        return True

    def _bundle(self, bundle: RawBundle, depth: int) -> None:
        self._links(bundle.link)
        self._each(bundle.entry, depth)

    def _links(self, links: list[Link]) -> None:
        for link in links:
            if link.relation == "next":
                self.truncated = True
            elif link.relation == "self" and link.url and (found := _SEARCHED.search(link.url)):
                self.searched.add(found[1])

    def _each(self, raws: Iterable[msgspec.Raw], depth: int) -> None:
        if depth > _MAX_DEPTH:
            self.truncated = True
            self.notes.append(
                QualityNote("error", "Bundle", "bundles are nested too deeply; the inner ones were not read")
            )
            return
        for raw in raws:
            self.entry(raw, depth)

    def entry(self, raw: bytes | msgspec.Raw, depth: int) -> None:
        """Read one entry of a bundle, or a resource that stands where an entry belongs."""
        try:
            wire = entry_decoder.decode(raw)
        except msgspec.ValidationError:
            self._entry_slowly(raw, depth)
            return
        if wire.resource is not None:
            self._resource(wire.resource, wire.full_url, depth, wire.search.mode if wire.search else None)
        else:
            self._bare(raw, depth)

    def _bare(self, raw: bytes | msgspec.Raw, depth: int) -> None:
        try:
            self._resource(any_decoder.decode(raw), None, depth, None)
        except msgspec.ValidationError:
            self._entry_slowly(raw, depth)

    def _resource(self, resource: Any, full_url: str | None, depth: int, mode: str | None) -> None:
        if isinstance(resource, RawBundle):
            self.seen.add("Bundle")
            self._bundle(resource, depth + 1)
        elif isinstance(resource, Outcome):
            self._outcome(resource, mode)
        else:
            upgrade(resource)
            self.seen.add(resource.kind)
            self.entries.append(Entry(resource, full_url))

    def _outcome(self, outcome: Outcome, mode: str | None) -> None:
        """Tell "no results" (a warning beside the matches) from a search that failed."""
        severities = {issue.severity for issue in outcome.issue}
        if severities & {"error", "fatal"} or (
            mode != "outcome" and not severities <= {"information", "warning", "success"}
        ):
            self.failed = "the search failed (OperationOutcome)"

    def _entry_slowly(self, raw: bytes | msgspec.Raw, depth: int) -> None:
        """Read an entry that the typed decoder refuses: unknown type, or a value of another shape."""
        kind = _kind_of(raw)
        if kind is not None:
            self.seen.add(kind)
            if kind not in _KNOWN:
                return
        value = untyped(raw)
        if value is None:
            return
        if not isinstance(value, dict):
            self.notes.append(QualityNote("warning", "Bundle", "an entry is not a resource; it was not read"))
            return
        wrapped = value.get("resource")
        resource = wrapped if isinstance(wrapped, dict) else value
        full_url = value.get("fullUrl") if wrapped is resource else None
        name = resource.get("resourceType")
        if name == "Bundle":
            self._loose_bundle(resource, depth)
        elif name == "OperationOutcome":
            self.failed = "the search failed (OperationOutcome)"
        elif isinstance(name, str) and name in _KNOWN:
            self._loose_resource(name, resource, full_url if isinstance(full_url, str) else None)
        elif not isinstance(name, str) and value and "resource" not in value and not _only_envelope(value):
            self.notes.append(QualityNote("warning", "Bundle", "an entry has no resource type; it was not read"))

    def _loose_bundle(self, bundle: dict[str, Any], depth: int) -> None:
        entries = bundle.get("entry")
        if isinstance(entries, dict):
            entries = [entries]
        links = bundle.get("link")
        for link in links if isinstance(links, list) else [links]:
            if isinstance(link, dict) and link.get("relation") == "next":
                self.truncated = True
        if isinstance(entries, list):
            self._each([msgspec.Raw(msgspec.json.encode(entry)) for entry in entries], depth + 1)

    def _loose_resource(self, name: str, value: dict[str, Any], full_url: str | None) -> None:
        if not isinstance(value.get("id"), str):
            value = {key: one for key, one in value.items() if key != "id"}
        if name == "Observation":
            sent = msgspec.json.decode(msgspec.json.encode(value), type=SentObservation)
            self.entries.append(Entry(sent, full_url))
            return
        ref = f"{name}/{value['id']}" if "id" in value else name
        try:
            resource, dropped = lenient(value, _TYPES[name])
        except UnreadableError as error:
            self.notes.append(QualityNote("error", ref, f"could not be read: {error}; not used"))
            return
        upgrade(resource)
        self.entries.append(Entry(resource, full_url, tuple(f"{path} could not be read; ignored" for path in dropped)))

    def done(self) -> Entries:
        """Return what was collected."""
        return Entries(
            tuple(self.entries),
            tuple(self.notes),
            self.failed if not self.entries else None,
            self.truncated,
            frozenset(self.searched),
            frozenset(self.seen),
            self.plain,
        )


def _kind_of(raw: bytes | msgspec.Raw) -> str | None:
    """Return the resource type of an entry or resource without decoding it."""
    try:
        tagged = tag_decoder.decode(raw)
    except msgspec.ValidationError:
        return None
    return tagged.resource.resource_type if tagged.resource else tagged.resource_type


def _only_envelope(value: dict[str, Any]) -> bool:
    """Tell whether an entry holds nothing but bundle fields, like the entries of a transaction's answer."""
    return value.keys() <= {"fullUrl", "search", "request", "response", "link", "extension", "id"}


def entries_of(value: object, *, sound: bool = False) -> Entries:
    """Return the resources of a body or of one prefetch value.

    Accepts bytes, text, `msgspec.Raw`, decoded JSON and `None` ("looked, found nothing"); bundles of any type, single resources, lists,
    NDJSON. Never raises for what a caller may send. `sound`: the value is part of a body that `is_sound`, so that it is read where it
    lies and not copied.
    """
    if value is None or value == b"null":
        return Entries()
    if isinstance(value, Entries):
        return value
    if sound and isinstance(value, msgspec.Raw):
        try:
            return _read(value)
        except (msgspec.DecodeError, RecursionError):
            pass  # looked at again below, as a copy that can be mended
    raw = _bytes_of(value)
    if raw is None:
        return Entries(failed="neither JSON nor a resource")
    raw = clean(raw)
    try:
        return _read(raw)
    except msgspec.DecodeError:
        return _read_lines(raw)
    except RecursionError:
        shallow = flatten(raw)
        if shallow == raw:
            return Entries(failed="nested too deeply")
        return entries_of(shallow)


def entries_in(entries: list[BundleEntry], links: list[Link]) -> Entries | None:
    """Return the resources of a decoded bundle; `None` when it holds anything else."""
    reader = _Reader()
    return reader.done() if reader.plain_bundle(entries, links) else None


def _read(raw: bytes | msgspec.Raw) -> Entries:
    reader = _Reader()
    reader.body(raw)
    return reader.done()


def _read_lines(raw: bytes) -> Entries:
    """Read NDJSON: a line that is not JSON costs that line."""
    lines = [line for line in raw.split(b"\n") if line.strip()]
    if len(lines) < 2 or not _all_objects(lines):
        return Entries(failed="not valid JSON")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        try:
            reader.body(line)
        except msgspec.DecodeError:
            reader.notes.append(QualityNote("error", f"line {number}", "not valid JSON; the line was not read"))
    reader.plain = False  # each line was judged by itself
    return reader.done()


def _all_objects(lines: list[bytes]) -> bool:
    """Tell whether lines look like NDJSON: each begins as an object."""
    return all(line.lstrip()[:1] == b"{" for line in lines)


def _bytes_of(value: object) -> bytes | None:
    """Return a value as JSON bytes; `None` when it has no such form."""
    if isinstance(value, msgspec.Raw):
        return bytes(value)
    if isinstance(value, bytes):
        return value.removeprefix(b"\xef\xbb\xbf")
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        return value.removeprefix("\ufeff").encode("utf-8", "replace")
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def decode_contained(raws: Iterable[msgspec.Raw]) -> Iterator[Resource | SentObservation]:
    """Return the contained resources that can be read."""
    reader = _Reader()
    for raw in raws:
        reader.entry(raw, _MAX_DEPTH)
    for entry in reader.entries:
        yield entry.resource
