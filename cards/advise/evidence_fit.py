"""How the population of each piece of evidence relates to this patient (pipeline step 5).

`excluded` of a trial is a disjunction: anything it names that holds for the patient excludes them. `like-this-
patient` needs the trial's own eligibility met and no exclusion; what cannot be judged is said, never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.criteria import judge
from cards.advise.facts import at_least, prior_lines
from cards.advise.model import EvidenceFit
from cards.advise.patient_tests import recent_number
from cards.advise.predicates import plasma_cell_leukemia
from cards.advise.tri import Tri, negated
from cards.advise.words import lines, listed, one
from cards.knowledge.model import Evidence, Knowledge, Regimen, Requirement

UNDATED = "when it was published is not known here"
_TARGETS = {"BCMA": ("BCMA_ADC", "BCMA_CART", "BCMA_BSAB"), "GPRC5D": ("GPRC5D_BSAB", "GPRC5D_CART")}
_CD38 = frozenset({"CD38", "daratumumab", "isatuximab"})


def evidence_for(regimen: Regimen, case: Case) -> tuple[EvidenceFit, ...]:
    """Return the evidence that was public on the day, the strongest for a patient after an anti-CD38 antibody first.

    What was published later is not used (honour to `as_of`, as with labels); a span counts from its last day.
    """
    later = unpublished(case)
    known = (
        item
        for item in regimen.evidence
        if item.trial not in later and (item.published is None or item.published.latest <= case.as_of)
    )
    return tuple(
        _dated(_by_target(fit(item, case), regimen, case), case)
        for item in sorted(known, key=lambda item: (item.rank, item.id))
    )


def _by_target(found: EvidenceFit, regimen: Regimen, case: Case) -> EvidenceFit:
    """After treatment against a target, evidence for that target fits only where its population says so (K-BCMA-1)."""
    if found.fit != "like-this-patient":
        return found
    agents = case.active_agents(regimen)
    for target, classes in _TARGETS.items():
        given = any(case.exposed(name).value for name in classes)
        said = any(_asks_for(evidence, classes) for evidence in (found.evidence.eligibility,) if evidence)
        if given and not said and any(set(case.classes_of(agent)) & set(classes) for agent in agents):
            because = f"whether patients with earlier treatment against {target} took part is not stated"
            return EvidenceFit(found.evidence, "not-stated", because)
    return found


def _asks_for(asked: Requirement, classes: tuple[str, ...]) -> bool:
    return bool(set(classes) & set(asked.exposed)) or any(_asks_for(one_of, classes) for one_of in asked.either)


def unpublished(case: Case) -> frozenset[str]:
    """Name the trials of which nothing was public on the day; an undated result is no earlier than the dated ones of its trial."""
    return _unpublished(case.knowledge, case.as_of)


@lru_cache(maxsize=256)
def _unpublished(knowledge: Knowledge, day: date) -> frozenset[str]:
    every = [item for regimen in knowledge.regimens.values() for item in regimen.evidence]
    dated = {item.trial for item in every if item.published is not None}
    known = {item.trial for item in every if item.published is not None and item.published.latest <= day}
    known |= {item.trial for item in every if item.trial not in dated}
    return frozenset(item.trial for item in every) - known


def without_later(texts: Iterable[str], case: Case) -> tuple[str, ...]:
    """Return texts of the policy without the parts that rest on a trial published after the day."""
    later = unpublished(case)
    if not later:
        return tuple(texts)
    kept = ("".join(part for part in _PARTS.split(text) if not any(trial in part for trial in later)) for text in texts)
    return tuple(f"{text.rstrip(' ;.')}." for text in kept if text.strip(" ;."))


_PARTS = re.compile(r"(?<=; )|(?<=\. )")
"""Where a text of the policy may be cut: after a semicolon or a full stop."""


def _dated(found: EvidenceFit, case: Case) -> EvidenceFit:
    """Say where nobody knows whether a result was public on the day; on the day of the knowledge all of it was."""
    if found.evidence.published is not None or case.as_of >= case.knowledge.known_on:
        return found
    said = [text for text in (found.because, UNDATED) if text]
    return replace(found, because="; ".join(said))


def fit(evidence: Evidence, case: Case) -> EvidenceFit:
    """Compare a trial's population with the patient."""
    if plasma_cell_leukemia(case):
        return EvidenceFit(evidence, "other-population", "the trials excluded plasma-cell leukaemia")
    exclusions = list(_exclusions(evidence.excluded, case)) if evidence.excluded else []
    hits = [text for text, value in exclusions if value is True]
    if hits:
        return EvidenceFit(
            evidence, "excluded-this-patient", f"the trial excluded patients who were {listed(hits, 'or')}"
        )
    if evidence.eligibility is None and evidence.excluded is None:
        return _by_cd38(evidence, case, None)
    criteria = judge(evidence.eligibility, case) if evidence.eligibility else ()
    failed = [criterion.text for criterion in criteria if criterion.state == "not-met"]
    if failed:
        return EvidenceFit(evidence, "other-population", f"the trial asked for: {listed(failed)}", not_asked_for=True)
    open_ = [criterion.text for criterion in criteria if criterion.state == "unknown"]
    open_ += [f"not {text}" for text, value in exclusions if value is None]
    if evidence.extramedullary:
        outside = case.history.summary.extramedullary if case.history.summary else "unknown"
        if outside == "no":
            return EvidenceFit(evidence, "other-population", "the trial asked for: true extramedullary disease")
        open_ += ["true extramedullary disease"] if outside != "yes" else []
    if open_:
        return EvidenceFit(evidence, "not-stated", f"not known for this patient: {listed(open_)}")
    return _by_performance(_by_cd38(evidence, case, "like-this-patient" if evidence.eligibility else None), case)


