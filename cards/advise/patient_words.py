"""What of the patient's chart makes a caution hold, in words: the value with its unit and date, the problem, the drug, the age.

A reader of the card sees which of several conditions is meant, and how old the value is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cards.advise.case import Case
from cards.advise.missing import DATA
from cards.advise.patient_tests import evaluate, matching_problems, recent_finding, supportive_named
from cards.knowledge.model import Caution, Test
from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding

MOST = 3
LONGEST = 80
"""Characters of a problem's own words that are repeated."""
_NAMES: Mapping[str, str] = {
    "systolic_bp": "systolic blood pressure",
    "diastolic_bp": "diastolic blood pressure",
    "hepatitis_b": "hepatitis B marker positive",
    "hbsag": "HBsAg positive",
    "anti_hbc_total": "anti-HBc positive",
    "igg_polyclonal": "IgG minus M-protein",
    "weight_loss_percent": "loss of weight",
    "m_protein_doubling_days": "doubling time of the M-protein",
    "flc_doubling_days": "doubling time of the free light chains",
    "ecog": "ECOG",
    "pregnancy": "pregnancy on record",
    "active_infection": "active infection on record",
    "extramedullary_disease": "extramedullary disease on record",
    "cns_disease": "disease of the central nervous system on record",
    "contact_lenses": "contact lenses",
}
_SAME_AS_PROBLEM = tuple(
    _NAMES[name] for name in ("pregnancy", "active_infection", "extramedullary_disease", "cns_disease", "hepatitis_b")
)
"""Findings that the problem list gives; the problem in its own words says more."""
_TOTAL_IGG = DATA["igg"][0]
"""Where the whole IgG is low, the part without the M-protein is no news."""
_UNITS: Mapping[str, str] = {
    "10*9/L": "x10^9/L",
    "mm[Hg]": "mmHg",
    "mL/min/{1.73_m2}": "mL/min/1.73 m2",
    "{score}": "",
    "d": "days",
    "1": "",
}


def found_for(caution: Caution, case: Case) -> tuple[str, ...]:
    """Return what makes a caution hold, at most three things; empty for what always holds or rests on missing orders."""
    words: list[str] = []
    for conjunction in caution.when:
        if all(evaluate(test, case).value is True for test in conjunction):
            words += [word for test in conjunction if not test.negate for word in _words(test, case)]
    if any(test.kind == "problem" and matching_problems(test, case) for tests in caution.when for test in tests):
        words = [word for word in words if not word.startswith(_SAME_AS_PROBLEM)]
    if any(word.startswith(_TOTAL_IGG) for word in words):
        words = [word for word in words if not word.startswith(_NAMES["igg_polyclonal"])]
    return tuple(dict.fromkeys(words))[:MOST]


def _words(test: Test, case: Case) -> Iterator[str]:
    if test.kind == "finding":
        name = test.name or ""
        finding = recent_finding(case, name, test.within_days)
        if finding is None and test.instead is not None:
            name = test.instead
            finding = recent_finding(case, name, test.within_days)
        if finding is not None and finding.value != "not-interpretable":
            yield _finding(name, finding)
    elif test.kind == "problem":
        for problem in matching_problems(test, case)[:1]:
            yield _dated(_short(problem.text or problem.concept.replace("_", " ")), problem.onset or problem.recorded)
    elif test.kind == "age" and case.history.age is not None:
        yield f"age {case.history.age}"
    elif test.kind == "supportive":
        yield from supportive_named(test, case)
    elif test.kind == "exposed":
        yield from _exposures(test.name or "", case)


def _finding(name: str, finding: Finding) -> str:
    label = _NAMES.get(name) or DATA.get(name, (name.replace("_", " "), ""))[0]
    if isinstance(finding.value, str):
        return _dated(label, finding.date)
    unit = _UNITS.get(finding.unit or "", finding.unit or "")
    value = f"{finding.comparator or ''}{float(finding.value):.6g}"
    return _dated(f"{label} {value} {unit}".rstrip(), finding.date)


def _short(text: str) -> str:
    """Return the words of a problem, cut at a word where they are long."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " ..."


def _dated(text: str, day: ChartDate | None) -> str:
    return text if day is None else f"{text}, {day}"


def _exposures(name: str, case: Case) -> Iterator[str]:
    for agent in sorted((case.history.agents or {}).values(), key=lambda agent: agent.agent):
        if name == agent.agent or name in case.classes_of(agent.agent):
            last = agent.last_given
            yield agent.agent if last is None else f"{agent.agent}, last given {last}"
