"""Invariants 9 to 13, 33, 34 and 36 to 44: reading, evidence, scope, cards. Each returns whether its premise held."""

import re
from datetime import date, timedelta
from typing import TypeVar

from msgspec.structs import replace

from fhir_mappings.history.build import build_history
from tests.advise.invariants.look import (
    BCMA,
    CERTAIN,
    EXPOSED,
    card,
    caution,
    certainly_given,
    classes,
    labels,
    number,
    options,
    preferred,
    text_of,
)
from tests.advise.invariants.sample import Sampled, answered

_Item = TypeVar("_Item")
IN_SCOPE = {"multiple-myeloma", "plasma-cell-leukemia"}
NON_RESPONSE = {"E13", "F14x"}


def _events(case: Sampled) -> list[date]:
    return [event.date for line in case.history.lines or () for event in line.progressions]


def inv_9(case: Sampled) -> bool:
    """Refractory is never asserted without dates or an explicit statement: a missing start, end or progression leaves it open."""
    if case.record is None:
        return False
    stated = {item.target for item in case.record.refractory_statements}
    transplanted = any("transplant" in event.kind for event in case.record.events)
    held = False
    for name, status in (case.history.agents or {}).items():
        own = [item for item in case.record.drugs if item.agent == name]
        started = any(item.start is not None for item in own) or (name == "melphalan" and transplanted)
        ended = any(item.end is not None or item.ongoing for item in own) or (name == "melphalan" and transplanted)
        held = held or not started or not ended
        if status.status != "refractory" or name in stated:
            continue
        assert status.since is not None
        assert started, name
        certain = any(e.trust in CERTAIN for line in case.history.lines or () for e in line.progressions)
        assert certain or NON_RESPONSE & set(status.basis)
        assert ended or NON_RESPONSE & set(status.basis), name
        assert case.document["agents"][name]["since"] == status.since.isoformat()
    return held


def inv_10(case: Sampled) -> bool:
    """Exposure is never asserted from a record that was not taken or only planned."""
    if case.record is None:
        return False
    taken = {item.agent for item in case.record.drugs if item.taken not in {"not-taken", "planned"}}
    never = {item.agent for item in case.record.drugs} - taken
    assert not any(case.history.status_of(name) in EXPOSED for name in never)
    told = case.document["agents"] or {}
    assert not any(told[name]["status"] in EXPOSED for name in never & told.keys())
    for line in case.document["linesOfTherapy"] or ():
        assert not never & set(line["agents"])
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
        reasons: dict[str, set[str | None]] = {}
        for item in case.record.drugs:
            reasons.setdefault(item.agent, set()).add(item.stop_reason)
        only = {name for name, known in reasons.items() if known == {"toxicity"}}
        for name in only - stated:
            status = case.history.agent(name)
            if status is None or status.last_exposure is None:
                continue
            held = True
            if status.status == "refractory" and not NON_RESPONSE & set(status.basis):
                assert status.since is not None
                assert status.since <= status.last_exposure.latest or "stopped_for_toxicity" in status.flags
                assert _earliest(case, status.since) <= status.last_exposure.latest + timedelta(days=60)
    for option in options(case):
        for name in option.agents:
            known = case.history.agent(name)
            if known is not None and known.intolerance is not None and "STEROID" not in classes((name,)):
                held = True
                assert any(item.id == "K-INTOL" and name in item.text for item in option.cautions)
                assert f"Earlier intolerance of {name}" in card(case) or f"earlier intolerance of {name}" in card(case)
    return held


NEEDED = (
    ("selinexor", "K-SEL", "platelets", 30, "platelet"),
    ("selinexor", "K-SEL", "sodium", 30, "sodium"),
    ("carfilzomib", "K-CARD-2", "lvef", 365, "ejection fraction"),
    ("pomalidomide", "K-POM-4", "anc", 30, "neutrophil"),
    ("teclistamab", "K-IGG-2", "igg", 90, "igg"),
    ("teclistamab", "K-PS-2", "ecog", 90, "ecog"),
    ("ciltacabtagene autoleucel", "K-PS-1", "ecog", 90, "ecog"),
    ("belantamab mafodotin", "K-BELA-4", "platelets", 30, "platelet"),
)
"""A drug, the caution that asks, the datum, its look-back in days, and the word for it."""


