"""Data that would change the advice: what, why, and how to get it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from cards.advise.case import Case
from cards.advise.facts import prior_lines
from cards.advise.model import LabelVerdict, MissingDatum
from cards.advise.words import listed, short_name
from fhir_mappings.history.model import TreatmentHistory

DATA: Mapping[str, tuple[str, str]] = {
    "t(11;14)": ("t(11;14)", "FISH or sequencing of bone marrow plasma cells"),
    "platelets": ("platelet count", "blood count"),
    "anc": ("neutrophil count", "blood count with differential"),
    "hemoglobin": ("haemoglobin", "blood count"),
    "sodium": ("sodium", "serum chemistry"),
    "igg": ("serum IgG", "quantitative immunoglobulins"),
    "hepatitis_b": ("hepatitis B serology", "HBsAg and anti-HBc"),
    "hbsag": ("hepatitis B surface antigen", "HBsAg and anti-HBc"),
    "anti_hbc_total": ("hepatitis B core antibody", "HBsAg and anti-HBc"),
    "lvef": ("ejection fraction", "echocardiogram"),
    "eye_exam": ("eye examination", "ophthalmology visit with slit lamp"),
    "neuropathy": ("neuropathy grade", "clinical grading (CTCAE)"),
    "peripheral_neuropathy": ("neuropathy grade", "clinical grading (CTCAE)"),
    "ecog": ("performance status (ECOG)", "clinical assessment"),
    "frailty": ("frailty score", "a recorded frailty assessment"),
    "creatinine_clearance": ("creatinine clearance", "creatinine with age, weight and sex, or a measured clearance"),
    "egfr": ("renal function", "creatinine or eGFR"),
    "creatinine": ("creatinine", "serum chemistry"),
    "bilirubin_total": ("bilirubin", "liver tests"),
    "pregnancy": ("pregnancy test", "a test within 30 days"),
    "active_infection": ("check for active infection", "clinical assessment before starting"),
    "ldh": ("LDH", "serum chemistry"),
    "plasma_cells_blood_percent": ("circulating plasma cells", "blood smear or flow cytometry"),
    "extramedullary_disease": ("search for extramedullary disease", "whole-body imaging"),
    "cns_disease": ("central nervous system involvement", "clinical assessment, imaging or CSF"),
    "systolic_bp": ("blood pressure", "blood pressure measurement"),
    "diastolic_bp": ("blood pressure", "blood pressure measurement"),
    "bmi": ("body mass index", "height and weight"),
    "weight_loss_percent": ("weight over time", "weights of the last months"),
    "heart_failure": ("NYHA class of the heart failure", "clinical assessment"),
    "atrial_fibrillation": (
        "grade and control of the atrial fibrillation",
        "electrocardiogram and clinical assessment",
    ),
    "arrhythmia": ("grade and control of the arrhythmia", "electrocardiogram and clinical assessment"),
    "ischemic_heart_disease": ("date of the infarction or unstable angina", "cardiology records"),
    "K-INF-3/herpes": (
        "prophylaxis against herpes viruses, none on record (unverified)",
        "an order, or a reason against it",
    ),
    "K-INF-3/pneumocystis": (
        "prophylaxis against pneumocystis, none on record (unverified)",
        "an order, or a reason against it",
    ),
    "K-IGG-1/not-interpretable": (
        "IgG without the M-protein",
        "IgG and M-protein of the same days, and the heavy chain of the myeloma",
    ),
    "childbearing_potential": ("whether a pregnancy is possible", "clinical assessment"),
    "age": ("date of birth", "patient data"),
    "troponin": ("troponin", "serum chemistry"),
    "stroke": ("date of the stroke", "neurology records"),
    "nt_probnp": ("NT-proBNP", "serum chemistry"),
    "bcl2_expression_high": ("BCL2 expression", "a quantitative expression assay"),
}
"""Finding name to what it is called and how it is got."""


_GAP: Mapping[str, str] = {
    "patient": "patient data",
    "medicationStatements": "medication statements",
    "medicationRequests": "medication orders",
    "medicationAdministrations": "medication administrations",
    "medicationDispenses": "dispenses",
    "observations": "laboratory results and observations",
    "allergies": "allergies and intolerances",
    "carePlans": "care plans",
    "diagnosticReports": "diagnostic reports",
}
"""Prefetch key to what a clinician calls it."""


def from_cautions(
    asked: Mapping[str, Sequence[str]], needed: Collection[str] = frozenset()
) -> tuple[MissingDatum, ...]:
    """Turn the findings that cautions ask for into data to get, those first that decide whether a regimen may start.

    `asked` maps a finding to the regimens that need it; `needed` names the findings that decide a start.
    """
    merged: dict[tuple[str, str], list[str]] = {}
    first: set[str] = set()
    for name, regimens in asked.items():
        words = DATA.get(name, (name.replace("_", " "), "to be recorded in the chart"))
        merged.setdefault(words, []).extend(regimens)
        if name in needed:
            first.add(words[0])
    return tuple(
        MissingDatum(what, f"needed before {listed(_few(list(dict.fromkeys(names))), 'or')}", how)
        for (what, how), names in sorted(merged.items(), key=lambda item: item[0][0] not in first)
    )


def _few(names: Sequence[str], most: int = 4) -> list[str]:
    return list(names) if len(names) <= most else [*names[:most], "others"]


def from_history(history: TreatmentHistory) -> tuple[MissingDatum, ...]:
    """Return what the history itself leaves open."""
    found: list[MissingDatum] = []
    summary = history.summary
    if history.diagnosis.state == "unknown":
        found.append(
            MissingDatum("diagnosis", "advice is for active myeloma only", "a confirmed diagnosis in the problem list")
        )
    if summary is not None and history.lines:
        found += _disease_status(summary.progressing, history.status_question)
        if summary.history_complete == "no":
            found.append(
                MissingDatum(
                    "earlier treatment history",
                    _not_on_record(history),
                    "treatment summary from earlier centres",
                )
            )
        if summary.cytogenetic_risk.value == "unknown" and summary.cytogenetic_risk.missing:
            tests = listed(list(summary.cytogenetic_risk.missing))
            found.append(
                MissingDatum(
                    f"cytogenetics ({tests})", "genomic risk cannot be stated without them", "FISH and TP53 sequencing"
                )
            )
    found += [
        MissingDatum(gap_name(gap.key), gap.reason, "look in the chart itself, or open it again")
        for gap in history.gaps
    ]
    return tuple(found)


def gap_name(key: str) -> str:
    """Return what a clinician calls the data of a prefetch key."""
    return _GAP.get(key, key)


def _not_on_record(history: TreatmentHistory) -> str:
    why = f" ({'; '.join(history.open_questions)})" if history.open_questions else ""
    return f"drugs, lines and BCMA-directed therapy that are not on record would change the advice{why}"


def _disease_status(progressing: str, question: str | None) -> list[MissingDatum]:
    if progressing == "possible":
        how = "a second consecutive M-protein or free light chain value, imaging, or a dated statement of progression"
        return [MissingDatum("confirmation of progression", "options are given once progression is confirmed", how)]
    if progressing == "unknown":
        how = "M-protein, free light chains or a dated response assessment"
        why = question or "no disease assessment in the last 90 days is on record"
        return [MissingDatum("current disease status", why, how)]
    return []


def deciding(case: Case) -> tuple[MissingDatum, ...]:
    """Return what decides between the rows of the policy when the record does not (regimens C.2, "ask for the datum")."""
    found: list[MissingDatum] = []
    for name, status in sorted((case.history.agents or {}).items()):
        if (
            status.status == "exposed-unknown"
            and "STEROID" not in case.classes_of(name)
            and "current" not in status.flags
        ):
            why = f"decides between the options{f' ({status.reason})' if status.reason else ''}"
            how = "dates of its last dose and of the progression, and the response to it"
            found.append(MissingDatum(f"whether the disease is refractory to {name}", why, how))
    low, high = prior_lines(case.history)
    if low != high:
        counted = f"{low} or more" if high is None else f"{low} to {high}"
        how = "review where each line begins and ends"
        found.append(MissingDatum(f"number of prior lines ({counted})", "decides between the options", how))
    return tuple(found)


def for_options(case: Case, labels: Mapping[str, LabelVerdict], offered: Iterable[str]) -> tuple[MissingDatum, ...]:
    """Return what would settle labels, venetoclax and access to CAR-T for the options shown."""
    found: list[MissingDatum] = []
    low, high = prior_lines(case.history)
    depends = [name for name in offered if name in labels and _depends_on_lines(labels[name])]
    if depends and low != high:
        counted = f"{low} or more" if high is None else f"{low} to {high}"
        how = "review where each line begins and ends"
        shorts = [short_name(case.knowledge.regimens[name]) for name in depends]
        found.append(
            MissingDatum(f"number of prior lines ({counted})", f"decides the label of {listed(_few(shorts))}", how)
        )
    unknown_t1114 = str(getattr(case.history.findings.get("t(11;14)"), "value", "unknown")) == "unknown"
    if unknown_t1114 and case.is_refractory("lenalidomide") is True and case.is_refractory("PI") is not True:
        found.append(MissingDatum("t(11;14)", "needed to judge venetoclax", DATA["t(11;14)"][1]))
    if case.car_t_access == "unknown" and any(case.is_car_t(case.knowledge.regimens[name]) for name in offered):
        found.append(
            MissingDatum(
                "access to CAR-T",
                "not known here; it is neither assumed nor ruled out",
                "enquiry at a CAR-T centre; a site can record it once for all patients",
            )
        )
    return tuple(found)


def _depends_on_lines(verdict: LabelVerdict) -> bool:
    return any("depends on line count" in criterion.flags for criterion in verdict.criteria)


def unique(data: Iterable[MissingDatum]) -> tuple[MissingDatum, ...]:
    """Keep the first of each datum."""
    found: dict[str, MissingDatum] = {}
    for datum in data:
        found.setdefault(datum.what, datum)
    return tuple(found.values())
