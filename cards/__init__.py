"""Knowledge, advice and cards: what may come next after an anti-CD38 antibody, and how it is said.

The facade is `load_knowledge`, `assessment_document` and `cards_for` of this package and `advise` of `cards.advise`
(a function and a package cannot share one name). Names are looked up when first used, so that importing the package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cards.knowledge.loader import load_knowledge
    from cards.present.assessment import assessment_document
    from cards.present.cards import cards_for

__all__ = ["assessment_document", "cards_for", "load_knowledge"]

_HOME = {
    "assessment_document": "cards.present.assessment",
    "cards_for": "cards.present.cards",
    "load_knowledge": "cards.knowledge.loader",
}


def __getattr__(name: str) -> Any:
    """Import a name of the facade from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
