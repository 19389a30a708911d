"""Reader of `context.yaml`: cohorts, exposure patterns of first-line trials, studies under way (regimens B.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cards.knowledge.model import Evidence, ExposurePattern, StudyUnderWay
from cards.knowledge.read_regimens import read_evidence, read_sources, read_tag
from cards.knowledge.tables import Table
from cards.knowledge.vocabulary import REGIMEN_IDS, Names


@dataclass(frozen=True, slots=True)
class Context:
    """What belongs to no regimen."""

    cohorts: tuple[Evidence, ...]
    patterns: tuple[ExposurePattern, ...]
    studies: tuple[StudyUnderWay, ...]


def read_context(table: Table, names: Names) -> Context:
    """Read the whole file."""
    cohorts = tuple(read_evidence(entry, names) for entry in table.tables("cohorts"))
    patterns = tuple(_pattern(entry, names) for entry in table.tables("patterns"))
    studies = tuple(_study(entry, names) for entry in table.tables("studies"))
    ids = [c.id for c in cohorts] + [p.id for p in patterns] + [s.id for s in studies]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise table.error("", f"the id `{twice}` is used twice", "Please give each entry its own id")
    table.end()
    return Context(cohorts, patterns, studies)


def _trials(table: Table) -> tuple[str, ...]:
    trials = table.texts("trials")
    if not trials:
        raise table.error("trials", "are missing", "Please name at least one trial")
    return trials


def _known(table: Table, key: str, known: frozenset[str], kind: str) -> tuple[str, ...]:
    found = table.texts(key)
    for name in found:
        if name not in known:
            raise table.error(
                key, f"`{name}` is not a known {kind}", "Please check the spelling, or add its file first"
            )
    return found


def _check_subset(table: Table, inner: Sequence[str], outer: Sequence[str]) -> None:
    for name in inner:
        if name not in outer:
            raise table.error("refractory", f"`{name}` is not among `exposed`", "Please name it there too")


def _pattern(table: Table, names: Names) -> ExposurePattern:
    tag = read_tag(table)
    exposed = _known(table, "exposed", names.drugs, "drug")
    refractory = _known(table, "refractory", names.drugs, "drug")
    _check_subset(table, refractory, exposed)
    pattern = ExposurePattern(
        id=table.text("id"),
        trials=_trials(table),
        given=table.text("given"),
        implies=table.text("implies"),
        exposed=exposed,
        refractory=refractory,
        sources=read_sources(table, tag, names),
        tag=tag,
    )
    table.end()
    return pattern


def _study(table: Table, names: Names) -> StudyUnderWay:
    tag = read_tag(table)
    study = StudyUnderWay(
        id=table.text("id"),
        trials=_trials(table),
        about=table.text("about"),
        regimens=_known(table, "regimens", REGIMEN_IDS, "regimen"),
        sources=read_sources(table, tag, names),
        tag=tag,
    )
    table.end()
    return study
