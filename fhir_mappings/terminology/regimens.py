"""Combinations by name: from a name to its drugs, and from a set of drugs to the one name that is displayed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from msgspec import Struct

from fhir_mappings.terminology.tables import rows_of

_SHORT = 12
"""Longest name that is offered as another name; longer ones are descriptions."""


class Regimen(Struct, frozen=True):
    """A combination: its display name, its agents, sorted, and the name as it was found."""

    name: str
    agents: tuple[str, ...]
    spelled: str = ""


@cache
def _by_text() -> dict[str, Regimen]:
    """Return regimens by every name that a record may give; case matters (Pd is not PD)."""
    return {
        row["name"]: Regimen(row["regimen"], tuple(row["agents"].split("+")), row["name"])
        for row in rows_of("regimens")
        if row["name"]
    }


@cache
def _by_agents() -> dict[frozenset[str], str]:
    """Return the display name of each drug set."""
    return {frozenset(row["agents"].split("+")): row["regimen"] for row in rows_of("regimens")}


@cache
def _other_names() -> dict[frozenset[str], tuple[str, ...]]:
    """Return the further short names of each drug set, one of those that differ only in capitals and signs."""
    found: dict[frozenset[str], dict[str, str]] = {}
    for row in rows_of("regimens"):
        name = row["name"] or row["regimen"]
        if len(name) > _SHORT or "/" in name or " " in name or name.islower():
            continue
        names = found.setdefault(frozenset(row["agents"].split("+")), {_letters(row["regimen"]): ""})
        names.setdefault(_letters(name), name)
    return {drugs: tuple(sorted(filter(None, names.values()))) for drugs, names in found.items()}


def _letters(name: str) -> str:
    return "".join(sorted(letter for letter in name.casefold() if letter.isalnum()))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern for names that are telling anywhere in a text, and for those that must be all of it.

    Two letters, or capitals only, mean too much else (`Td` a vaccine, `MP` mercaptopurine): they count only when nothing else stands
    in the text but words that go with a regimen.
    """
    names = sorted(_by_text(), key=lambda name: (-len(name), name))
    # A slash or blank inside a name makes it as telling as small letters do.
    telling = [name for name in names if len(name) > 2 and (not name.isupper() or "-" in name or " " in name)]
    anywhere = "|".join(re.escape(name) for name in telling)
    alone = "|".join(re.escape(name) for name in names)
    with_it = (
        r"(?:\s|[-,;:()#/+.x*]|\d|\b(?:regimen|protocol|protokoll|schema|schéma|esquema|chemo|chemotherapy|chemotherapie|therapy|therapie|treatment"
        r"|cycles?|zyklus|zyklen|course|courses|kur|day|days|d|c|q|week|weeks|modified|lite|weekly|induction|induktion|consolidation|maintenance"
        r"|plan|oncology|onc|myeloma|mm|multiple|kombination|combination|of)\b)*"
    )
    return re.compile(rf"(?<![\w-])(?:{anywhere})(?![\w-])"), re.compile(
        rf"{with_it}(?<!\d-)(?P<name>{alone}){with_it}\Z"
    )


def regimens_in(text: str) -> Regimen | None:
    """Return the regimen that a medication text names, if any."""
    if "accin" in text:
        return None
    anywhere, alone = _patterns()
    if found := anywhere.search(text):
        return _by_text()[found[0]]
    if len(text) <= 80 and (found := alone.match(text)):
        return _by_text()[found["name"]]
    return None


class Candidate(Struct, frozen=True):
    """Another name that the same drugs go by, and why it may be the one meant."""

    name: str
    reason: str


def name_candidates(agents: Iterable[str]) -> tuple[Candidate, ...]:
    """Return the other names of a set of drugs, in order; none where the display name is the only one."""
    drugs = frozenset(agents)
    told = ", ".join(sorted(drugs))
    return tuple(Candidate(name, f"the same drugs: {told}") for name in _other_names().get(drugs, ()))


def regimen_name(agents: Iterable[str]) -> str:
    """Return the display name of a set of drugs; without a name, the agents joined by `+`."""
    drugs = frozenset(agents)
    return _by_agents().get(drugs) or "+".join(sorted(drugs))
