"""A lesion that the text of a condition names is as new as one that its code names (P18.5, P22)."""

from __future__ import annotations

from datetime import date

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.lesions import lesions_of
from fhir_mappings.record import Fact, PatientRecord, Problem

DIAGNOSIS, RELAPSE = ChartDate.of(date(2019, 12, 20)), ChartDate.of(date(2020, 11, 20))


def _record(onset: ChartDate | None, *more: Problem) -> PatientRecord:
    entry = Problem("Condition/2", "multiple_myeloma_relapsed", "in_scope", onset, text="CNS relapse of myeloma")
    fact = Fact("Condition/2", "cns_disease", "present", onset)
    return PatientRecord("Patient/1", problems=(*more, entry), facts=(fact,))


def test_p22_myeloma_of_the_nervous_system_named_in_words_is_a_new_lesion() -> None:
    (lesion,) = lesions_of(_record(RELAPSE))
    assert (lesion.day, lesion.sanctuary, lesion.ref) == (RELAPSE.earliest, True, "Condition/2")


def test_p22_without_an_onset_it_may_have_been_there_always() -> None:
    assert lesions_of(_record(None)) == ()


def test_p22_a_second_entry_of_known_disease_is_not_new() -> None:
    first = Problem("Condition/1", "cns_disease", "comorbidity", DIAGNOSIS)
    assert [lesion.ref for lesion in lesions_of(_record(RELAPSE, first))] == ["Condition/1"]
