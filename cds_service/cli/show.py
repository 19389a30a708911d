"""One regimen of the knowledge as text: what `myeloma-cds knowledge show` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cards.knowledge.model import Bound, Evidence, Knowledge, LabelWindow, Regimen


def show_regimen(regimen: Regimen, knowledge: Knowledge) -> str:
    """Write a regimen with its labels, its evidence and every source that these rest on."""
    rows = [f"{regimen.id}  {regimen.name}", f"  drugs: {', '.join(regimen.agents)}"]
    if regimen.schedule:
        rows.append(_wrap(f"schedule: {regimen.schedule}"))
    rows += [f"  review by {regimen.review_by}", "", "Labels", *map(_label, regimen.labels)]
    if not regimen.labels:
        rows.append("  none on record")
    rows += ["", "Evidence"]
    for item in regimen.evidence:
        rows += _evidence(item)
    rows += ["", "Sources", *_sources(regimen, knowledge)]
    return "\n".join(rows) + "\n"


def _wrap(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, 100, initial_indent=indent, subsequent_indent=f"{indent}  ")


def _day(bound: Bound) -> str:
    return str(bound.earliest) if bound.certain else f"{bound.earliest}..{bound.latest}"


def _label(window: LabelWindow) -> str:
    start = _day(window.start) if window.start else "a day that is not known"
    end = f" until {_day(window.end)}" if window.end else ""
    note = f": {window.note}" if window.note else ""
    return _wrap(
        f"{window.jurisdiction} {window.type} from {start}{end}{note} [{', '.join(window.sources)}; {window.tag}]"
    )


def _evidence(item: Evidence) -> Iterator[str]:
    ids = [f"{name} {value}" for name, value in (("DOI", item.doi), ("PMID", item.pmid), ("", item.nct)) if value]
    yield _wrap(f"{item.trial} ({item.design}), {item.population}")
    yield _wrap(item.text, "    ")
    yield _wrap("; ".join([part.strip() for part in ids] + [", ".join(item.sources), item.tag]), "    ")


def _sources(regimen: Regimen, knowledge: Knowledge) -> Iterator[str]:
    used = {source for window in regimen.labels for source in window.sources}
    used |= {source for item in regimen.evidence for source in item.sources} | set(regimen.schedule_sources)
    for name in sorted(used):
        source = knowledge.sources.get(name)
        url = f" {source.url}" if source and source.url else ""
        yield _wrap(f"{name}: {source.text if source else 'not in the list of sources'}{url}")
