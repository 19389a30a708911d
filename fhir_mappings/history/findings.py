"""The latest value of every fact that advice may use, at `as_of` (interfaces, `findings`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding, Mrd
from fhir_mappings.record import GenomicResult, PatientRecord, Problem

_PROBLEM_FINDINGS = {
    "peripheral_neuropathy": "neuropathy",
    "pregnancy": "pregnancy",
    "active_infection": "active_infection",
    "cns_disease": "cns_disease",
    "extramedullary_plasmacytoma": "extramedullary_disease",
    "extramedullary_disease": "extramedullary_disease",
    "hepatitis_b": "hepatitis_b",
}
_RENAMED_FACTS = {"extramedullary": "extramedullary_disease", "cns": "cns_disease"}
_PRESENCE = {"yes": "present", "no": "absent"}


def findings_of(record: PatientRecord, as_of: date, recent_infection_days: int = 30) -> dict[str, Finding]:
    """Return findings by name. What is not on record is not there; nothing defaults to absent."""
    found: dict[str, Finding] = {}
    found |= _labs(record)
    found |= _genomics(record)
    found |= _problems(record.problems, as_of, recent_infection_days)
    found |= _facts(record)
    found |= _serology(record, found)
    return dict(sorted(found.items()))


def _labs(record: PatientRecord) -> dict[str, Finding]:
    latest: dict[str, Finding] = {}
    for lab in sorted(record.labs, key=lambda lab: (lab.date.earliest, lab.ref)):
        if "unit_suspect" not in lab.flags:
            latest[lab.concept] = Finding(lab.value, lab.unit, lab.date, (lab.ref,), lab.upper_normal, lab.comparator)
    return latest


def _genomics(record: PatientRecord) -> dict[str, Finding]:
    """An abnormality once shown stays shown; absence needs a result, and `pending` is unknown (F13)."""
    grouped = defaultdict(list)
    for result in record.genomics:
        grouped[result.name].append(result)
    found: dict[str, Finding] = {}
    for name, results in grouped.items():
        if name == "bcl2_expression_high":
            found[name] = _expression(results)
            continue
        for value in ("present", "absent", "unknown"):
            own = [r for r in results if r.value == value]
            if own:
                dates = [r.date for r in own if r.date]
                found[name] = Finding(value, None, max(dates) if dates else None, tuple(sorted(r.ref for r in own)))
                break
    return found


def _expression(results: list[GenomicResult]) -> Finding:
    """Expression changes with the disease: the latest result counts, and two of one day that differ leave it open."""
    newest = max((r.date for r in results if r.date), default=None, key=lambda when: (when.latest, when.earliest))
    own = [r for r in results if r.date == newest]
    values = sorted({r.value for r in own if r.value != "unknown"})
    value = values[0] if len(values) == 1 else "unknown"
    return Finding(value, None, newest, tuple(sorted(r.ref for r in own)))


def _problems(problems: Iterable[Problem], as_of: date, recent_days: int) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for problem in sorted(problems, key=lambda p: (str(p.onset or p.recorded or ""), p.ref)):
        name = _PROBLEM_FINDINGS.get(problem.concept)
        if (
            name is None
            or problem.verification == "suspected"
            or problem.abatement is not None
            or problem.active is False
        ):
            continue
        when = problem.onset or problem.recorded
        if name == "active_infection" and problem.active is None and not _recent(when, as_of, recent_days):
            continue
        found[name] = Finding("present", None, when, (problem.ref,))
    return found


def _recent(when: ChartDate | None, as_of: date, days: int) -> bool:
    return when is None or (as_of - when.latest).days <= days


def _facts(record: PatientRecord) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for fact in sorted(record.facts, key=lambda f: (str(f.date or ""), f.ref)):
        name = _RENAMED_FACTS.get(fact.name, fact.name)
        value = _PRESENCE.get(fact.value, fact.value) if isinstance(fact.value, str) else fact.value
        found[name] = Finding(value, fact.unit, fact.date, (fact.ref,), comparator=fact.comparator)
    return found


def _serology(record: PatientRecord, found: dict[str, Finding]) -> dict[str, Finding]:
    """Hepatitis B: present by any positive marker; absent only when surface antigen and core antibody are both negative."""
    latest = {}
    for result in sorted(record.qualitative, key=lambda r: (str(r.date or ""), r.ref)):
        latest[result.concept] = result
    made: dict[str, Finding] = {}
    markers = [latest[name] for name in ("hbsag", "anti_hbc_total") if name in latest]
    if "hepatitis_b" not in found and markers:
        refs = tuple(sorted(m.ref for m in markers))
        dates = [m.date for m in markers if m.date]
        positive = any(m.value == "positive" for m in markers)
        settled = len(markers) == 2 and all(m.value == "negative" for m in markers)
        value = "present" if positive else "absent" if settled else "unknown"
        made["hepatitis_b"] = Finding(value, None, min(dates) if dates else None, refs)
    test = latest.get("pregnancy_test")
    if test is not None and "pregnancy" not in found:
        value = {"positive": "present", "negative": "absent", "indeterminate": "unknown"}[test.value]
        made["pregnancy"] = Finding(value, None, test.date, (test.ref,))
    return made


def mrd_results(record: PatientRecord) -> tuple[Mrd, ...]:
    """P16: every result with its date and its words (method, sensitivity); a positive one is no progression by itself."""
    own = sorted(
        (r for r in record.qualitative if r.concept == "mrd"),
        key=lambda r: (r.date.earliest if r.date else date.min, r.ref),
    )
    return tuple(Mrd(r.value, r.date, r.text, (r.ref,)) for r in own)


def mrd_sustained(record: PatientRecord) -> bool | None:
    """P16: two negative results at least twelve months apart with none positive between them."""
    own = [m for m in mrd_results(record) if m.date is not None]
    if not own:
        return None
    first: date | None = None
    for result in own:
        if result.date is None or result.value != "negative":
            first = None
            continue
        first = first or result.date.earliest
        if (result.date.earliest - first).days >= 365:
            return True
    return False
