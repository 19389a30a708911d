"""Invariants 1 to 8 and 24 to 32: resistance, venetoclax, CAR-T, organs. Each returns whether its premise held."""

from datetime import timedelta

from tests.advise.invariants.look import (
    BCMA,
    active,
    card,
    caution,
    certainly_given,
    classes,
    failed,
    number,
    options,
    preferred,
    problem,
    says,
    text_of,
    word,
)
from tests.advise.invariants.sample import CAR_T, KNOWLEDGE, Sampled

CELLULAR = ("cilta_cel", "ide_cel")
T_CELL = {"BCMA_CART", "BCMA_BSAB", "GPRC5D_BSAB"}
RESISTANCE = "does not overcome this resistance"
OTHER_REFUSALS = {1, 42, 43}


def inv_1(case: Sampled) -> bool:
    """No option whose every active agent is known refractory."""
    hopeless = {
        name
        for name, regimen in KNOWLEDGE.regimens.items()
        if active(regimen.agents) and all(failed(case.history, agent) for agent in active(regimen.agents))
    }
    for option in options(case):
        assert option.regimen not in hopeless
        assert not all(failed(case.history, name) for name in active(option.agents))
    return bool(hopeless) and case.advice.options_apply


def inv_2(case: Sampled) -> bool:
    """No preferred option with a refractory drug, unless beside a class that has not failed; the card names it."""
    held = False
    for option in options(case):
        gone = [name for name in active(option.agents) if failed(case.history, name)]
        assert sorted(option.refractory_components) == sorted(gone)
        held = held or bool(gone)
        if gone:
            assert all(name in card(case) for name in gone)
    for option in preferred(case):
        gone = [name for name in active(option.agents) if failed(case.history, name)]
        if gone:
            left = [name for name in active(option.agents) if name not in gone]
            assert any(not failed(case.history, key) for name in left for key in KNOWLEDGE.drugs[name].classes)
    return held


def inv_3(case: Sampled) -> bool:
    """No anti-CD38 antibody is preferred when one is refractory, whichever it was; document and card say why."""
    if not failed(case.history, "CD38"):
        return False
    assert not any("CD38" in classes(option.agents) for option in preferred(case))
    again = [option for option in options(case) if "CD38" in classes(option.agents)]
    assert all(says(option, RESISTANCE) for option in again)
    assert not again or RESISTANCE in card(case)
    return bool(again)


def inv_4(case: Sampled) -> bool:
    """SDd is never preferred after daratumumab and says whom its evidence comes from."""
    if not certainly_given(case.history, "daratumumab"):
        return False
    assert not any(option.regimen == "SDd" for option in preferred(case))
    shown = [option for option in options(case) if option.regimen == "SDd"]
    assert all(says(option, "never had daratumumab") for option in shown)
    assert not shown or "never had daratumumab" in card(case)
    return bool(shown)


def inv_5(case: Sampled) -> bool:
    """No venetoclax without a positive t(11;14) or an explicit BCL2-high result."""
    if "present" in {word(case.history, "t(11;14)"), word(case.history, "bcl2_expression_high")}:
        return False
    assert not any("venetoclax" in option.agents for option in options(case))
    assert "VenVd (" not in card(case)
    return case.advice.options_apply


def inv_6(case: Sampled) -> bool:
    """No VenVd with a refractory PI; always off-label and with the survival warning."""
    shown = [option for option in options(case) if "venetoclax" in option.agents]
    for option in shown:
        assert option.tier == "T3"
        assert option.label.status != "met"
        assert says(option, "off-label")
        assert says(option, "survival")
        assert option.regimen != "VenVd" or not failed(case.history, "PI")
    if shown:
        assert "survival" in card(case).casefold()
        assert "off-label" in card(case).casefold()
    blocked = failed(case.history, "PI") and word(case.history, "t(11;14)") == "present" and case.advice.options_apply
    return bool(shown) or blocked


def inv_7(case: Sampled) -> bool:
    """A CAR-T with an unmet or unknown criterion is never called available; the criterion is named."""
    held = False
    text = text_of(case).casefold()
    for words in (
        "eligible for",
        "is eligible",
        "qualifies for",
        "available for this patient",
        "approved for this patient",
    ):
        assert words not in text
    for told in case.answers.values():
        for name in CELLULAR:
            label = told.labels.get(name)
            option = next((item for item in told.options if item.regimen == name), None)
            refused = next((item for item in told.refused if item.regimen == name), None)
            if label is None or label.status == "met" or not case.advice.options_apply:
                continue
            held = True
            if option is not None:
                assert label.status == "unknown"
                assert option.label.status == "unknown"
                assert option.tier != "T1"
            if label.status == "not-met":
                assert refused is not None
                unmet = [criterion.text for criterion in label.criteria if criterion.state == "not-met"]
                if refused.invariant not in OTHER_REFUSALS:
                    assert all(words in "; ".join(refused.because) for words in unmet), refused.because
    for option in options(case):
        if option.regimen in CELLULAR and option.tier == "T1":
            assert option.label.status == "met"
            assert all(criterion.state == "met" for criterion in option.label.criteria)
    return held


def inv_8(case: Sampled) -> bool:
    """Access that is not known is shown neither as access nor as no access."""
    cellular = [option for option in options(case) if option.regimen in CELLULAR]
    known = word(case.history, "car_t_access") in {"present", "absent", "yes", "no"} or case.access != "unknown"
    if known or not cellular:
        return False
    assert all(says(option, "within reach is not known") for option in cellular)
    assert "within reach is not known" in card(case)
    assert "not available here" not in card(case)
    assert "cannot be had" not in card(case)
    assert "no-car-t-access" not in case.document["policyModifiers"]
    return True


