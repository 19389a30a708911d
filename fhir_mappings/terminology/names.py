"""Drug names in free text: whole words, longest first, never by prefix or ending.

Quantities, strengths, dose forms, salts and the four-letter suffix of biologics need no stripping, because only the name is
looked for. What a text says after words like "for", "before" or "while on" is about another drug and is not read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.terminology.agents import AGENTS
from fhir_mappings.terminology.phrases import phrase
from fhir_mappings.terminology.regimens import regimens_in
from fhir_mappings.terminology.tables import rows_of

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | {"’": "'", "‘": "'", "´": "'", "`": "'"})

# Eye, ear, skin, nose, joint and inhaled forms, and drugs that stay in one organ, never count (README of this folder).
_LOCAL_FORM = phrase("local_form")
_ABOUT_ANOTHER = phrase("about_another")
_WITHOUT = re.compile(r"\b(?:without|no|not|non|w/o|ohne|sans|sin|senza|zonder|kein|keine)(?: \w+)?[ -]$")
_PLACEBO = re.compile(r"\b(?:placebo|blinded|double-blind|verblindet)\b")
_NAMED_OR_PLACEBO = re.compile(r"\b(?:or|vs\.?|versus|/|oder|ou|o) ?(?:matching )?placebo\b|\(blinded\)|\bblinded\b")
_STUDY_DRUG = phrase("study_drug")
_FLU_CY = phrase("lymphodepletion")


class NamedDrugs(Struct, frozen=True):
    """What one text names: agents that count, supportive drugs, drugs that are nothing to us.

    `regimen` is the name of a combination in the text; `agents` then holds its drugs unless the text names drugs itself.
    `local_form`: the text names a form that never counts. `blinded`: drug or placebo, not known which (L21).
    """

    agents: tuple[str, ...] = ()
    supportive: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    lymphodepletion: bool = False
    regimen: str | None = None
    local_form: bool = False
    blinded: bool = False
    misspelled: str | None = None
    """The word that was taken for a drug because it is one letter away from its name."""

    @property
    def everything(self) -> frozenset[str]:
        """Return every key that was named."""
        return frozenset(
            (*self.agents, *self.supportive, *self.others, *(("fludarabine",) if self.lymphodepletion else ()))
        )


NOTHING = NamedDrugs()


LONGEST_TEXT = 20_000
"""Characters of a text that are read; nobody's report is longer, and patterns over longer garbage would cost seconds."""


def unaccented(text: str) -> str:
    """Return text without accents, with plain dashes and quotes; case is kept."""
    text = text[:LONGEST_TEXT]
    if text.isascii():
        return text
    split = unicodedata.normalize("NFKD", text.translate(_DASHES))
    return "".join(char for char in split if not unicodedata.combining(char))


def fold(text: str) -> str:
    """Return text for comparison: lower case, no accents, plain dashes and quotes, single blanks."""
    return _folded(text) if len(text) <= _REMEMBERED else " ".join(unaccented(text).lower().split())


_REMEMBERED = 256


@lru_cache(maxsize=16384)
def _folded(text: str) -> str:
    return " ".join(unaccented(text).lower().split())


_SHORTEST_MISSPELLED = 8
_WORD = re.compile(r"[a-z]{7,}")


def _shorter(word: str) -> set[str]:
    """Return a word and every form of it without one of its letters."""
    return {word, *(word[:position] + word[position + 1 :] for position in range(len(word)))}


@cache
def _near_names() -> dict[str, frozenset[str]]:
    """Return names of agents by their shorter forms: two words one letter apart share one."""
    found: dict[str, set[str]] = {}
    for name, known in _index()[0].items():
        if known.role == "agent" and name.isalpha() and len(name) >= _SHORTEST_MISSPELLED:
            for form in _shorter(name):
                found.setdefault(form, set()).add(name)
    return {form: frozenset(names) for form, names in found.items()}


