"""Random but possible charts for property tests."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from fhir_mappings.dates import ChartDate
from fhir_mappings.record import (
    DiseaseStatement,
    DrugRecord,
    LabValue,
    PatientRecord,
    Problem,
    StatedStatus,
    TreatmentEvent,
)

EPOCH = date(2018, 1, 1)
AS_OF = date(2024, 12, 31)
_AGENTS = (
    "bortezomib", "carfilzomib", "lenalidomide", "pomalidomide", "daratumumab", "isatuximab", "selinexor", "cyclophosphamide",
    "melphalan", "dexamethasone", "teclistamab", "ciltacabtagene autoleucel",
)  # fmt: skip
_STATED: tuple[DiseaseStatement, ...] = ("progression", "PR", "VGPR", "SD", "CR")
_REASONS = (None, None, None, "progression", "toxicity", "planned-completion", "patient-choice", "access")


def _day(offset: int) -> ChartDate:
    return ChartDate.of(EPOCH + timedelta(days=offset))


@st.composite
def drugs(draw: st.DrawFn) -> tuple[DrugRecord, ...]:
    """Up to nine records of drugs, some open-ended, some undated, some planned."""
    records = []
    for index in range(draw(st.integers(0, 9))):
        agent = draw(st.sampled_from(_AGENTS))
        start = draw(st.integers(0, 2200))
        length = 0 if agent.endswith("leucel") else draw(st.integers(0, 500))
        open_end = draw(st.sampled_from((False, False, False, True)))
        dated = draw(st.sampled_from((True, True, True, True, False)))
        records.append(
            DrugRecord(
                ref=f"MedicationStatement/{index}",
                agent=agent,
                source=draw(st.sampled_from(("administration", "statement", "statement", "dispense"))),
                taken=draw(st.sampled_from(("taken", "taken", "taken", "unclear", "planned", "not-taken"))),
                start=_day(start) if dated else None,
                end=None if open_end or not dated else _day(start + length),
                ongoing=open_end and draw(st.booleans()),
                asserted=ChartDate.of(AS_OF) if draw(st.booleans()) else None,
                stop_reason=None if open_end else draw(st.sampled_from(_REASONS)),
            )
        )
    return tuple(records)


@st.composite
def charts(draw: st.DrawFn) -> PatientRecord:
    """A chart of a patient with myeloma."""
    labs = [
        LabValue(f"Observation/m{index}", "m_protein_serum", float(value), "g/L", _day(offset))
        for index, (offset, value) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.integers(0, 2500), st.integers(0, 60)), max_size=12, unique_by=lambda pair: pair[0]
                )
            )
        )
    ]
    statements = [
        StatedStatus(f"Observation/s{index}", value, _day(offset))
        for index, (offset, value) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.integers(0, 2500), st.sampled_from(_STATED)),
                    max_size=4,
                )
            )
        )
    ]
    events = [
        TreatmentEvent(f"Procedure/{index}", "autologous-transplant", _day(offset))
        for index, offset in enumerate(draw(st.lists(st.integers(100, 2300), max_size=2)))
    ]
    onset = _day(draw(st.integers(-400, 400))) if draw(st.booleans()) else None
    return PatientRecord(
        patient="Patient/p",
        drugs=draw(drugs()),
        events=tuple(events),
        labs=tuple(labs),
        statements=tuple(statements),
        problems=(Problem("Condition/c", "multiple_myeloma", "in_scope", onset, verification="confirmed"),),
        drug_resources_seen=True,
    )
