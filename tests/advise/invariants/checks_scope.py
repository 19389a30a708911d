"""Invariants 9 to 13, 33, 34 and 36 to 44: reading, evidence, scope, cards. Each returns whether its premise held."""

import re
from datetime import date, timedelta

from msgspec.structs import replace

from fhir_mappings.history.build import build_history
from tests.advise.invariants.look import (
    BCMA,
    EXPOSED,
    certainly_given,
    classes,
    labels,
    number,
    options,
    text_of,
)
from tests.advise.invariants.sample import Sampled, answered

IN_SCOPE = {"multiple-myeloma", "plasma-cell-leukemia"}
NON_RESPONSE = {"E13", "F14x"}


def _events(case: Sampled) -> list[date]:
    return [event.date for line in case.history.lines or () for event in line.progressions]


def inv_9(case: Sampled) -> bool:
    """Refractory is never asserted without dates or an explicit statement."""
    if case.record is None:
        return False
    stated = {item.target for item in case.record.refractory_statements}
    held = False
    for name, status in (case.history.agents or {}).items():
        dated = any(item.start is not None and item.agent == name for item in case.record.drugs)
        dated = dated or (name == "melphalan" and any("transplant" in event.kind for event in case.record.events))
        if status.status == "refractory" and name not in stated:
            assert status.since is not None
            assert dated
            held = True
        held = held or not dated
    return held


def inv_10(case: Sampled) -> bool:
    """Exposure is never asserted from a record that was not taken or only planned."""
    if case.record is None:
        return False
    taken = {item.agent for item in case.record.drugs if item.taken not in {"not-taken", "planned"}}
    never = {item.agent for item in case.record.drugs} - taken
    assert not any(case.history.status_of(name) in EXPOSED for name in never)
    return bool(never)


def inv_11(case: Sampled) -> bool:
    """Progression more than 60 days after the last dose never by itself gives refractory."""
    if case.record is None:
        return False
    stated = {item.target for item in case.record.refractory_statements}
    held = False
    for name, status in (case.history.agents or {}).items():
        if status.last_exposure is None or name in stated:
            continue
        later = [day for day in _events(case) if day > status.last_exposure.latest + timedelta(days=60)]
        held = held or bool(later)
        if status.status == "refractory" and status.since is not None:
            last = status.last_exposure.latest + timedelta(days=60)
            assert status.since <= last or (status.confidence == "low" and _earliest(case, status.since) <= last)
    return held


def _earliest(case: Sampled, day: date) -> date:
    """The first date that speaks for the progression of a day: evidence that disagrees leaves low confidence (E10)."""
    events = [event for line in case.history.lines or () for event in line.progressions if event.date == day]
    return min([day, *(other for event in events for other in event.other_dates)])


def inv_12(case: Sampled) -> bool:
    """A toxicity stop alone is never refractory; an intolerance travels with the drug."""
    held = False
    if case.record is not None:
        stated = {item.target for item in case.record.refractory_statements}
        stopped = {item.agent for item in case.record.drugs if item.stop_reason == "toxicity"}
        for name in stopped - stated:
            status = case.history.agent(name)
            if status is None or status.last_exposure is None:
                continue
            held = True
            if status.status == "refractory" and "stopped_for_toxicity" in status.flags:
                assert any(abs((day - status.last_exposure.latest).days) <= 400 for day in _events(case))
                assert status.since is not None
                assert _earliest(case, status.since) <= status.last_exposure.latest + timedelta(days=60)
    for option in options(case):
        for name in option.agents:
            known = case.history.agent(name)
            if known is not None and known.intolerance is not None and "STEROID" not in classes((name,)):
                held = True
                assert any(item.id == "K-INTOL" and name in item.text for item in option.cautions)
    return held


def inv_13(case: Sampled) -> bool:
    """Missing values never count as normal."""
    assert "no cautions" not in text_of(case).casefold()
    held = False
    for option in options(case):
        if "selinexor" in option.agents and number(case.history, "platelets") is None:
            held = True
            assert any(item.state == "unknown" and "platelet" in item.text.casefold() for item in option.cautions)
            assert option.startable != "yes"
        if "carfilzomib" in option.agents and number(case.history, "lvef") is None:
            held = True
            item = next(item for item in option.cautions if item.id == "K-CARD-2")
            assert item.state == "unknown"
    return held


EVIDENCE = re.compile(r"^\s+- Evidence: (?P<trial>[^(]+)\((?P<population>.+?)\): ", re.MULTILINE)


def inv_33(case: Sampled) -> bool:
    """Every figure on a card has a trial, a population and a source; unverified ones carry the mark."""
    card = case.cards.get("mm-options")
    if card is None:
        return False
    lines = [text for text in card.detail.splitlines() if text.lstrip().startswith("- Evidence: ")]
    for text in lines:
        assert EVIDENCE.match(text), text
        assert re.search(r"\\\[.*(source|PMID|doi).*\\\]$", text) or "unverified" in text, text
    return bool(lines)


