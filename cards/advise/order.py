"""The order of options (regimens C.2a): tiers, then the policy's own order, corrected where a rule is definite.

Within a tier: regimens without a blocking caution first; CAR-T first in T1 and T2; cilta-cel ahead of ide-cel; randomised evidence
in anti-CD38-refractory patients ahead of the rest; in high-risk disease triplets without an anti-CD38 antibody ahead of doublets;
unless the row gives its order, on-label ahead of off-label and a new class ahead of a class used before; a BCMA bispecific antibody
ahead of a conjugate. What is equal in every respect shares a rank. What may not be preferred is never first in T2: it drops to T3
(invariant 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.guards import not_preferred
from cards.advise.model import Option
from cards.advise.predicates import Scope, holds

Key = tuple[object, ...]


CROSS_TRIAL = "cilta-cel stands before ide-cel by a judgement across trials; no trial has compared the two."


def ordered(
    options: Sequence[Option], positions: Mapping[str, int], case: Case, *, given: bool = False
) -> tuple[Option, ...]:
    """Sort options, drop what may not lead T2, and number them; ties share a number.

    `given`: the policy row prescribes the order, so label and new classes do not change it.
    """
    view = _View(positions, case, holds("high_risk", Scope(case, {})) is True, given)
    kept = _compared(_conjugates_later(_without_bad_leaders(list(options), view), case))
    ranked: list[Option] = []
    for option in kept:
        previous = ranked[-1] if ranked else None
        same = previous is not None and _standing(previous, case) == _standing(option, case)
        rank = (previous.rank if same else previous.rank + 1) if previous is not None else 1
        ranked.append(replace(option, rank=rank))
    return tuple(ranked)


class _View(Struct, frozen=True):
    """What the order depends on beside the options themselves."""

    positions: Mapping[str, int]
    case: Case
    high_risk: bool
    given: bool


def _without_bad_leaders(options: list[Option], view: _View) -> list[Option]:
    while True:
        options = sorted(options, key=lambda option: _key(option, view))
        leader = next((option for option in options if option.tier == "T2"), None)
        if leader is None or (reason := not_preferred(leader, view.case)) is None:
            return options
        because = (*leader.because, f"not preferred: {reason[0][:1].lower()}{reason[0][1:].rstrip('.')}")
        options = [replace(option, tier="T3", because=because) if option is leader else option for option in options]


def _conjugates_later(options: list[Option], case: Case) -> list[Option]:
    """C.2a rule 1: on one target a bispecific antibody comes before an antibody-drug conjugate of the same tier."""
    for option in [one for one in options if "BCMA_ADC" in _classes(one, case)]:
        mates = [
            one
            for one in options
            if one.tier == option.tier and "BCMA_BSAB" in _classes(one, case) and blocking(one) <= blocking(option)
        ]
        if mates and options.index(mates[-1]) > options.index(option):
            options.remove(option)
            options.insert(options.index(mates[-1]) + 1, option)
    return options


def _compared(options: list[Option]) -> list[Option]:
    """C.2a rule 2: where cilta-cel stands before ide-cel, the card says that this compares across trials."""
    pair = [one for one in options if one.regimen in {"cilta_cel", "ide_cel"}]
    if [one.regimen for one in pair] != ["cilta_cel", "ide_cel"] or pair[0].tier != pair[1].tier:
        return options
    return [replace(one, statements=(*one.statements, CROSS_TRIAL)) if one in pair else one for one in options]


def _classes(option: Option, case: Case) -> frozenset[str]:
    return case.classes_in(case.knowledge.regimens[option.regimen])


def _key(option: Option, view: _View) -> Key:
    case = view.case
    regimen = case.knowledge.regimens[option.regimen]
    leading = option.tier != "T3"
    car_t = case.is_car_t(regimen) and leading
    cilta_first = 0 if option.regimen == "cilta_cel" and not _neurological(option) else 1
    doublet = view.high_risk and option.tier == "T2" and not car_t and len(regimen.agents) == 2
    free = leading and not view.given
    return (
        option.tier,
        blocking(option) > 0,
        not car_t,
        cilta_first if car_t else 0,
        not (leading and strong_evidence(option)),
        doublet,
        free and option.label.status not in {"met", "unknown"},
        free and not option.new_classes,
        view.positions.get(option.regimen, 0),
        option.regimen,
    )


def blocking(option: Option) -> int:
    """Count cautions that speak against starting (C.2a rule 6)."""
    return sum(caution.state == "present" and caution.effect != "inform" for caution in option.cautions)


def strong_evidence(option: Option) -> bool:
    """Tell whether a randomised trial in mostly anti-CD38-refractory patients supports it here (C.2a rule 3)."""
    return any(
        item.evidence.randomised
        and item.evidence.primary_endpoint_met
        and item.evidence.cd38_refractory in {"all", "most"}
        and item.fit == "like-this-patient"
        for item in option.evidence
    )


def _neurological(option: Option) -> bool:
    return any(caution.state == "present" and caution.effect == "not-preferred" for caution in option.cautions)


def _standing(option: Option, case: Case) -> Key:
    """What makes two options equal (C.2a rule 6)."""
    regimen = case.knowledge.regimens[option.regimen]
    fresh = any(case.exposed(key).value is False for key in case.classes_in(regimen))
    randomised = [item.fit for item in option.evidence if item.evidence.randomised]
    return (
        option.tier,
        option.startable,
        blocking(option),
        case.is_car_t(regimen),
        "bispecific" in case.modalities_in(regimen),
        option.label.status,
        strong_evidence(option),
        sorted(set(randomised)),
        fresh,
        len(option.refractory_components),
        option.regimen if case.is_car_t(regimen) else "",
    )
