"""Order of therapies with one target: after BCMA CAR-T or bispecific, before a planned CAR-T (regimens C.2)."""

from __future__ import annotations

from msgspec import Struct

from cards.advise.case import Case
from cards.advise.facts import BCMA_CLASSES, months_since, months_to_relapse_after_car_t
from cards.advise.model import Tier
from cards.knowledge.model import Regimen


class Sequenced(Struct, frozen=True):
    """The tier that is left (`None`: not suggested), why, and the invariant that forbids it."""

    tier: Tier | None
    because: str | None = None
    invariant: int | None = None


def is_bcma(regimen: Regimen, case: Case) -> bool:
    """Tell whether a regimen is directed at BCMA."""
    return bool(set(BCMA_CLASSES) & case.classes_in(regimen))


def failed(case: Case, name: str) -> bool:
    """Tell whether a class was certainly given; options are asked for at progression, so it has failed."""
    return case.exposed(name).value is True


def sequenced(tier: Tier, regimen: Regimen, case: Case) -> Sequenced:
    """Apply the sequencing rules to a regimen."""
    if (pending := _before_planned_car_t(regimen, case)) is not None:
        return pending
    if not is_bcma(regimen, case):
        return Sequenced(tier)
    if failed(case, "BCMA_CART"):
        return _after_car_t(tier, regimen, case)
    if failed(case, "BCMA_BSAB"):
        return _after_bispecific(tier, regimen, case)
    return Sequenced(tier)


def _after_car_t(tier: Tier, regimen: Regimen, case: Case) -> Sequenced:
    if "BCMA_CART" in case.classes_in(regimen):
        return Sequenced(None, "a BCMA CAR-T has already been given; a second one is not an option", 43)
    months = months_to_relapse_after_car_t(case.history)
    early, late = case.parameters.bcma_after_cart_early_months, case.parameters.bcma_after_cart_late_months
    if months is not None and months < early:
        return Sequenced(None, f"relapse {months:.0f} months after a BCMA CAR-T: another target comes first")
    if months is None or (months < late and "BCMA_BSAB" in case.classes_in(regimen)):
        known = "at an unknown time" if months is None else f"{months:.0f} months"
        return Sequenced("T3", f"relapse {known} after a BCMA CAR-T: another target comes first")
    if {"BCMA_BSAB", "GPRC5D_BSAB"} & case.classes_in(regimen) == {"BCMA_BSAB"}:
        return Sequenced("T2", f"relapse {months:.0f} months after a BCMA CAR-T")
    return Sequenced(max(tier, "T2"))


def _after_bispecific(tier: Tier, regimen: Regimen, case: Case) -> Sequenced:
    classes = case.classes_in(regimen)
    if "BCMA_BSAB" in classes and "GPRC5D_BSAB" not in classes and case.is_refractory("BCMA_BSAB") is True:
        return Sequenced(None, "the disease progressed on a BCMA bispecific antibody; another one is not suggested", 43)
    months = months_since(case.history, "BCMA_BSAB")
    if "BCMA_CART" in classes and (months is None or months < case.parameters.cart_after_bispecific_months):
        interval = "an unknown time" if months is None else f"{months:.1f} months"
        return Sequenced(
            "T3", f"last BCMA bispecific {interval} ago; at least 6 months are advised before a BCMA CAR-T"
        )
    if "BCMA_CART" in classes:
        return Sequenced("T2", f"last BCMA bispecific {months:.0f} months ago")
    return Sequenced(max(tier, "T2"))


def car_t_collected(case: Case) -> bool:
    """Tell whether cells have been collected for a CAR-T that has not been infused yet (E09): the time of bridging."""
    return "cart_pending" in case.history.flags


def car_t_planned(case: Case) -> bool:
    """Tell whether the chart plans a CAR-T product and no cells have been collected yet: the time of holding therapy."""
    return case.once("car-t planned", "", lambda: _car_t_planned(case))


def _car_t_planned(case: Case) -> bool:
    products = {agent for agent, drug in case.knowledge.drugs.items() if drug.modality == "car-t"}
    planned = any(item.about in products and item.reason.startswith("planned") for item in case.history.excluded)
    return (planned or bool(case.history.car_t_planned)) and not car_t_collected(case)


def _before_planned_car_t(regimen: Regimen, case: Case) -> Sequenced | None:
    """Keep what uses up the target or harms the cells away from a planned CAR-T (regimens C.2, holding, bridging)."""
    planned, collected = car_t_planned(case), car_t_collected(case)
    if not (planned or collected):
        return None
    uses_target = is_bcma(regimen, case) and "BCMA_CART" not in case.classes_in(regimen)
    harms_cells = bool({"bendamustine", "melphalan", "melphalan flufenamide"} & set(regimen.agents))
    if uses_target or (harms_cells and (planned or regimen.id == "salvage_asct")):
        return Sequenced(
            None, "a CAR-T is planned: no other BCMA-directed drug, bendamustine or high-dose alkylator before it"
        )
    return None
