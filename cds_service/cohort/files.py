"""The input: which files, cut into which pieces, and the lines of a piece with their place in the file."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SUFFIXES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the input: its name below the input folder, its size in bytes, and when it was changed."""

    name: str
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file, from byte `start` to before byte `end`; a line belongs to the piece that it begins in."""

    name: str
    start: int
    end: int


def sources(folder: Path) -> list[Source]:
    """List the NDJSON files of a folder and of the folders in it, by name. Raises `OSError`."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.name.lower().endswith(SUFFIXES) and path.is_file():
            about = path.stat()
            found.append(Source(path.relative_to(folder).as_posix(), about.st_size, about.st_mtime_ns))
    return found


def pieces(files: list[Source], size: int) -> list[Piece]:
    """Cut files into pieces of about `size` bytes; a compressed file is one piece."""
    found = []
    for file in files:
        step = file.size if _compressed(file.name) else size
        found += [Piece(file.name, start, min(start + step, file.size)) for start in range(0, file.size, max(step, 1))]
    return found


def lines_of(folder: Path, piece: Piece) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a piece that are not blank, each with the byte that it begins at. Raises `OSError` or `EOFError`."""
    with opened(folder, piece.name) as file:
        at = piece.start
        if at and not _compressed(piece.name):
            file.seek(at - 1)
            at += len(file.readline()) - 1  # the rest of a line that began in the piece before
        for line in file:
            if at >= piece.end and not _compressed(piece.name):
                return
            text = line.strip()
            if not at:
                text = text.removeprefix(_BOM)
            if text:
                yield at, text
            at += len(line)


def opened(folder: Path, name: str) -> BinaryIO:
    """Open a file of the input, unpacked if it is compressed."""
    path = folder / name
    return gzip.open(path, "rb") if _compressed(name) else path.open("rb")  # type: ignore[return-value]  # a GzipFile reads alike


def _compressed(name: str) -> bool:
    return name.lower().endswith(".gz")


class LineNumbers:
    """Turns places in a file into line numbers; places have to be asked for in rising order, file by file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._file: BinaryIO | None = None
        self._at = 0
        self._line = 1

    def at(self, name: str, offset: int) -> int:
        """Return the number of the line that begins at a byte of a file."""
        if name != self._name or self._file is None:
            self.close()
            self._name, self._file, self._at, self._line = name, opened(self._folder, name), 0, 1
        while self._at < offset:
            block = self._file.read(min(1 << 20, offset - self._at))
            if not block:
                break
            self._line += block.count(b"\n")
            self._at += len(block)
        return self._line

    def close(self) -> None:
        """Close the file that was read last."""
        if self._file is not None:
            self._file.close()
            self._file = None
