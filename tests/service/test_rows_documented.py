"""docs/protocol.md lists every row of the protocol with the tests that are named by it, and no row is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "protocol.md"
SPANS = ((1, 17), (20, 26), (30, 44), (50, 70), (80, 86), (90, 100))
ROWS = [f"R{number:02d}" for first, last in SPANS for number in range(first, last + 1)]


def all_tests() -> dict[str, str]:
    """Return every test with the file that holds it."""
    found = {}
    for path in sorted([*HERE.glob("test_*.py"), *(HERE.parent / "smart").glob("test_*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = path.name
    return found


def rows_of(name: str) -> set[str]:
    """Return the rows that a test's name begins with; `R50_to_R65` means all of them."""
    head = re.match(r"test_((?:R\d+_(?:to_(?=R))?)+)", name)
    if head is None:
        return set()
    found = set(re.findall(r"R\d+", head[1]))
    for first, last in re.findall(r"R(\d+)_to_R(\d+)", head[1]):
        found |= {f"R{number:02d}" for number in range(int(first), int(last) + 1)} & set(ROWS)
    return found


def table() -> dict[str, set[str]]:
    """Return the tests that the page lists by row."""
    listed = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\| (R\d+|[ESIO]\d+) \|", line):
            listed[found[1]] = set(re.findall(r"`(test_\w+)`", line))
    return listed


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_tests(row: str) -> None:
    named = {name for name in all_tests() if row in rows_of(name)}
    assert named, f"no test is named test_{row}_..."
    assert table().get(row) == named, f"docs/protocol.md, row {row}: {', '.join(f'`{name}`' for name in sorted(named))}"


def test_what_clients_do_is_tested() -> None:
    listed = {row: names for row, names in table().items() if row[0] in "ESIO"}
    assert len(listed) >= 15
    assert all(listed.values())
    assert set().union(*listed.values()) <= set(all_tests())


def test_no_row_is_invented() -> None:
    assert {row for row in table() if row[0] == "R"} == set(ROWS)


def test_every_defence_names_its_tests() -> None:
    page = (PAGE.parent / "security.md").read_text(encoding="utf-8")
    orders = (HERE.parent / "orders" / "test_orders.py").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")][1:]
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert not [name for name in named if name not in all_tests() and f"def {name}(" not in orders], row
