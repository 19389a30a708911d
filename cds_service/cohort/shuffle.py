"""Sorting lines into buckets of patients on disk. Each piece of the input becomes one file, in which the lines of a bucket stand together.

Beside `0007.data` stand `0007.offsets`, where the lines of each bucket begin, and `0007.told` with errors and counts. A piece is finished
when the latter is there; it is written last and in one step, so that an interrupted run can go on.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from cds_service.cohort.files import Piece, lines_of
from cds_service.cohort.owner import Sorted, sort_line
from cds_service.cohort.patients import bucket_of
from cds_service.cohort.tally import Tally, add

UNCLAIMED = "its patient is named by an identifier that no Patient of the input has, or more than one"
_OFFSET = struct.Struct("<Q")


def shared_place(buckets: int) -> int:
    """Return the place of products, behind the buckets of patients."""
    return buckets


def identified_place(buckets: int) -> int:
    """Return the place of resources whose patient is named by an identifier only."""
    return buckets + 1


@dataclass(slots=True)
class LineError:
    """A line that could not be used: where it begins, why, and what it is."""

    file: str
    at: int
    reason: str
    text: bytes


@dataclass(slots=True)
class SortedPiece:
    """A piece of the input, sorted: resources with their places, lines that could not be used, counts."""

    resources: list[Sorted] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    tally: Tally = field(default_factory=dict)

    def told(self) -> list[dict[str, Any]]:
        """Return the errors as data."""
        return [
            {"file": one.file, "at": one.at, "reason": one.reason, "text": one.text.decode("utf-8", "replace")}
            for one in self.errors
        ]


def sort_whole(folder: Path, piece: Piece) -> SortedPiece:
    """Sort a piece, in memory. A file that cannot be read to its end is an error and not the end."""
    done = SortedPiece()
    seen: Counter[tuple[str, str]] = Counter()
    at = piece.start
    try:
        for at, line in lines_of(folder, piece):
            for one in sort_line(line):
                if one.place == "error":
                    add(done.tally, "errors", one.key)
                    done.errors.append(LineError(piece.name, at, one.key, one.entry))
                    continue
                seen["ignored" if one.place == "ignored" else "resources", one.kind] += 1
                if one.place != "ignored":
                    done.resources.append(one)
    except (OSError, EOFError) as error:
        reason = "the file cannot be read further"
        add(done.tally, "errors", reason)
        done.errors.append(LineError(piece.name, at, f"{reason}: {type(error).__name__}", b""))
    for (topic, kind), number in seen.items():
        add(done.tally, topic, kind, number)
    return done


def record(key: str, entry: bytes) -> bytes:
    """Return a key and an entry as they stand in a file."""
    return key.encode("utf-8", "replace") + b"\t" + entry + b"\n"


def _place(one: Sorted, buckets: int) -> int:
    if one.place == "patient":
        return bucket_of(one.key, buckets)
    return shared_place(buckets) if one.place == "shared" else identified_place(buckets)


def write_piece(done: SortedPiece, target: Path, buckets: int, **more: Any) -> None:
    """Write a sorted piece; that it is finished is written last, with `more` if there is more to tell."""
    places: dict[int, list[bytes]] = {}
    for one in done.resources:
        places.setdefault(_place(one, buckets), []).append(record(one.key, one.entry))
    offsets = []
    with target.with_suffix(".data").open("wb") as out:
        for place in range(buckets + 2):
            offsets.append(out.tell())
            out.writelines(places.get(place, ()))
        offsets.append(out.tell())
    target.with_suffix(".offsets").write_bytes(b"".join(map(_OFFSET.pack, offsets)))
    write_whole(target.with_suffix(".told"), orjson.dumps({"errors": done.told(), "tally": done.tally, **more}))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: it is there whole or not at all."""
    draft = path.with_suffix(path.suffix + ".part")
    draft.write_bytes(content)
    draft.replace(path)


def records(folder: Path, place: int) -> Iterator[tuple[str, bytes]]:
    """Yield key and entry of everything that the sorted pieces of a folder hold for a bucket or other place."""
    for offsets in sorted(folder.glob("*.offsets")):
        with offsets.open("rb") as file:
            file.seek(place * _OFFSET.size)
            start, end = struct.unpack("<QQ", file.read(2 * _OFFSET.size))
        if start == end:
            continue
        with offsets.with_suffix(".data").open("rb") as file:
            file.seek(start)
            for line in file.read(end - start).split(b"\n"):
                key, tab, entry = line.partition(b"\t")
                if tab:
                    yield key.decode(), entry
