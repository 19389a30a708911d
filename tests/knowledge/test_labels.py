"""Label windows: their edges as data, and uncertain dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import pytest
import yaml

from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Bound, LabelWindow
from cards.knowledge.windows import ALWAYS, parse_bound, windows_at

EDGES = cast("list[str]", yaml.safe_load(Path(__file__).with_name("label_edges.yaml").read_text(encoding="utf-8")))
FIRST = [
    "cilta_cel",
    "ide_cel",
    "tec_mono",
    "tal_mono",
    "elra_mono",
    "IsaPd",
    "IsaKd",
    "EloPd",
    "SVd",
    "Sd",
    "SDd",
    "Kd",
    "DPd",
    "BVd",
    "VenVd",
]


def spoken(window: LabelWindow, state: str) -> str:
    low, high = window.requirement.min_lines, window.requirement.max_lines
    asked = "any" if low is None else f"{low}+" if high is None else f"{low}-{high}"
    return f"{state} {window.type} {asked}"


@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge: str) -> None:
    name, place, day, expected = edge.split(" ", 3)
    found = windows_at(load_knowledge().regimens[name].labels, place, date.fromisoformat(day))
    assert (", ".join(spoken(window, state) for window, state in found) or "-") == expected


@pytest.mark.parametrize("name", FIRST)
def test_every_dated_window_of_the_first_regimens_has_its_edges(name: str) -> None:
    tested = {tuple(edge.split(" ")[:3]) for edge in EDGES}
    for window in load_knowledge().regimens[name].labels:
        if window.start and window.start.earliest != ALWAYS:
            assert (name, window.jurisdiction, str(window.start.latest)) in tested


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2022-02-28", date(2022, 2, 28), date(2022, 2, 28)),
        ("~2022-05-26", date(2022, 4, 26), date(2022, 5, 26)),
        ("~2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("always", ALWAYS, ALWAYS),
    ],
)
def test_bounds(text: str, earliest: date, latest: date) -> None:
    assert parse_bound(text) == Bound(earliest, latest)
    assert Bound(earliest, latest).certain == (earliest == latest)


@pytest.mark.parametrize("text", ["2022", "~2022", "2022-02", "~2022-02-30", "soon", "", "~"])
def test_what_is_no_bound(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_bound(text)
