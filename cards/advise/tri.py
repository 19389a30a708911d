"""Three-valued logic: `True`, `False`, and `None` for "cannot be decided from the record" (design decision 2).

A definite answer beats an unknown wherever the unknown could not change the result (E25).
"""

from __future__ import annotations

from collections.abc import Iterable

Tri = bool | None


def all_of(answers: Iterable[Tri]) -> Tri:
    """Return `False` as soon as one answer is; `None` if one is undecided; else `True` (also for none at all)."""
    undecided = False
    for answer in answers:
        if answer is False:
            return False
        undecided = undecided or answer is None
    return None if undecided else True


def any_of(answers: Iterable[Tri]) -> Tri:
    """Return `True` as soon as one answer is; `None` if one is undecided; else `False` (also for none at all)."""
    undecided = False
    for answer in answers:
        if answer is True:
            return True
        undecided = undecided or answer is None
    return None if undecided else False


def negated(answer: Tri) -> Tri:
    """Turn yes into no; what is undecided stays so."""
    return None if answer is None else not answer
