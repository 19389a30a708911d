"""The numbers of the generative model, each with its source.

A source is a study with its identifier, or `choice`: a default of this project without a primary source, picked to give charts of every
kind rather than the frequencies of one country. No statement about real patients follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

CHOICE: Final = "choice"


def _p(value: Any, source: str = CHOICE) -> Any:
    """Declare a parameter with its default and its source."""
    if isinstance(value, dict):
        return field(default_factory=lambda: dict(value), metadata={"source": source})
    return field(default=value, metadata={"source": source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Every parameter of the random stories. Probabilities are shares of 1, durations say their unit."""

    share_not_active_myeloma: float = _p(0.03)
    """Patients with smoldering disease, MGUS, plasmacytoma, AL amyloidosis or another plasma cell disorder instead."""
    share_plasma_cell_leukemia: float = _p(0.012)
    share_treated_smoldering: float = _p(0.015)
    """Daratumumab for smoldering disease before active myeloma (AQUILA-type)."""
    first_diagnosis_year: int = _p(2011)
    last_diagnosis_year: int = _p(2025)
    age_mean_years: float = _p(67.0)
    age_sd_years: float = _p(10.0)
    share_men: float = _p(0.56)
    isotypes: Mapping[str, float] = _p(
        {"IgG": 0.54, "IgA": 0.22, "light-chain": 0.18, "IgD": 0.02, "non-secretory": 0.04},
        "order of frequency as in Kyle 2003 (Mayo Clin Proc 78:21); the shares are a choice",
    )
    share_kappa: float = _p(0.65)
    cytogenetics: Mapping[str, float] = _p(
        {
            "t(11;14)": 0.18,
            "t(4;14)": 0.12,
            "t(14;16)": 0.03,
            "t(14;20)": 0.015,
            "del(17p)": 0.10,
            "gain(1q)": 0.35,
            "del(1p32)": 0.09,
            "TP53 mutation": 0.05,
        }
    )
    cytogenetics_gain_at_relapse: float = _p(0.06)
    """Chance of del(17p), and of gain(1q), at each relapse of a patient who did not have it."""
    share_tested_at_relapse: float = _p(0.7)
    """Of those who gained one: the marrow was tested again and the record shows it."""
    share_transplant_eligible: float = _p(0.8)
    """Of those younger than `transplant_age_limit_years`."""
    transplant_age_limit_years: int = _p(70)
    share_transplanted: float = _p(0.8)
    share_tandem: float = _p(0.06)
    share_consolidation: float = _p(0.18)
    share_maintenance_after_transplant: float = _p(0.82)
    share_maintenance_after_combination: float = _p(0.45)
    share_late_maintenance: float = _p(0.06)
    """Maintenance that begins 181-365 days after the transplant: joined with a flag (E14, E16)."""
    share_mobilization_cyclophosphamide: float = _p(0.3)
    share_steroid_prephase: float = _p(0.03)
    share_short_first_regimen: float = _p(0.025)
    """Less than a cycle of another regimen first, stopped for a reaction (L07)."""
    share_late_planned_add: float = _p(0.03)
    """A first-line antibody that begins 31-60 days after the other drugs (L16)."""
    serum_m_protein_g_l: tuple[float, float] = _p((16.0, 65.0))
    involved_flc_mg_l: tuple[float, float] = _p((350.0, 6000.0))
    response_half_life_days: tuple[float, float] = _p((11.0, 24.0))
    """How fast the marker falls towards its nadir."""
    regrowth_doubling_days: tuple[float, float] = _p((22.0, 60.0))
    responses: Mapping[str, Mapping[str, float]] = _p(
        {
            "first-transplant": {"CR": 0.38, "VGPR": 0.36, "PR": 0.17, "MR": 0.03, "SD": 0.03, "PD": 0.03},
            "first-other": {"CR": 0.24, "VGPR": 0.34, "PR": 0.27, "MR": 0.05, "SD": 0.06, "PD": 0.04},
            "second": {"CR": 0.20, "VGPR": 0.29, "PR": 0.29, "MR": 0.07, "SD": 0.09, "PD": 0.06},
            "third": {"CR": 0.10, "VGPR": 0.22, "PR": 0.30, "MR": 0.10, "SD": 0.17, "PD": 0.11},
            "later": {"CR": 0.05, "VGPR": 0.11, "PR": 0.20, "MR": 0.12, "SD": 0.30, "PD": 0.22},
            "car-t": {"CR": 0.55, "VGPR": 0.18, "PR": 0.12, "MR": 0.03, "SD": 0.07, "PD": 0.05},
            "bispecific": {"CR": 0.36, "VGPR": 0.19, "PR": 0.08, "MR": 0.02, "SD": 0.22, "PD": 0.13},
        },
        "later: near LocoMMotion, overall response 29.8 %, NCT04035226; bispecific: near MajesTEC-1, 63 %, "
        "doi:10.1056/NEJMoa2203478; the others are a choice",
    )
    months_to_progression: Mapping[str, float] = _p(
        {
            "first-transplant": 36.0,
            "first-other": 22.0,
            "second": 14.0,
            "third": 9.0,
            "later": 4.6,
            "car-t": 13.8,
            "bispecific": 11.3,
        },
        "median months; later: LocoMMotion 4.6, NCT04035226; car-t: KarMMa-3 13.8, Blood 2024;144:2389; "
        "bispecific: MajesTEC-1 11.3, doi:10.1056/NEJMoa2203478; the others are a choice, shorter than in trials",
    )
    progression_sigma: float = _p(0.55)
    """Spread of the log-normal time to progression."""
    depth_factor: Mapping[str, float] = _p({"CR": 1.5, "VGPR": 1.15, "PR": 0.8, "MR": 0.55, "SD": 0.45, "PD": 0.2})
    """How much longer or shorter than the median a response of this depth lasts."""
    next_line_after_progression: float = _p(
        0.84, "order of size as in the attrition by line of Fonseca 2020 (BMC Cancer 20:1087); the value is a choice"
    )
    share_dead_of_untreated_progression: float = _p(0.6)
    """Of progressions without another line; the other patients are lost to follow-up."""
    share_waiting_after_progression: float = _p(0.18)
    """Progression that is watched on unchanged treatment for some weeks more."""
    toxicity_stop: Mapping[str, float] = _p(
        {
            "bortezomib": 0.13,
            "carfilzomib": 0.09,
            "ixazomib": 0.06,
            "thalidomide": 0.2,
            "lenalidomide": 0.07,
            "pomalidomide": 0.06,
            "daratumumab": 0.02,
            "isatuximab": 0.02,
            "selinexor": 0.15,
            "belantamab mafodotin": 0.18,
            "dexamethasone": 0.12,
            "teclistamab": 0.05,
            "elranatamab": 0.05,
            "talquetamab": 0.07,
        }
    )
    """Chance per line that toxicity ends this drug while the others go on (L13)."""
    share_toxicity_substitution: float = _p(0.035)
    """Lines whose regimen is given up for toxicity, with another begun without progression (L16)."""
    share_access_substitution: float = _p(0.012)
    share_switch_for_non_response: float = _p(0.5)
    """Of patients with stable disease as best response: a new regimen without waiting for progression."""
    share_fixed_duration_relapse: float = _p(0.12)
    """Relapse regimens that end as planned, with progression later."""
    share_retreatment: float = _p(0.2)
    """Of progressions off treatment after a planned end: the same regimen again (L17)."""
    share_salvage_transplant: float = _p(0.05)
    share_bridging: float = _p(0.7)
    share_cells_not_infused: float = _p(0.05)
    """Apheresis without an infusion (E09)."""
    share_imaging_progression: float = _p(0.05)
    """Progressions by a new lesion without a rise of the marker."""
    refractory_reuse_weight: float = _p(0.06)
    """Weight of a regimen with a drug that has failed, against 1 for one without."""
    car_t_access: Mapping[str, float] = _p({"unknown": 0.6, "yes": 0.28, "no": 0.12})
    comorbidities: Mapping[str, float] = _p(
        {
            "hypertension": 0.42,
            "diabetes": 0.16,
            "atrial-fibrillation": 0.09,
            "heart-failure": 0.06,
            "ckd-3": 0.1,
            "neuropathy": 0.08,
        }
    )
    marker_noise: float = _p(0.035)
    """Coefficient of variation of a measured M-protein."""
    flc_noise: float = _p(0.05)


DEFAULT: Final = Model()


def sources() -> dict[str, str]:
    """Return the source of every parameter by name."""
    return {item.name: str(item.metadata["source"]) for item in fields(Model)}
