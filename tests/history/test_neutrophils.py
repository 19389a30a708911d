"""Absolute neutrophils that nobody measured: put together from values of one day, or left unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.findings import findings_of
from fhir_mappings.history.model import Finding
from fhir_mappings.history.neutrophils import with_neutrophils
from fhir_mappings.record import LabValue, PatientRecord

AS_OF = date(2026, 11, 1)


def _lab(concept: str, value: float, day: str = "2026-10-20", **more: Any) -> LabValue:
    when = ChartDate.parse(day)
    assert when is not None
    return LabValue(f"Observation/{concept}-{day}{more.get('time', '')}", concept, value, "", when, **more)


def _anc(*labs: LabValue) -> Finding | None:
    record = PatientRecord(patient="Patient/n", labs=labs)
    return with_neutrophils(findings_of(record, AS_OF), labs).get("anc")


def test_leukocytes_by_percentage() -> None:
    found = _anc(_lab("wbc", 2.0), _lab("neutrophils_percent", 20.0))
    assert found is not None
    assert (found.value, found.unit, str(found.date)) == (0.4, "10*9/L", "2026-10-20")
    assert found.evidence == ("Observation/neutrophils_percent-2026-10-20", "Observation/wbc-2026-10-20")
    assert found.derived == "leukocytes times percentage of neutrophils"


def test_segmented_and_band_forms_add_up() -> None:
    found = _anc(_lab("neutrophils_segmented", 0.9), _lab("neutrophils_band", 0.3), _lab("wbc", 9.0))
    assert found is not None
    assert found.value == pytest.approx(1.2)
    assert len(found.evidence) == 2


def test_shares_of_both_forms_add_up() -> None:
    labs = [_lab("neutrophils_segmented_percent", 30.0), _lab("neutrophils_band_percent", 10.0), _lab("wbc", 2.0)]
    found = _anc(*labs)
    assert found is not None
    assert (found.value, len(found.evidence)) == (0.8, 3)
    assert _anc(labs[0], labs[2]) is None  # the band forms are not known to be none


def test_segmented_forms_alone_count_as_before_and_say_so() -> None:
    found = _anc(_lab("neutrophils_segmented", 0.9))
    assert found is not None
    assert (found.value, found.derived) == (0.9, "segmented neutrophils alone, without band forms")


def test_a_measured_count_of_the_day_stands() -> None:
    found = _anc(_lab("anc", 1.1), _lab("wbc", 2.0), _lab("neutrophils_percent", 20.0))
    assert found is not None
    assert (found.value, found.derived) == (1.1, None)


def test_the_latest_day_counts_measured_or_derived() -> None:
    derived = (_lab("wbc", 2.0), _lab("neutrophils_percent", 20.0))
    newer, older = _anc(_lab("anc", 1.1, "2026-10-21"), *derived), _anc(_lab("anc", 1.1, "2026-10-19"), *derived)
    assert newer is not None
    assert newer.value == 1.1
    assert older is not None
    assert older.value == 0.4


def test_values_of_different_days_are_never_put_together() -> None:
    assert _anc(_lab("wbc", 2.0), _lab("neutrophils_percent", 20.0, "2026-10-21")) is None
    assert _anc(_lab("wbc", 2.0, "2026-10"), _lab("neutrophils_percent", 20.0, "2026-10")) is None


def test_a_measured_count_of_an_unknown_day_of_the_month_may_be_of_this_day() -> None:
    found = _anc(_lab("anc", 1.1, "2026-10"), _lab("wbc", 2.0), _lab("neutrophils_percent", 20.0))
    assert found is not None
    assert found.value == 1.1


def test_samples_of_one_day_are_told_apart_by_their_time() -> None:
    morning = (_lab("wbc", 2.0, time="08:00:00"), _lab("neutrophils_percent", 20.0, time="08:00:00"))
    evening = (_lab("wbc", 4.0, time="18:00:00"), _lab("neutrophils_percent", 50.0, time="18:00:00"))
    found = _anc(*morning, *evening)
    assert found is not None
    assert found.value == 2.0
    assert _anc(*morning, evening[0]) is not None
    # Two counts, and a percentage that belongs to neither by its time.
    assert _anc(morning[0], evening[0], _lab("neutrophils_percent", 20.0)) is None
    found = _anc(morning[0], _lab("neutrophils_percent", 20.0, time="08:05:00"))
    assert found is not None


def test_bounds_and_what_cannot_be() -> None:
    found = _anc(_lab("wbc", 0.1, comparator="<"), _lab("neutrophils_percent", 50.0))
    assert found is not None
    assert (found.value, found.comparator) == (0.05, "<")
    assert _anc(_lab("wbc", 0.1, comparator="<"), _lab("neutrophils_percent", 50.0, comparator=">")) is None
    labs = (_lab("neutrophils_segmented_percent", 90.0), _lab("neutrophils_band_percent", 20.0), _lab("wbc", 2.0))
    assert _anc(*labs) is None
    assert _anc(_lab("wbc", 2.0, flags=("unit_suspect",)), _lab("neutrophils_percent", 20.0)) is None


def test_parts_are_no_findings() -> None:
    labs = (_lab("neutrophils_band", 0.3),)
    assert with_neutrophils(findings_of(PatientRecord(patient="Patient/n", labs=labs), AS_OF), labs) == {}
