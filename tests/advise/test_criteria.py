"""Label and trial criteria against a history: every edge of every kind of criterion."""

from datetime import date, timedelta

import pytest

from cards.advise.criteria import DEPENDS_ON_LINES, judge, overall
from cards.knowledge.model import Requirement
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import AS_OF, ENR, REF, UNK, agent, history, line, progression
from tests.advise.small import case

R = Requirement


def state(requirement: Requirement, patient: TreatmentHistory) -> str:
    return overall(judge(requirement, case(patient)))


@pytest.mark.parametrize(
    ("requirement", "prior", "expected"),
    [
        (R(min_lines=1), 0, "not-met"),
        (R(min_lines=1), 1, "met"),
        (R(min_lines=4), 3, "not-met"),
        (R(min_lines=4), 4, "met"),
        (R(min_lines=4), (3, 3, 4), "unknown"),
        (R(min_lines=4), (4, 4, 6), "met"),
        (R(min_lines=4), (1, 1, None), "unknown"),
        (R(min_lines=4), (4, 4, None), "met"),
        (R(max_lines=3), 3, "met"),
        (R(max_lines=3), 4, "not-met"),
        (R(max_lines=3), (3, 3, 4), "unknown"),
        (R(max_lines=3), (1, 1, None), "unknown"),
        (R(max_lines=3), (4, 4, None), "not-met"),
    ],
)
def test_lines_are_judged_with_minimum_and_maximum(
    requirement: Requirement, prior: int | tuple[int, int, int | None], expected: str
) -> None:
    criteria = judge(requirement, case(history(prior=prior)))
    assert [criterion.state for criterion in criteria] == [expected]
    assert (DEPENDS_ON_LINES in criteria[0].flags) == (expected == "unknown")


@pytest.mark.parametrize(
    ("name", "complete", "expected"),
    [
        ("PI", True, "met"),
        ("bortezomib", True, "met"),
        ("carfilzomib", True, "not-met"),
        ("carfilzomib", False, "unknown"),
        ("XPO1", True, "not-met"),
        ("XPO1", False, "unknown"),
    ],
)
def test_e23_exposure_not_on_record_is_unknown_while_the_history_is_incomplete(
    name: str, complete: bool, expected: str
) -> None:
    assert state(R(exposed=(name,)), history(complete=complete)) == expected


def test_e19_a_single_order_leaves_exposure_open() -> None:
    ordered = history({"selinexor": agent("selinexor", UNK, flags=("order_only",), lines=())})
    assert state(R(exposed=("selinexor",)), ordered) == "unknown"
    assert state(R(exposed=("XPO1",)), ordered) == "unknown"


def test_an_unknown_outcome_is_still_an_exposure() -> None:
    assert state(R(exposed=("lenalidomide", "IMID")), history({"lenalidomide": UNK})) == "met"


def test_e39_melflufen_counts_as_alkylator() -> None:
    assert state(R(exposed=("ALKYLATOR",)), history({"melphalan flufenamide": ENR})) == "met"


def test_a_record_that_names_only_the_class_leaves_the_drug_open() -> None:
    patient = history({"unnamed:IMID": agent("unnamed:IMID", ENR)})
    assert state(R(exposed=("lenalidomide",)), patient) == "unknown"


def test_invariant_21_lenalidomide_is_meant_as_a_drug() -> None:
    patient = history({"lenalidomide": ENR, "pomalidomide": REF})
    assert state(R(refractory=("lenalidomide",)), patient) == "not-met"
    assert state(R(refractory=("IMID",)), patient) == "met"


@pytest.mark.parametrize(("status", "expected"), [(REF, "met"), (ENR, "not-met"), (UNK, "unknown")])
def test_refractoriness(status: str, expected: str) -> None:
    patient = history({"lenalidomide": agent("lenalidomide", status)})  # type: ignore[arg-type]
    assert state(R(refractory=("lenalidomide",)), patient) == expected


def test_e25_a_definite_failure_beats_an_unknown() -> None:
    patient = history({"lenalidomide": UNK, "bortezomib": ENR})
    assert state(R(refractory=("lenalidomide", "bortezomib")), patient) == "not-met"


