"""Every number that the advice stage uses, named once. A site can pass its own object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceParameters:
    """Thresholds and look-backs of the advice stage. Immutable; passed as an argument."""

    cd38_reuse_months: float = 6.0
    """Months without an anti-CD38 antibody after which it may be used again when it had worked (regimens C.2)."""
    cart_after_bispecific_months: float = 6.0
    """Shortest interval from the last BCMA bispecific to a BCMA CAR-T (K-BCMA-2, invariant 32)."""
    bcma_after_cart_early_months: float = 6.0
    """Relapse sooner than this after a BCMA CAR-T: no BCMA-directed drug (regimens C.2)."""
    bcma_after_cart_late_months: float = 12.0
    """Relapse later than this after a BCMA CAR-T: a BCMA bispecific keeps its tier (regimens C.2)."""
    eye_exam_days: int = 30
    """How recent an eye examination must be before belantamab mafodotin (K-BELA-2)."""
    blood_count_days: int = 30
    """How recent blood counts must be to decide whether a drug may start."""
    heart_days: int = 365
    """How recent an ejection fraction must be."""
    performance_days: int = 180
    """How recent an ECOG value must be."""
    pregnancy_test_days: int = 30
    """How recent a negative pregnancy test must be (invariant 30)."""
    childbearing_from: int = 10
    childbearing_to: int = 54
    """Ages (years) within which pregnancy is possible for a female patient without other data."""
    selinexor_min_platelets: float = 25.0
    selinexor_min_neutrophils: float = 0.5
    """Counts (10*9/L) below which selinexor is not started (K-SEL-2, K-SEL-4, invariant 28)."""
    plasma_cell_leukemia_percent: float = 5.0
    """Circulating plasma cells from which the disease is handled as plasma-cell leukaemia (regimens C.2)."""
    refractory_window_days: int = 60
    """Progression up to this many days after the last dose counts as on therapy (F02)."""
    older_age: int = 75
    """Age from which carfilzomib carries the cardiac caution (K-CARD-3, invariant 26)."""
    frail_ecog: float = 3.0
    """ECOG from which a patient counts as frail here (regimens C.2, modifier frail)."""
    fit_ecog: float = 1.0
    """ECOG up to which a patient counts as fit for another transplant (regimens C.2, salvage transplant)."""
    long_remission_months: float = 18.0
    long_remission_with_maintenance_months: float = 36.0
    """A first remission of this length makes a second transplant worth a thought (regimens C.2, salvage transplant)."""
    hidden_regimens: frozenset[str] = frozenset()
    """Formulary: ids of regimens that this site does not offer; they are named as such, never dropped in silence."""
    marked_regimens: Mapping[str, str] = field(default_factory=dict)
    """Formulary: regimen id to the site's own note, printed with the option."""
    lifted_programmes: frozenset[str] = frozenset()
    """Restricted access programmes (REMS) that this site knows to have ended: `bispecific`, `belantamab`."""