def _one_apart(left: str, right: str) -> bool:
    """Tell whether two words differ by one letter that is missing, added, another, or swapped with its neighbour."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    first, second = left[start : len(left) - end], right[start : len(right) - end]
    return (len(first) <= 1 and len(second) <= 1) or (len(first) == 2 and first == second[::-1])


def _misspelled(plain: str) -> tuple[_Name, str, int] | None:
    """Return the agent that a word is one letter away from, with the word and its place; only long names, and only when one fits."""
    names = _index()[0]
    for match in _WORD.finditer(plain):
        word = match[0]
        near = {
            name
            for form in _shorter(word)
            for name in _near_names().get(form, ())
            if _one_apart(word, name) and not word.startswith(name)
        }
        agents = {names[name].agent for name in near}
        if len(agents) == 1:
            return names[min(near)], word, match.start()
    return None


class _Name(Struct, frozen=True):
    agent: str
    role: str


@cache
def _index() -> tuple[dict[str, _Name], re.Pattern[str]]:
    """Return names by their folded spelling, and one pattern that finds the longest of them."""
    names = {fold(row["name"]): _Name(row["agent"], row["role"]) for row in rows_of("drug_names")}
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    words = "|".join(re.escape(name) for name in longest_first)
    return names, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")


@cache
def supportive_kinds() -> dict[str, str]:
    """Return the kind of each supportive drug by its key: `antiviral`, `strong-cyp3a-inhibitor` and so on."""
    return {
        row["agent"]: row["kind"] for row in rows_of("drug_names") if row["role"] in {"supportive", "lymphodepletion"}
    }


@lru_cache(maxsize=4096)
def drugs_in_text(text: str) -> NamedDrugs:
    """Return the drugs that a medication text names (never call this with a reason or a note)."""
    plain = fold(text)
    if not plain:
        return NOTHING
    names, pattern = _index()
    known = regimens_in(text)
    spelled = fold(known.spelled) if known else ""
    scanned = plain.replace(spelled, " " * len(spelled), 1) if spelled else plain
    found: list[_Name] = []
    absent: set[str] = set()
    limit = len(scanned)
    for match in pattern.finditer(scanned):
        if match.start() >= limit:
            break
        if _WITHOUT.search(scanned[: match.start()]):
            absent.add(names[match[0]].agent)
            continue
        if not found and (about := _ABOUT_ANOTHER.search(scanned, match.end())):
            limit = about.start()
        found.append(names[match[0]])
    if known and (not spelled or spelled not in plain[:limit]):
        known = None
    misspelled = None
    if not found and not absent and known is None and (guess := _misspelled(plain[:1000])):
        about = _ABOUT_ANOTHER.search(plain)
        if about is None or guess[2] < about.start():
            found.append(guess[0])
            misspelled = guess[1]
    expanded = tuple(agent for agent in known.agents if agent not in absent) if known else ()
    sorted_out = _sorted_out(text, plain, found, known.name if known else None, expanded)
    return replace(sorted_out, misspelled=misspelled) if misspelled else sorted_out


def _sorted_out(
    text: str, plain: str, found: list[_Name], regimen: str | None, expanded: tuple[str, ...]
) -> NamedDrugs:
    """Sort the names by role and read what else the text says."""
    agents = [name.agent for name in found if name.role == "agent"]
    supportive = [name.agent for name in found if name.role == "supportive"]
    others = [name.agent for name in found if name.role == "not-myeloma"]
    lymphodepletion = any(name.role == "lymphodepletion" for name in found) or (
        not found and bool(_FLU_CY.search(plain))
    )
    if not agents:
        agents = [name.agent for name in found if name.role == "class-only"]
    if lymphodepletion and not found:
        agents.append("cyclophosphamide")
    agents = _liposomal(plain, agents)
    local = bool(found) and bool(_LOCAL_FORM.search(plain))
    if supportive or others:
        regimen = None
    elif regimen:
        agents = agents or list(expanded)
    blinded = bool(agents) and bool(_NAMED_OR_PLACEBO.search(plain))
    study = _STUDY_DRUG.search(plain) or (None if blinded else _PLACEBO.search(plain))
    if study and not supportive:
        agents.append(f"investigational:{' '.join(text.split())[:80]}")
        blinded = blinded or (len(agents) == 1 and bool(_PLACEBO.search(plain)))
    return NamedDrugs(
        agents=tuple(dict.fromkeys(agents)),
        supportive=tuple(dict.fromkeys(supportive)),
        others=tuple(dict.fromkeys(others)),
        lymphodepletion=lymphodepletion,
        regimen=regimen,
        local_form=local,
        blinded=blinded,
    )


def _liposomal(plain: str, agents: list[str]) -> list[str]:
    """Return the agents with doxorubicin read as its liposomal form where the text says so anywhere."""
    if "doxorubicin" in agents and "liposom" in plain and not re.search(r"non-?liposom", plain):
        return ["liposomal doxorubicin" if agent == "doxorubicin" else agent for agent in agents]
    return agents


def agents_named(text: str) -> tuple[str, ...]:
    """Return the agents and drug classes that any text names, without the rules for medication texts (statements, F14x)."""
    names, pattern = _index()
    found = [names[match[0]] for match in pattern.finditer(fold(text))]
    return tuple(dict.fromkeys(name.agent for name in found if name.agent in AGENTS or name.role == "class-only"))
