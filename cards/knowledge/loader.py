"""Reads the knowledge files into typed, immutable data and refuses what is wrong (design, decision 5).

`load_knowledge()` reads the files that ship with the package, once. `load_knowledge_from(path)` reads another folder of
the same shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from cards.knowledge.errors import KnowledgeError
from cards.knowledge.model import Caution, Drug, Knowledge, Policy, Regimen
from cards.knowledge.read_cautions import read_caution
from cards.knowledge.read_context import Context, read_context
from cards.knowledge.read_policies import read_policy, read_source_list
from cards.knowledge.read_regimens import read_drug, read_regimen
from cards.knowledge.tables import Table, read_table
from cards.knowledge.vocabulary import Names

DATA = Path(__file__).with_name("data")


@lru_cache(maxsize=1)
def load_knowledge() -> Knowledge:
    """Return the knowledge that ships with the package."""
    return load_knowledge_from(DATA)


def load_knowledge_from(path: Path | str) -> Knowledge:
    """Return the knowledge of a folder; raises `KnowledgeError` with file, line, key, problem and mend."""
    root = Path(path)
    sources = read_source_list(_needed(root, "sources.yaml"))
    drugs = _read_drugs(root, Names(frozenset(), frozenset(sources)))
    names = Names(frozenset(drugs), frozenset(sources))
    regimens = _read_regimens(root, names)
    cautions = _read_cautions(root, names)
    policies = _read_policies(root, names, regimens)
    version = _needed(root, "VERSION.yaml")
    review_by = version.day("review_by")
    number = version.text("knowledge_version")
    known_on = version.opt_date("known_on") or date.min
    version.end()
    context = _read_context(root, names)
    return Knowledge(
        version=number,
        review_by=review_by,
        drugs=MappingProxyType(drugs),
        regimens=MappingProxyType(regimens),
        cautions=cautions,
        policies=MappingProxyType(policies),
        sources=MappingProxyType(sources),
        context=context.cohorts,
        patterns=context.patterns,
        studies=context.studies,
        known_on=known_on,
    )


def _needed(root: Path, name: str) -> Table:
    path = root / name
    if not path.is_file():
        raise KnowledgeError(name, 1, "", "the file is missing", "Please add it to the knowledge folder")
    return read_table(path, name)


def _tables(root: Path, folder: str) -> Iterator[tuple[str, Table]]:
    for path in sorted((root / folder).glob("*.yaml")):
        yield path.stem, read_table(path, f"{folder}/{path.name}")


def _fits(table: Table, key: str, name: str, stem: str) -> None:
    """Refuse an entry whose name is not that of its file."""
    if name.replace(" ", "-") != stem:
        wanted = f"{name.replace(' ', '-')}.yaml"
        raise table.error(key, f"`{name}` does not fit the file name", f"Please name the file {wanted}")


def _read_drugs(root: Path, names: Names) -> dict[str, Drug]:
    drugs: dict[str, Drug] = {}
    for stem, table in _tables(root, "drugs"):
        drug = read_drug(table, names)
        _fits(table, "agent", drug.agent, stem)
        drugs[drug.agent] = drug
    return drugs


def _read_regimens(root: Path, names: Names) -> dict[str, Regimen]:
    regimens: dict[str, Regimen] = {}
    seen: set[str] = set()
    for stem, table in _tables(root, "regimens"):
        regimen = read_regimen(table, names)
        _fits(table, "id", regimen.id, stem)
        for evidence in regimen.evidence:
            if evidence.id in seen:
                problem = f"the evidence id `{evidence.id}` is used twice"
                raise table.error("evidence", problem, "Please give each entry its own id, over all files")
            seen.add(evidence.id)
        regimens[regimen.id] = regimen
    return regimens


def _read_cautions(root: Path, names: Names) -> tuple[Caution, ...]:
    cautions: list[Caution] = []
    seen: set[tuple[str, str | None]] = set()
    for _, topic in _tables(root, "cautions"):
        for table in topic.tables("cautions"):
            caution = read_caution(table, names)
            if (caution.id, caution.part) in seen:
                raise table.error("id", f"`{caution.id}` is used twice", "Please tell the two apart with `part:`")
            seen.add((caution.id, caution.part))
            cautions.append(caution)
        topic.end()
    return tuple(sorted(cautions, key=lambda caution: (caution.id, caution.part or "")))


def _read_policies(root: Path, names: Names, regimens: dict[str, Regimen]) -> dict[str, Policy]:
    policies: dict[str, Policy] = {}
    for stem, table in _tables(root, "policies"):
        policy = read_policy(table, names)
        _fits(table, "id", policy.id, stem)
        rows = (*policy.rows, *policy.dormant)
        named = {entry.regimen for row in rows for entry in row.entries}
        named |= {regimen for row in rows for regimen in row.not_suggested}
        for regimen in sorted(named - regimens.keys()):
            problem = f"`{regimen}` has no file under regimens/"
            raise table.error("rows", problem, "Please add the regimen's file, or remove it here")
        policies[policy.id] = policy
    return policies


def _read_context(root: Path, names: Names) -> Context:
    path = root / "context.yaml"
    return read_context(read_table(path, "context.yaml"), names) if path.is_file() else Context((), (), ())