def inv_24(case: Sampled) -> bool:
    """Which trial excluded patients like this one is always said, in the document and on the card."""
    held = False
    cd38 = failed(case.history, "CD38")
    for option in options(case):
        if option.regimen in {"tec_dara", "tal_dara", "tal_dara_pom"} and cd38:
            held = True
            assert says(option, "excluded disease refractory to an anti-CD38 antibody")
            assert "excluded disease refractory to an anti-CD38 antibody" in card(case)
        refractory = failed(case.history, "daratumumab") or failed(case.history, "bortezomib")
        if option.regimen == "BVd" and refractory:
            held = True
            assert says(option, "excluded patients refractory to daratumumab or bortezomib")
            assert "excluded patients refractory to daratumumab or bortezomib" in card(case)
    return held


def inv_25(case: Sampled) -> bool:
    """No CAR-T or bispecific antibody starts during an active infection."""
    infected = problem(case.history, "active_infection") or word(case.history, "active_infection") == "present"
    found = [option for option in options(case) if infected and T_CELL & classes(option.agents)]
    assert all(option.startable == "not-now" and option.tier != "T1" for option in found)
    assert not found or "not now" in card(case)
    return bool(found)


def inv_26(case: Sampled) -> bool:
    """Carfilzomib never lacks the cardiac caution and is never preferred in NYHA III or IV."""
    lvef = number(case.history, "lvef")
    infarction = any("infarction" in item.text.casefold() for item in case.history.problems)
    heart = problem(case.history, "heart_failure") or infarction or (case.history.age or 0) >= 75
    heart = heart or (lvef is not None and lvef < 50)
    found = [option for option in options(case) if "carfilzomib" in option.agents and heart]
    assert all(caution(option, "K-CARD", "present") for option in found)
    severe = problem(case.history, "heart_failure", 3)
    assert not any(severe and "carfilzomib" in option.agents for option in preferred(case))
    return bool(found)


def inv_27(case: Sampled) -> bool:
    """Bortezomib is never preferred in severe neuropathy and never without a dose note from grade 2."""
    known = [
        item for item in case.history.problems if item.concept == "peripheral_neuropathy" and (item.grade or 0) >= 2
    ]
    severe = any((item.grade or 0) >= 3 or item.painful for item in known)
    assert not any(severe and "bortezomib" in option.agents for option in preferred(case))
    found = [option for option in options(case) if known and "bortezomib" in option.agents]
    assert all(any("ortezomib" in note for note in option.dose_notes) for option in found)
    return bool(found)


def inv_28(case: Sampled) -> bool:
    """Selinexor never starts with platelets under 25 or neutrophils under 0.5."""
    platelets, anc = number(case.history, "platelets"), number(case.history, "anc")
    low = (platelets is not None and platelets < 25) or (anc is not None and anc < 0.5)
    found = [option for option in options(case) if low and "selinexor" in option.agents]
    assert all(option.startable == "not-now" and option.tier != "T1" for option in found)
    return bool(found)


def inv_29(case: Sampled) -> bool:
    """Belantamab never goes without the eye examination and is never preferred with corneal disease."""
    cornea = any(
        item.concept == "ocular_surface_disease" and "dry eye" not in item.text.casefold()
        for item in case.history.problems
    )
    found = [option for option in options(case) if "belantamab mafodotin" in option.agents]
    assert all(says(option, "Eye examination required") for option in found)
    assert not found or "Eye examination required" in card(case)
    assert not any(cornea and "belantamab mafodotin" in option.agents for option in preferred(case))
    return bool(found)


def inv_30(case: Sampled) -> bool:
    """No IMiD or CELMoD in pregnancy or while a possible one is not ruled out by a test of the last 30 days."""
    history = case.history
    test = history.findings.get("pregnancy")
    recent = test is not None and test.date is not None and history.as_of - test.date.latest <= timedelta(days=30)
    ruled_out = word(history, "pregnancy") == "absent" and recent
    positive = word(history, "pregnancy") == "present" and history.sex != "male"
    pregnant = problem(history, "pregnancy") or positive
    possible = history.sex != "male" and history.age in {38, 54} and not ruled_out
    possible = possible or (history.sex == "female" and history.age is None and not ruled_out)
    if not (pregnant or possible) or not case.advice.options_apply:
        return False
    assert not any({"IMID", "CELMOD"} & classes(option.agents) for option in options(case))
    return True


def inv_31(case: Sampled) -> bool:
    """Prior BCMA therapy travels with every BCMA option; no CAR-T product comes twice."""
    given = {key for key in BCMA if certainly_given(case.history, key)}
    found = [option for option in options(case) if given and BCMA & classes(option.agents)]
    for option in found:
        item = caution(option, "K-BCMA-1", "present")
        assert item is not None
        assert item.severity == "WARN"
    for product in CAR_T:
        if certainly_given(case.history, product):
            assert not any(product in option.agents for option in options(case))
    return bool(found)


def inv_32(case: Sampled) -> bool:
    """CAR-T less than 6 months after a BCMA bispecific carries the interval caution."""
    history = case.history
    days = [
        (history.as_of - status.last_exposure.latest).days
        for name, status in (history.agents or {}).items()
        if name in KNOWLEDGE.drugs and "BCMA_BSAB" in KNOWLEDGE.drugs[name].classes and status.last_exposure is not None
        if certainly_given(history, name)
    ]
    soon = bool(days) and min(days) < 182
    found = [option for option in options(case) if soon and option.regimen in CELLULAR]
    assert all(caution(option, "K-BCMA-2", "present") for option in found)
    return bool(found)
