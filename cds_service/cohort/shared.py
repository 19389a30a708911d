"""Products (Medication) that patients refer to: kept on disk by name, and brought to each patient who needs them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from cds_service.cohort.owner import resource_in
from fhir_mappings.read.references import normal_reference

DEPTH = 3
"""How far references among products are followed (a mixture, its ingredient, that ingredient's product)."""
_REFERENCE = re.compile(rb'"reference"\s*:\s*"((?:[^"\\]|\\/)*(?:Medication\\?/|urn:)(?:[^"\\]|\\/)*)"')
_SIGNS = (b"Medication/", b"urn:uuid:", b"Medication\\/")
_AT_ONCE = 500


def names_of(entry: bytes) -> set[str]:
    """Return everything that a reference may call a product."""
    resource = resource_in(entry)
    names = {f"{resource.get('resourceType')}/{resource.get('id')}", f"urn:uuid:{resource.get('id')}".lower()}
    if isinstance(resource.get("fullUrl"), str):
        names.add(normal_reference(resource["fullUrl"]))
    return names


def references_in(entry: bytes) -> set[str]:
    """Return the references of an entry that may mean a product."""
    if not any(sign in entry for sign in _SIGNS):
        return set()
    found = {one.replace(b"\\/", b"/").decode("utf-8", "replace") for one in _REFERENCE.findall(entry)}
    return {normal_reference(one) for one in found}


class Products:
    """A folder's products, in a file. Read by several processes at once."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)

    def fill(self, entries: Iterable[bytes]) -> None:
        """Write all products down, each under all of its names."""
        with self._connection as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS products (name TEXT, entry BLOB, UNIQUE (name, entry))")
            for entry in entries:
                rows = [(name, entry) for name in names_of(entry)]
                connection.executemany("INSERT OR IGNORE INTO products VALUES (?, ?)", rows)

    def needed_by(self, entries: Iterable[bytes]) -> set[bytes]:
        """Return the products that entries refer to, and those that these refer to in turn."""
        found: set[bytes] = set()
        wanted = set().union(*map(references_in, entries))
        for _ in range(DEPTH):
            new = set(self._named(sorted(wanted))) - found
            if not new:
                break
            found |= new
            wanted = set().union(*map(references_in, new))
        return found

    def _named(self, names: list[str]) -> Iterator[bytes]:
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT entry FROM products WHERE name IN ({marks})"  # noqa: S608 - only question marks are put in
            for (entry,) in self._connection.execute(query, some):
                yield entry

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
