"""The page about the comparator is current, and a disagreement gets the cause that a reader would name."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scripts.accuracy.comparator import comparator_lines
from scripts.accuracy.comparator_page import with_shipped
from scripts.accuracy.disagreements import ONLY_COMPARATOR, ONLY_SERVICE, Disagreement, disagreements, matched, right
from scripts.accuracy.run import shipped
from tests.comparator.episodes import Interval, lines
from tests.history.charts import chart_of

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "comparator.md"


def test_the_table_of_shipped_patients_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_shipped(page, shipped()) == page, "run `python -m scripts.accuracy --shipped-only`"


def test_the_shipped_patients_are_those_with_myeloma() -> None:
    found = {patient.patient: (patient.count, patient.comparator) for patient in shipped()}
    assert found["tcr-four-lines"] == (4, 4)
    assert not {"mgus", "smoldering", "al-amyloidosis-daratumumab", "no-plasma-cell-disorder"} & found.keys()


CHART = {
    "as_of": date(2024, 1, 1),
    "diagnosis": {"myeloma": date(2020, 1, 1)},
    "drugs": [
        "bortezomib 2020-01-10..2020-06-10",
        "dexamethasone 2020-01-10..2020-06-10",
        "lenalidomide 2020-01-10..2020-06-10",
        "selinexor 2021-01-10..2021-06-10 taken:planned",
        "pomalidomide 2022-01-10.. source:request taken:ordered",
    ],
    "events": ["car-t 2023-01-10 ciltacabtagene autoleucel", "autologous-transplant 2020-07-20"],
}


def test_the_comparator_is_given_drugs_and_days() -> None:
    found = comparator_lines(chart_of(CHART), date(2024, 1, 1), date(2020, 1, 1))
    assert [(line.start.isoformat(), sorted(line.agents)) for line in found] == [
        ("2020-01-10", ["bortezomib", "lenalidomide"]),
        ("2022-01-10", ["pomalidomide"]),
        ("2023-01-10", ["ciltacabtagene autoleucel"]),
    ]


def line(start: str, agents: str, boundary: str = "L15", **more: Any) -> dict[str, Any]:
    known = {
        "start": start, "end": None, "boundary": boundary, "agents": agents.split(), "regimen": agents,
        "phases": [], "progressions": [], "flags": [], "basis": [],
    }  # fmt: skip
    return known | more


def phase(kind: str, start: str, agents: str = "lenalidomide") -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": None, "agents": agents.split()}


def given(*texts: str) -> list[Interval]:
    found = []
    for text in texts:
        agent, span = text.rsplit(" ", 1)
        start, _, end = span.partition("..")
        found.append(Interval(agent, date.fromisoformat(start), date.fromisoformat(end or start)))
    return found


PROGRESSION = [{"trust": "T2", "date": "2021-02-01"}]
VRD = ("bortezomib 2020-01-10..2020-06-10", "lenalidomide 2020-01-10..2020-06-10")


@pytest.mark.parametrize(
    ("found", "drugs", "transplants", "cause"),
    [
        (
            [
                line("2020-01-10", "bortezomib lenalidomide", progressions=PROGRESSION),
                line("2020-10-10", "bortezomib"),
            ],
            (*VRD, "bortezomib 2020-10-10..2021-06-10"),
            [],
            ONLY_SERVICE[1],
        ),
        (
            [
                line("2020-01-10", "daratumumab", progressions=PROGRESSION),
                line("2020-03-20", "daratumumab lenalidomide"),
            ],
            ("daratumumab 2020-01-10..2021-01-10", "lenalidomide 2020-03-20..2021-01-10"),
            [],
            ONLY_SERVICE[2],
        ),
        (
            [line("2020-01-10", "bortezomib", progressions=PROGRESSION), line("2020-04-01", "bortezomib")],
            ("bortezomib 2020-01-10..2020-12-10",),
            [],
            ONLY_SERVICE[0],
        ),
        (
            [line("2020-01-10", "bortezomib"), line("2020-03-01", "daratumumab", flags=["toxicity_substitution"])],
            ("bortezomib 2020-01-10..2020-12-10", "daratumumab 2020-01-20..2020-12-10"),
            [],
            ONLY_SERVICE[4],
        ),
        (
            [line("2020-01-10", "bortezomib lenalidomide"), line("2020-12-01", "melphalan", "L10")],
            VRD,
            ["2020-08-01", "2020-12-01"],
            ONLY_SERVICE[6],
        ),
        (
            [line("2020-01-10", "daratumumab bortezomib lenalidomide", phases=[phase("treatment", "2020-01-10")])],
            (*VRD, "daratumumab 2020-01-10..2021-06-10"),
            [],
            "",
        ),
        (
            [
                line(
                    "2020-01-10",
                    "daratumumab bortezomib pomalidomide",
                    phases=[phase("treatment", "2020-01-10", "bortezomib daratumumab pomalidomide")],
                )
            ],
            (
                "bortezomib 2020-01-10..2020-06-10",
                "daratumumab 2020-01-10..2021-06-10",
                "pomalidomide 2020-01-10..2021-06-10",
            ),
            [],
            ONLY_COMPARATOR[0],
        ),
        (
            [
                line(
                    "2020-01-10",
                    "daratumumab lenalidomide",
                    phases=[phase("treatment", "2020-01-10"), phase("maintenance", "2020-06-15")],
                )
            ],
            ("daratumumab 2020-01-10..2020-03-10", "lenalidomide 2020-06-15..2020-07-10"),
            [],
            ONLY_COMPARATOR[4],
        ),
        (
            [
                line(
                    "2020-01-10",
                    "bortezomib lenalidomide",
                    basis=["L17"],
                    phases=[phase("treatment", "2020-01-10", "bortezomib lenalidomide")],
                )
            ],
            (*VRD, "bortezomib 2021-01-10..2021-06-10", "lenalidomide 2021-01-10..2021-06-10"),
            [],
            ONLY_COMPARATOR[3],
        ),
        (
            [line("2020-06-20", "pomalidomide")],
            ("lenalidomide 2019-01-10..2019-12-10", "pomalidomide 2020-06-20..2021-06-10"),
            [],
            ONLY_COMPARATOR[10],
        ),
    ],
)
def test_causes(found: list[dict[str, Any]], drugs: tuple[str, ...], transplants: list[str], cause: str) -> None:
    theirs = lines(given(*drugs), [date.fromisoformat(day) for day in transplants])
    assert [d.cause for d in disagreements(found, theirs, frozenset())] == ([cause] if cause else [])


def test_days_are_paired_closest_first() -> None:
    ours = [date(2020, 1, 1), date(2020, 3, 1)]
    theirs = [date(2020, 2, 10), date(2020, 3, 2)]
    assert matched(ours, theirs) == [(1, 1), (0, 0)]
    assert matched([date(2020, 1, 1)], [date(2020, 2, 15)]) == [(0, 0)]
    assert matched([date(2020, 1, 1)], [date(2020, 2, 16)]) == []


def test_the_truth_takes_sides() -> None:
    ours, truth = [date(2020, 1, 1), date(2021, 1, 1)], [date(2020, 1, 1), date(2022, 1, 1)]
    found = [
        Disagreement(date(2021, 1, 1), "service", "", ""),
        Disagreement(date(2022, 1, 10), "comparator", "", ""),
        Disagreement(date(2020, 6, 1), "comparator", "", ""),
    ]
    assert right(found, ours, truth) == [False, False, True]
