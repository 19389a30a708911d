"""Anything that `assess` may be given, as charts: Bundles, hook requests, NDJSON, lists, folders of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cds_service.hooks.prefetch import cut_off, gaps, parts_of, take_stock
from cds_service.hooks.sufficiency import drugs_looked_for
from cds_service.options import EXTENSION
from cds_service.parts import Part
from fhir_mappings.record import Gap

SUFFIXES = frozenset({".json", ".ndjson", ".jsonl"})
TRUTH_FILE = "truth.json"
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


def parse(data: bytes) -> list[Chart]:
    """Read one input, JSON or NDJSON. Its resources stay together; hook requests are charts of their own."""
    data = data.removeprefix(_BOM).strip()
    if not data:
        raise InputError("it is empty")
    try:
        _RAW.decode(data)
    except _DECODE_ERRORS as error:
        if b"\n" in data:
            return _gather(_lines(data, error))
        raise InputError("it is not well-formed JSON") from None
    return _gather(_values(data))


def _values(data: bytes) -> Iterator[bytes]:
    if data[:1] != b"[":
        yield data
        return
    yield from map(bytes, _LIST.decode(data))


def _lines(data: bytes, first: Exception) -> list[bytes]:
    """Split NDJSON; when not even the first line is JSON of its own, it was meant as one JSON text."""
    found: list[bytes] = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _RAW.decode(line)
        except _DECODE_ERRORS:
            if not found:
                raise InputError("it is not well-formed JSON") from first
            raise InputError(f"line {number} is not well-formed JSON") from None
        found.append(line)
    return found


def _gather(values: Iterator[bytes] | list[bytes]) -> list[Chart]:
    resources: list[bytes] = []
    charts: list[Chart] = []
    for value in values:
        if value[:1] != b"{":
            raise InputError("it holds something else than JSON objects")
        try:
            shape = _SHAPE.decode(value)
        except _DECODE_ERRORS:
            raise InputError("it is not well-formed JSON, or not FHIR") from None
        if isinstance(shape.resource_type, str) or bytes(shape.entry) != b"null" or bytes(shape.resource) != b"null":
            resources.append(value)
        elif shape.hook is not None or bytes(shape.prefetch) != b"null":
            charts.append(_hook_chart(shape))
        else:
            raise InputError("it holds neither FHIR resources nor a CDS Hooks request")
    if not resources and not charts:
        raise InputError("it holds nothing")
    if resources:
        parts = tuple(map(Part.of, resources))
        charts.append(
            Chart(parts, gaps=tuple(gap for part in parts if part.entries.truncated for gap in cut_off(part)))
        )
    return charts


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


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder, and of the folders in it, that may hold FHIR; not the truth that `synth` writes beside its patients."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.name != TRUTH_FILE and path.is_file()
    )
