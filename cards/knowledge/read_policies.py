"""Readers of policies and of the list of sources (regimens C.1, C.2, S)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Literal, cast

from cards.knowledge.model import Jurisdiction, Policy, PolicyEntry, PolicyRow, Source, Withdrawal
from cards.knowledge.read_regimens import read_sources
from cards.knowledge.tables import Table
from cards.knowledge.vocabulary import REGIMEN_IDS, Names, parse_predicate

TIERS = ("T1", "T2", "T3")
_URL = re.compile(r"^https://(doi\.org/10\.\d{4,9}/\S+|pubmed\.ncbi\.nlm\.nih\.gov/\d{6,8}/)$")


def _predicates(table: Table, names: Names) -> tuple[str, ...]:
    predicates = table.texts("when")
    for predicate in predicates:
        try:
            parse_predicate(predicate, names.drugs)
        except ValueError as error:
            raise table.error("when", str(error), "Please use a predicate of docs/knowledge/predicates.md") from None
    return predicates


def _entry(table: Table, names: Names, *, evaluated: bool) -> PolicyEntry:
    regimen = table.text("regimen")
    if regimen not in REGIMEN_IDS:
        raise table.error(
            "regimen", f"`{regimen}` is not a regimen id", "Please use an id of the list in vocabulary.py"
        )
    jurisdiction = table.opt_text("jurisdiction")
    if jurisdiction not in {None, "US", "EU"}:
        raise table.error(
            "jurisdiction", f"`{jurisdiction}` is not known here", "Please use US or EU, or leave the key out for both"
        )
    entry = PolicyEntry(
        regimen=regimen,
        tier=cast("Literal['T1', 'T2', 'T3']", table.choice("tier", TIERS)),
        when=_predicates(table, names) if evaluated else table.texts("when"),
        jurisdiction=cast("Jurisdiction | None", jurisdiction),
        note=table.opt_text("note"),
    )
    table.end()
    return entry


def _withdrawal(table: Table, names: Names) -> Withdrawal:
    regimen = table.text("regimen")
    if regimen not in REGIMEN_IDS:
        raise table.error(
            "regimen", f"`{regimen}` is not a regimen id", "Please use an id of the list in vocabulary.py"
        )
    found = Withdrawal(regimen, _predicates(table, names), table.text("because"))
    table.end()
    return found


def _row(table: Table, names: Names, *, evaluated: bool = True) -> PolicyRow:
    reasons = table.opt_table("not_suggested")
    texts: dict[str, str] = {}
    for regimen in reasons.keys() if reasons else ():
        part = cast("Table", reasons)
        if regimen not in REGIMEN_IDS:
            raise part.error(regimen, "is not a regimen id", "Please use an id of the list in vocabulary.py")
        texts[regimen] = part.text(regimen)
    row = PolicyRow(
        id=table.text("id"),
        title=table.text("title"),
        kind=cast("Literal['base', 'modifier']", table.choice("kind", ("base", "modifier"))),
        when=_predicates(table, names) if evaluated else table.texts("when"),
        entries=tuple(_entry(entry, names, evaluated=evaluated) for entry in table.tables("entries")),
        not_suggested=MappingProxyType(texts),
        statement=table.opt_text("statement"),
        ordered=table.opt_flag("ordered") or False,
        withdraws=tuple(_withdrawal(part, names) for part in table.tables("withdraws")),
    )
    if evaluated and not row.when:
        raise table.error("when", "is missing", "Please say by predicates when the row holds")
    table.end()
    return row


def read_policy(table: Table, names: Names) -> Policy:
    """Read one policy file."""
    rows = tuple(_row(row, names) for row in table.tables("rows"))
    dormant = tuple(_row(row, names, evaluated=False) for row in table.tables("dormant"))
    ids = [row.id for row in rows + dormant]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise table.error("rows", f"the row id `{twice}` is used twice", "Please give each row its own id")
    policy = Policy(
        id=table.text("id"),
        title=table.text("title"),
        version=table.text("version"),
        rows=rows,
        sources=read_sources(table, "verified", names),
        match=cast("Literal['first', 'all']", table.choice("match", ("first", "all"), "first")),
        notes=table.texts("notes"),
        dormant=dormant,
    )
    table.end()
    return policy


def read_source_list(table: Table) -> dict[str, Source]:
    """Read sources.yaml: one entry per source id, a text or a table with text and url."""
    sources: dict[str, Source] = {}
    for key, entry in table.entries():
        url = entry.opt_text("url")
        if url is not None and not _URL.match(url):
            raise entry.error(
                "url",
                f"`{url}` is not a DOI or PubMed address",
                "Please write https://doi.org/… or https://pubmed.ncbi.nlm.nih.gov/…/",
            )
        sources[key] = Source(key, entry.text("text"), url)
        entry.end()
    return sources
