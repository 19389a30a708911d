"""The rules of the drug-and-gap comparator, each at its edge."""

import ast
import random
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.comparator.episodes import Interval, Line, eras, lines

DAY = date(2020, 1, 1)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def drugs(*texts: str) -> list[Interval]:
    """Read `lenalidomide 0..100` with days counted from the first one."""
    found = []
    for text in texts:
        agent, span = text.rsplit(" ", 1)
        start, _, end = span.partition("..")
        found.append(Interval(agent, day(int(start)), day(int(end or start))))
    return found


def told(found: list[Line]) -> list[str]:
    return [
        " then ".join(
            "+".join(sorted(r.agents)) if r.kind == "drugs" else r.kind
            for r in sorted(line.regimens, key=lambda r: (r.start, r.kind))
        )
        for line in found
    ]


def test_nothing_of_the_project_is_imported() -> None:
    tree = ast.parse((Path(__file__).parent / "episodes.py").read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert names
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(("gap", "count"), [(90, 1), (91, 2)])
def test_a_gap_of_more_than_90_days_ends_a_drug(gap: int, count: int) -> None:
    assert len(eras(drugs("lenalidomide 0..100", f"lenalidomide {100 + gap}..400"), 90)) == count
    assert len(lines(drugs("lenalidomide 0..100", f"lenalidomide {100 + gap}..400"))) == count


def test_overlapping_records_are_one_era() -> None:
    assert eras(drugs("lenalidomide 0..100", "lenalidomide 20..60", "bortezomib 5..9"), 90) == drugs(
        "lenalidomide 0..100", "bortezomib 5..9"
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [(30, ["bortezomib+daratumumab"]), (31, ["bortezomib", "bortezomib+daratumumab"])],
)
def test_drugs_within_30_days_are_one_regimen(start: int, expected: list[str]) -> None:
    assert told(lines(drugs("bortezomib 0..200", f"daratumumab {start}..200"))) == expected


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (70, ["carfilzomib+daratumumab"]),
        (69, ["carfilzomib+daratumumab", "daratumumab"]),
    ],
)
def test_drugs_that_stop_within_30_days_stop_together(stop: int, expected: list[str]) -> None:
    """The rest is a regimen of its own: daratumumab alone for 31 days is no maintenance."""
    assert told(lines(drugs(f"carfilzomib 0..{stop}", "daratumumab 0..100"))) == expected


def test_the_end_of_a_common_stop_is_its_last_day() -> None:
    found = lines(drugs("carfilzomib 0..80", "daratumumab 0..100"))
    assert [(line.start, line.end) for line in found] == [(day(0), day(100))]


def test_a_new_regimen_begins_with_the_added_drug() -> None:
    found = lines(drugs("daratumumab 0..300", "selinexor 150..300"))
    assert [(line.start, line.end) for line in found] == [(day(0), day(149)), (day(150), day(300))]


def test_a_drug_that_lingers_is_no_part_of_the_next_regimen() -> None:
    assert told(lines(drugs("daratumumab 0..165", "selinexor 150..300"))) == ["daratumumab", "selinexor"]


@pytest.mark.parametrize(
    ("texts", "joins"),
    [
        (("bortezomib 0..30", "melphalan 0..30", "lenalidomide 100..200"), True),
        (("bortezomib 0..29", "melphalan 0..29", "lenalidomide 100..200"), False),  # combination of 30 days
        (("bortezomib 0..120", "lenalidomide 150..300"), False),  # no combination
        (("bortezomib 0..120", "melphalan 0..120", "lenalidomide 300..400"), True),  # 180 days later
        (("bortezomib 0..120", "melphalan 0..120", "lenalidomide 301..401"), False),  # 181 days later
        (("bortezomib 0..120", "melphalan 0..120", "lenalidomide 150..210"), True),  # 61 days of it
        (("bortezomib 0..120", "melphalan 0..120", "lenalidomide 150..209"), False),  # 60 days of it
        (("bortezomib 0..120", "melphalan 0..120", "pomalidomide 150..300"), False),  # not a usual one
        (("bortezomib 0..120", "melphalan 0..120", "daratumumab 150..300"), False),  # not in the combination
        (("bortezomib 0..120", "daratumumab 0..120", "daratumumab 240..400"), True),
        (("bortezomib 0..120", "melphalan 0..120", "lenalidomide 150..300", "ixazomib 150..300"), False),  # two drugs
    ],
)
def test_maintenance_after_a_combination(texts: tuple[str, ...], joins: bool) -> None:
    assert len(lines(drugs(*texts))) == (1 if joins else 2)


def test_a_drug_that_stays_when_others_are_dropped_is_maintenance_or_a_line() -> None:
    assert told(lines(drugs("bortezomib 0..120", "lenalidomide 0..400"))) == [
        "bortezomib+lenalidomide then lenalidomide"
    ]
    assert told(lines(drugs("bortezomib 0..120", "lenalidomide 0..400", "daratumumab 0..400"))) == [
        "bortezomib+daratumumab+lenalidomide",
        "daratumumab+lenalidomide",
    ]


