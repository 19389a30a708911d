"""What could not be had: a failed search opens the counts, a kind that was never supplied only forbids "naive" (F15, L23, E23)."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from fhir_mappings.history import TreatmentHistory, build_history
from fhir_mappings.record import Gap, QualityNote
from tests.history.charts import chart_of

AS_OF = date(2023, 1, 15)
CHART = chart_of(
    {
        "as_of": AS_OF,
        "diagnosis": {"myeloma": date(2020, 12, 20)},
        "drugs": ["daratumumab 2021-01-10..2022-12-20", "lenalidomide 2021-01-10..2022-12-20"],
        "statements": ["PR 2021-06-01", "progression 2022-12-10 imwg"],
    }
)


def _with(*gaps: Gap) -> TreatmentHistory:
    return build_history(replace(CHART, gaps=gaps), AS_OF)


def test_everything_supplied_allows_naive() -> None:
    history = _with()
    assert history.summary is not None
    assert history.summary.history_complete == "yes"
    assert history.status_of("PI") == "naive"


def test_a_failed_search_leaves_counts_and_exposures_open() -> None:
    history = _with(Gap("medicationRequests", "the search failed"))
    assert history.summary is not None
    assert history.line_count is not None
    assert history.summary.history_complete == "no"
    assert history.line_count.prior.max is None
    assert history.status_of("PI") == "not-recorded"
    assert "history_incomplete" in history.flags


def test_a_kind_that_was_never_supplied_forbids_naive_and_leaves_the_counts() -> None:
    history = _with(Gap("procedures", "not supplied", failed=False))
    assert history.summary is not None
    assert history.line_count is not None
    assert history.summary.history_complete == "unknown"
    assert history.summary.prior_transplant == "unknown"
    assert history.summary.prior_car_t == "unknown"
    assert history.line_count.prior.max == 1
    assert history.status_of("BCMA_CART") == "not-recorded"
    assert history.status_of("lenalidomide") == "refractory"


def test_an_unreadable_drug_record_leaves_the_history_open() -> None:
    note = QualityNote("error", "MedicationStatement/x", "could not be read: no JSON; not used")
    history = build_history(replace(CHART, quality=(note,)), AS_OF)
    assert history.summary is not None
    assert history.summary.history_complete == "no"
    assert history.status_of("PI") == "not-recorded"
    assert "MedicationStatement/x could not be read" in history.open_questions


def test_an_unreadable_laboratory_value_does_not() -> None:
    note = QualityNote("error", "Observation/x", "could not be read: no JSON; not used")
    history = build_history(replace(CHART, quality=(note,)), AS_OF)
    assert history.summary is not None
    assert history.summary.history_complete == "yes"


def test_missing_allergies_say_nothing_about_therapy() -> None:
    history = _with(Gap("allergies", "the search failed"))
    assert history.summary is not None
    assert history.summary.history_complete == "yes"
