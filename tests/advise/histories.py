"""Small treatment histories, built by hand: only what a test is about has to be said."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import (
    AgentStatus,
    Answer,
    ClassStatus,
    CriteriaState,
    CytogeneticRisk,
    Diagnosis,
    DiagnosisState,
    EndReason,
    Finding,
    FunctionalHighRisk,
    Intolerance,
    Line,
    LineCount,
    Phase,
    Progression,
    Range,
    Response,
    ResponseCategory,
    Status,
    Summary,
    TreatmentHistory,
    Trust,
)
from fhir_mappings.record import Gap, Problem, QualityNote

AS_OF = date(2026, 11, 1)
CLASSES: Mapping[str, str] = {
    "bortezomib": "PI",
    "carfilzomib": "PI",
    "ixazomib": "PI",
    "thalidomide": "IMID",
    "lenalidomide": "IMID",
    "pomalidomide": "IMID",
    "daratumumab": "CD38",
    "isatuximab": "CD38",
    "elotuzumab": "SLAMF7",
    "selinexor": "XPO1",
    "belantamab mafodotin": "BCMA_ADC",
    "ciltacabtagene autoleucel": "BCMA_CART",
    "idecabtagene vicleucel": "BCMA_CART",
    "teclistamab": "BCMA_BSAB",
    "elranatamab": "BCMA_BSAB",
    "linvoseltamab": "BCMA_BSAB",
    "talquetamab": "GPRC5D_BSAB",
    "venetoclax": "BCL2",
    "melphalan": "ALKYLATOR",
    "cyclophosphamide": "ALKYLATOR",
    "bendamustine": "ALKYLATOR",
    "melphalan flufenamide": "PEPTIDE_DRUG_CONJ",
    "dexamethasone": "STEROID",
}
ALWAYS = ("PI", "IMID", "CD38", "BCMA_ADC", "BCMA_CART", "BCMA_BSAB", "GPRC5D_BSAB", "XPO1")
_ORDER: tuple[Status, ...] = ("refractory", "exposed-unknown", "exposed-not-refractory", "not-recorded", "naive")
REF: Status = "refractory"
ENR: Status = "exposed-not-refractory"
UNK: Status = "exposed-unknown"


def agent(
    name: str,
    status: Status,
    *,
    last: date | None = AS_OF - timedelta(days=120),
    best: ResponseCategory | None = "VGPR",
    flags: tuple[str, ...] = (),
    lines: tuple[int, ...] = (1,),
    intolerance: Intolerance | None = None,
    since: date | None = None,
) -> AgentStatus:
    return AgentStatus(
        agent=name,
        status=status,
        since=since or (AS_OF - timedelta(days=60) if status == REF else None),
        confidence="moderate",
        first_exposure=ChartDate.of(date(2023, 1, 10)),
        last_exposure=None if last is None else ChartDate.of(last),
        lines=lines,
        intolerance=intolerance,
        best_response=best,
        evidence=(f"MedicationStatement/{name.partition(' ')[0]}",),
        flags=flags,
    )


def progression(
    day: date, *, trust: Trust = "T2", biochemical: bool = True, significant: bool | None = None
) -> Progression:
    return Progression(
        date=day,
        trust=trust,
        biochemical_only=biochemical,
        confidence="moderate",
        significant=significant,
        evidence=("Observation/pd",),
    )


def line(
    number: int,
    agents: tuple[str, ...],
    *,
    start: date | None = None,
    end: date | None = None,
    ongoing: bool = False,
    progressions: tuple[Progression, ...] = (),
    end_reason: EndReason | None = "progression",
    flags: tuple[str, ...] = (),
) -> Line:
    begin = start or date(2022, 1, 1) + timedelta(days=300 * number)
    stop = None if ongoing else end or begin + timedelta(days=250)
    return Line(
        number=number,
        start=begin,
        end=stop,
        ongoing=ongoing,
        regimen="+".join(agents),
        agents=agents,
        phases=(Phase("treatment", begin, stop, agents),),
        best_response=Response("VGPR", begin + timedelta(days=90), "computed"),
        progressions=progressions,
        end_reason=None if ongoing else end_reason,
        boundary="L08",
        confidence="high",
        evidence=(f"MedicationStatement/line{number}",),
        flags=flags,
    )


def classes_of(agents: Mapping[str, AgentStatus], complete: bool) -> dict[str, ClassStatus]:
    found: dict[str, list[AgentStatus]] = {key: [] for key in ALWAYS}
    for status in agents.values():
        key = CLASSES.get(status.agent) or status.agent.partition(":")[2]
        found.setdefault(key, []).append(status)
    none: Status = "naive" if complete else "not-recorded"
    return {
        key: ClassStatus(
            min((item.status for item in items), key=_ORDER.index, default=none), tuple(sorted(i.agent for i in items))
        )
        for key, items in found.items()
    }


def _composite(
    classes: Mapping[str, ClassStatus], keys: tuple[str, ...], wanted: Literal["exposed", "refractory"]
) -> Answer:
    states = [classes[key].status for key in keys]
    good = {REF} if wanted == "refractory" else {REF, ENR, UNK}
    bad = {"naive", ENR} if wanted == "refractory" else {"naive"}
    if any(state in bad for state in states):
        return "no"
    if all(state in good for state in states):
        return "yes"
    return "possible" if UNK in states else "unknown"


def summary(
    agents: Mapping[str, AgentStatus],
    *,
    progressing: Answer = "yes",
    complete: bool = True,
    months: float | None = 4.0,
    extramedullary: Answer = "no",
    genomic: Literal["high", "not-high", "unknown"] = "not-high",
    functional: Answer = "no",
    transplant: Answer = "no",
) -> Summary:
    classes = classes_of(agents, complete)
    refractory = {
        key: sum(a.status == REF and CLASSES.get(a.agent) == key for a in agents.values())
        for key in ("PI", "IMID", "CD38")
    }
    penta: Answer = "yes" if refractory["PI"] > 1 and refractory["IMID"] > 1 and refractory["CD38"] else "no"
    lenalidomide = agents.get("lenalidomide")
    bcma = any(key.startswith("BCMA") and value.agents for key, value in classes.items())
    none: Answer = "no" if complete else "unknown"
    return Summary(
        on_therapy="no",
        progressing=progressing,
        extramedullary=extramedullary,
        double_refractory=_composite(classes, ("PI", "IMID"), "refractory"),
        triple_class_exposed=_composite(classes, ("PI", "IMID", "CD38"), "exposed"),
        triple_class_refractory=_composite(classes, ("PI", "IMID", "CD38"), "refractory"),
        penta_refractory=penta,
        lenalidomide_refractory="yes" if lenalidomide and lenalidomide.status == REF else "no",
        bcma_exposed="yes" if bcma else none,
        gprc5d_exposed="yes" if "talquetamab" in agents else none,
        prior_transplant=transplant,
        prior_car_t="yes" if classes["BCMA_CART"].agents else none,
        functional_high_risk=FunctionalHighRisk(functional, 30.0, "first-line-start", 18),
        cytogenetic_risk=CytogeneticRisk(genomic, (), () if genomic != "unknown" else ("TP53", "1q")),
        months_since_anti_cd38=months,
        history_complete="yes" if complete else "no",
    )


def history(
    statuses: Mapping[str, Status | AgentStatus] | None = None,
    *,
    prior: tuple[int, int, int | None] | int = 1,
    state: DiagnosisState = "multiple-myeloma",
    progressing: Answer = "yes",
    complete: bool = True,
    months: float | None = 4.0,
    extramedullary: Answer = "no",
    genomic: Literal["high", "not-high", "unknown"] = "not-high",
    functional: Answer = "no",
    transplant: Answer = "no",
    lines: tuple[Line, ...] | None = None,
    findings: Mapping[str, Finding] | None = None,
    problems: tuple[Problem, ...] = (),
    age: int | None = 66,
    sex: Literal["female", "male", "other", "unknown"] = "male",
    as_of: date = AS_OF,
    supportive: tuple[str, ...] = (),
    gaps: tuple[Gap, ...] = (),
    quality: tuple[QualityNote, ...] = (),
    drug_data_read: bool = True,
    flags: tuple[str, ...] = (),
    open_questions: tuple[str, ...] = (),
) -> TreatmentHistory:
    given = statuses if statuses is not None else {"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}
    agents = {name: value if isinstance(value, AgentStatus) else agent(name, value) for name, value in given.items()}
    counts = (prior, prior, prior) if isinstance(prior, int) else prior
    made = lines
    if made is None:
        last = counts[0]
        drugs = tuple(sorted(agents)) or ("dexamethasone",)
        made = tuple(
            line(number, drugs, progressions=(progression(as_of - timedelta(days=60)),) if number == last else ())
            for number in range(1, last + 1)
        )
    scope = state in {"multiple-myeloma", "plasma-cell-leukemia"}
    count = Range(*counts)
    criteria: Mapping[str, CriteriaState] = {"C1": "met", "C2": "not-met", "C3": "not-met", "C4": "not-met"}
    return TreatmentHistory(
        patient="Patient/p1",
        as_of=as_of,
        age=age,
        sex=sex,
        diagnosis=Diagnosis(state, ChartDate.of(date(2023, 1, 2)), evidence=("Condition/c1",)),
        lines=made if scope else None,
        line_count=LineCount(count, count, None) if scope else None,
        agents=agents if scope else None,
        classes=classes_of(agents, complete) if scope else None,
        summary=summary(
            agents,
            progressing=progressing,
            complete=complete,
            months=months,
            extramedullary=extramedullary,
            genomic=genomic,
            functional=functional,
            transplant=transplant,
        )
        if scope
        else None,
        criteria_sets=criteria if scope else None,
        findings=findings or {},
        problems=problems,
        supportive_agents=supportive,
        labs=(),
        open_questions=open_questions,
        excluded=(),
        flags=flags,
        quality=quality,
        gaps=gaps,
        drug_data_read=drug_data_read,
        any_antimyeloma_drug=bool(agents),
    )


def finding(value: str | float, *, unit: str | None = None, days_ago: int = 7, as_of: date = AS_OF) -> Finding:
    return Finding(value, unit, ChartDate.of(as_of - timedelta(days=days_ago)), ("Observation/f",))


def problem(
    concept: str, *, grade: int | None = None, painful: bool = False, text: str = "", active: bool | None = True
) -> Problem:
    return Problem(
        ref=f"Condition/{concept}",
        concept=concept,
        role="comorbidity",
        onset=ChartDate.of(date(2026, 6, 1)),
        active=active,
        grade=grade,
        painful=painful,
        text=text,
    )
