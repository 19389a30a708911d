"""The closed lists that knowledge files may use: class keys, findings, problem concepts, predicates of policies.

Predicates are names only; the advice stage evaluates them. `docs/knowledge/predicates.md` says what each one means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cards.knowledge.model import Requirement


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLASSES: frozenset[str] = _words(
    "PI IMID CELMOD CD38 SLAMF7 XPO1 BCMA_ADC BCMA_CART BCMA_BSAB GPRC5D_BSAB GPRC5D_CART FCRH5_BSAB BCL2 ALKYLATOR "
    "ANTHRACYCLINE STEROID HDAC PEPTIDE_DRUG_CONJ OTHER"
)
REGIMEN_IDS: frozenset[str] = _words(
    "cilta_cel ide_cel tec_mono tec_dara elra_mono linvo_mono tal_mono tal_tec tal_dara tal_dara_pom bela_mono BVd BPd "
    "SVd Sd SDd SPd SKd KCd PCd VCd Rd EloKd chemo_infusional benda_combo salvage_asct IsaPd IsaKd EloPd ERd DPd DKd "
    "DVd DRd dara_mono Kd KRd K_mono KPd Pd PVd Vd IRd VenVd VenD melflufen_d IberDd MeziKd anito_cel"
)
PROGRAMMES: tuple[str, ...] = ("bispecific", "belantamab")
"""Restricted access programmes (REMS) that cautions may be about, and that a site may declare ended."""
CYTOGENETICS: frozenset[str] = frozenset(
    ("t(11;14)", "del(17p)", "t(4;14)", "t(14;16)", "t(14;20)", "gain(1q)", "del(1p32)", "TP53 mutation")
)
FACTS: frozenset[str] = _words(
    "ecog frailty lvef neuropathy pregnancy hepatitis_b active_infection eye_exam extramedullary_disease cns_disease "
    "car_t_access bcl2_expression_high contact_lenses childbearing_potential weight_loss_percent m_protein_doubling_days flc_doubling_days "
    "igg_polyclonal"
)
LABS: frozenset[str] = _words(
    "albumin alt anc ast beta2_microglobulin bilirubin_total creatinine creatinine_clearance egfr flc_kappa_serum "
    "flc_lambda_serum flc_ratio_serum hemoglobin igg iga igm ldh m_protein_serum plasma_cells_blood_count "
    "plasma_cells_blood_percent platelets sodium systolic_bp diastolic_bp nt_probnp wbc bmi hbsag anti_hbc_total pregnancy_test "
    "troponin"
)
FINDINGS: frozenset[str] = CYTOGENETICS | FACTS | LABS
UNITS: dict[str, str] = {
    "platelets": "10*9/L",
    "anc": "10*9/L",
    "hemoglobin": "g/dL",
    "creatinine": "mg/dL",
    "bilirubin_total": "mg/dL",
    "egfr": "mL/min/{1.73_m2}",
    "creatinine_clearance": "mL/min",
    "lvef": "%",
    "igg": "g/L",
    "igg_polyclonal": "g/L",
    "weight_loss_percent": "%",
    "m_protein_doubling_days": "d",
    "flc_doubling_days": "d",
    "sodium": "mmol/L",
    "systolic_bp": "mm[Hg]",
    "diastolic_bp": "mm[Hg]",
    "bmi": "kg/m2",
    "plasma_cells_blood_percent": "%",
}
"""The unit a bound on a laboratory value must be written in (canonical units of the terminology)."""
PROBLEMS: frozenset[str] = _words(
    "active_infection aki al_amyloidosis al_amyloidosis_due_to_myeloma anticoagulated arrhythmia atrial_fibrillation "
    "contact_lens guillain_barre hepatic_impairment inflammatory_disorder mds_aml thrombotic_microangiopathy "
    "car_t_complication cirrhosis ckd_3 ckd_4 ckd_5_esrd ckd_unspecified cns_disease crs diabetes_t1 diabetes_t2 "
    "dialysis extramedullary_plasmacytoma heart_failure hepatitis_b hyperglycemia hypertension hypogammaglobulinemia "
    "icans ischemic_heart_disease myeloma_associated_amyloidosis myeloma_kidney nausea neutropenia ocular_surface_disease "
    "parkinsonism peripheral_neuropathy plasma_cell_leukemia pregnancy pulmonary_hypertension seizure stroke "
    "thrombocytopenia vte_active vte_history"
)
COMPONENT_TESTS: frozenset[str] = frozenset({"any-active-agent", "every-active-agent"})
"""Names of K-REFR's `refractory` tests; they speak of the regimen's own drugs, and advice computes the caution itself."""

PREDICATES: dict[str, str] = {
    "lines_prior": "range",
    "exposed": "target",
    "not_exposed": "target",
    "refractory": "target",
    "not_refractory": "target",
    "sensitive": "target",
    "naive": "target",
    "tce": "",
    "tcr": "",
    "penta": "",
    "bcma_failed": "CART|BSAB",
    "bcma_exposed_only": "ADC",
    "label_met": "regimen?",
    "state": "plasma-cell-leukemia",
    "zero_lines": "",
    "cd38_reusable": "",
    "status_undecided": "",
    "t1114": "",
    "ven_marker": "",
    "months_off": "drug,months",
    "holding": "",
    "bridging": "",
    "salvage_transplant": "",
    "pi_sensitive": "",
    "high_risk": "",
    "frail": "",
    "cardiac_disease": "",
    "emd": "",
    "no_cart_access": "",
    "cart_candidate": "",
    "jurisdiction": "US|EU",
}
"""Every predicate with the kind of its argument: none, a line range, a class or drug, a regimen (optional), or fixed words."""
_FORM = re.compile(r"^(not )?([a-z_0-9]+)(?:\(([^()]*)\))?$")
_RANGE = re.compile(r"^(\d+),(\d+|\*)$")


@dataclass(frozen=True, slots=True)
class Names:
    """What the files of one folder may refer to: its drugs and its sources."""

    drugs: frozenset[str]
    sources: frozenset[str]
    requirements: dict[str, Requirement] = field(default_factory=dict, compare=False, repr=False)
    """Requirements read so far: labels and trials that ask the same share one object, which is then judged once."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate taken apart: `not refractory(PI)` is `Predicate("refractory", "PI", negated=True)`."""

    name: str
    argument: str | None
    negated: bool


