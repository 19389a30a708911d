"""From `PatientRecord` to `TreatmentHistory`: the steps of the history stage in the order of L24."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history import composites
from fhir_mappings.history.agents import agent_statuses, class_statuses
from fhir_mappings.history.asof import known_by
from fhir_mappings.history.completeness import Completeness, completeness
from fhir_mappings.history.composites import Known
from fhir_mappings.history.derived_findings import with_disease, with_weights
from fhir_mappings.history.diagnosis import Disorders, disorders_of
from fhir_mappings.history.exposures import Exposures
from fhir_mappings.history.findings import findings_of, mrd_results, mrd_sustained
from fhir_mappings.history.lesions import lesions_of
from fhir_mappings.history.line_output import LineRecord, count_lines, since_restart
from fhir_mappings.history.markers import Markers, assay_changes, build_markers
from fhir_mappings.history.model import (
    IN_SCOPE,
    AgentStatus,
    Answer,
    Finding,
    FunctionalHighRisk,
    LineCount,
    TreatmentHistory,
)
from fhir_mappings.history.neutrophils import with_neutrophils
from fhir_mappings.history.plans import plans_of
from fhir_mappings.history.progression import CLINICAL, Disease, is_progression
from fhir_mappings.history.readings import readings, reconciled, same_answer, same_risk, with_range
from fhir_mappings.history.recorded_problems import all_problems
from fhir_mappings.history.renal import with_clearance
from fhir_mappings.history.response import at_least_minimal, grades, last_assessment
from fhir_mappings.history.risk import cytogenetic_risk, functional_high_risk
from fhir_mappings.history.setting import Setting
from fhir_mappings.history.summary import Progressing, progressing_now, summarise
from fhir_mappings.history.treatment import Treatment, exposed, first_defining_event, treat
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import Excluded, PatientRecord, QualityNote
from fhir_mappings.terminology.agents import agent_of


def build_history(
    record: PatientRecord, as_of: date, parameters: Parameters | None = None, car_t_access: str = "unknown"
) -> TreatmentHistory:
    """Return the treatment history as it stood on a day.

    `car_t_access` (`yes`, `no`, `unknown`) is the site's configuration; an explicit resource in the chart wins.
    """
    parameters = parameters or Parameters()
    record = known_by(record, as_of)
    disorders = disorders_of(record)
    measured = with_neutrophils(findings_of(record, as_of), record.labs)
    known = with_clearance(measured, _age(record, as_of), record.sex, as_of)
    findings = _with_access(with_weights(known, record.labs), car_t_access)
    if disorders.diagnosis.state not in IN_SCOPE:
        return _out_of_scope(record, as_of, disorders, findings)
    clinical = tuple(lab for lab in record.labs if lab.concept in CLINICAL)
    markers = build_markers(record, parameters)
    findings = with_disease(findings, record, markers, parameters)
    disease = Disease(markers, record.statements, clinical, lesions_of(record))
    told = _tell(record, disorders, disease, as_of, parameters)
    others = [_tell(other, disorders, disease, as_of, parameters) for other in readings(record)]
    return _assemble(record, disorders, findings, _reconciled(told, others))


class _Told(Struct, frozen=True):
    """What one reading of the dates tells."""

    treatment: Treatment
    complete: Completeness
    setting: Setting
    agents: dict[str, AgentStatus]
    count: LineCount
    progressing: Progressing
    functional: FunctionalHighRisk


def _tell(record: PatientRecord, disorders: Disorders, disease: Disease, as_of: date, parameters: Parameters) -> _Told:
    if disease.statements != record.statements:
        disease = replace(disease, statements=record.statements)
    treatment = treat(record, disorders, disease, as_of, parameters)
    undated = treatment.exposures.undated
    complete = completeness(record, treatment.records, undated, disorders, as_of, parameters)
    setting = Setting(
        treatment.records,
        disease,
        record.refractory_statements,
        as_of,
        parameters,
        first_defining_event(treatment.sorted, disorders),
    )
    agents = agent_statuses(exposed(treatment), setting, record.reactions, record.facts)
    nonresponse = _no_response(treatment.records, agents, setting)
    count = count_lines(
        treatment.records,
        treatment.outside_max,
        record.stated_lines,
        complete.complete,
        nonresponse,
        as_of,
        parameters,
    )
    newest = last_assessment(disease.markers, disease.statements, as_of)
    functional = functional_high_risk(treatment.records, complete.complete, newest, parameters)
    progressing = progressing_now(record, setting, nonresponse)
    return _Told(treatment, complete, setting, agents, count, progressing, functional)


def _reconciled(told: _Told, others: Sequence[_Told]) -> _Told:
    """Where dates are known to the month or the year: what no possible day would change, and the range of the counts (F14)."""
    if not others:
        return told
    agents = {
        name: reconciled(status, [other.agents.get(name) for other in others]) for name, status in told.agents.items()
    }
    records = told.treatment.records
    start = records[-1].line.start_precision if records else None
    vague = start is not None and not start.exact
    count = with_range(told.count, [other.count for other in others], vague_start=vague)
    complete = told.complete
    if complete.complete and not all(other.complete.complete for other in others):
        complete = replace(complete, unseen=True)
    return replace(
        told,
        agents=agents,
        count=count,
        complete=complete,
        progressing=same_answer(told.progressing, [other.progressing for other in others], vague_start=vague),
        functional=same_risk(told.functional, [other.functional for other in others]),
    )


def _assemble(
    record: PatientRecord,
    disorders: Disorders,
    findings: dict[str, Finding],
    told: _Told,
) -> TreatmentHistory:
    treatment, complete, setting, agents = told.treatment, told.complete, told.setting, told.agents
    as_of, parameters, records = setting.as_of, setting.parameters, treatment.records
    known = Known(agents, class_statuses(agents, complete.nothing_unseen), complete.nothing_unseen)
    count, progressing = told.count, told.progressing
    if not complete.complete:
        count = replace(count, flags=tuple(sorted({*count.flags, "history_incomplete"})))
    summary = summarise(
        record,
        setting,
        known,
        findings,
        progressing,
        told.functional,
        cytogenetic_risk(findings, record.genomics, record.labs, parameters),
        disorders.diagnosis.since.earliest if disorders.diagnosis.since else None,
    )
    if complete.complete and complete.unseen:
        summary = replace(summary, history_complete="unknown")
    prior_records = records if count.prior.imwg >= len(records) else records[:-1]
    history = _base(record, as_of, disorders, findings)
    flags = {flag for line in records for flag in line.line.flags} | {flag for s in agents.values() for flag in s.flags}
    if any("unit_suspect" in lab.flags for lab in record.labs):
        flags.add("unit_suspect")
    if complete.contradiction:
        known_as = history.diagnosis
        history = replace(history, diagnosis=replace(known_as, flags=tuple(sorted({*known_as.flags, "conflict"}))))
    flags |= {*treatment.flags, *count.flags, *summary.flags, *history.diagnosis.flags}
    if any("unit_suspect" in note.issue for note in record.quality):
        flags.add("unit_suspect")
    return replace(
        history,
        lines=tuple(r.line for r in records),
        line_count=count,
        agents=agents,
        classes=known.classes,
        summary=summary,
        criteria_sets=composites.criteria_sets(
            known, count.prior, _ended_in_progression(prior_records, complete.complete)
        ),
        open_questions=complete.reasons,
        involved_chain=setting.disease.markers.involved_chain,
        car_t_planned=_car_t_planned(record, records, as_of),
        mrd=mrd_results(record),
        mrd_sustained=mrd_sustained(record),
        quality=(*record.quality, *_assay_notes(setting.disease.markers)),
        status_question=progressing.question,
        flags=tuple(sorted(flags)),
        excluded=tuple(
            sorted(
                {*record.excluded, *treatment.exposures.excluded, *_planned(treatment.exposures)},
                key=lambda e: (e.resource, e.reason, e.about or ""),
            )
        ),
    )


def _assay_notes(markers: Markers) -> Iterable[QualityNote]:
    """P05: a change of assay begins a new baseline, and the chart says so."""
    for name, before, after, point in assay_changes(markers):
        text = f"{name} measured by {after} from {point.day.isoformat()}, by {before} before: a new baseline begins"
        yield QualityNote("information", point.evidence[0], text)


def _no_response(records: Sequence[LineRecord], agents: dict[str, AgentStatus], setting: Setting) -> bool:
    """F02 for the last line: a drug that began in it is refractory for want of a response in it, and nothing in it has worked since.

    A bridging drug that did nothing says nothing about the line once the CAR-T has worked.
    """
    if not records:
        return False
    last = records[-1]
    draft = last.draft
    since = max([last.line.start, *draft.restarts])
    disease, parameters = setting.disease, setting.parameters
    found = grades(disease.markers, disease.statements, draft.baseline_for(since), since, setting.as_of, parameters)
    if any(at_least_minimal(grade.category) for grade in found):
        return False
    begun = {c.agent for segment in draft.segments for c in segment.batch.courses}
    return any(_failed_since(agents[agent], since) for agent in begun if agent in agents)


def _failed_since(status: AgentStatus, day: date) -> bool:
    return status.status == "refractory" and "E13" in status.basis and status.since is not None and status.since >= day


def _car_t_planned(record: PatientRecord, records: Sequence[LineRecord], as_of: date) -> tuple[str, ...]:
    """E37: plans that name a CAR-T, by its product or not, since the last line began."""
    if not records or records[-1].draft.infusion is not None:
        return ()
    return plans_of(record).car_t_open(records[-1].line.start, as_of)


def _ended_in_progression(prior: Sequence[LineRecord], complete: bool) -> Answer:
    """E06: the last prior line ended in progression, on treatment or after it."""
    if not prior:
        return "no" if complete else "unknown"
    events = since_restart(prior[-1].draft, prior[-1].events)
    if any(is_progression(event) for event in events):
        return "yes"
    return "possible" if events else "unknown"


def _planned(exposures: Exposures) -> Iterable[Excluded]:
    return (Excluded(drug.ref, "planned, not given", drug.agent) for drug in exposures.planned)


def _with_access(findings: dict[str, Finding], car_t_access: str) -> dict[str, Finding]:
    """CAR-T access comes from configuration or an explicit resource; otherwise it is unknown (regimens C.0)."""
    if "car_t_access" in findings or car_t_access not in {"yes", "no"}:
        return findings
    value = "present" if car_t_access == "yes" else "absent"
    return dict(sorted((findings | {"car_t_access": Finding(value, None, None, ())}).items()))


def _age(record: PatientRecord, as_of: date) -> int | None:
    """Return full years, by the latest possible birthday."""
    birth = record.birth_date
    if birth is None:
        return None
    latest = birth.latest
    return as_of.year - latest.year - ((as_of.month, as_of.day) < (latest.month, latest.day))


def _base(record: PatientRecord, as_of: date, disorders: Disorders, findings: dict[str, Finding]) -> TreatmentHistory:
    recent = [d.agent for d in record.supportive if _recently_given(d.end or d.start, d.ongoing, as_of)]
    given = [d for d in record.drugs if d.taken in {"taken", "ordered", "unclear"} and not agent_of(d.agent).is_steroid]
    return TreatmentHistory(
        patient=record.patient,
        as_of=as_of,
        age=_age(record, as_of),
        sex=record.sex,
        deceased=record.deceased,
        diagnosis=disorders.diagnosis,
        lines=None,
        line_count=None,
        agents=None,
        classes=None,
        summary=None,
        criteria_sets=None,
        findings=findings,
        problems=all_problems(record, as_of),
        supportive_agents=tuple(sorted(set(recent))),
        labs=record.labs,
        open_questions=(),
        excluded=record.excluded,
        flags=disorders.diagnosis.flags,
        quality=record.quality,
        gaps=record.gaps,
        drug_data_read=record.drug_resources_seen,
        any_antimyeloma_drug=bool(given),
    )


def _recently_given(day: ChartDate | None, ongoing: bool, as_of: date) -> bool:
    return ongoing or (day is not None and days_between(day.latest, as_of) <= 90)


def _out_of_scope(
    record: PatientRecord, as_of: date, disorders: Disorders, findings: dict[str, Finding]
) -> TreatmentHistory:
    """E24: without myeloma or plasma-cell leukemia nothing is said of lines, drugs or composites."""
    return _base(record, as_of, disorders, findings)
