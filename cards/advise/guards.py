"""The safety invariants of regimens D as guards: they run last, whatever the policy data say, and can only take away.

A guard returns the option (perhaps lowered, with a statement or caution added), or a `NotSuggested` with the number
of the invariant. `not_preferred` lists what may be an option but neither T1 nor first in T2.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.components import refractory_agents
from cards.advise.facts import months_since
from cards.advise.model import CautionFound, LabelVerdict, NotSuggested, Option
from cards.advise.patient_checks import (
    active_infection,
    cardiac_history,
    corneal_disease,
    neuropathy_grade,
    possible_pregnancy,
    selinexor_counts_too_low,
    severe_heart_failure,
)
from cards.advise.sequencing import failed, is_bcma
from cards.advise.words import listed, marked
from cards.knowledge.model import Regimen

Guarded = Option | NotSuggested
Guard = Callable[[Option, Regimen, Case], Guarded]

VEN_STATEMENT = (
    "Off-label: venetoclax has no myeloma indication, and a randomised trial found more deaths with it overall."
)
SDD_STATEMENT = "The published result of this combination comes from patients who had never had daratumumab."
EYE_STATEMENT = "Eye examination required before belantamab mafodotin and during treatment."
EXCLUDED_CD38 = "The trial behind this regimen excluded disease refractory to an anti-CD38 antibody."
THOUGHT_CD38 = "The trial behind this regimen is believed to have excluded disease refractory to an anti-CD38 antibody (unverified)."
EXCLUDED_BVD = "The trial behind this regimen excluded patients refractory to daratumumab or bortezomib."
_TRIALS_WITHOUT_CD38_REFRACTORY = frozenset({"tec_dara", "tal_dara", "tal_dara_pom"})


def guard(option: Option, case: Case) -> Guarded:
    """Run every guard over an option."""
    regimen = case.knowledge.regimens[option.regimen]
    guarded: Guarded = option
    for check in GUARDS:
        if isinstance(guarded, NotSuggested):
            break
        guarded = check(guarded, regimen, case)
    return guarded


def refuse(option: Option, because: str, invariant: int | None) -> NotSuggested:
    """Move an option out."""
    return NotSuggested(option.regimen, (because,), invariant, option.cautions)


def _say(option: Option, statement: str, *already: str) -> Option:
    """Add a statement, unless the words that matter (`already`) are said by the knowledge itself."""
    said = " ".join(option.statements).casefold()
    if statement in option.statements or (already and all(words in said for words in already)):
        return option
    return replace(option, statements=(*option.statements, statement))


def _caution(option: Option, caution: CautionFound) -> Option:
    return replace(option, cautions=(*option.cautions, caution))


def _has_caution(option: Option, prefix: str, *states: str) -> bool:
    return any(caution.id.startswith(prefix) and (not states or caution.state in states) for caution in option.cautions)


def invariant_1(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """No option whose every active agent is refractory."""
    active, own = case.active_agents(regimen), refractory_agents(regimen, case)
    if active and len(own) == len(active):
        return refuse(
            option, f"{listed([f'{agent} refractory' for agent in own])}: no component is left that may work", 1
        )
    return replace(option, refractory_components=own) if own else option


_VENETOCLAX = {
    5: "no positive t(11;14) result on record",
    6: "the disease is refractory to a proteasome inhibitor",
}
_NOT_CURRENT = {
    "withdrawn": "the authorisation has been withdrawn",
    "pending": "a decision of the agency is pending",
    "not-authorised": "not authorised here",
}


def venetoclax_invariant(regimen: Regimen, case: Case) -> int | None:
    """Return 5 without a positive marker on record, 6 for a refractory PI beside venetoclax."""
    if "venetoclax" not in regimen.agents:
        return None
    findings = (case.history.findings.get(name) for name in ("t(11;14)", "bcl2_expression_high"))
    if not any(finding is not None and finding.value == "present" for finding in findings):
        return 5
    return 6 if "PI" in case.classes_in(regimen) and case.is_refractory("PI") is True else None


def authority_invariant(regimen: Regimen, verdict: LabelVerdict) -> int | None:
    """Return the invariant behind a label that is withdrawn, pending or not there; a study drug stays possible in a trial."""
    status = verdict.status
    if regimen.id == "bela_mono" and status != "met":
        return 18
    if status in {"withdrawn", "pending"}:
        return 15 if status == "withdrawn" else 16
    if status == "not-authorised" and not regimen.investigational:
        return 19 if regimen.id == "BPd" else 15
    return None


def invariants_5_6(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """Venetoclax needs a positive t(11;14) or BCL2-high result; no refractory PI beside it; always with the warning."""
    number = venetoclax_invariant(regimen, case)
    if number is not None:
        return refuse(option, _VENETOCLAX[number], number)
    if "venetoclax" not in regimen.agents:
        return option
    return replace(_say(option, VEN_STATEMENT, "off-label", "survival"), tier="T3")


def invariants_15_16_18_19(option: Option, regimen: Regimen, _case: Case) -> Guarded:
    """Nothing withdrawn, pending or not authorised is an option; a study drug stays as a trial option in T3."""
    number = authority_invariant(regimen, option.label)
    if number == 18:
        return refuse(option, "belantamab mafodotin alone is not authorised", number)
    if number is not None:
        return refuse(option, _NOT_CURRENT[option.label.status], number)
    if option.label.status == "not-authorised":
        return replace(_say(option, "Not authorised: only within a clinical trial.", "within a trial"), tier="T3")
    return option


def invariants_35_42(option: Option, _regimen: Regimen, case: Case) -> Guarded:
    """T1 needs a label that is certainly met and no caution that speaks against it; exclusions are not options."""
    excluded = [caution for caution in option.cautions if caution.effect == "exclude"]
    if excluded:
        return refuse(option, marked(excluded[0].text, unverified=excluded[0].unverified), 42)
    if any(caution.effect == "not-now" and caution.state == "present" for caution in option.cautions):
        option = replace(option, startable="not-now")
    if option.tier == "T1" and (option.label.status != "met" or not_preferred(option, case) is not None):
        option = replace(option, tier="T2" if option.label.status in {"met", "unknown"} else "T3")
    return option


def invariant_24(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """Say which trial excluded patients like this one."""
    cd38 = case.is_refractory("CD38") is True
    excluding = [
        item.evidence
        for item in option.evidence
        if item.evidence.excluded is not None and "CD38" in item.evidence.excluded.refractory
    ]
    if cd38 and (regimen.id in _TRIALS_WITHOUT_CD38_REFRACTORY or any(item.tag == "verified" for item in excluding)):
        return _say(option, EXCLUDED_CD38)
    if cd38 and excluding:
        return _say(option, THOUGHT_CD38)
    if regimen.id == "BVd" and (cd38 or case.is_refractory("bortezomib") is True):
        return _say(option, EXCLUDED_BVD)
    return option


def invariant_4(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """SDd after daratumumab always says whom its evidence comes from."""
    return (
        _say(option, SDD_STATEMENT, "never had daratumumab")
        if regimen.id == "SDd" and case.exposed("daratumumab").value is not False
        else option
    )


def invariant_25(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """No CAR-T or bispecific starts during an active infection."""
    if {"car-t", "bispecific"} & case.modalities_in(regimen) and active_infection(case):
        return replace(option, startable="not-now", tier=max(option.tier, "T2"))
    return option


def invariant_26(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """Carfilzomib carries the cardiac caution whenever its conditions are on record."""
    reason = cardiac_history(case) if "carfilzomib" in regimen.agents else None
    if reason is None or _has_caution(option, "K-CARD", "present"):
        return option
    text = f"Carfilzomib: greater cardiac risk ({reason})."
    return _caution(option, CautionFound("K-CARD-3", "WARN", "inform", "present", text))


def invariant_27(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """Bortezomib with neuropathy grade 2 or more never goes without a dose note."""
    grade, painful = neuropathy_grade(case)
    if "bortezomib" not in regimen.agents or grade is None or grade < 2 or option.dose_notes:
        return option
    note = "Bortezomib: reduce to 1.0 mg/m2 for neuropathy grade 2" + (
        " with pain: hold until resolved." if painful else "."
    )
    return replace(option, dose_notes=("Bortezomib: hold for neuropathy grade 3 or more." if grade > 2 else note,))


def invariant_28(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """Selinexor does not start with very low counts."""
    if "selinexor" in regimen.agents and selinexor_counts_too_low(case):
        return replace(option, startable="not-now", tier=max(option.tier, "T2"))
    return option


def invariant_29(option: Option, regimen: Regimen, _case: Case) -> Guarded:
    """Belantamab always comes with the eye-examination requirement."""
    return _say(option, EYE_STATEMENT) if "belantamab mafodotin" in regimen.agents else option


def invariant_30(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """No IMiD or CELMoD in pregnancy, nor while a possible pregnancy is not ruled out."""
    if {"IMID", "CELMOD"} & case.classes_in(regimen) and (reason := possible_pregnancy(case)) is not None:
        return refuse(option, reason, 30)
    return option


def invariants_31_32_43(option: Option, regimen: Regimen, case: Case) -> Guarded:
    """Prior BCMA therapy travels as a caution; no second BCMA CAR-T; short intervals after a bispecific are said."""
    if not is_bcma(regimen, case):
        return option
    if case.exposed("BCMA").value is True and not _has_caution(option, "K-BCMA-1", "present"):
        text = "Earlier BCMA-directed therapy: response to another one may be lower."
        option = _caution(
            option, CautionFound("K-BCMA-1", "WARN", "inform", "present", text, case.exposed("BCMA").evidence)
        )
    if "BCMA_CART" in case.classes_in(regimen):
        if failed(case, "BCMA_CART"):
            return refuse(option, "a BCMA CAR-T has already been given; a second one is not an option", 43)
        months = months_since(case.history, "BCMA_BSAB") if failed(case, "BCMA_BSAB") else None
        short = months is not None and months < case.parameters.cart_after_bispecific_months
        if short and not _has_caution(option, "K-BCMA-2", "present"):
            text = "Less than 6 months since the last BCMA bispecific antibody: an interval of at least 6 months is advised."
            option = _caution(option, CautionFound("K-BCMA-2", "WARN", "inform", "present", text))
    if failed(case, "BCMA_CART") or failed(case, "BCMA_BSAB"):
        option = replace(option, tier=max(option.tier, "T2"))
    return option


def not_preferred(option: Option, case: Case) -> tuple[str, int] | None:
    """Say why a regimen may be neither T1 nor first in T2, with the invariant."""
    regimen = case.knowledge.regimens[option.regimen]
    classes = case.classes_in(regimen)
    for caution in option.cautions:
        if caution.effect in {"exclude", "not-now", "not-preferred"}:
            return marked(caution.text, unverified=caution.unverified), 42
    if "CD38" in classes and case.is_refractory("CD38") is True:
        return "an anti-CD38 antibody has already failed", 3
    if regimen.id == "SDd" and case.exposed("daratumumab").value is not False:
        return "its evidence comes from daratumumab-naive patients", 4
    own = refractory_agents(regimen, case)
    fresh = {key for agent in case.active_agents(regimen) if agent not in own for key in case.classes_of(agent)}
    if own and not any(case.is_refractory(key) is False for key in fresh):
        return f"the disease is refractory to {listed(own)}", 2
    return _organ_reasons(regimen, case)


def _organ_reasons(regimen: Regimen, case: Case) -> tuple[str, int] | None:
    if "carfilzomib" in regimen.agents and severe_heart_failure(case):
        return "heart failure NYHA III or IV on record", 26
    grade, painful = neuropathy_grade(case)
    if "bortezomib" in regimen.agents and grade is not None and (grade >= 3 or (grade == 2 and painful)):
        return "neuropathy on record", 27
    if "belantamab mafodotin" in regimen.agents and corneal_disease(case):
        return "corneal disease on record", 29
    return None


GUARDS: tuple[Guard, ...] = (
    invariant_1,
    invariants_5_6,
    invariants_15_16_18_19,
    invariant_30,
    invariant_4,
    invariant_24,
    invariant_25,
    invariant_26,
    invariant_27,
    invariant_28,
    invariant_29,
    invariants_31_32_43,
    invariants_35_42,
)
"""All guards, in the order in which they run; the last one sees what the others added."""
