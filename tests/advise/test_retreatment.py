"""Vd in the US: retreatment asks for a response to bortezomib and a relapse at least 6 months after it (regimens B.1, S31)."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from cards.advise.facts import retreatment
from cards.advise.tri import Tri
from fhir_mappings.history.model import ResponseCategory, Status
from tests.advise.histories import ENR, REF, agent, history, line, progression

RELAPSE = date(2026, 6, 1)


def asked(
    days: int | None, best: ResponseCategory | None = "VGPR", status: Status = ENR, *, relapsed: bool = True
) -> Tri:
    last = None if days is None else RELAPSE - timedelta(days=days)
    lines = (line(1, ("bortezomib", "dexamethasone"), progressions=(progression(RELAPSE),) if relapsed else ()),)
    patient = replace(history(), lines=lines, agents={"bortezomib": agent("bortezomib", status, last=last, best=best)})
    return retreatment(patient, "bortezomib", 6).value


@pytest.mark.parametrize(("days", "late"), [(182, False), (183, True), (900, True), (30, False), (None, None)])
def test_the_relapse_has_to_come_six_months_after_the_last_dose(days: int | None, late: Tri) -> None:
    assert asked(days) is late


@pytest.mark.parametrize(("best", "worked"), [("PR", True), ("CR", True), ("MR", False), ("SD", False), (None, None)])
def test_it_has_to_have_worked(best: ResponseCategory | None, worked: Tri) -> None:
    assert asked(400, best) is worked


def test_a_failed_drug_is_not_given_again_under_the_label() -> None:
    assert asked(400, status=REF) is False


def test_without_a_relapse_on_record_it_stays_open() -> None:
    assert asked(400, relapsed=False) is None


def test_who_never_had_it_is_not_asked() -> None:
    patient = replace(history(), agents={})
    assert patient.status_of("bortezomib") == "naive"
    assert retreatment(patient, "bortezomib", 6).value is True