@pytest.mark.parametrize(("gap", "joins"), [(365, True), (366, False)])
def test_any_single_drug_within_a_year_of_a_transplant(gap: int, joins: bool) -> None:
    found = lines(
        drugs("carfilzomib 0..120", "daratumumab 0..120", f"pomalidomide {150 + gap}..{160 + gap}"), [day(150)]
    )
    assert len(found) == (1 if joins else 2)


def test_a_pair_after_a_transplant_is_a_line() -> None:
    found = lines(
        drugs("daratumumab 0..120", "bortezomib 0..120", "daratumumab 250..400", "lenalidomide 250..400"), [day(150)]
    )
    assert len(found) == 2


@pytest.mark.parametrize(("gap", "joins"), [(180, True), (181, False)])
def test_induction_and_transplant(gap: int, joins: bool) -> None:
    found = lines(drugs("daratumumab 0..120", "bortezomib 0..120"), [day(120 + gap)])
    assert len(found) == (1 if joins else 2)


@pytest.mark.parametrize(
    "induction", [("bortezomib", "lenalidomide"), ("carfilzomib", "lenalidomide"), ("bortezomib", "thalidomide")]
)
def test_a_usual_induction_waits_for_its_transplant(induction: tuple[str, str]) -> None:
    found = lines(drugs(*(f"{agent} 0..120" for agent in induction)), [day(700)])
    assert told(found) == [f"{'+'.join(sorted(induction))} then transplant"]


@pytest.mark.parametrize(("gap", "count"), [(180, 1), (181, 2)])
def test_a_second_transplant(gap: int, count: int) -> None:
    found = lines(drugs("daratumumab 0..120", "bortezomib 0..120"), [day(150), day(150 + gap)])
    assert len(found) == count


@pytest.mark.parametrize(("length", "expected"), [(6, 1), (8, 2)])
def test_a_short_alkylator_before_a_transplant_belongs_to_it(length: int, expected: int) -> None:
    texts = ("bortezomib 0..120", "daratumumab 0..120", f"cyclophosphamide 130..{130 + length}", "melphalan 168..169")
    assert len(lines(drugs(*texts), [day(170)])) == expected


@pytest.mark.parametrize(
    ("texts", "joins"),
    [
        (("daratumumab 0..300", "lenalidomide 90..300"), True),
        (("daratumumab 0..300", "lenalidomide 91..300"), False),
        (("daratumumab 0..300", "carfilzomib 60..300"), True),
        (("daratumumab 0..300", "selinexor 60..300"), False),  # neither an IMiD nor a PI
        (("bortezomib 0..300", "carfilzomib 60..300"), False),  # two PIs
        (("pomalidomide 0..300", "lenalidomide 60..300"), False),  # two IMiDs
        (("daratumumab 0..50", "lenalidomide 60..300"), False),  # a change, no addition
    ],
)
def test_early_additions(texts: tuple[str, ...], joins: bool) -> None:
    assert len(lines(drugs(*texts))) == (1 if joins else 2)


@pytest.mark.parametrize(("start", "joins"), [(60, True), (61, False)])
def test_lenalidomide_added_to_cyclophosphamide(start: int, joins: bool) -> None:
    """Beside thalidomide the general rule does not apply; the one for cyclophosphamide does."""
    texts = ("cyclophosphamide 0..300", "thalidomide 0..300", f"lenalidomide {start}..300")
    assert len(lines(drugs(*texts))) == (1 if joins else 2)


def test_lenalidomide_added_to_cyclophosphamide_in_a_later_line() -> None:
    texts = ("daratumumab -400..-200", "cyclophosphamide 0..300", "thalidomide 0..300", "lenalidomide 60..300")
    assert len(lines(drugs(*texts))) == 3


def test_collection_lymphodepletion_and_infusion_are_one_line() -> None:
    found = lines(
        drugs("pomalidomide 0..200", "cyclophosphamide 260..262", "fludarabine 260..262"),
        collections=[day(220), day(221)],
        infusions=[(day(267), "ciltacabtagene autoleucel")],
    )
    assert told(found) == ["pomalidomide", "collection then cyclophosphamide+fludarabine then car-t"]


def test_bridging_is_a_line_of_its_own() -> None:
    found = lines(
        drugs("bortezomib 225..250", "daratumumab 225..250"),
        collections=[day(220)],
        infusions=[(day(290), "idecabtagene vicleucel")],
    )
    assert told(found) == ["collection then car-t", "bortezomib+daratumumab"]


def test_a_collection_without_infusion_is_a_line() -> None:
    assert told(lines(drugs("pomalidomide 0..200"), collections=[day(220)])) == ["pomalidomide", "collection"]


def test_what_was_given_before_the_diagnosis_is_not_looked_at() -> None:
    given = drugs("lenalidomide -500..-300", "bortezomib -10..100")
    assert [(line.start, line.agents) for line in lines(given, diagnosed=day(0))] == [
        (day(0), frozenset({"bortezomib"}))
    ]
    assert len(lines(given)) == 2


def test_nothing_given_is_no_line() -> None:
    assert lines([]) == []


def test_order_does_not_matter() -> None:
    given = drugs("bortezomib 0..120", "lenalidomide 0..400", "daratumumab 500..700", "pomalidomide 500..700")
    expected = told(lines(given, [day(150)]))
    for seed in range(10):
        random.Random(seed).shuffle(given)
        assert told(lines(given, [day(150)])) == expected
