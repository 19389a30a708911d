"""The history of nine lines and 300 relevant results takes under 5 ms of CPU; the test leaves a margin for slow machines."""

from __future__ import annotations

import gc
from datetime import date, timedelta
from time import process_time

import pytest

from fhir_mappings.dates import ChartDate
from fhir_mappings.history import build_history
from fhir_mappings.record import DrugRecord, LabValue, PatientRecord, Problem, StatedStatus

START = date(2014, 1, 10)
REGIMENS = (
    ("bortezomib", "lenalidomide"), ("carfilzomib", "cyclophosphamide"), ("daratumumab", "pomalidomide"),
    ("ixazomib", "thalidomide"), ("isatuximab", "carfilzomib"), ("selinexor", "bortezomib"),
    ("venetoclax", "bortezomib"), ("teclistamab",), ("talquetamab",),
)  # fmt: skip
LIMIT_S = 0.005
MARGIN = 4


def nine_lines() -> PatientRecord:
    """Nine lines of 400 days, a result every second week and a progression at the end of each."""

    def day(offset: int) -> ChartDate:
        return ChartDate.of(START + timedelta(days=offset))

    drugs, statements = [], []
    for number, agents in enumerate(REGIMENS):
        first = number * 430
        drugs += [
            DrugRecord(
                f"MedicationStatement/{number}-{agent}", agent, "statement", "taken", day(first), day(first + 400)
            )
            for agent in (*agents, "dexamethasone")
        ]
        statements.append(StatedStatus(f"Observation/s{number}", "progression", day(first + 395), imwg=True))
    labs = []
    for index in range(75):
        offset = index * 52
        phase = offset % 430
        value = 30.0 if phase < 30 else 5.0 if phase < 330 else 20.0
        pairs = (
            ("m_protein_serum", value, "g/L"),
            ("flc_kappa_serum", value * 10, "mg/L"),
            ("flc_lambda_serum", 8.0, "mg/L"),
        )
        labs += [
            LabValue(f"Observation/{index}-{name}", name, number, unit, day(offset)) for name, number, unit in pairs
        ]
        labs.append(LabValue(f"Observation/{index}-hb", "hemoglobin", 11.0, "g/dL", day(offset)))
    return PatientRecord(
        patient="Patient/nine",
        drugs=tuple(drugs),
        labs=tuple(labs),
        statements=tuple(statements),
        problems=(Problem("Condition/c", "multiple_myeloma", "in_scope", day(-20), verification="confirmed"),),
        drug_resources_seen=True,
    )


@pytest.mark.slow
def test_nine_lines_take_a_few_milliseconds() -> None:
    chart, as_of = nine_lines(), START + timedelta(days=9 * 430)
    history = build_history(chart, as_of)
    assert history.lines is not None
    assert len(history.lines) == 9
    assert len(chart.labs) == 300
    gc.collect()
    times = []
    for _ in range(20):
        begin = process_time()
        build_history(chart, as_of)
        times.append(process_time() - begin)
    assert min(times) < LIMIT_S * MARGIN, f"{min(times) * 1000:.1f} ms"
