"""Every number of the line, response and refractoriness rules, named once.

Values are the defaults of the parameter table in `docs/rules/parameters.md`; a site or a study can pass its own object. Windows
are in calendar days and inclusive unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Thresholds of the clinical rules. Immutable; every stage receives it as an argument."""

    regimen_window_days: int = 30
    """Drugs that start within this time of a line's first drug are its initial regimen (L08)."""
    planned_add_window_days: int = 60
    """An addition up to here, without progression, counts as planned (L16)."""
    min_cycle_days: int = 21
    """Shorter regimens replaced without progression are not lines of their own (L07)."""
    drug_gap_days: int = 90
    """Records of one drug at most this far apart are one exposure (L03)."""
    active_grace_oral_days: int = 45
    active_grace_infusion_days: int = 90
    """How long an `active` record stays believable after its newest supporting event (L03)."""
    same_regimen_gap_days: int = 180
    """Restarts of the same regimen after a longer gap are flagged (L17)."""
    asct_join_days: int = 180
    tandem_days: int = 180
    """First transplant after a regimen, second transplant after the first (L10)."""
    maintenance_after_transplant_days: int = 180
    maintenance_after_transplant_flagged_days: int = 365
    maintenance_after_combination_days: int = 90
    maintenance_after_combination_flagged_days: int = 180
    combination_min_days: int = 30
    """Maintenance windows and the shortest combination that can have maintenance (L11, E16)."""
    consolidation_after_transplant_days: int = 180
    """Consolidation window (L12)."""
    bridging_lookback_days: int = 60
    lymphodepletion_lookback_days: int = 14
    post_cart_window_days: int = 30
    cart_pending_days: int = 120
    holding_before_apheresis_days: int = 60
    holding_ambiguous_days: int = 120
    """CAR-T line (L19, E09, E37)."""
    same_event_days: int = 3
    """Two records of one infusion are one event (L01)."""
    prior_join_days_after_transplant: int = 180
    prior_join_days_after_combination: int = 90
    """When a stopped line counts as prior (E05)."""
    plan_lead_days: int = 60
    """How long before a line's start a plan for its sequence may have been made (L09)."""
    steroid_merge_days: int = 7
    """A steroid-only start this close before a drug belongs to its line (L05)."""
    rising_serum_g_l: float = 2.0
    rising_dflc_mg_l: float = 50.0
    """A rise over two steps off therapy that makes a new drug a new line, even below the threshold of progression (L11)."""
    diagnosis_lead_days: int = 30
    """Drugs further before the diagnosis date contradict it (L08, E34)."""
    history_gap_first_line_days: int = 90
    """A first drug this long after the diagnosis leaves earlier therapy open (L23)."""
    history_gap_untreated_days: int = 365
    """A gap with progression in it and no therapy after it (L23)."""

    measurable_serum_g_l: float = 5.0
    measurable_urine_mg_24h: float = 200.0
    measurable_flc_mg_l: float = 100.0
    """Measurable disease (P07)."""
    flc_ratio_low: float = 0.26
    flc_ratio_high: float = 1.65
    """Normal free light chain ratio (P04)."""
    baseline_before_days: int = 42
    baseline_after_days: int = 14
    """Where the baseline of a line may lie (P09)."""
    antibody_months_days: int = 183
    antibody_band_g_l: float = 2.0
    """How long after a therapeutic antibody, and up to which size, a band may be the antibody itself (P06)."""
    pd_relative: float = 0.25
    pd_serum_g_l: float = 5.0
    pd_serum_high_nadir_g_l: float = 50.0
    pd_serum_high_nadir_rise_g_l: float = 10.0
    pd_urine_mg_24h: float = 200.0
    pd_dflc_mg_l: float = 100.0
    pd_marrow_points: float = 10.0
    pd_circulating_relative: float = 0.5
    pd_circulating_10e9_l: float = 0.2
    """Computed progression (P18)."""
    t3_window_days: int = 60
    """A single value that meets the threshold counts when a new line began within this time (P20, T3)."""
    t5_window_days: int = 60
    combine_window_days: int = 60
    """Evidence of one progression from several sources (P20, E10)."""
    explicit_conflict_days: int = 30
    """A stated response this close to a computed progression conflicts with it (P20)."""
    recent_assessment_days: int = 90
    """How old the newest disease assessment may be to speak for today (E32)."""
    significant_serum_g_l: float = 10.0
    significant_urine_mg_24h: float = 500.0
    significant_flc_mg_l: float = 200.0
    significant_doubling_days: int = 61
    """Significant biochemical relapse (P23, E38)."""

    refractory_window_days: int = 60
    """Progression up to this many days after a drug's own last dose; day 60 is in, day 61 is out (F02)."""
    borderline_days: int = 75
    pd_min_exposure_days: int = 28
    """Shorter exposure to a drug cannot show refractoriness by progression (F04)."""
    nonresponse_min_exposure_days: int = 56
    nonresponse_stopped_min_days: int = 112
    """Non-response, and non-response of a drug stopped for another reason (F04, E13)."""
    follow_up_days: int = 60
    """Progression-free follow-up after the last dose that settles an unknown response (E11)."""
    low_dose_counts: bool = True
    low_dose_lenalidomide_mg: float = 15.0
    """Whether progression on maintenance doses makes refractory (F08)."""
    functional_high_risk_months: int = 18
    """Cut-off of functional high risk (E31)."""
    del17p_clone_percent: float = 20.0
    high_b2m_mg_l: float = 5.5
    high_b2m_creatinine_mg_dl: float = 1.2
    """Cytogenetic risk of the 2025 consensus (F13)."""
    stop_date_near_window_days: int = 14
    """An imputed stop date this close to the edge of the window lowers confidence (F14)."""