@pytest.mark.parametrize(
    ("statuses", "complete", "expected"),
    [
        ({"bortezomib": REF, "carfilzomib": REF}, True, "met"),
        ({"bortezomib": REF, "carfilzomib": ENR}, True, "not-met"),
        ({"bortezomib": REF, "carfilzomib": UNK}, True, "unknown"),
        ({"bortezomib": REF}, False, "unknown"),
        ({"bortezomib": REF, "carfilzomib": REF}, False, "met"),
    ],
)
def test_counts_of_refractory_drugs(statuses: dict[str, str], complete: bool, expected: str) -> None:
    patient = history(statuses, complete=complete)  # type: ignore[arg-type]
    assert state(R(refractory_counts={"PI": 2}), patient) == expected


def one_line(**changes: object) -> TreatmentHistory:
    return history(lines=(line(1, ("lenalidomide",), **changes),))  # type: ignore[arg-type]


END = AS_OF - timedelta(days=200)


@pytest.mark.parametrize(
    ("off", "literal", "expected", "flag"),
    [
        (0, None, "met", False),
        (60, None, "met", False),
        (61, None, "met", True),
        (0, "within-60-days", "met", False),
        (60, "within-60-days", "met", False),
        (61, "within-60-days", "not-met", False),
    ],
)
def test_e06_progression_on_or_after_the_last_therapy(off: int, literal: str | None, expected: str, flag: bool) -> None:
    patient = one_line(end=END, progressions=(progression(END + timedelta(days=off)),))
    requirement = R(progression_on_last=literal or "any")  # type: ignore[arg-type]
    criterion = judge(requirement, case(patient))[0]
    assert criterion.state == expected
    assert ("pd_off_therapy" in criterion.flags) == flag


def test_e06_uses_the_last_prior_line_only() -> None:
    earlier = line(1, ("lenalidomide",), end=date(2023, 6, 1), progressions=(progression(date(2023, 5, 1)),))
    later = line(2, ("carfilzomib",), start=date(2024, 1, 1), end=END, end_reason="toxicity")
    assert state(R(progression_on_last="any"), history(lines=(earlier, later), prior=2)) == "not-met"


def test_uncertain_progression_leaves_the_criterion_open() -> None:
    patient = one_line(end=END, end_reason="unknown", progressions=(progression(END, trust="T5"),))
    assert state(R(progression_on_last="any"), patient) == "unknown"


@pytest.mark.parametrize(
    ("prior", "lenalidomide", "expected"),
    [(1, REF, "met"), (1, ENR, "not-met"), (2, ENR, "met"), ((1, 1, 2), ENR, "unknown"), ((1, 1, 2), REF, "met")],
)
def test_refractory_only_when_one_line(prior: int | tuple[int, int, int], lenalidomide: str, expected: str) -> None:
    patient = history({"lenalidomide": agent("lenalidomide", lenalidomide)}, prior=prior)  # type: ignore[arg-type]
    criterion = judge(R(refractory_if_one_line=("lenalidomide",)), case(patient))[0]
    assert criterion.state == expected
    assert (DEPENDS_ON_LINES in criterion.flags) == (expected == "unknown")


@pytest.mark.parametrize(("prior", "expected"), [(1, "met"), (2, "not-met"), ((1, 1, 2), "unknown")])
def test_progression_asked_only_from_a_number_of_lines(prior: int | tuple[int, int, int], expected: str) -> None:
    count = prior if isinstance(prior, int) else prior[0]
    lines = tuple(line(number, ("lenalidomide",), end_reason="toxicity") for number in range(1, count + 1))
    assert state(R(progression_on_last_from_lines=2), history(lines=lines, prior=prior)) == expected


@pytest.mark.parametrize(
    ("statuses", "prior", "expected"),
    [
        ({"bortezomib": ENR, "lenalidomide": ENR}, 3, "met"),
        ({"bortezomib": REF, "lenalidomide": REF}, 1, "met"),
        ({"bortezomib": ENR, "lenalidomide": REF}, 1, "not-met"),
        ({"bortezomib": UNK, "lenalidomide": REF}, 1, "unknown"),
    ],
)
def test_alternatives_need_only_one(statuses: dict[str, str], prior: int, expected: str) -> None:
    requirement = R(either=(R(min_lines=3, exposed=("PI", "IMID")), R(refractory=("PI", "IMID"))))
    assert state(requirement, history(statuses, prior=prior)) == expected  # type: ignore[arg-type]


def test_criteria_name_their_evidence() -> None:
    criterion = judge(R(exposed=("bortezomib",)), case(history()))[0]
    assert criterion.evidence == ("MedicationStatement/bortezomib",)
