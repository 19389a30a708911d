"""Random cases: a history, made directly or read from a random chart, with the question asked about it and the answer given.

Strata: policy, jurisdiction, day (2019 to 2026), access to CAR-T, and how much is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

from msgspec import convert
from msgspec.structs import replace

from cards.advise import advise
from cards.advise.case import CarTAccess
from cards.advise.model import Advice
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Jurisdiction
from cards.present.assessment import assessment_document
from cards.present.card import Card
from cards.present.cards import cards_for
from fhir_mappings.dates import ChartDate
from fhir_mappings.history.build import build_history
from fhir_mappings.history.model import AgentStatus, Answer, Finding, Intolerance, Line, Phase, Status, TreatmentHistory
from fhir_mappings.record import Excluded, Gap, PatientRecord, Problem
from tests.advise.histories import CLASSES, agent, finding, history, line, problem, progression
from tests.advise.invariants.charts import chart
from tests.advise.invariants.draw import Draw
from tests.advise.invariants.told import Told

KNOWLEDGE = load_knowledge()
POLICIES = ("current", "post-daratumumab-2023")
PLACES: tuple[Literal["US", "EU", "both"], ...] = ("US", "EU", "both")
ACCESS: tuple[CarTAccess, ...] = ("unknown", "yes", "no")
STATUSES: tuple[Status, ...] = ("refractory", "refractory", "refractory", "exposed-not-refractory", "exposed-unknown")
CORE = ("bortezomib", "carfilzomib", "lenalidomide", "pomalidomide", "daratumumab", "isatuximab")
LATER = tuple(name for name in CLASSES if name not in {*CORE, "dexamethasone"})
NUMBERS: Mapping[str, tuple[str | None, tuple[float, ...]]] = {
    "platelets": ("10*9/L", (10, 24, 25, 60, 75, 160)),
    "anc": ("10*9/L", (0.3, 0.5, 0.9, 1.0, 2.5)),
    "hemoglobin": ("g/dL", (7.5, 9, 12)),
    "lvef": ("%", (35, 40, 48, 50, 60)),
    "ecog": (None, (0, 1, 2, 3, 4)),
    "igg": ("g/L", (2, 4, 8)),
    "sodium": ("mmol/L", (128, 130, 140)),
    "bmi": ("kg/m2", (17, 24)),
    "systolic_bp": ("mm[Hg]", (130, 160, 175)),
    "creatinine_clearance": ("mL/min", (20, 45, 90)),
    "plasma_cells_blood_percent": ("%", (0, 1, 2, 8)),
}
WORDS = (
    "t(11;14)",
    "active_infection",
    "eye_exam",
    "pregnancy",
    "hepatitis_b",
    "frailty",
    "bcl2_expression_high",
    "car_t_access",
)
CONCEPTS = (
    "heart_failure",
    "ischemic_heart_disease",
    "atrial_fibrillation",
    "peripheral_neuropathy",
    "peripheral_neuropathy",
    "pregnancy",
    "ocular_surface_disease",
    "parkinsonism",
    "active_infection",
    "dialysis",
    "mds_aml",
    "vte_history",
)
GAPS = ("observations", "conditions", "medicationRequests", "allergies")
CAR_T = ("ciltacabtagene autoleucel", "idecabtagene vicleucel")


@dataclass(frozen=True)
class Sampled:
    """A case: what is known, what was asked, what came out."""

    history: TreatmentHistory
    policy: str
    jurisdiction: Literal["US", "EU", "both"]
    access: CarTAccess
    record: PatientRecord | None
    advice: Advice
    cards: Mapping[str, Card]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The assessment document as a client reads it."""
        return assessment_document(self.history, self.advice, program_version="1")

    @cached_property
    def answers(self) -> Mapping[Jurisdiction, Told]:
        """Options, refusals and labels of the document by jurisdiction."""
        return {place: _told(self, place) for place in self.advice.jurisdictions}


def _told(case: Sampled, place: Jurisdiction) -> Told:
    parts = [case.document[name] or {} for name in ("recommendations", "notSuggested", "labels")]
    if case.jurisdiction == "both":
        parts = [part[place] for part in parts]
    return convert({"options": parts[0] or [], "refused": parts[1] or [], "labels": parts[2] or {}}, Told)


def sampled(draw: Draw, *, read: bool) -> Sampled:
    """Draw one case; `read` takes the history through the history stage."""
    as_of = date(draw.pick((2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026, 2026, 2026)), draw.number(1, 12), 15)
    as_of = min(as_of, date(2026, 11, 15))
    record = chart(draw, as_of) if read else None
    known = build_history(record, as_of) if record is not None else _made(draw, as_of)
    policy, place, access = draw.pick(POLICIES), draw.pick(PLACES), draw.pick(ACCESS)
    return answered(known, policy, place, access, record)


def answered(
    known: TreatmentHistory,
    policy: str,
    place: Literal["US", "EU", "both"],
    access: CarTAccess,
    record: PatientRecord | None = None,
) -> Sampled:
    advice = advise(known, KNOWLEDGE, policy=policy, jurisdiction=place, car_t_access=access)
    cards = cards_for(known, advice, program_version="1")
    return Sampled(known, policy, place, access, record, advice, {card.topic: card for card in cards})