def inv_34(case: Sampled) -> bool:
    """Trial results are never this patient's expected outcome."""
    card = case.cards.get("mm-options")
    if card is None:
        return False
    assert "Trial results describe the patients of the trial" in card.detail
    assert not re.search(
        r"(?i)expected (survival|outcome)|will respond|chance of response|prognosis of this", card.detail
    )
    return True


def inv_36(case: Sampled) -> bool:
    """The same chart gives the same cards, in whatever order its resources come."""
    if case.record is None:
        return False
    record = case.record
    turned = replace(
        record,
        drugs=record.drugs[::-1],
        labs=record.labs[::-1],
        statements=record.statements[::-1],
        events=record.events[::-1],
        reactions=record.reactions[::-1],
    )
    history = build_history(turned, case.history.as_of)
    again = answered(history, case.policy, case.jurisdiction, case.access)
    assert again.cards == case.cards
    return True


def inv_37(case: Sampled) -> bool:
    """The baseline names itself and its date."""
    card = case.cards.get("mm-options")
    if case.policy != "post-daratumumab-2023" or card is None:
        return False
    assert "2023 baseline" in card.summary
    assert "2023 baseline" in card.detail
    return True


def inv_38(case: Sampled) -> bool:
    """No regimen card without myeloma, without a line, or without an anti-CD38 antibody."""
    outside = (
        case.history.diagnosis.state not in IN_SCOPE
        or not case.history.lines
        or not certainly_given(case.history, "CD38")
    )
    if outside:
        assert "mm-options" not in case.cards
        assert not list(options(case))
    return outside


def inv_39(case: Sampled) -> bool:
    """A part of the chart that could not be had is said."""
    weighty = [gap for gap in case.history.gaps if gap.failed and gap.key != "allergies"]
    if not weighty or case.history.diagnosis.state not in IN_SCOPE or not case.history.lines:
        return False
    assert "mm-data" in case.cards
    assert "Not available to this assessment" in case.cards["mm-history"].detail
    words = {
        "observations": "laboratory results",
        "medicationRequests": "medication orders",
        "conditions": "conditions",
    }
    for gap in weighty:
        assert words[gap.key] in case.cards["mm-history"].detail
    return True


def inv_40(case: Sampled) -> bool:
    """Suggestions are drafts and never about a drug order."""
    found = [suggestion for card in case.cards.values() for suggestion in card.suggestions]
    for suggestion in found:
        assert len(suggestion.actions) == 1
        for action in suggestion.actions:
            assert action.type == "create"
            assert action.resource["resourceType"] in {"ServiceRequest", "CarePlan"}
            assert (action.resource["status"], action.resource["intent"]) == ("draft", "proposal")
            assert action.resource["subject"] == {"reference": case.history.patient}
    return bool(found)


def inv_41(case: Sampled) -> bool:
    """Exposed but not progressing: no options card."""
    summary = case.history.summary
    quiet = summary is not None and summary.progressing == "no" and certainly_given(case.history, "CD38")
    if quiet:
        assert "mm-options" not in case.cards
    return quiet


def inv_42(case: Sampled) -> bool:
    """What a caution speaks against is never first, and its label is still told truly."""
    held = False
    for place in case.advice.by_jurisdiction.values():
        for option in place.recommendations:
            effects = {item.effect for item in option.cautions}
            assert "exclude" not in effects
            if effects & {"not-now", "not-preferred"}:
                held = True
                assert option.tier != "T1"
                assert "not-now" not in effects or option.startable == "not-now"
            assert option.label == place.labels[option.regimen]
        for item in place.not_suggested:
            held = held or any(found.effect == "exclude" for found in item.cautions)
            assert item.because
    return held


def inv_43(case: Sampled) -> bool:
    """After a BCMA CAR-T or bispecific no BCMA drug is T1, and no second CAR-T is an option."""
    cells, bispecific = (certainly_given(case.history, key) for key in ("BCMA_CART", "BCMA_BSAB"))
    for option in options(case):
        if BCMA & classes(option.agents) and (cells or bispecific):
            assert option.tier != "T1"
        assert not (cells and "BCMA_CART" in classes(option.agents))
    return (cells or bispecific) and case.advice.options_apply


def inv_44(case: Sampled) -> bool:
    """Progression that is not certain: no options card; unknown status is said and is no remission."""
    summary = case.history.summary
    if summary is None or summary.progressing == "yes":
        return False
    assert "mm-options" not in case.cards
    card = case.cards.get("mm-history")
    if card is not None and summary.progressing == "unknown":
        assert "Disease status unknown" in card.detail
        assert "disease status unknown" in card.summary or card.summary.endswith("...")
        assert "remission" not in card.detail
    return bool(list(labels(case)))
