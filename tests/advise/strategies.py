"""Random treatment histories: statuses, line counts, findings and problems in every combination."""

from datetime import date, timedelta

from hypothesis import strategies as st

from fhir_mappings.history.model import AgentStatus, Answer, Finding, ResponseCategory, Status, TreatmentHistory, Trust
from fhir_mappings.record import Problem
from tests.advise.histories import AS_OF, CLASSES, agent, finding, history, line, problem, progression

STATUSES: tuple[Status, ...] = ("refractory", "exposed-not-refractory", "exposed-unknown")
RESPONSES: tuple[ResponseCategory | None, ...] = ("VGPR", "PR", "MR", "SD", None)
TRUST: tuple[Trust, ...] = ("T1", "T2", "T3", "T5")
PROGRESSING: tuple[Answer, ...] = (*("yes",) * 12, "no", "possible", "unknown")
DRUGS = tuple(name for name in CLASSES if name != "dexamethasone")
CORE = ("bortezomib", "carfilzomib", "lenalidomide", "pomalidomide", "daratumumab", "isatuximab")
DAYS = tuple(date(year, month, 15) for year in range(2021, 2027) for month in (2, 9))


@st.composite
def statuses(draw: st.DrawFn, as_of: date) -> dict[str, AgentStatus]:
    names = set(draw(st.lists(st.sampled_from(CORE), max_size=6))) | set(
        draw(st.lists(st.sampled_from(DRUGS), max_size=3))
    )
    if draw(st.integers(0, 9)):
        names |= {draw(st.sampled_from(("daratumumab", "isatuximab"))), "lenalidomide"}
    found = {}
    for name in sorted(names):
        last = as_of - timedelta(days=draw(st.integers(0, 900)))
        best = draw(st.sampled_from(RESPONSES))
        flags = draw(st.sampled_from(((), (), (), ("order_only",))))
        found[name] = agent(name, draw(st.sampled_from(STATUSES)), last=last, best=best, flags=flags, since=last)
    return found


@st.composite
def findings(draw: st.DrawFn, as_of: date) -> dict[str, Finding]:
    numbers = {
        "platelets": (5, 300),
        "anc": (0, 5),
        "lvef": (20, 70),
        "ecog": (0, 4),
        "igg": (100, 900),
        "plasma_cells_blood_percent": (0, 20),
    }
    words = ("t(11;14)", "active_infection", "eye_exam", "pregnancy", "car_t_access", "hepatitis_b", "frailty")
    found = {}
    for name in draw(st.lists(st.sampled_from(sorted(numbers)), max_size=5, unique=True)):
        value = draw(st.floats(*numbers[name], allow_nan=False))
        found[name] = finding(round(value, 1), days_ago=draw(st.integers(0, 400)), as_of=as_of)
    for name in draw(st.lists(st.sampled_from(words), max_size=5, unique=True)):
        found[name] = finding(
            draw(st.sampled_from(("present", "absent", "unknown"))), days_ago=draw(st.integers(0, 60)), as_of=as_of
        )
    return found


@st.composite
def problems(draw: st.DrawFn) -> tuple[Problem, ...]:
    concepts = (
        "heart_failure",
        "peripheral_neuropathy",
        "pregnancy",
        "corneal_disease",
        "parkinsonism",
        "active_infection",
        "dialysis",
    )
    names = draw(st.lists(st.sampled_from(concepts), max_size=3, unique=True))
    return tuple(
        problem(name, grade=draw(st.sampled_from((None, 1, 2, 3, 4))), painful=draw(st.booleans())) for name in names
    )


@st.composite
def patients(draw: st.DrawFn) -> TreatmentHistory:
    as_of = draw(st.sampled_from((*DAYS, AS_OF, AS_OF, AS_OF)))
    known = draw(statuses(as_of))
    low = draw(st.integers(1, 6))
    high = draw(st.sampled_from((low, low, low, low + 1, low + 2, None)))
    trust = draw(st.sampled_from(TRUST))
    event = progression(as_of - timedelta(days=draw(st.integers(0, 200))), trust=trust)
    drugs = tuple(known) or ("dexamethasone",)
    lines = tuple(line(number, drugs, progressions=(event,) if number == low else ()) for number in range(1, low + 1))
    progressing: Answer = draw(st.sampled_from(PROGRESSING))
    return history(
        known,
        prior=(low, low, high),
        lines=lines,
        as_of=as_of,
        state=draw(st.sampled_from((*("multiple-myeloma",) * 12, "plasma-cell-leukemia", "mgus", "unknown"))),
        progressing=progressing,
        complete=draw(st.sampled_from((True, True, False))),
        months=draw(st.sampled_from((None, 1.0, 5.9, 6.0, 12.0))),
        extramedullary=draw(st.sampled_from(("yes", "no", "unknown"))),
        genomic=draw(st.sampled_from(("high", "not-high", "unknown"))),
        findings=draw(findings(as_of)),
        problems=draw(problems()),
        age=draw(st.sampled_from((None, 38, 54, 55, 66, 75, 83))),
        sex=draw(st.sampled_from(("female", "male", "unknown"))),
    )
