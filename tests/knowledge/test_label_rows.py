"""Every label of regimens B.1, row by row: the day before and the day of each change, for a patient who meets or misses it."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from cards.advise.case import Case
from cards.advise.label import label_verdict
from cards.advise.parameters import AdviceParameters
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Bound, Jurisdiction, LabelWindow
from cards.knowledge.windows import parse_bound
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import REF, history

KNOWLEDGE = load_knowledge()
DAY = timedelta(days=1)
EVERYTHING = ("bortezomib", "carfilzomib", "lenalidomide", "pomalidomide", "daratumumab")
NEVER = {
    "KCd PCd VCd EloKd chemo_infusional benda_combo salvage_asct VenVd VenD SDd SPd SKd KPd tal_tec tal_dara tal_dara_pom "
    "IberDd MeziKd anito_cel": ("US", "EU"),
    "BPd PVd": ("US",),
    "tec_dara": ("EU",),
}


@dataclass(frozen=True)
class Row:
    name: str
    place: Jurisdiction
    route: str | None
    start: str
    end: str
    fewest: int | None
    most: int | None
    type: str

    def __str__(self) -> str:
        return f"{self.name}-{self.place}-{self.route or ''}-{self.start}"

    @property
    def bound(self) -> Bound | None:
        return None if self.start == "-" else parse_bound(self.start)


def _row(text: str) -> Row:
    name, place, route, start, end, fewest, most, kind = text.split()
    numbers = [None if item == "-" else int(item) for item in (fewest, most)]
    return Row(name, place, None if route == "-" else route, start, end, numbers[0], numbers[1], kind)  # type: ignore[arg-type]


LINES = Path(__file__).with_name("label_rows.txt").read_text(encoding="utf-8").splitlines()
ROWS = [_row(text) for text in LINES if text and not text.startswith("#")]
DATED = [row for row in ROWS if row.bound is not None]


def patient(day: date, prior: int, without: frozenset[str] = frozenset()) -> TreatmentHistory:
    return history(dict.fromkeys([name for name in EVERYTHING if name not in without], REF), prior=prior, as_of=day)


def status(row: Row, day: date, prior: int) -> str:
    regimen = KNOWLEDGE.regimens[row.name]
    again = frozenset(name for item in regimen.labels for name in item.requirement.retreatment_months or ())
    case = Case(patient(day, prior, again), KNOWLEDGE, row.place, "unknown", AdviceParameters())
    return label_verdict(regimen, case).status


def enough(row: Row) -> int:
    """A number of prior lines that the row accepts; a melflufen patient without transplant has no interval to show."""
    return max(row.fewest or 1, 1)


def window(row: Row) -> LabelWindow:
    found = [
        item
        for item in KNOWLEDGE.regimens[row.name].labels
        if item.jurisdiction == row.place and item.start == row.bound and (row.route is None or item.route == row.route)
    ]
    assert found, row
    return found[0]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_window_says_what_the_row_says(row: Row) -> None:
    found = window(row)
    assert (found.requirement.max_lines) == row.most
    alternatives = {part.min_lines for part in found.requirement.either}
    assert found.requirement.min_lines == row.fewest or row.fewest in alternatives
    assert found.end == (None if row.end == "open" else parse_bound(row.end))
    known = {row.type, "accelerated"} if row.type == "withdrawn" else {row.type}
    assert found.type in known


@pytest.mark.parametrize("row", DATED, ids=str)
def test_the_day_of_the_change_and_the_day_before(row: Row) -> None:
    bound = row.bound
    assert bound is not None
    assert status(row, bound.latest, enough(row)) == "met"
    earlier = [
        other for other in DATED if other is not row and (other.name, other.place) == (row.name, row.place)
        if other.bound is not None and other.bound.latest <= bound.earliest
    ]  # fmt: skip
    before = status(row, bound.latest - DAY, enough(row))
    if bound.certain:
        assert before != "met" or earlier
    elif not any(other.route != row.route for other in earlier):
        assert before == "unknown"
    if not earlier:
        assert status(row, bound.earliest - DAY, enough(row)) not in {"met", "not-met", "withdrawn"}


@pytest.mark.parametrize("row", [row for row in DATED if row.end != "open"], ids=str)
def test_the_day_of_the_end_and_the_day_before(row: Row) -> None:
    end = parse_bound(row.end)
    assert status(row, end.earliest - DAY, enough(row)) == "met"
    successor = any(other.start == row.end and (other.name, other.place) == (row.name, row.place) for other in DATED)
    assert status(row, end.latest, enough(row)) == ("met" if successor and enough(row) else "withdrawn")


@pytest.mark.parametrize("row", [row for row in DATED if (row.fewest or 0) > 1], ids=str)
def test_one_line_too_few_is_not_met(row: Row) -> None:
    bound = row.bound
    assert bound is not None
    assert row.fewest is not None
    assert status(row, bound.latest, row.fewest - 1) == ("met" if row.name == "dara_mono" else "not-met")


@pytest.mark.parametrize("row", [row for row in DATED if row.most is not None], ids=str)
def test_one_line_too_many_is_not_met(row: Row) -> None:
    bound = row.bound
    assert bound is not None
    assert row.most is not None
    assert status(row, bound.latest, row.most) == "met"
    assert status(row, bound.latest, row.most + 1) == "not-met"


@pytest.mark.parametrize(("names", "places"), NEVER.items())
def test_what_never_had_a_label(names: str, places: tuple[Jurisdiction, ...]) -> None:
    for name in names.split():
        for place in places:
            for year in range(2010, 2027):
                found = status(Row(name, place, None, "-", "open", None, None, "-"), date(year, 11, 1), 4)
                assert found in {"off-label", "not-authorised", "pending", "unknown"}, (name, place, year)


def test_every_window_in_force_has_its_row() -> None:
    for name, regimen in KNOWLEDGE.regimens.items():
        for item in regimen.labels:
            if item.type in {"full", "accelerated", "conditional"}:
                assert any((row.name, row.place, row.bound) == (name, item.jurisdiction, item.start) for row in ROWS), (
                    name
                )
