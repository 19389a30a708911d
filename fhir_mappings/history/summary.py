"""The yes/no facts of a history: on therapy, progressing, composites, transplant, CAR-T (E23, E32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from fhir_mappings.dates import months_between
from fhir_mappings.history import composites
from fhir_mappings.history.composites import Known
from fhir_mappings.history.line_output import LineRecord, surely_inside
from fhir_mappings.history.model import Answer, CytogeneticRisk, Finding, FunctionalHighRisk, Summary
from fhir_mappings.history.pattern import pattern_of, refractory_group
from fhir_mappings.history.progression import is_progression
from fhir_mappings.history.response import DEPTH, at_least_minimal, grades, last_assessment
from fhir_mappings.history.setting import Setting
from fhir_mappings.history.staging import staging_of
from fhir_mappings.record import PatientRecord
from fhir_mappings.terminology.agents import classes_of

_RELAPSE_STATUS = frozenset({"relapse", "recurrence"})


class Progressing(Struct, frozen=True):
    """E32: is the disease progressing now, with what would settle an open answer."""

    answer: Answer
    question: str | None = None


def summarise(
    record: PatientRecord,
    setting: Setting,
    known: Known,
    findings: Mapping[str, Finding],
    progressing: Progressing,
    functional: FunctionalHighRisk,
    cytogenetic: CytogeneticRisk,
    diagnosed: date | None = None,
) -> Summary:
    """Return the summary; a "no" that only means "not on record" in an incomplete history is `unknown` (E23)."""
    records = setting.records
    absent: Answer = "no" if known.complete else "unknown"
    kinds = {problem.concept for problem in record.problems}
    transplanted = any(r.draft.transplants for r in records) or "hsct_status" in kinds
    infused = any(r.draft.infusion for r in records) or "car_t_history" in kinds
    penta, flags = composites.penta_refractory(known)
    return Summary(
        on_therapy=_on_therapy(records, absent),
        progressing=progressing.answer,
        extramedullary=_finding(findings),
        double_refractory=composites.double_refractory(known),
        triple_class_exposed=composites.triple_class_exposed(known),
        triple_class_refractory=composites.triple_class_refractory(known),
        penta_refractory=penta,
        lenalidomide_refractory=composites.agent_refractory(known, "lenalidomide"),
        bcma_exposed=composites.any_of(
            [composites.class_exposed(known, key) for key in ("BCMA_ADC", "BCMA_CART", "BCMA_BSAB")]
        ),
        gprc5d_exposed=composites.any_of(
            [composites.class_exposed(known, key) for key in ("GPRC5D_BSAB", "GPRC5D_CART")]
        ),
        prior_transplant="yes" if transplanted else absent,
        prior_car_t="yes" if infused else absent,
        functional_high_risk=functional,
        cytogenetic_risk=cytogenetic,
        months_since_anti_cd38=_months_since_anti_cd38(known, setting.as_of),
        history_complete="yes" if known.complete else "no",
        pattern=pattern_of(setting, known.agents, known.complete),
        refractory_group=refractory_group(known),
        staging=staging_of(record.labs, record.facts, record.genomics, diagnosed),
        flags=flags,
    )


def _finding(findings: Mapping[str, Finding]) -> Answer:
    value = findings["extramedullary_disease"].value if "extramedullary_disease" in findings else None
    return "yes" if value == "present" else "no" if value == "absent" else "unknown"


def _on_therapy(records: Sequence[LineRecord], absent: Answer) -> Answer:
    """Tell whether treatment goes on; a drug that is not on record, or has no date, leaves it open (E23)."""
    if not records:
        return absent
    line = records[-1].line
    if line.ongoing:
        return "yes"
    return "unknown" if line.end is None else absent


def _months_since_anti_cd38(known: Known, as_of: date) -> float | None:
    ends = [s.last_exposure for agent, s in known.agents.items() if "CD38" in classes_of(agent) and s.last_exposure]
    return months_between(max(end.latest for end in ends), as_of) if ends else None


def progressing_now(record: PatientRecord, setting: Setting, nonresponse: bool) -> Progressing:
    """E32: `yes` needs progression (T1–T3) or non-response in the last line with nothing begun since; else look at the data."""
    if not setting.records:
        return Progressing("unknown", None)
    last = setting.records[-1]
    begun = [c.first_day for c in last.draft.courses] + [t.day for t in last.draft.transplants]
    begun += [last.draft.infusion.day] if last.draft.infusion else []
    real = [e for e in last.events if is_progression(e) and surely_inside(e, last.draft)]
    if any(not any(start > e.date for start in begun) for e in real[-1:]):
        return Progressing("yes")
    if nonresponse:
        return Progressing("yes")
    p = setting.parameters
    since = setting.as_of - timedelta(days=p.recent_assessment_days)
    newest = last_assessment(setting.disease.markers, setting.disease.statements, setting.as_of)
    recent = newest is not None and newest >= since
    if any(e.trust == "T4" and e.date >= since for e in last.events) and not (real and recent and not begun):
        day = next(e.date for e in last.events if e.trust == "T4")
        return Progressing(
            "possible", f"one value of {day.isoformat()} meets the limits of progression; a second one would confirm it"
        )
    found = grades(
        setting.disease.markers, setting.disease.statements, last.draft.baseline_day, last.line.start, setting.as_of, p
    )
    responded = any(at_least_minimal(grade.category) for grade in found)
    if recent and responded and _recent_grade(setting, last, since):
        return Progressing("no")
    if _relapse_coded(record):
        return Progressing(
            "possible",
            "the problem list says relapse without a date; a dated statement of progression or two "
            "consecutive marker values would confirm it",
        )
    if not recent:
        return Progressing(
            "unknown",
            "no disease assessment in the last 90 days; current M-protein or free light chains would settle it",
        )
    return Progressing(
        "unknown", "the assessments on record do not show a response; a further assessment would settle it"
    )


def _recent_grade(setting: Setting, last: LineRecord, since: date) -> bool:
    """A recent assessment that still shows response or stable disease: measured against the line's baseline, or stated."""
    found = grades(
        setting.disease.markers,
        setting.disease.statements,
        last.draft.baseline_day,
        last.line.start,
        setting.as_of,
        setting.parameters,
    )
    if any(grade.source == "stated" and grade.day >= since for grade in found):
        return True
    return any(
        grade.until is not None and grade.until >= since and DEPTH[grade.category] >= DEPTH["SD"] for grade in found
    )


def _relapse_coded(record: PatientRecord) -> bool:
    return any(
        problem.concept == "multiple_myeloma_relapsed" or problem.clinical_status in _RELAPSE_STATUS
        for problem in record.problems
        if problem.concept.startswith("multiple_myeloma") and problem.abatement is None
    )
