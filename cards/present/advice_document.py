"""The part of the assessment document that comes from the advice: options, refusals, labels, cautions, missing data.

What many regimens share, a caution or a criterion, is written once and stands at every place as the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cards.advise.criteria import DEPENDS_ON_LINES
from cards.advise.label import UNVERIFIED
from cards.advise.model import (
    Advice,
    CautionFound,
    Criterion,
    EvidenceFit,
    JurisdictionAdvice,
    LabelVerdict,
    NotSuggested,
    Option,
)

MOST_REFERENCES = 5
"""References that one criterion of a label names; the drug or line that it is about lists all of them."""
INTERNAL_FLAGS = frozenset({DEPENDS_ON_LINES, UNVERIFIED})
Members = dict[str, Any]
Shape = Callable[[Members], Members]


class AdviceWriter:
    """Writes the advice of one patient; `shape` is given every object when its members stand, and may leave some out."""

    def __init__(self, advice: Advice, shape: Shape) -> None:
        """Write with this shape; what is written lives as long as the advice."""
        self._advice = advice
        self._shape = shape
        self._cautions: dict[int, Members] = {}
        self._criteria: dict[int, Members] = {}

    def regimens(self) -> Members:
        """Return `recommendations`, `notSuggested` and `labels`."""
        return {
            "recommendations": self._by_place(lambda place: [self._option(one) for one in place.recommendations]),
            "notSuggested": self._by_place(lambda place: [self._not_suggested(one) for one in place.not_suggested]),
            "labels": self._by_place(
                lambda place: {name: self._label(place.labels[name]) for name in sorted(place.labels)}
            ),
        }

    def missing(self) -> list[Members]:
        """Return `missingData`."""
        return [self._shape({"what": datum.what, "why": datum.why, "how": datum.how}) for datum in self._advice.missing]

    def safety(self) -> list[Members]:
        """Return `safety`."""
        return self._all_cautions(self._advice.safety)

    def _by_place(self, build: Callable[[JurisdictionAdvice], Any]) -> Any:
        """Return the value of a single jurisdiction, or an object keyed by jurisdiction (invariant 17: never merged)."""
        places = [self._advice.by_jurisdiction[place] for place in self._advice.jurisdictions]
        if len(places) == 1:
            return build(places[0])
        return self._shape({place.jurisdiction: build(place) for place in places})

    def _label(self, verdict: LabelVerdict) -> Members:
        return self._shape(
            {
                "jurisdiction": verdict.jurisdiction,
                "asOf": verdict.as_of.isoformat(),
                "status": verdict.status,
                "criteria": [self._criterion(criterion) for criterion in verdict.criteria],
                "note": verdict.note,
                "sources": list(verdict.sources),
                "unverified": UNVERIFIED in verdict.flags,
                "flags": [flag for flag in verdict.flags if flag not in INTERNAL_FLAGS],
            }
        )

    def _criterion(self, criterion: Criterion) -> Members:
        known = self._criteria.get(id(criterion))
        if known is None:
            known = self._criteria[id(criterion)] = self._shape(
                {
                    "text": criterion.text,
                    "state": criterion.state,
                    "evidence": list(criterion.evidence[:MOST_REFERENCES]),
                    "flags": [flag for flag in criterion.flags if flag not in INTERNAL_FLAGS],
                    "dependsOnLineCount": DEPENDS_ON_LINES in criterion.flags,
                }
            )
        return known

    def _all_cautions(self, cautions: Sequence[CautionFound]) -> list[Members]:
        known = self._cautions
        return [known.get(id(caution)) or self._caution(caution) for caution in cautions]

    def _caution(self, caution: CautionFound) -> Members:
        written = self._cautions[id(caution)] = self._shape(
            {
                "id": caution.id,
                "severity": caution.severity,
                "effect": caution.effect,
                "state": caution.state,
                "text": caution.text,
                "found": list(caution.found),
                "evidence": list(caution.evidence),
                "sources": list(caution.sources),
                "unverified": caution.unverified,
            }
        )
        return written

    def _evidence(self, item: EvidenceFit) -> Members:
        evidence = item.evidence
        return self._shape(
            {
                "trial": evidence.trial,
                "design": evidence.design,
                "population": evidence.population,
                "text": evidence.text,
                "doi": evidence.doi,
                "pmid": evidence.pmid,
                "nct": evidence.nct,
                "sources": list(evidence.sources),
                "unverified": evidence.tag != "verified",
                "fit": item.fit,
                "because": item.because,
            }
        )

    def _option(self, option: Option) -> Members:
        return self._shape(
            {
                "regimen": option.regimen,
                "name": option.name,
                "agents": list(option.agents),
                "tier": option.tier,
                "rank": option.rank,
                "startable": option.startable,
                "label": self._label(option.label),
                "because": list(option.because),
                "refractoryComponents": list(option.refractory_components),
                "cautions": self._all_cautions(option.cautions),
                "evidence": [self._evidence(item) for item in option.evidence],
                "statements": list(option.statements),
                "doseNotes": list(option.dose_notes),
                "newClasses": list(option.new_classes),
            }
        )

    def _not_suggested(self, item: NotSuggested) -> Members:
        return self._shape(
            {
                "regimen": item.regimen,
                "name": item.name or None,
                "because": list(item.because),
                "invariant": item.invariant,
                "cautions": self._all_cautions(item.cautions),
            }
        )
