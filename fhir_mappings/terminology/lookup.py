"""From codes to concepts, for codings as charts send them: system spelled differently, absent or wrong; codes that were reused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.terminology.check_digits import code_valid
from fhir_mappings.terminology.names import NOTHING, NamedDrugs, drugs_in_text
from fhir_mappings.terminology.systems import TEXT, normal_code, system_name
from fhir_mappings.terminology.tables import CodeRow, code_rows, rows_of

# Concepts of the code table that are one agent (L14).
_SAME_AGENT = {"daratumumab_hyaluronidase": "daratumumab", "doxorubicin_liposomal": "liposomal doxorubicin"}
_SUPPORTIVE_NAMES = {"immunoglobulin_iv": "immunoglobulin", "immunoglobulin_sc": "immunoglobulin"}
_ATC_CLASSES = {"L01XG": "unnamed:PI", "L01FC": "unnamed:CD38"}
# A system that is unknown may still be one of ours under a local name, but short numbers mean something else everywhere.
_MIN_CODE_WITHOUT_SYSTEM = 5


class Code(Struct, frozen=True):
    """One coding of a chart: its system by short name (`None` when absent), its code as sent, and its display."""

    system: str | None
    code: str
    display: str = ""


def code_of(system: str | None, code: str | None, display: str | None = None) -> Code:
    """Return a coding with its system by short name."""
    return Code(system_name(system), code or "", display or "")


@cache
def _index(table: str) -> dict[tuple[str, str], CodeRow]:
    """Return the rows of a table by short system name and normal code; the first row of a code wins."""
    index: dict[tuple[str, str], CodeRow] = {}
    for row in (*code_rows(table), *(code_rows("more_labs") if table == "labs" else ())):
        system = system_name(row.system)
        if system and system != TEXT:
            index.setdefault((system, normal_code(system, row.code)), row)
    return index


@cache
def _without_system(table: str) -> dict[str, CodeRow]:
    """Return the rows whose code says by itself what it is."""
    found: dict[str, list[CodeRow]] = {}
    for (_, code), row in _index(table).items():
        if len(code) >= _MIN_CODE_WITHOUT_SYSTEM:
            found.setdefault(code, []).append(row)
    return {code: rows[0] for code, rows in found.items() if len({row.concept for row in rows}) == 1}


def find(table: str, code: Code) -> CodeRow | None:
    """Return the row of a code in one of the code tables; a coding without a system is found by a telling code."""
    if not code.code:
        return None
    if code.system is None:
        rows = _without_system(table)
        return rows.get(normal_code(None, code.code)) or rows.get(normal_code("icd-10", code.code))
    return _index(table).get((code.system, normal_code(code.system, code.code)))


@cache
def _categories() -> dict[str, str]:
    """Return concepts by ICD-10 category, for codes that are finer or coarser than the rows."""
    return {row["prefix"]: row["concept"] for row in rows_of("icd10_categories")}


def condition_category(code: Code) -> str | None:
    """Return the comorbidity concept of an ICD-10 code by its longest category on file."""
    if code.system not in {"icd-10", None}:
        return None
    plain = normal_code("icd-10", code.code)
    if code.system is None and not (code_valid("icd-10", plain) and len(plain) > 3):
        return None
    for length in range(len(plain), 2, -1):
        if concept := _categories().get(plain[:length].rstrip(".")):
            return concept
    return None


class ReusedCode(Struct, frozen=True):
    """A code that meant something else at another time."""

    concept: str
    first: date
    last: date


@cache
def _reused() -> dict[tuple[str, str], tuple[ReusedCode, ...]]:
    """Return reused codes with their periods (traps of the README)."""
    found: dict[tuple[str, str], list[ReusedCode]] = {}
    for row in rows_of("reused_codes"):
        period = ReusedCode(row["concept"], date.fromisoformat(row["from"]), date.fromisoformat(row["to"]))
        found.setdefault((system_name(row["system"]) or "", row["code"]), []).append(period)
    return {key: tuple(value) for key, value in found.items()}


AGENT_ROLES: Final = frozenset({"antimyeloma", "steroid_partner"})


class Drugs(Struct, frozen=True):
    """What a medication is, from its codes and its texts together.

    `contradiction` says what disagrees when code and text name different drugs; the other fields are then empty.
    """

    agents: tuple[str, ...] = ()
    supportive: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    lymphodepletion: bool = False
    regimen: str | None = None
    local_form: bool = False
    blinded: bool = False
    contradiction: str | None = None
    misspelled: str | None = None


NO_DRUG: Final = Drugs()


def _drug_of_code(code: Code, when: date | None) -> NamedDrugs | None:
    """Return what one drug code stands for on a day; `None` when the code says nothing."""
    row = find("drugs", code)
    if row is None:
        unnamed = _ATC_CLASSES.get(normal_code("atc", code.code)) if code.system == "atc" else None
        return NamedDrugs(agents=(unnamed,)) if unnamed else None
    concept, role = row.concept, row.role
    if when and (periods := _reused().get((code.system or "hcpcs", normal_code(code.system, code.code)))):
        past = next((period.concept for period in periods if period.first <= when <= period.last), None)
        if past is None:
            return None
        concept = past
    name = _SAME_AGENT.get(concept, concept.replace("_", " "))
    if role in AGENT_ROLES:
        return NamedDrugs(agents=(name,))
    if role == "supportive_must_not_count":
        return NamedDrugs(supportive=(_SUPPORTIVE_NAMES.get(concept, name),))
    if role == "lymphodepletion":
        return NamedDrugs(lymphodepletion=True)
    if role == "must_not_count":
        return NamedDrugs(agents=(name.removesuffix(" nonsystemic"),), local_form=True)
    if role in {"not_myeloma", "other"}:
        return NamedDrugs(others=(name,))
    return None


LONGEST_NAME = 1000
"""Characters of the text of a medication that are read."""


def drugs_of(codes: Iterable[Code], texts: Iterable[str | None], when: date | None = None) -> Drugs:
    """Return the drugs of a medication (L14): codes and texts together, by service date where a code was reused.

    A code alone is not proof when code and text name different drugs: such a record names none, and says so.
    """
    known = tuple(codes)
    dated = when if when is not None and any(_was_reused(code) for code in known) else None
    return _drugs_of(known, tuple(text[:LONGEST_NAME] for text in texts if text), dated)


def _was_reused(code: Code) -> bool:
    return (code.system or "hcpcs", normal_code(code.system, code.code)) in _reused()


@lru_cache(maxsize=4096)
def _drugs_of(codes: tuple[Code, ...], texts: tuple[str, ...], when: date | None) -> Drugs:
    coded: list[NamedDrugs] = []
    named: list[NamedDrugs] = []
    for code in codes:
        if (known := _drug_of_code(code, when)) is not None:
            coded.append(known)
        if code.display and (shown := drugs_in_text(code.display)) is not NOTHING:
            named.append(shown)
    named.extend(drugs_in_text(text) for text in texts)
    if any("liposomal doxorubicin" in one.agents for one in coded):
        named = [one for one in named if one.agents != ("doxorubicin",)]
    by_code = frozenset().union(*(one.everything for one in coded))
    # Each text is heard alone: a display that repeats its code does not make the author's own words agree with it.
    for said in named:
        if by_code and said.everything and not _compatible(by_code, said.everything):
            return Drugs(
                contradiction=f"code says {', '.join(sorted(by_code))}, text says {', '.join(sorted(said.everything))}"
            )
    if by_code and not all(key.startswith(_VAGUE) for key in by_code):
        # The code says which drug it is; what else the text names (what it is given with or for) is another record's matter.
        named = [_only(one, by_code) for one in named]
    found = _union([*coded, *named])
    return NO_DRUG if found == NO_DRUG else found


_VAGUE = ("unnamed:", "investigational:")


def _only(named: NamedDrugs, keys: frozenset[str]) -> NamedDrugs:
    """Return what a text says about certain drugs."""
    return replace(
        named,
        agents=tuple(agent for agent in named.agents if agent in keys),
        supportive=tuple(name for name in named.supportive if name in keys),
        others=tuple(name for name in named.others if name in keys),
        lymphodepletion=named.lymphodepletion and "fludarabine" in keys,
        regimen=named.regimen,
    )


def _compatible(left: frozenset[str], right: frozenset[str]) -> bool:
    """Tell whether two readings can be of one medication: a drug in common, or one of them only a class or a study drug."""
    vague = ("unnamed:", "investigational:")
    return (
        bool(left & right) or all(key.startswith(vague) for key in left) or all(key.startswith(vague) for key in right)
    )


def _union(readings: list[NamedDrugs]) -> Drugs:
    """Return several readings of one medication as one; a named drug replaces its bare class."""
    if not readings:
        return NO_DRUG
    agents = dict.fromkeys(agent for one in readings for agent in one.agents)
    if any(not agent.startswith(("unnamed:", "investigational:")) for agent in agents):
        agents = dict.fromkeys(agent for agent in agents if not agent.startswith("unnamed:"))
    study = [agent for agent in agents if agent.startswith("investigational:")]
    for other in study[1:]:
        del agents[other]
    supportive = tuple(sorted({name for one in readings for name in one.supportive}))
    return Drugs(
        agents=tuple(sorted(agents)),
        supportive=supportive,
        others=tuple(sorted({name for one in readings for name in one.others})),
        lymphodepletion=any(one.lymphodepletion for one in readings),
        regimen=next((one.regimen for one in readings if one.regimen), None),
        local_form=any(one.local_form for one in readings),
        blinded=any(one.blinded for one in readings),
        misspelled=next((one.misspelled for one in readings if one.misspelled), None)
        if all(one.misspelled for one in readings)
        else None,
    )


def codings_of(table: str, concept: str) -> tuple[CodeRow, ...]:
    """Return the rows of a concept, for whoever writes resources (drafts, synthetic charts)."""
    rows = (*code_rows(table), *(code_rows("more_labs") if table == "labs" else ()))
    return tuple(row for row in rows if row.concept == concept)