def parse_predicate(text: str, drugs: frozenset[str]) -> Predicate:
    """Take a predicate apart; raises `ValueError` with what is wrong. `drugs` are the agents that may be named."""
    form = _FORM.match(text)
    if form is None:
        raise ValueError(f"`{text}` does not read as `name`, `name(argument)` or `not name(argument)`")
    negated, name, argument = bool(form[1]), form[2], form[3]
    if name not in PREDICATES:
        raise ValueError(f"`{name}` is not a predicate")
    problem = _argument_problem(PREDICATES[name], argument, drugs)
    if problem:
        raise ValueError(f"`{name}` {problem}")
    return Predicate(name, argument, negated)


def _argument_problem(kind: str, argument: str | None, drugs: frozenset[str]) -> str | None:
    if kind == "":
        return None if argument is None else "takes no argument"
    if kind == "range":
        found = _RANGE.match(argument or "")
        if found is None or (found[2] != "*" and int(found[2]) < int(found[1])):
            return "takes a range such as (2,3) or (4,*)"
        return None
    if kind == "drug,months":
        drug, _, months = (argument or "").partition(",")
        return None if drug in drugs and months.isdigit() else "takes a drug and months such as (lenalidomide,6)"
    if kind == "target":
        return None if argument in CLASSES or argument in drugs else f"names no class and no drug: {argument}"
    if kind == "regimen?":
        return None if argument is None or argument in REGIMEN_IDS else f"names no regimen: {argument}"
    words = kind.split("|")
    return None if argument in words else f"takes one of: {', '.join(words)}"
