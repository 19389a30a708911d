"""Choosing rows: precedence, open questions, modifiers, the overlapping baseline."""

import pytest

from cards.advise.policy import choose
from cards.advise.predicates import Scope
from cards.knowledge.model import Policy, PolicyEntry, PolicyRow
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import ENR, REF, UNK, finding, history
from tests.advise.small import case, policy

E = PolicyEntry


def row(
    name: str, when: tuple[str, ...], *entries: PolicyEntry, kind: str = "base", refused: dict[str, str] | None = None
) -> PolicyRow:
    return PolicyRow(name, f"title {name}", kind, when, entries, refused or {}, f"statement {name}")  # type: ignore[arg-type]


FAILED = row("failed", ("refractory(lenalidomide)",), E("A", "T1"), E("B", "T2"), E("C", "T2"))
WORKED = row("worked", ("not_refractory(lenalidomide)",), E("B", "T1"), E("C", "T3"), E("D", "T2"))
LATER = row("later", ("exposed(IMID)",), E("Z", "T1"))
OPEN_ROW = row("open", ("status_undecided",))


def tiers(patient: TreatmentHistory, made: Policy) -> dict[str, str]:
    return {name: offer.tier for name, offer in choose(made, Scope(case(patient), {})).offers.items()}


def test_the_first_row_that_fits_decides() -> None:
    chosen = choose(policy(FAILED, WORKED, LATER), Scope(case(history()), {}))
    assert chosen.row is FAILED
    assert chosen.settled
    assert set(chosen.offers) == {"A", "B", "C"}


def test_open_questions_leave_t2_for_what_stands_under_every_reading_and_t3_for_the_rest() -> None:
    patient = history({"lenalidomide": UNK, "daratumumab": REF})
    chosen = choose(policy(OPEN_ROW, FAILED, WORKED, LATER), Scope(case(patient), {}))
    assert not chosen.settled
    assert chosen.row is OPEN_ROW
    assert tiers(patient, policy(OPEN_ROW, FAILED, WORKED)) == {"A": "T3", "B": "T2", "C": "T3", "D": "T3"}
    only = policy(OPEN_ROW, FAILED)
    assert tiers(patient, only) == {"A": "T3", "B": "T3", "C": "T3"}


def test_the_number_of_lines_is_one_number_in_every_reading() -> None:
    rows = tuple(
        row(f"n{low}", (f"lines_prior({low},{high})",), E("A", "T1"), E(f"N{low}", "T2"))
        for low, high in ((1, 1), (2, 3), (4, "*"))
    )
    assert tiers(history(prior=(3, 3, 4)), policy(*rows)) == {"A": "T2", "N2": "T3", "N4": "T3"}
    assert tiers(history(prior=(2, 2, 3)), policy(*rows)) == {"A": "T1", "N2": "T2"}
    assert tiers(history(prior=(2, 2, None)), policy(*rows)) == {"A": "T2", "N2": "T3", "N4": "T3"}


def test_opposite_entries_of_one_regimen_are_two_readings() -> None:
    made = policy(
        row("r", ("exposed(CD38)",), E("A", "T1", ("t1114",)), E("A", "T2", ("not t1114",)), E("B", "T1", ("t1114",)))
    )
    assert tiers(history(), made) == {"A": "T2", "B": "T3"}
    assert tiers(history(findings={"t(11;14)": finding("present")}), made) == {"A": "T1", "B": "T1"}
    assert tiers(history(findings={"t(11;14)": finding("absent")}), made) == {"A": "T2"}


def test_contradictions_are_no_readings() -> None:
    entries = (E("A", "T1", ("refractory(lenalidomide)",)), E("A", "T2", ("not_refractory(lenalidomide)",)))
    patient = history({"lenalidomide": UNK, "daratumumab": REF})
    assert tiers(patient, policy(row("r", ("exposed(CD38)",), *entries))) == {"A": "T2"}


def test_modifiers_add_and_lower_but_never_raise() -> None:
    frail = row("frail", ("frail",), E("A", "T3"), E("B", "T1"), E("N", "T2"), kind="modifier")
    patient = history(findings={"ecog": finding(3.0)})
    assert tiers(patient, policy(FAILED, frail)) == {"A": "T3", "B": "T2", "C": "T2", "N": "T2"}
    assert tiers(history(), policy(FAILED, frail)) == {"A": "T1", "B": "T2", "C": "T2"}


def test_entries_of_another_jurisdiction_stay_out() -> None:
    made = policy(row("r", ("exposed(CD38)",), E("A", "T1", jurisdiction="EU"), E("B", "T1", jurisdiction="US")))
    assert tiers(history(), made) == {"B": "T1"}


def test_a_fixed_refusal_gives_way_to_an_entry_that_holds() -> None:
    made = policy(row("r", ("exposed(CD38)",), E("A", "T3", ("t1114",)), refused={"A": "not here", "Q": "not here"}))
    assert set(choose(made, Scope(case(history(findings={"t(11;14)": finding("present")})), {})).not_suggested) == {"Q"}
    assert set(choose(made, Scope(case(history(findings={"t(11;14)": finding("absent")})), {})).not_suggested) == {
        "A",
        "Q",
    }


def test_overlapping_branches_are_all_reported() -> None:
    made = policy(FAILED, row("also", ("exposed(PI)",), E("B", "T1"), E("X", "T2")), match="all")
    chosen = choose(made, Scope(case(history()), {}))
    assert chosen.matched == ("failed", "also")
    assert {name: offer.tier for name, offer in chosen.offers.items()} == {"A": "T1", "B": "T1", "C": "T2", "X": "T2"}


@pytest.mark.parametrize("order", [1, -1])
def test_an_open_branch_of_the_baseline_is_never_first(order: int) -> None:
    rows = (FAILED, row("also", ("exposed(CD38)",), E("X", "T2")))[::order]
    offers = tiers(history({"lenalidomide": UNK, "daratumumab": ENR}), policy(*rows, match="all"))
    assert offers == {"A": "T3", "B": "T3", "C": "T3", "X": "T2"}
