"""The findings about draft orders (issue: order hooks): resistance, intolerance, cautions, label, duplicates, what is missing.

Silent for whatever is always true of a drug: an order is interrupted only for what is true of this patient.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cards.advise.case import CarTAccess, Case
from cards.advise.cautions import cautions_for
from cards.advise.label import label_verdict
from cards.advise.model import CautionFound, LabelVerdict
from cards.advise.parameters import AdviceParameters
from cards.advise.patient_checks import possible_pregnancy
from cards.advise.pipeline import label_reason
from cards.advise.resistance import forbidden
from cards.advise.words import listed
from cards.knowledge.model import JURISDICTIONS, Caution, Jurisdiction, Knowledge, Regimen
from cards.orders.drafts import Drafts, active, as_regimen, regimen_of, under_way
from fhir_mappings.history.model import IN_SCOPE, TreatmentHistory

DUPLICATE = "ORDER-DUPLICATE"
LABEL = "ORDER-LABEL"
PREGNANCY = "ORDER-PREGNANCY-TEST"
NO_MYELOMA = frozenset({"naive", "not-recorded"})
_DUPLICATE_CLASSES: tuple[tuple[str, frozenset[str]], ...] = (
    ("two anti-CD38 antibodies", frozenset({"CD38"})),
    ("two BCMA-directed drugs", frozenset({"BCMA_ADC", "BCMA_BSAB", "BCMA_CART"})),
    ("two GPRC5D-directed drugs", frozenset({"GPRC5D_BSAB", "GPRC5D_CART"})),
    ("two immunomodulatory drugs", frozenset({"IMID", "CELMOD"})),
    ("two proteasome inhibitors", frozenset({"PI"})),
)
_ACROSS = frozenset({"two anti-CD38 antibodies", "two BCMA-directed drugs"})
"""Duplicates that count with a drug under way as well; for the others an order is usually the change itself."""
_PREREQUISITES = ("K-HBV-2", "K-BELA-2", "K-IMID-1")
_EACH_TIME = ("K-BELA-2", "K-IMID-1")
"""Asked again for a drug that is under way: an examination or a test for each dose or cycle."""
_ORDER = {"BLOCK": 0, "WARN": 1, "ASK": 2, "NOTE": 3}


class OrderCheck(Struct, frozen=True):
    """What speaks against the drafts, the worst first; empty when there is nothing to say."""

    agents: tuple[str, ...]
    regimen: str | None
    findings: tuple[CautionFound, ...]
    knowledge_version: str

    @property
    def indicator(self) -> Literal["warning", "critical"]:
        """`critical` when something forbids the order, or forbids it now."""
        return "critical" if any(one.severity == "BLOCK" for one in self.findings) else "warning"


def check_orders(
    history: TreatmentHistory,
    knowledge: Knowledge,
    drafts: Drafts,
    *,
    jurisdiction: Literal["US", "EU", "both"] = "US",
    car_t_access: CarTAccess = "unknown",
    parameters: AdviceParameters | None = None,
) -> OrderCheck:
    """Check drafts against the same history that the other cards rest on."""
    nothing = OrderCheck(drafts.agents, None, (), knowledge.version)
    if not drafts.agents or history.diagnosis.state not in IN_SCOPE or history.agents is None:
        return nothing
    history = replace(history, supportive_agents=tuple(sorted({*history.supportive_agents, *drafts.supportive})))
    places: tuple[Jurisdiction, ...] = JURISDICTIONS if jurisdiction == "both" else (jurisdiction,)
    cases = [Case(history, knowledge, place, car_t_access, parameters or AdviceParameters()) for place in places]
    case = cases[0]
    if not active(drafts.agents, case):
        return nothing
    known = regimen_of(drafts, case)
    regimen = known or as_regimen(drafts)
    found = [*_duplicates(drafts, case), *_cautions(regimen, drafts, case)]
    if known is not None and not _continues(drafts, case):
        found += _labels(known, cases)
    unique = list({(one.id, one.text): one for one in found}.values())
    unique.sort(key=lambda one: (_ORDER[one.severity], one.id != "K-REFR"))
    names = tuple(sorted(active(drafts.agents, case)))
    return OrderCheck(names, known.id if known else None, tuple(unique), knowledge.version)


def _continues(drafts: Drafts, case: Case) -> bool:
    """Tell whether the drafts only go on with what is under way, so that its label was a matter of its start."""
    return active(drafts.all_agents, case) <= frozenset(under_way(case))


def _cautions(regimen: Regimen, drafts: Drafts, case: Case) -> list[CautionFound]:
    entries = case.knowledge.cautions
    always = {(one.id, one.text) for one in entries if _always(one)}
    continues = _continues(drafts, case)
    found: list[CautionFound] = []
    for one in cautions_for(regimen, case).found:
        if (one.id, one.text) in always:
            continue
        if (one.state == "present" and one.severity in {"BLOCK", "WARN"}) or (
            one.state == "unknown" and one.effect == "exclude"
        ):
            found.append(one)
        elif one.state == "unknown" and one.id in _PREREQUISITES and not (continues and one.id not in _EACH_TIME):
            found.append(replace(one, severity="ASK"))
        elif one.id == "K-BELA-2" and one.state == "present":
            found.append(one)
    return [*_hopeless(found, regimen, case), *_pregnancy_test(drafts, case, found)]


def _hopeless(found: list[CautionFound], regimen: Regimen, case: Case) -> list[CautionFound]:
    """Where nothing is left in the combination that may work, resistance forbids it (regimens C.2a rule 0)."""
    reason = forbidden(regimen, case)
    if reason is None:
        return found
    text = f"{reason[:1].upper()}{reason[1:]}."
    return [
        replace(one, severity="BLOCK", effect="exclude", text=text)
        if one.id == "K-REFR" and one.severity != "BLOCK"
        else one
        for one in found
    ]


def _always(caution: Caution) -> bool:
    return any(all(test.kind == "always" for test in conjunction) for conjunction in caution.when)


def _pregnancy_test(drafts: Drafts, case: Case, found: list[CautionFound]) -> list[CautionFound]:
    """Ask for the test even where the caution itself stays silent (invariant 30)."""
    needs = [agent for agent in sorted(drafts.agents) if {"IMID", "CELMOD"} & set(case.classes_of(agent))]
    if not needs or any(one.id in {"K-IMID-1", "K-PREG-1"} for one in found):
        return []
    if possible_pregnancy(case) is None:
        return []
    text = f"No recent negative pregnancy test on record; one is needed before {listed(needs)}."
    return [CautionFound(PREGNANCY, "ASK", "inform", "unknown", text)]


def _duplicates(drafts: Drafts, case: Case) -> list[CautionFound]:
    found = []
    ordered = active(drafts.agents, case)
    pad = active(drafts.all_agents, case)
    current = frozenset(under_way(case)) - pad
    for words, classes in _DUPLICATE_CLASSES:
        asked = {agent for agent in ordered if classes & set(case.classes_of(agent))}
        beside = {agent for agent in pad if classes & set(case.classes_of(agent))}
        if asked and len(beside) > 1:
            names = listed(sorted(beside))
            found.append(_warn(DUPLICATE, f"The draft orders hold {words}: {names}."))
        running = {agent for agent in current if classes & set(case.classes_of(agent))}
        if asked and running and words in _ACROSS:
            evidence = tuple(
                sorted({ref for agent in running if (one := case.history.agent(agent)) for ref in one.evidence})
            )
            names = listed(sorted(asked))
            text = f"Duplicate class, {words}: {names} is ordered and {listed(sorted(running))} is under way by the record."
            found.append(_warn(DUPLICATE, text, evidence))
    return found


def _labels(regimen: Regimen, cases: list[Case]) -> list[CautionFound]:
    """Say where the combination is outside its label; a label that is unknown is not said to be anything."""
    case = cases[0]
    if case.history.line_count is None or case.history.line_count.prior.max == 0 or not case.history.lines:
        return []
    verdicts = [label_verdict(regimen, one) for one in cases]
    outside = [verdict for verdict in verdicts if verdict.status not in {"met", "unknown"}]
    if not outside or len(outside) < len(verdicts):
        return []
    return [_label(regimen, verdict) for verdict in outside]


def _label(regimen: Regimen, verdict: LabelVerdict) -> CautionFound:
    evidence = tuple(sorted({ref for one in verdict.criteria if one.state == "not-met" for ref in one.evidence}))
    text = f"{regimen.short} is outside its label here: {label_reason(verdict)}."
    return CautionFound(
        LABEL, "WARN", "inform", "present", text, evidence, verdict.sources, "unverified" in verdict.flags
    )


def _warn(name: str, text: str, evidence: tuple[str, ...] = ()) -> CautionFound:
    return CautionFound(name, "WARN", "inform", "present", text, evidence)
