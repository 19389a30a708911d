"""Label windows on a day: in force, at an uncertain edge, before, after, by route."""

from datetime import date

import pytest

from cards.advise.label import label_verdict
from cards.advise.label_guards import guarded_labels
from cards.advise.model import LabelVerdict
from cards.knowledge.model import Bound, LabelWindow, Requirement
from tests.advise.histories import AS_OF, ENR, REF, history
from tests.advise.small import case, day, drug, knowledge, regimen, window

NEEDS_TWO = Requirement(min_lines=2)
SPAN = Bound(date(2024, 4, 1), date(2024, 4, 30))


def verdict(
    *labels: LabelWindow, as_of: date = AS_OF, prior: int = 1, where: str = "US", drugs: tuple[object, ...] = ()
) -> LabelVerdict:
    made = regimen("Kd", ("carfilzomib", "dexamethasone"), labels)
    known = knowledge(made, drugs=drugs)  # type: ignore[arg-type]
    return label_verdict(made, case(history(as_of=as_of, prior=prior), known, where=where))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2019, 12, 31), "off-label"),
        (date(2020, 1, 1), "met"),
        (date(2024, 3, 31), "met"),
        (date(2024, 4, 1), "unknown"),
        (date(2024, 4, 29), "unknown"),
        (date(2024, 4, 30), "not-met"),
    ],
)
def test_the_window_of_the_day_decides_and_uncertain_edges_are_unknown(as_of: date, expected: str) -> None:
    labels = (window(Requirement(min_lines=1), end=SPAN), window(NEEDS_TWO, SPAN))
    assert verdict(*labels, as_of=as_of).status == expected


def test_invariant_15_no_later_approval_and_no_withdrawn_label() -> None:
    ended = window(end=day("2022-11-22"))
    assert verdict(ended, as_of=date(2022, 11, 21)).status == "met"
    assert verdict(ended, as_of=date(2022, 11, 22)).status == "withdrawn"


def test_a_window_typed_withdrawn_was_in_force_until_its_end() -> None:
    assert verdict(window(kind="withdrawn", end=day("2022-11-22")), as_of=date(2021, 1, 1)).status == "met"
    assert verdict(window(kind="withdrawn", start=day("2022-11-22"))).status == "withdrawn"


def test_a_label_without_a_known_start_is_unknown_and_shows_its_criteria() -> None:
    found = verdict(window(NEEDS_TWO, start=None))
    assert found.status == "unknown"
    assert found.criteria[0].state == "not-met"


@pytest.mark.parametrize(
    ("authorised", "expected"),
    [
        ("always", "off-label"),
        ("never", "not-authorised"),
        ("unknown", "unknown"),
        (day("2018-01-01"), "off-label"),
        (day("2019-06-01"), "not-authorised"),
        (Bound(date(2019, 1, 1), date(2019, 12, 31)), "unknown"),
    ],
)
def test_before_the_first_window_the_drugs_decide(authorised: object, expected: str) -> None:
    found = verdict(window(), as_of=date(2019, 5, 31), drugs=(drug("carfilzomib", authorised),))  # type: ignore[arg-type]
    assert found.status == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [("off-label", "off-label"), ("pending", "pending"), ("not-authorised", "not-authorised")]
)
def test_explicit_rows(kind: str, expected: str) -> None:
    assert verdict(window(kind=kind, start=None)).status == expected  # type: ignore[arg-type]


def test_no_row_means_unknown() -> None:
    assert verdict(window(), where="EU").status == "unknown"


def test_of_several_routes_the_best_counts() -> None:
    subcutaneous = window(Requirement(min_lines=1), start=day("2021-07-09"), route="SC")
    intravenous = window(NEEDS_TWO, start=day("2017-06-16"), route="IV")
    assert verdict(subcutaneous, intravenous).status == "met"
    assert verdict(subcutaneous, intravenous, as_of=date(2020, 1, 1)).status == "not-met"
    assert verdict(subcutaneous, intravenous, as_of=date(2020, 1, 1), prior=2).status == "met"


def test_invariant_21_a_wrong_label_file_cannot_make_cilta_cel_met() -> None:
    made = regimen("cilta_cel", ("ciltacabtagene autoleucel",))
    known = knowledge(made)
    sensitive = case(history({"lenalidomide": ENR, "pomalidomide": REF, "bortezomib": ENR, "daratumumab": REF}), known)
    found = guarded_labels({"cilta_cel": label_verdict(made, sensitive)}, sensitive)["cilta_cel"]
    assert found.status == "unknown"
    assert "21" in (found.note or "")
    refractory = case(history(), known)
    assert guarded_labels({"cilta_cel": label_verdict(made, refractory)}, refractory)["cilta_cel"].status == "met"


@pytest.mark.parametrize("name", ["BPd", "PVd", "KPd"])
def test_invariant_19_never_met_in_the_us(name: str) -> None:
    made = regimen(name, ("pomalidomide",))
    patient = case(history(), knowledge(made))
    assert guarded_labels({name: label_verdict(made, patient)}, patient)[name].status == "unknown"
    assert (
        guarded_labels({name: label_verdict(made, patient.elsewhere("EU"))}, patient.elsewhere("EU"))[name].status
        == "met"
    )