def _made(draw: Draw, as_of: date) -> TreatmentHistory:
    drugs = _drugs(draw, as_of)
    low = draw.pick((1, 1, 1, 2, 2, 3, 4, 4, 5))
    high = draw.pick((low, low, low, low, low + 1, low + 2, None))
    naked = draw.number(0, 24) == 0
    progressing: Answer = draw.pick((*("yes",) * 9, "no", "possible", "unknown"))
    made = history(
        drugs,
        prior=(0, 0, 0) if naked else (low, low, high),
        lines=() if naked else _lines(draw, tuple(drugs) or ("dexamethasone",), low, as_of),
        as_of=as_of,
        state=draw.pick((*("multiple-myeloma",) * 16, "plasma-cell-leukemia", "mgus", "unknown")),
        progressing=progressing,
        complete=draw.pick((True, True, True, False)),
        months=draw.pick((None, 1.0, 5.9, 6.0, 12.0)),
        extramedullary=draw.pick(("yes", "no", "no", "unknown")),
        genomic=draw.pick(("high", "not-high", "unknown")),
        transplant=draw.pick(("yes", "no", "unknown")),
        findings=_findings(draw, as_of),
        problems=_problems(draw),
        age=draw.pick((None, 38, 54, 55, 66, 74, 75, 76, 83)),
        sex=draw.pick(("female", "male", "male", "unknown")),
        supportive=tuple(draw.some(("aciclovir", "co-trimoxazole", "clarithromycin", "ciprofloxacin"), 3)),
        gaps=tuple(Gap(name, "the search failed") for name in draw.pick(((), (), (), tuple(draw.some(GAPS, 2))))),
        flags=draw.pick(((), (), (), ("cart_pending",))),
    )
    planned = Excluded("MedicationRequest/cart", "planned, not given", "ciltacabtagene autoleucel")
    return replace(made, excluded=(planned,) if draw.number(0, 7) == 0 else ())


def _drugs(draw: Draw, as_of: date) -> dict[str, AgentStatus]:
    names = {*draw.some(CORE, 5), *draw.pick(((), (), tuple(draw.some(LATER, 2))))}
    if draw.number(0, 9):
        names |= {draw.pick(("daratumumab", "daratumumab", "isatuximab")), draw.pick(("lenalidomide", "bortezomib"))}
    if draw.number(0, 6) == 0:
        names |= {draw.pick(("teclistamab", "teclistamab", "elranatamab", *CAR_T)), *CORE[:5:2], "bortezomib"}
    found = {}
    for name in sorted(names):
        status = "exposed-not-refractory" if name in CAR_T else draw.pick(STATUSES)
        last = as_of - timedelta(days=draw.pick((20, 100, 150, 250, 700)))
        hurt = Intolerance("rash", 2, ChartDate.of(last), "yes", "no", ("AdverseEvent/a",))
        found[name] = agent(
            name,
            status,
            last=last,
            best=draw.pick(("VGPR", "PR", "MR", "SD", None)),
            flags=draw.pick(((), (), (), (), ("order_only",))) if status == "exposed-unknown" else (),
            intolerance=draw.pick((None, None, None, hurt)),
            since=last if status == "refractory" else None,
        )
    return found


def _lines(draw: Draw, drugs: tuple[str, ...], count: int, as_of: date) -> tuple[Line, ...]:
    event = progression(
        as_of - timedelta(days=draw.pick((3, 30, 90, 200))),
        trust=draw.pick(("T1", "T2", "T3", "T5")),
        biochemical=draw.pick((True, False)),
        significant=draw.pick((None, True, False)),
    )
    made = [
        line(
            number,
            drugs,
            start=as_of - timedelta(days=300 * (count - number + 1) + 100),
            end=as_of - timedelta(days=300 * (count - number) + 110),
            progressions=(event,) if number == count else (),
            end_reason=draw.pick(("progression", "toxicity", "unknown")),
        )
        for number in range(1, count + 1)
    ]
    if draw.number(0, 3) == 0:
        day = made[0].start + timedelta(days=60)
        made[0] = replace(made[0], phases=(*made[0].phases, Phase("transplant", day, day, ("melphalan",))))
    if draw.number(0, 5) == 0:
        made[-1] = replace(made[-1], ongoing=True, end=None, end_reason=None)
    return tuple(made)


def _findings(draw: Draw, as_of: date) -> dict[str, Finding]:
    days = draw.pick((5, 5, 20, 100))
    found = {}
    for name in draw.some(tuple(NUMBERS), len(NUMBERS)):
        unit, values = NUMBERS[name]
        if name != "plasma_cells_blood_percent" or draw.number(0, 3) == 0:
            found[name] = finding(float(draw.pick(values)), unit=unit, days_ago=days, as_of=as_of)
    for name in draw.some(WORDS, 5):
        found[name] = finding(draw.pick(("present", "absent", "absent", "unknown")), days_ago=days, as_of=as_of)
    return found


def _problems(draw: Draw) -> tuple[Problem, ...]:
    names = sorted(set(draw.some(CONCEPTS, 3)))
    texts = {
        "ocular_surface_disease": ("Keratopathy", "Dry eye"),
        "ischemic_heart_disease": ("Myocardial infarction", "Angina"),
    }
    return tuple(
        problem(
            name,
            grade=draw.pick((None, 1, 2, 3, 4)),
            painful=draw.pick((True, False)),
            text=draw.pick(texts.get(name, ("",))),
        )
        for name in names
    )
