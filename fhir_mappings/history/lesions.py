"""New lesions outside the marker series: imaging, plasmacytoma, central nervous system, irradiated lesions (P18.5, P22, L18)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date

from msgspec import Struct

from fhir_mappings.record import Fact, PatientRecord, Problem, StatedStatus, TreatmentEvent

_CNS_WORDS = re.compile(r"\bcns\b|central nervous|mening|\bcsf\b|cerebrospinal|intracranial|intrathecal", re.IGNORECASE)
_NEW = re.compile(r"\bnew\b[^.;|]*(?:lesion|plasmacytom|mass)", re.IGNORECASE)
_FACTS = {
    "extramedullary_disease": False,
    "extramedullary": False,
    "cns_disease": True,
    "cns": True,
    "csf_cytology": True,
}
_PROBLEMS = {"extramedullary_plasmacytoma": False, "extramedullary_disease": False, "cns_disease": True}


class Lesion(Struct, frozen=True):
    """A lesion that was not there before: its first day, whether it lies in a sanctuary, the resource."""

    day: date
    sanctuary: bool
    ref: str
    text: str


def lesions_of(record: PatientRecord) -> tuple[Lesion, ...]:
    """Return the new lesions of a chart; what was on record before, or is only suspected, is not new."""
    found = [
        *_problems(record.problems, {f.ref for f in record.facts if f.name == "cns_disease" and f.value == "present"}),
        *_facts(record.facts),
        *_irradiated(record.events),
    ]
    return tuple(sorted(found, key=lambda lesion: (lesion.day, lesion.ref)))


def in_sanctuary(statement: StatedStatus) -> bool:
    """Tell whether a stated progression is of the central nervous system (P22)."""
    return bool(_CNS_WORDS.search(statement.text))


def _problems(problems: Iterable[Problem], central: Collection[str]) -> list[Lesion]:
    """The first dated entry of each kind; an undated one may have been there always. `central` are entries that name the CNS in words."""
    found: dict[str, Lesion] = {}
    undated = set()
    for problem in sorted(problems, key=lambda p: (str(p.onset or ""), p.ref)):
        kind = "cns_disease" if problem.ref in central else problem.concept
        if kind not in _PROBLEMS or problem.verification == "suspected":
            continue
        if problem.onset is None:
            undated.add(kind)
        elif kind not in found and kind not in undated:
            text = problem.text or kind.replace("_", " ")
            found[kind] = Lesion(problem.onset.earliest, _PROBLEMS[kind], problem.ref, text)
    return list(found.values())


def _facts(facts: Iterable[Fact]) -> list[Lesion]:
    """A finding is new where an earlier examination did not show it."""
    found: list[Lesion] = []
    absent: set[str] = set()
    for fact in sorted((f for f in facts if f.name in _FACTS and f.date), key=lambda f: (str(f.date), f.ref)):
        name = "cns" if fact.name == "csf_cytology" else fact.name.removesuffix("_disease")
        if fact.value in {"absent", "no"}:
            absent.add(name)
        elif fact.value in {"present", "yes"} and name in absent and fact.date is not None:
            absent.discard(name)
            found.append(Lesion(fact.date.earliest, _FACTS[fact.name], fact.ref, name.replace("_", " ")))
    return found


def _irradiated(events: Iterable[TreatmentEvent]) -> list[Lesion]:
    """L18: a lesion that was irradiated because it was new; radiotherapy alone says nothing."""
    return [
        Lesion(event.date.earliest, bool(_CNS_WORDS.search(event.text)), event.ref, event.text)
        for event in events
        if event.kind == "radiotherapy" and event.date and _NEW.search(event.text)
    ]
