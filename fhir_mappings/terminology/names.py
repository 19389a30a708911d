"""Drug names in free text: whole words, longest first, never by prefix or ending.

Quantities, strengths, dose forms, salts and the four-letter suffix of biologics need no stripping, because only the name is
looked for. What a text says after words like "for", "before" or "while on" is about another drug and is not read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

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


@dataclass(frozen=True, slots=True)
class NamedDrugs:
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

    @property
    def everything(self) -> frozenset[str]:
        """Return every key that was named."""
        return frozenset(
            (*self.agents, *self.supportive, *self.others, *(("fludarabine",) if self.lymphodepletion else ()))
        )


NOTHING = NamedDrugs()


def fold(text: str) -> str:
    """Return text for comparison: lower case, no accents, plain dashes and quotes, single blanks."""
    if text.isascii():
        plain = text.lower()
    else:
        split = unicodedata.normalize("NFKD", text.translate(_DASHES))
        plain = "".join(char for char in split if not unicodedata.combining(char)).lower()
    return " ".join(plain.split())


@dataclass(frozen=True, slots=True)
class _Name:
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
    expanded = tuple(agent for agent in known.agents if agent not in absent) if known else ()
    return _sorted_out(text, plain, found, known.name if known else None, expanded)


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
