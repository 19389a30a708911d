"""Open questions tried out: which rows and tiers remain possible when the record does not decide (regimens C.2).

A *world* answers every open predicate one way; worlds that contradict themselves are left out, and the number of prior lines is one
number in each. With too many open questions the answers are bounded from outside: whatever is not ruled out stays possible.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from cards.advise.facts import prior_lines
from cards.advise.model import Tier
from cards.advise.predicates import Scope, holds
from cards.knowledge.model import PolicyEntry, PolicyRow

MOST_ATOMS = 8
"""Open questions that are still tried out one by one."""
MANY_LINES = 6
"""A number of prior lines that stands for "or more"."""
_LINES = "lines_prior("
World = Mapping[str, bool]


@lru_cache(maxsize=2048)
def literal(predicate: str) -> tuple[str, bool]:
    """Write a predicate as an atom and the answer wanted, so that opposites share an atom."""
    text, wanted = predicate.strip(), True
    while text.startswith("not "):
        text, wanted = text[4:].strip(), not wanted
    for opposite, positive in (
        ("not_refractory(", "refractory("),
        ("not_exposed(", "exposed("),
        ("naive(", "exposed("),
    ):
        if text.startswith(opposite):
            return positive + text[len(opposite) :], not wanted
    return text, wanted


def worlds(predicates: Iterable[str], scope: Scope) -> list[World] | None:
    """Return every consistent way to answer the open predicates, or `None` when there are too many."""
    atoms = sorted({atom for atom, _ in map(literal, predicates) if holds(atom, scope) is None})
    if not atoms:
        return [{}]
    others = [atom for atom in atoms if not atom.startswith(_LINES)]
    counted = [atom for atom in atoms if atom.startswith(_LINES)]
    if len(others) > MOST_ATOMS:
        return None
    answers = (dict(zip(others, world, strict=True)) for world in itertools.product((True, False), repeat=len(others)))
    consistent = [world for world in answers if _consistent(world)]
    return [{**world, **lines} for world in consistent for lines in _line_worlds(counted, scope)]


def _line_worlds(atoms: Sequence[str], scope: Scope) -> Iterator[World]:
    if not atoms:
        yield {}
        return
    low, high = prior_lines(scope.case.history)
    for count in range(low, max(low, MANY_LINES if high is None else high) + 1):
        yield {atom: _within(atom, count) for atom in atoms}


def _within(atom: str, count: int) -> bool:
    low, _, high = atom[len(_LINES) :].rstrip(")").partition(",")
    return int(low) <= count and (not high.strip().isdigit() or count <= int(high))


def _consistent(assumed: World) -> bool:
    """Refuse assumptions that contradict each other: refractory or sensitive without exposure, or both at once."""
    for atom, value in assumed.items():
        name = atom.partition("(")[2]
        if not value or not atom.startswith(("refractory(", "sensitive(")):
            continue
        if assumed.get(f"exposed({name}") is False:
            return False
        if atom.startswith("refractory(") and assumed.get(f"sensitive({name}") is True:
            return False
    return True


def _fits(when: Sequence[str], world: World, scope: Scope) -> bool:
    literals = map(literal, when)
    return all((world[atom] if atom in world else holds(atom, scope)) is wanted for atom, wanted in literals)


def possible_rows(rows: Sequence[PolicyRow], scope: Scope) -> tuple[tuple[PolicyRow, ...], bool]:
    """Return the rows that may be the first that fits, and whether one of them always does."""
    tried = worlds((predicate for row in rows for predicate in row.when), scope)
    if tried is None:
        return tuple(rows), True
    first = [next((row.id for row in rows if _fits(row.when, world, scope)), None) for world in tried]
    return tuple(row for row in rows if row.id in first), None not in first


def possible_tiers(entries: Sequence[PolicyEntry], scope: Scope) -> frozenset[Tier | None]:
    """Return every tier a regimen may have by its entries; `None` stands for "not offered"."""
    if entries and not entries[0].when:
        return frozenset({entries[0].tier})
    tried = worlds((predicate for entry in entries for predicate in entry.when), scope)
    if tried is None:
        return frozenset({*(entry.tier for entry in entries), None})
    return frozenset(
        next((entry.tier for entry in entries if _fits(entry.when, world, scope)), None) for world in tried
    )
