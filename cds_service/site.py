"""What a site restricts: regimens that it does not offer, regimens that carry its own note, programmes that have ended.

Written as settings (text) or in the options of a hook call (JSON); both become one `Site`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cards.advise.parameters import AdviceParameters
from cards.knowledge.vocabulary import PROGRAMMES, REGIMEN_IDS

NOTE = "restricted at this site"
_LONGEST_NOTE = 200


class Site(NamedTuple):
    """Hidden regimens, marked regimens with their notes, and lifted programmes; sorted, so that equal sites are equal."""

    hidden: tuple[str, ...] = ()
    marked: tuple[tuple[str, str], ...] = ()
    lifted: tuple[str, ...] = ()

    def parameters(self) -> AdviceParameters:
        """Return the parameters of the advice stage with this site's restrictions."""
        return AdviceParameters(
            hidden_regimens=frozenset(self.hidden),
            marked_regimens=dict(self.marked),
            lifted_programmes=frozenset(self.lifted),
        )


NO_RESTRICTIONS = Site()


def names(value: object, known: Iterable[str], what: str) -> tuple[str, ...]:
    """Read names from a list or a comma-separated text; `ValueError` names the one that is not known.

    An unknown name is refused, never skipped: a typing error would show what the site meant to hide.
    """
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not all(isinstance(name, str) for name in found):
        raise ValueError(f"this is not a list of {what}s")
    given = sorted({name.strip() for name in found} - {""})
    allowed = sorted(known)
    for name in given:
        if name not in allowed:
            raise ValueError(f"{name[:40]!r} is not a {what}; known: {', '.join(allowed)}")
    return tuple(given)


def hidden_regimens(value: object) -> tuple[str, ...]:
    """Read the regimens that a site does not offer."""
    return names(value, REGIMEN_IDS, "regimen id")


def lifted_programmes(value: object) -> tuple[str, ...]:
    """Read the restricted access programmes (REMS) that a site knows to have ended."""
    return names(value, PROGRAMMES, "programme")


def marked_regimens(value: object) -> tuple[tuple[str, str], ...]:
    """Read notes by regimen id from an object, its JSON text, or a plain list of ids that all get the same note."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError('this is not JSON such as {"SVd": "second approval needed"}') from None
    if not isinstance(value, Mapping):
        return tuple((name, NOTE) for name in hidden_regimens(value))
    hidden_regimens(list(value))
    for name, note in value.items():
        if not isinstance(note, str) or not note.strip() or len(note) > _LONGEST_NOTE or not note.isprintable():
            raise ValueError(f"the note of {name} has to be one line of at most {_LONGEST_NOTE} characters")
    return tuple(sorted((name, note.strip()) for name, note in value.items()))
