"""From `PatientRecord` to `TreatmentHistory`: the steps of the history stage in the order of L24."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history import composites
from fhir_mappings.history.agents import Exposed, agent_statuses, class_statuses
from fhir_mappings.history.asof import known_by
from fhir_mappings.history.completeness import Completeness, completeness
from fhir_mappings.history.composites import Known
from fhir_mappings.history.course import Course
from fhir_mappings.history.diagnosis import Disorders, disorders_of
from fhir_mappings.history.exposures import Exposures, build_exposures
from fhir_mappings.history.findings import findings_of
from fhir_mappings.history.indication import Sorted, sort_by_indication
from fhir_mappings.history.line_output import LineRecord, count_lines, finish_lines
from fhir_mappings.history.lines import walk
from fhir_mappings.history.markers import build_markers
from fhir_mappings.history.model import IN_SCOPE, AgentStatus, Answer, Finding, Progression, TreatmentHistory
from fhir_mappings.history.procedures import infusions, transplants
from fhir_mappings.history.progression import Disease, is_progression
from fhir_mappings.history.risk import cytogenetic_risk, functional_high_risk
from fhir_mappings.history.setting import Setting
from fhir_mappings.history.summary import progressing_now, summarise
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import Excluded, PatientRecord
from fhir_mappings.terminology.agents import agent_of


@dataclass(frozen=True, slots=True)
class _Treatment:
    """Lines with everything that the drug rules need beside them."""

    records: tuple[LineRecord, ...]
    exposures: Exposures
    sorted: Sorted
    products: tuple[Course, ...]
    outside_max: int
    flags: tuple[str, ...]


def build_history(
    record: PatientRecord, as_of: date, parameters: Parameters | None = None, car_t_access: str = "unknown"
) -> TreatmentHistory:
    """Return the treatment history as it stood on a day.

    `car_t_access` (`yes`, `no`, `unknown`) is the site's configuration; an explicit resource in the chart wins.
    """
    parameters = parameters or Parameters()
    record = known_by(record, as_of)
    disorders = disorders_of(record)
    findings = _with_access(findings_of(record, as_of), car_t_access)
    if disorders.diagnosis.state not in IN_SCOPE:
        return _out_of_scope(record, as_of, disorders, findings)
    disease = Disease(build_markers(record, parameters), record.statements, record.labs)
    treatment = _treat(record, disorders, disease, as_of, parameters)
    undated = treatment.exposures.undated
    complete = completeness(record, treatment.records, undated, disorders, as_of, parameters)
    setting = Setting(
        treatment.records,
        disease,
        record.refractory_statements,
        as_of,
        parameters,
        _first_defining_event(treatment.sorted, disorders),
    )
    agents = agent_statuses(_exposed(treatment), setting, record.reactions)
    return _assemble(record, disorders, findings, treatment, complete, setting, agents)


def _treat(
    record: PatientRecord, disorders: Disorders, disease: Disease, as_of: date, parameters: Parameters
) -> _Treatment:
    exposures = build_exposures(record.drugs, record.events, as_of, parameters)
    products = tuple(c for c in exposures.courses if agent_of(c.agent).is_car_t)
    therapy = tuple(c for c in exposures.courses if not agent_of(c.agent).is_car_t)
    by_indication = sort_by_indication(therapy, disorders, parameters)
    infused = infusions(record.events, products, exposures.procedural, parameters)
    transplanted = transplants(record.events, exposures.procedural, parameters)
    collections = sorted(e.date.earliest for e in record.events if e.kind == "stem-cell-collection" and e.date)
    walked = walk(by_indication.counted, transplanted, infused, collections, disease, as_of, parameters)
    for draft in walked.drafts:
        if any(c.first_day in by_indication.unclear_starts for s in draft.segments for c in s.batch.courses):
            draft.min_drop += 1
            draft.note("L06", "E35", flags=("indication_unclear",))
    records = finish_lines(walked.drafts, disease, as_of, parameters)
    flags = {*by_indication.flags, *walked.flags, *_pending_collection(record, infused, as_of, parameters)}
    return _Treatment(
        records, exposures, by_indication, products, walked.outside_max + by_indication.max_add, tuple(sorted(flags))
    )


def _pending_collection(
    record: PatientRecord, infused: Sequence[object], as_of: date, parameters: Parameters
) -> tuple[str, ...]:
    """E09: cells collected for CAR-T and nothing infused yet."""
    days = [getattr(item, "day", None) for item in infused]
    open_days = [
        e.date.earliest
        for e in record.events
        if e.kind == "apheresis" and e.date and not any(day and day >= e.date.earliest for day in days)
    ]
    if not open_days:
        return ()
    waiting = days_between(max(open_days), as_of) <= parameters.cart_pending_days
    return ("cart_pending",) if waiting else ("cart_not_infused",)


def _first_defining_event(by_indication: Sorted, disorders: Disorders) -> tuple[Progression, ...]:
    """E33: active disease on a drug given for smoldering disease is progression for that drug."""
    since = disorders.active_since
    if not by_indication.smoldering or since is None or not since.exact:
        return ()
    return (
        Progression(
            date=since.earliest,
            trust="T1",
            biochemical_only=False,
            confidence="moderate",
            basis=("E33", "P20"),
            evidence=disorders.diagnosis.evidence,
        ),
    )


def _exposed(treatment: _Treatment) -> Exposed:
    """Everything given: courses of lines, CAR-T products, conditioning (recorded or inferred, E20), other indications."""
    conditioning: list[Course] = []
    infused: list[Course] = []
    for record in treatment.records:
        for transplant in record.draft.transplants:
            conditioning += transplant.conditioning
            if transplant.inferred:
                conditioning.append(
                    Course(
                        "melphalan",
                        ChartDate.of(transplant.day),
                        ChartDate.of(transplant.day),
                        role="conditioning",
                        sources=frozenset({"procedure"}),
                        evidence=transplant.evidence,
                        flags=("conditioning_inferred",),
                    )
                )
        infusion = record.draft.infusion
        if infusion:
            day = ChartDate.of(infusion.day)
            infused.append(
                Course(infusion.agent, day, day, sources=frozenset({"procedure"}), evidence=infusion.evidence)
            )
    attached = {id(c) for c in conditioning}
    loose = [c for c in treatment.exposures.procedural if c.role == "conditioning" and id(c) not in attached]
    return Exposed(
        courses=[*treatment.sorted.counted, *conditioning, *loose, *infused],
        outside=treatment.sorted.outside,
        undated=treatment.exposures.undated,
        single_orders=treatment.exposures.single_orders,
    )


def _assemble(
    record: PatientRecord,
    disorders: Disorders,
    findings: dict[str, Finding],
    treatment: _Treatment,
    complete: Completeness,
    setting: Setting,
    agents: dict[str, AgentStatus],
) -> TreatmentHistory:
    as_of, parameters, records = setting.as_of, setting.parameters, treatment.records
    known = Known(agents, class_statuses(agents, complete.complete), complete.complete)
    nonresponse = _no_response(records, agents)
    count = count_lines(
        records, treatment.outside_max, record.stated_lines, complete.complete, nonresponse, as_of, parameters
    )
    progressing = progressing_now(record, setting, nonresponse)
    summary = summarise(
        record,
        setting,
        known,
        findings,
        progressing,
        functional_high_risk(records, complete.complete, as_of, parameters),
        cytogenetic_risk(findings, record.genomics, record.labs, parameters),
    )
    prior_records = records if count.prior.imwg >= len(records) else records[:-1]
    history = _base(record, as_of, disorders, findings)
    flags = {flag for line in records for flag in line.line.flags} | {flag for s in agents.values() for flag in s.flags}
    flags |= {*treatment.flags, *count.flags, *composites.penta_refractory(known)[1], *disorders.diagnosis.flags}
    if not complete.complete:
        flags.add("history_incomplete")
    if complete.contradiction:
        flags.add("conflict")
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
        status_question=progressing.question,
        flags=tuple(sorted(flags)),
        excluded=tuple(
            sorted(
                {*record.excluded, *treatment.exposures.excluded, *_planned(treatment.exposures)},
                key=lambda e: (e.resource, e.reason, e.about or ""),
            )
        ),
    )


def _no_response(records: Sequence[LineRecord], agents: dict[str, AgentStatus]) -> bool:
    """F02 for the last line: a drug that began in it is refractory by non-response."""
    if not records:
        return False
    begun = {c.agent for segment in records[-1].draft.segments for c in segment.batch.courses}
    return any("E13" in agents[agent].basis for agent in begun if agent in agents)


def _ended_in_progression(prior: Sequence[LineRecord], complete: bool) -> Answer:
    """E06: the last prior line ended in progression, on treatment or after it."""
    if not prior:
        return "no" if complete else "unknown"
    events = prior[-1].events
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


def _base(record: PatientRecord, as_of: date, disorders: Disorders, findings: dict[str, Finding]) -> TreatmentHistory:
    birth = record.birth_date
    age = (
        None
        if birth is None
        else as_of.year - birth.latest.year - ((as_of.month, as_of.day) < (birth.latest.month, birth.latest.day))
    )
    recent = [d.agent for d in record.supportive if _recently_given(d.end or d.start, d.ongoing, as_of)]
    given = [d for d in record.drugs if d.taken in {"taken", "ordered", "unclear"} and not agent_of(d.agent).is_steroid]
    return TreatmentHistory(
        patient=record.patient,
        as_of=as_of,
        age=age,
        sex=record.sex,
        diagnosis=disorders.diagnosis,
        lines=None,
        line_count=None,
        agents=None,
        classes=None,
        summary=None,
        criteria_sets=None,
        findings=findings,
        problems=record.problems,
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