def _by_performance(found: EvidenceFit, case: Case) -> EvidenceFit:
    """Compare the performance status: above the trial's limit is another population, not on record is said."""
    most = found.evidence.ecog_at_most
    if most is None or found.fit != "like-this-patient":
        return found
    ecog = recent_number(case, "ecog", case.parameters.performance_days)
    asked = f"ECOG {listed([str(value) for value in range(most + 1)], 'or')}"
    if ecog is None:
        return EvidenceFit(found.evidence, found.fit, f"no recent ECOG on record, the trial asked for {asked}")
    if ecog > most:
        return EvidenceFit(found.evidence, "other-population", f"the trial asked for {asked}")
    return found


def _by_cd38(evidence: Evidence, case: Case, otherwise: str | None) -> EvidenceFit:
    if case.is_refractory("CD38") is True and evidence.cd38_refractory == "none":
        return EvidenceFit(evidence, "other-population", "no patient in it was refractory to an anti-CD38 antibody")
    if case.is_refractory("CD38") is True and evidence.cd38_refractory == "not-stated" and not _asks_for_cd38(evidence):
        return EvidenceFit(evidence, "not-stated", "how many were refractory to an anti-CD38 antibody is not stated")
    return EvidenceFit(evidence, "like-this-patient" if otherwise else "not-stated")


def _asks_for_cd38(evidence: Evidence) -> bool:
    """Tell whether every patient of the trial had been given an anti-CD38 antibody."""
    asked = evidence.eligibility
    return asked is not None and bool(_CD38 & {*asked.exposed, *asked.refractory, *(asked.refractory_counts or ())})


def _exclusions(excluded: Requirement, case: Case) -> Iterator[tuple[str, Tri]]:
    low, high = prior_lines(case.history)
    if excluded.min_lines is not None:
        yield f"treated with {lines(excluded.min_lines)} or more", at_least(excluded.min_lines, low, high)
    if excluded.max_lines is not None:
        yield f"treated with {lines(excluded.max_lines)} or fewer", negated(at_least(excluded.max_lines + 1, low, high))
    for name in excluded.exposed:
        yield f"treated with {one(name)}", case.exposed(name).value
    for name in excluded.refractory:
        yield f"refractory to {one(name)}", case.is_refractory(name)
    for name in excluded.intolerant:
        known = case.history.agent(name)
        yield f"intolerant of {one(name)}", known is not None and known.intolerance is not None
    for name in excluded.not_exposed:
        yield f"never treated with {one(name)}", negated(case.exposed(name).value)
    for name in excluded.not_refractory:
        yield f"not refractory to {one(name)}", negated(case.is_refractory(name))
    for alternative in excluded.either:
        yield from _exclusions(alternative, case)
