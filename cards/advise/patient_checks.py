"""Facts about the patient that the guards ask for directly, whatever the caution files say (invariants 25 to 30)."""

from __future__ import annotations

from cards.advise.case import Case
from cards.advise.patient_tests import active_problem, is_active, recent_finding

_HARMLESS_EYE = frozenset({"dry_eye", "mild_punctate"})
_INFARCTION = frozenset({"myocardial_infarction", "unstable_angina"})
"""Kinds of a problem that the reading stage tells apart within one concept."""


def _found(case: Case, name: str) -> bool:
    finding = case.history.findings.get(name)
    return (finding is not None and finding.value == "present") or active_problem(case, name) is not None


def active_infection(case: Case) -> bool:
    """Tell whether an active infection is on record (invariant 25)."""
    return _found(case, "active_infection")


def corneal_disease(case: Case) -> bool:
    """Tell whether corneal disease other than dry eye or mild punctate keratopathy is on record (invariant 29)."""
    return any(
        problem.concept == "ocular_surface_disease"
        and not _HARMLESS_EYE & set(problem.flags)
        and is_active(problem, case.as_of)
        for problem in case.history.problems
    )


def severe_heart_failure(case: Case) -> bool:
    """Tell whether heart failure NYHA III or IV is on record (invariant 26)."""
    return any(
        problem.concept == "heart_failure" and (problem.grade or 0) >= 3 and is_active(problem, case.as_of)
        for problem in case.history.problems
    )


def cardiac_history(case: Case) -> str | None:
    """Return the cardiac fact on record that carfilzomib must carry (invariant 26)."""
    disease = cardiac_disease(case)
    if disease is None and case.history.age is not None and case.history.age >= case.parameters.older_age:
        return f"age {case.history.age}"
    return disease


def cardiac_disease(case: Case) -> str | None:
    """Return heart failure, an infarction or an ejection fraction below 50 % on record; age is no disease."""
    concepts = {problem.concept for problem in case.history.problems}
    if "heart_failure" in concepts:
        return "heart failure on record"
    if any(_INFARCTION & set(problem.flags) for problem in case.history.problems):
        return "myocardial infarction on record"
    lvef = recent_finding(case, "lvef", None)
    if lvef is not None and not isinstance(lvef.value, str) and lvef.comparator not in {">", ">="}:
        below = lvef.value <= 50 if lvef.comparator else lvef.value < 50
        if below:
            return "ejection fraction below 50 %"
    return None


def neuropathy_grade(case: Case) -> tuple[int | None, bool]:
    """Return the worst recorded grade of an active neuropathy, and whether it is painful (invariant 27)."""
    active = [p for p in case.history.problems if p.concept == "peripheral_neuropathy" and is_active(p, case.as_of)]
    grades = [problem.grade for problem in active if problem.grade is not None]
    finding = case.history.findings.get("neuropathy")
    if finding is not None and not isinstance(finding.value, str):
        grades.append(int(finding.value))
    return (max(grades) if grades else None), any(problem.painful for problem in active)


def selinexor_counts_too_low(case: Case) -> bool:
    """Tell whether platelets or neutrophils forbid starting selinexor (invariant 28)."""
    limits = {"platelets": case.parameters.selinexor_min_platelets, "anc": case.parameters.selinexor_min_neutrophils}
    for name, limit in limits.items():
        finding = recent_finding(case, name, None)
        if finding is not None and not isinstance(finding.value, str) and finding.comparator not in {">", ">="}:
            low = finding.value <= limit if finding.comparator else finding.value < limit
            if low:
                return True
    return False


def possible_pregnancy(case: Case) -> str | None:
    """Say why pregnancy is present or not ruled out (invariant 30); `None` when it is ruled out or not possible.

    A missing sex or age rules nothing out while the other one leaves a pregnancy possible; where both are missing the caution asks.
    """
    finding = case.history.findings.get("pregnancy")
    test = recent_finding(case, "pregnancy_test", case.parameters.pregnancy_test_days)
    positive = test is not None and test.value in {"present", "positive"}
    found = positive or (finding is not None and finding.value == "present")
    if active_problem(case, "pregnancy") is not None or (found and case.history.sex != "male"):
        return "pregnancy on record"
    if not _may_be_pregnant(case):
        return None
    recent = recent_finding(case, "pregnancy", case.parameters.pregnancy_test_days)
    if (recent is not None and recent.value == "absent") or (test is not None and test.value in {"absent", "negative"}):
        return None
    if case.history.sex != "female":
        return "the sex is not on record, so a pregnancy is possible, and no recent negative test is on record"
    return "pregnancy is possible and no recent negative test is on record"


def _may_be_pregnant(case: Case) -> bool:
    sex, age = case.history.sex, case.history.age
    stated = case.history.findings.get("childbearing_potential")
    if sex == "male":
        return False
    if stated is not None and stated.value in {"present", "absent"}:
        return stated.value == "present"
    if age is None:
        return sex == "female"
    return case.parameters.childbearing_from <= age <= case.parameters.childbearing_to
