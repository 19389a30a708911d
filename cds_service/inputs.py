"""Anything that `assess` may be given, as charts: Bundles, hook requests, NDJSON, lists, folders of these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cds_service.hooks.prefetch import DRUG_KEYS, cut_off, gaps, gaps_of, parts_of, take_stock
from cds_service.hooks.sufficiency import drugs_looked_for
from cds_service.options import EXTENSION
from cds_service.parts import Part
from fhir_mappings.record import Gap

SUFFIXES = frozenset({".json", ".ndjson", ".jsonl"})
TRUTH_FILE = "truth.json"
LINES_LOST = "part of its file could not be read"
_BOM = b"\xef\xbb\xbf"


class InputError(ValueError):
    """An input that cannot be read; the text says where and why, without quoting it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What one input holds. A hook request also brings its patient, its gaps and the options that it asks for."""

    parts: tuple[Part, ...]
    patient_id: str | None = None
    gaps: tuple[Gap, ...] = ()
    drugs_looked_for: bool = False
    options: Mapping[str, object] = field(default_factory=dict)


class _Shape(msgspec.Struct, rename={"resource_type": "resourceType"}, gc=False):
    """Enough of a JSON object to tell a hook request from FHIR."""

    resource_type: Any = None
    hook: Any = None
    context: Any = None
    prefetch: msgspec.Raw = msgspec.Raw(b"null")
    extension: Any = None
    entry: msgspec.Raw = msgspec.Raw(b"null")
    resource: msgspec.Raw = msgspec.Raw(b"null")


_SHAPE = msgspec.json.Decoder(_Shape)
_RAW = msgspec.json.Decoder(msgspec.Raw)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_PREFETCH = msgspec.json.Decoder(dict[str, msgspec.Raw])
_DECODE_ERRORS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def parse(data: bytes, problems: list[str] | None = None) -> list[Chart]:
    """Read one input, JSON or NDJSON. Its resources stay together; hook requests are charts of their own.

    A line of NDJSON that cannot be used is refused; with `problems` it is named there, the others are read, and what it may
    have held is a gap of their chart.
    """
    data = data.removeprefix(_BOM).strip()
    if not data:
        raise InputError("it is empty")
    try:
        _RAW.decode(data)
    except _DECODE_ERRORS:
        if b"\n" not in data:
            raise InputError("it is not well-formed JSON") from None
    else:
        return _gather(map(_sort, _values(data)))
    return _parse_lines(data, problems)


def _values(data: bytes) -> Iterator[bytes]:
    if data[:1] != b"[":
        yield data
        return
    yield from map(bytes, _LIST.decode(data))


def _parse_lines(data: bytes, problems: list[str] | None) -> list[Chart]:
    """Read NDJSON; when not even the first line is JSON of its own, it was meant as one JSON text."""
    found: list[bytes | Chart] = []
    lost: list[str] = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _RAW.decode(line)
        except _DECODE_ERRORS:
            if number == 1:
                raise InputError("it is not well-formed JSON") from None
            lost.append(f"line {number} is not well-formed JSON")
            continue
        try:
            found.append(_sort(line))
        except InputError as error:
            lost.append(f"line {number} cannot be used: {error}")
    if lost and (problems is None or not found):
        raise InputError(lost[0])
    if problems is not None:
        problems += lost
    return _gather(found, incomplete=bool(lost))


def _sort(value: bytes) -> bytes | Chart:
    """Tell a resource, which is returned as it is, from a hook request."""
    if value[:1] != b"{":
        raise InputError("it holds something else than JSON objects")
    try:
        shape = _SHAPE.decode(value)
    except _DECODE_ERRORS:
        raise InputError("it is not well-formed JSON, or not FHIR") from None
    if isinstance(shape.resource_type, str) or bytes(shape.entry) != b"null" or bytes(shape.resource) != b"null":
        return value
    if shape.hook is not None or bytes(shape.prefetch) != b"null":
        return _hook_chart(shape)
    raise InputError("it holds neither FHIR resources nor a CDS Hooks request")


def _gather(found: Iterable[bytes | Chart], *, incomplete: bool = False) -> list[Chart]:
    """Put the resources together into one chart; with `incomplete`, lines beside them could not be used."""
    every = list(found)
    charts = [one for one in every if isinstance(one, Chart)]
    resources = [one for one in every if not isinstance(one, Chart)]
    if not every:
        raise InputError("it holds nothing")
    if resources:
        parts = tuple(map(Part.of, resources))
        lost = _lost_beside(parts) if incomplete else ()
        charts.append(
            Chart(parts, gaps=(*lost, *(gap for part in parts if part.entries.truncated for gap in cut_off(part))))
        )
    return charts


def _lost_beside(parts: Iterable[Part]) -> list[Gap]:
    """Name what a line that could not be used may have held: what the others hold, and in a mixed file therapy too."""
    seen = {kind for part in parts for kind in part.entries.seen}
    return gaps_of(seen | set(DRUG_KEYS.values()) | {"Procedure"} if len(seen) > 1 else seen, LINES_LOST)


def _hook_chart(shape: _Shape) -> Chart:
    """Take the prefetch of a hook request, judged as the hook does, but without refusing what is incomplete."""
    try:
        prefetch = _PREFETCH.decode(shape.prefetch)
    except _DECODE_ERRORS:
        raise InputError("its prefetch is not an object of prefetch keys") from None
    stock = take_stock({key: bytes(value) for key, value in prefetch.items()})
    patient_id = shape.context.get("patientId") if isinstance(shape.context, dict) else None
    given = shape.extension.get(EXTENSION) if isinstance(shape.extension, dict) else None
    return Chart(
        parts=tuple(parts_of(stock)),
        patient_id=patient_id.removeprefix("Patient/") if isinstance(patient_id, str) and patient_id else None,
        gaps=gaps(stock),
        drugs_looked_for=drugs_looked_for(stock),
        options=given if isinstance(given, dict) else {},
    )


def gaps_of_file(path: Path) -> list[Gap]:
    """Name what a file that cannot be read would have held, where its name begins with a resource type as in a Bulk export."""
    return gaps_of({re.split(r"[^A-Za-z]", path.name)[0]}, LINES_LOST)


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder, and of the folders in it, that may hold FHIR; not the truth that `synth` writes beside its patients."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.name != TRUTH_FILE and path.is_file()
    )