def inv_13(case: Sampled) -> bool:
    """Missing values, and values older than their look-back, never count as normal: they are asked for."""
    assert "no cautions" not in text_of(case).casefold()
    held = False
    for option in options(case):
        for drug, key, name, days, words in NEEDED:
            if drug not in option.agents or number(case.history, name, days) is not None:
                continue
            held = True
            asked = [item for item in option.cautions if item.id.startswith(key) and item.state == "unknown"]
            present = caution(option, key, "present")
            assert present or any(words in item.text.casefold() for item in asked), (option.regimen, name)
        blood = number(case.history, "platelets", 30) is None or number(case.history, "anc", 30) is None
        if "selinexor" in option.agents and blood:
            assert option.startable != "yes"
    return held


EVIDENCE = re.compile(r"^\s+- Evidence: (?P<trial>[^(]+)\((?P<population>.+?)\): ", re.MULTILINE)


def inv_33(case: Sampled) -> bool:
    """Every figure on a card has a trial, a population and a source; unverified ones carry the mark."""
    shown = case.cards.get("mm-options")
    if shown is None:
        return False
    lines = [text for text in shown.detail.splitlines() if text.lstrip().startswith("- Evidence: ")]
    for text in lines:
        assert EVIDENCE.match(text), text
        assert re.search(r"\\\[.*(source|PMID|doi).*\\\]$", text) or "unverified" in text, text
    for option in options(case):
        for item in option.evidence:
            assert item.trial
            assert item.population
            assert item.sources or item.unverified
            if item.unverified:
                own = [text for text in lines if text.lstrip().startswith(f"- Evidence: {item.trial}")]
                quoted = [text for text in own if item.text.partition(";")[0] in text]
                assert all("unverified" in text for text in quoted)
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
    for step in (-1, 2, 3):
        turned = replace(
            record,
            drugs=_turned(record.drugs, step),
            labs=_turned(record.labs, step),
            statements=_turned(record.statements, step),
            events=_turned(record.events, step),
            reactions=_turned(record.reactions, step),
            facts=_turned(record.facts, step),
        )
        history = build_history(turned, case.history.as_of)
        again = answered(history, case.policy, case.jurisdiction, case.access)
        assert again.cards == case.cards
        assert again.document == case.document
    return True


def _turned(items: tuple[_Item, ...], step: int) -> tuple[_Item, ...]:
    """The same items in another order: backwards, or every second or third first."""
    if step < 0:
        return items[::-1]
    return tuple(item for start in range(step) for item in items[start::step])


def inv_37(case: Sampled) -> bool:
    """The baseline names itself and its date."""
    shown = case.cards.get("mm-options")
    if case.policy != "post-daratumumab-2023" or shown is None:
        return False
    assert "2023 baseline" in shown.summary
    assert "2023 baseline" in shown.detail
    assert case.document["policy"] == "post-daratumumab-2023"
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
        assert not any(told.refused for told in case.answers.values())
        if case.history.diagnosis.state in IN_SCOPE and case.history.lines:
            assert "options of this service" in text_of(case) or "options start after" in text_of(case)
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
    """Exposed but not progressing: no options card, and the history card says why."""
    summary = case.history.summary
    quiet = summary is not None and summary.progressing == "no" and certainly_given(case.history, "CD38")
    if quiet:
        assert "mm-options" not in case.cards
        assert not list(options(case))
        if case.history.diagnosis.state in IN_SCOPE and case.history.lines:
            assert "not progressing" in case.cards["mm-history"].detail.casefold()
    return quiet


def inv_42(case: Sampled) -> bool:
    """What a caution speaks against is never preferred, with an exclusion no option; its label is still told truly."""
    held = False
    for told in case.answers.values():
        for option in told.options:
            effects = {item.effect for item in option.cautions}
            assert "exclude" not in effects
            if effects & {"not-now", "not-preferred"}:
                held = True
                assert option.tier != "T1"
                assert "not-now" not in effects or option.startable == "not-now"
            assert option.label == told.labels[option.regimen]
        for item in told.refused:
            held = held or any(found.effect == "exclude" for found in item.cautions)
            assert item.because
            assert item.regimen in told.labels
        assert not {option.regimen for option in told.options} & {item.regimen for item in told.refused}
    for option in preferred(case):
        assert not {item.effect for item in option.cautions} & {"exclude", "not-now", "not-preferred"}
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
