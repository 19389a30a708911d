"""YAML files as tables that know their lines, refuse duplicate keys and, once read, refuse what nobody asked for.

The C parser of PyYAML composes nodes; they are turned into `Table`, `Items` and `Scalar` here, so that every value keeps
the line it stands on. Readers take each key once; `Table.end` then refuses the keys that were not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import yaml

from cards.knowledge.errors import KnowledgeError

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_FULL_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it is written, with its line."""

    text: str
    kind: Literal["text", "number", "boolean", "date", "null"]
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list with its line."""

    values: tuple[Value, ...]
    line: int


class Table:
    """A mapping of a file. Every reader names its key once; `end` refuses the rest."""

    __slots__ = ("_taken", "_values", "file", "line", "path")

    def __init__(self, file: str, path: str, line: int, values: Mapping[str, tuple[Value, int]]) -> None:
        self.file = file
        self.path = path
        self.line = line
        self._values = values
        self._taken: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Tell whether the key is written, without taking it."""
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """Return the keys in the order of the file."""
        return tuple(self._values)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or the table's own when it is absent."""
        return self._values[key][1] if key in self._values else self.line

    def error(self, key: str, problem: str, mend: str) -> KnowledgeError:
        """Return the error for one key of this table."""
        name = f"{self.path}.{key}" if self.path and key else key or self.path
        return KnowledgeError(self.file, self.line_of(key), name, problem, mend)

    def take(self, key: str) -> Value | None:
        """Take a value; `null` counts as absent."""
        self._taken[key] = None
        if key not in self._values:
            return None
        value = self._values[key][0]
        return None if isinstance(value, Scalar) and value.kind == "null" else value

    def need(self, key: str) -> Value:
        """Take a value that must be there."""
        value = self.take(key)
        if value is None:
            raise self.error(key, "is missing", f"Please add `{key}:` to this entry")
        return value

    def opt_text(self, key: str) -> str | None:
        """Return a text, or `None`."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, Scalar) or value.kind == "boolean":
            raise self.error(
                key, "should be a text", "Please write one text, in quotes if YAML reads it as something else"
            )
        return " ".join(value.text.split())

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        self.need(key)
        text = self.opt_text(key)
        if not text:
            raise self.error(key, "is empty", "Please write what belongs here, or remove the entry")
        return text

    def opt_number(self, key: str) -> float | None:
        """Return a number, or `None`."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, Scalar) or not _NUMBER.match(value.text):
            raise self.error(key, "should be a number", "Please write a plain decimal number such as 50 or 0.5")
        return float(value.text)

    def opt_whole(self, key: str) -> int | None:
        """Return a whole number, or `None`."""
        number = self.opt_number(key)
        if number is not None and number != int(number):
            raise self.error(key, "should be a whole number", "Please write it without a fraction")
        return None if number is None else int(number)

    def opt_flag(self, key: str) -> bool | None:
        """Return yes or no, or `None`."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, Scalar) or value.text not in {"true", "false"}:
            raise self.error(key, "should be true or false", "Please write `true` or `false`")
        return value.text == "true"

    def opt_date(self, key: str) -> date | None:
        """Return a calendar day, or `None`."""
        text = self.opt_text(key)
        return None if text is None else self.parse_date(key, text)

    def day(self, key: str) -> date:
        """Return a calendar day that must be there."""
        return self.parse_date(key, self.text(key))

    def parse_date(self, key: str, text: str) -> date:
        """Return the day a text names."""
        try:
            day = date.fromisoformat(text) if _FULL_DATE.match(text) else None
        except ValueError:
            day = None
        if day is None:
            raise self.error(key, f"`{text}` is not a calendar day", "Please write the day as YYYY-MM-DD")
        return day

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the allowed words."""
        text = self.opt_text(key) if default is not None else self.text(key)
        if text is None:
            return cast("str", default)
        if text not in allowed:
            raise self.error(key, f"`{text}` is not known here", f"Please use one of: {', '.join(allowed)}")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; absent is empty."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, Items) or any(not isinstance(item, Scalar) for item in value.values):
            raise self.error(key, "should be a list of texts", "Please write it as a list, for example [PI, IMID]")
        found = tuple(" ".join(item.text.split()) for item in value.values if isinstance(item, Scalar))
        if len(set(found)) != len(found):
            raise self.error(key, "names something twice", "Please keep each name once")
        return found

    def opt_table(self, key: str) -> Table | None:
        """Return a nested table, or `None`."""
        value = self.take(key)
        if value is not None and not isinstance(value, Table):
            raise self.error(key, "should hold keys of its own", "Please indent its keys below it")
        return value

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return a list of tables; absent is empty."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, Items):
            raise self.error(key, "should be a list", "Please start each entry below it with a dash")
        return tuple(self.as_table(key, item) for item in value.values)

    def as_table(self, key: str, value: Value) -> Table:
        """Return a list's entry as a table or refuse it."""
        if not isinstance(value, Table):
            raise KnowledgeError(
                self.file,
                value.line,
                key,
                "an entry should hold keys of its own",
                "Please write `key: value` pairs below the dash",
            )
        return value

    def entries(self) -> Iterator[tuple[str, Table]]:
        """Take every key of a table of tables."""
        for key in self._values:
            table = self.opt_table(key)
            if table is None:
                raise self.error(key, "is empty", "Please fill the entry or remove it")
            yield key, table

    def end(self) -> None:
        """Refuse every key that no reader asked for."""
        for key in self._values:
            if key not in self._taken:
                known = ", ".join(sorted(self._taken))
                raise self.error(key, "is not a key that this entry knows", f"Please use one of: {known}")


Value = Scalar | Items | Table
_KINDS: Mapping[str, Literal["number", "boolean", "date", "null"]] = MappingProxyType(
    {
        "tag:yaml.org,2002:int": "number",
        "tag:yaml.org,2002:float": "number",
        "tag:yaml.org,2002:bool": "boolean",
        "tag:yaml.org,2002:timestamp": "date",
        "tag:yaml.org,2002:null": "null",
    }
)


def read_table(path: Path, file: str) -> Table:
    """Read one file; `file` is its name in messages."""
    return parse_table(path.read_text(encoding="utf-8"), file)


def parse_table(text: str, file: str) -> Table:
    """Read the text of one file."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError(
            file,
            line,
            "",
            f"is not readable as YAML ({error.problem})",
            "Please mend the indentation or the quotes near this line",
        ) from error
    if not isinstance(node, yaml.MappingNode):
        raise KnowledgeError(file, 1, "", "holds no keys", "Please write `key: value` pairs at the top of the file")
    return cast("Table", _value(node, file, ""))


def _value(node: yaml.Node, file: str, path: str) -> Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, _KINDS.get(node.tag, "text"), line)
    if isinstance(node, yaml.SequenceNode):
        return Items(tuple(_value(item, file, f"{path}[{number}]") for number, item in enumerate(node.value, 1)), line)
    values: dict[str, tuple[Value, int]] = {}
    for key_node, value_node in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        key_line = key_node.start_mark.line + 1
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        if not key:
            raise KnowledgeError(
                file, key_line, path, "a key is not a plain word", "Please write the key as one word or name"
            )
        if key in values:
            raise KnowledgeError(
                file,
                key_line,
                f"{path}.{key}" if path else key,
                f"is written twice (first on line {values[key][1]})",
                "Please keep one of the two",
            )
        values[key] = (_value(value_node, file, f"{path}.{key}" if path else key), key_line)
    return Table(file, path, line, values)
