"""Random charts that often end in a relapse after an anti-CD38 antibody, with records that prove nothing among them."""

from datetime import date, timedelta

from fhir_mappings.dates import ChartDate
from fhir_mappings.record import (
    DiseaseStatement,
    DrugRecord,
    Fact,
    LabValue,
    PatientRecord,
    Problem,
    Reaction,
    StatedRefractory,
    StatedStatus,
    StopReason,
    TreatmentEvent,
)
from tests.advise.invariants.draw import Draw

LINES = (
    ("bortezomib", "lenalidomide", "dexamethasone"),
    ("daratumumab", "lenalidomide", "dexamethasone"),
    ("daratumumab", "bortezomib", "lenalidomide", "dexamethasone"),
    ("daratumumab", "pomalidomide", "dexamethasone"),
    ("isatuximab", "carfilzomib", "dexamethasone"),
    ("carfilzomib", "dexamethasone"),
    ("teclistamab",),
)
NEVER_TAKEN = ("selinexor", "elotuzumab", "venetoclax", "talquetamab", "thalidomide")
REASONS: tuple[StopReason | None, ...] = (None, "progression", "toxicity", "planned-completion")
STATED: tuple[DiseaseStatement, ...] = ("PR", "VGPR", "CR", "SD")


def chart(draw: Draw, as_of: date) -> PatientRecord:
    """A chart of a patient with myeloma as of a day; resources in no particular order."""
    drugs: list[DrugRecord] = []
    labs: list[LabValue] = []
    statements: list[StatedStatus] = []
    reactions: list[Reaction] = []
    count = draw.pick((1, 1, 2, 3))
    start = as_of - timedelta(days=400 * count + draw.pick((20, 60, 150)))
    onset = start - timedelta(days=20)
    for number in range(count):
        agents = draw.pick(LINES)
        end = start + timedelta(days=draw.pick((150, 300, 380)))
        gap = draw.pick((-20, 0, 30, 60, 61, 120))
        relapse = end + timedelta(days=gap)
        for place, name in enumerate(agents):
            dated = draw.number(0, 9) > 0
            ended = dated and draw.number(0, 9) > 0
            early = draw.number(0, 5) == 0 and place > 0
            reason = draw.pick(REASONS)
            drugs.append(
                DrugRecord(
                    ref=f"MedicationStatement/{number}-{place}",
                    agent=name,
                    source=draw.pick(("administration", "statement")),
                    taken="taken",
                    start=ChartDate.of(start) if dated else None,
                    end=ChartDate.of(end - timedelta(days=100 if early else 0)) if ended else None,
                    stop_reason=reason,
                )
            )
            if reason == "toxicity":
                reactions.append(Reaction(f"AdverseEvent/{number}-{place}", name, "neuropathy", 2, ChartDate.of(end)))
        labs += _series(number, start, relapse, dated=draw.number(0, 9) > 0)
        if draw.number(0, 2):
            day = ChartDate.of(start + timedelta(days=100))
            statements.append(StatedStatus(f"Observation/r{number}", draw.pick(STATED), day, imwg=True))
        start = max(relapse, end) + timedelta(days=15)
    return PatientRecord(
        patient="Patient/p",
        drugs=(*drugs, *_not_given(draw, as_of)),
        events=_events(draw, as_of, count),
        labs=tuple(labs),
        statements=tuple(statements),
        refractory_statements=(StatedRefractory("Condition/r", "bortezomib", None),) if draw.number(0, 9) == 0 else (),
        problems=(
            Problem("Condition/c", "multiple_myeloma", "in_scope", ChartDate.of(onset), verification="confirmed"),
        ),
        reactions=tuple(reactions),
        facts=(Fact("Observation/e", "ecog", 1.0, ChartDate.of(as_of - timedelta(days=9))),),
        drug_resources_seen=True,
    )


def _series(number: int, start: date, relapse: date, *, dated: bool) -> list[LabValue]:
    values = [(start, 40.0), (start + timedelta(days=60), 9.0), (start + timedelta(days=100), 6.0)]
    if dated:
        values += [(relapse, 16.0), (relapse + timedelta(days=14), 19.0)]
    return [
        LabValue(f"Observation/m{number}-{place}", "m_protein_serum", value, "g/L", ChartDate.of(day))
        for place, (day, value) in enumerate(values)
    ]


def _not_given(draw: Draw, as_of: date) -> list[DrugRecord]:
    """Records that never prove exposure: not taken, or only planned."""
    day = ChartDate.of(as_of - timedelta(days=draw.number(30, 300)))
    return [
        DrugRecord(f"MedicationStatement/no{place}", name, "statement", draw.pick(("not-taken", "planned")), day, None)
        for place, name in enumerate(draw.some(NEVER_TAKEN, 2))
    ]


def _events(draw: Draw, as_of: date, count: int) -> tuple[TreatmentEvent, ...]:
    first = as_of - timedelta(days=400 * count - 60)
    transplant = TreatmentEvent("Procedure/t", "autologous-transplant", ChartDate.of(first))
    collected = TreatmentEvent("Procedure/a", "apheresis", ChartDate.of(as_of - timedelta(days=20)))
    return draw.pick(((), (), (transplant,), (collected,)))
