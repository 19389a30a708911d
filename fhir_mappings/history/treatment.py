"""Everything that was given, sorted and walked into lines: the first half of the history stage (L01–L20, E09, E20, E33)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.agents import Exposed
from fhir_mappings.history.course import Course
from fhir_mappings.history.diagnosis import Disorders
from fhir_mappings.history.drafts import Draft
from fhir_mappings.history.exposures import Exposures, build_exposures
from fhir_mappings.history.indication import Sorted, sort_by_indication
from fhir_mappings.history.line_output import LineRecord, finish_lines
from fhir_mappings.history.lines import walk
from fhir_mappings.history.local_therapy import local_cns_episodes, only_step_up, open_collection
from fhir_mappings.history.model import Progression
from fhir_mappings.history.plans import plans_of
from fhir_mappings.history.procedures import infusions, transplants
from fhir_mappings.history.progression import Disease, is_progression
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import PatientRecord
from fhir_mappings.terminology.agents import agent_of


class Treatment(Struct, frozen=True):
    """Lines with everything that the drug rules need beside them."""

    records: tuple[LineRecord, ...]
    exposures: Exposures
    sorted: Sorted
    products: tuple[Course, ...]
    outside_max: int
    flags: tuple[str, ...]


def treat(
    record: PatientRecord, disorders: Disorders, disease: Disease, as_of: date, parameters: Parameters
) -> Treatment:
    """Return the lines with the exposures and counts that stand beside them (L24).

    A pause in which the disease turns out to have progressed ends an exposure (E01); the lines are then built anew.
    """
    found = _treat(record, disorders, disease, as_of, parameters, ())
    progressed = tuple(e.date for r in found.records for e in r.events if is_progression(e))
    pauses = [pause for course in found.exposures.courses for pause in course.pauses]
    if any(last < day <= following for last, following in pauses for day in progressed):
        return _treat(record, disorders, disease, as_of, parameters, progressed)
    return found


def _treat(
    record: PatientRecord,
    disorders: Disorders,
    disease: Disease,
    as_of: date,
    parameters: Parameters,
    progressed: Sequence[date],
) -> Treatment:
    exposures = build_exposures(record.drugs, record.events, as_of, parameters, progressed)
    products = tuple(c for c in exposures.courses if agent_of(c.agent).is_car_t)
    therapy = tuple(c for c in exposures.courses if not agent_of(c.agent).is_car_t)
    by_indication = sort_by_indication(therapy, disorders, parameters)
    infused = infusions(record.events, products, exposures.procedural, parameters)
    transplanted = transplants(record.events, exposures.procedural, parameters)
    collections = sorted(e.date.earliest for e in record.events if e.kind == "stem-cell-collection" and e.date)
    step_up = tuple(c for c in by_indication.counted if only_step_up(c, as_of, parameters))
    counted = tuple(c for c in by_indication.counted if c not in step_up)
    by_indication = replace(by_indication, counted=counted, outside=by_indication.outside + step_up)
    walked = walk(counted, transplanted, infused, collections, disease, plans_of(record), as_of, parameters)
    for draft in walked.drafts:
        if any(c.first_day in by_indication.unclear_starts for s in draft.segments for c in s.batch.courses):
            draft.min_drop += 1
            draft.note("L06", "E35", flags=("indication_unclear",))
    flags = {*by_indication.flags, *walked.flags}
    waiting = open_collection(record.events, infused, as_of, parameters)
    if waiting:
        day, flag, ref = waiting
        flags.add(flag)
        _note_at(walked.drafts, day, ("L19", "E09"), flag, ref)
    episodes = local_cns_episodes(record.events, parameters)
    for day, ref in episodes:
        flags.add("local_cns_therapy")
        _note_at(walked.drafts, day, ("L18", "E14"), "local_cns_therapy", ref)
    records = finish_lines(walked.drafts, disease, as_of, parameters)
    outside_max = walked.outside_max + by_indication.max_add + len(episodes)
    return Treatment(records, exposures, by_indication, products, outside_max, tuple(sorted(flags)))


def _note_at(drafts: Sequence[Draft], day: date, rules: tuple[str, ...], flag: str, ref: str) -> None:
    """Put a flag on the line to which a day belongs; for a collection, on the line that follows it if there is one (E09)."""
    after = [d for d in drafts if d.start >= day and days_between(day, d.start) <= 120] if "E09" in rules else []
    before = [d for d in drafts if d.start <= day]
    own = after[0] if after else before[-1] if before else None
    if own is not None:
        own.note(*rules, flags=(flag,))
        own.evidence.add(ref)


def first_defining_event(by_indication: Sorted, disorders: Disorders) -> tuple[Progression, ...]:
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


def exposed(treatment: Treatment) -> Exposed:
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
