"""Readers of drugs, regimens, label windows, requirements and evidence (regimens A, B.1, B.2, B.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal, cast

from cards.knowledge.model import (
    JURISDICTIONS,
    Bound,
    Drug,
    Evidence,
    Jurisdiction,
    LabelType,
    LabelWindow,
    Regimen,
    Requirement,
    Tag,
)
from cards.knowledge.tables import Table
from cards.knowledge.vocabulary import CLASSES, REGIMEN_IDS, Names
from cards.knowledge.windows import parse_bound, parse_published

TAGS = ("verified", "unverified", "article")
TYPES = ("full", "accelerated", "conditional", "withdrawn", "pending", "off-label", "not-authorised")
MODALITIES = ("small-molecule", "antibody", "adc", "bispecific", "car-t", "steroid", "cytotoxic")
CD38 = ("all", "most", "some", "none", "not-stated")
AUTHORISED = ("always", "unknown", "never")
_DOI = re.compile(r"^10\.\d{4,9}/[^\s]+$")
_PMID = re.compile(r"^[1-9]\d{5,7}$")
_NCT = re.compile(r"^NCT\d{8}$")
_SOURCE = re.compile(r"^regimens:[A-Za-z][A-Za-z0-9-]*$")


def read_sources(table: Table, tag: Tag, names: Names) -> tuple[str, ...]:
    """Return the source ids of an entry; only what is unverified may stand without one."""
    sources = table.texts("sources")
    for source in sources:
        if not _SOURCE.match(source):
            raise table.error(
                "sources",
                f"`{source}` is not a source id",
                "Please write it as in sources.yaml, for example regimens:S41",
            )
        if source not in names.sources:
            raise table.error("sources", f"`{source}` is not in sources.yaml", "Please add it there, or correct the id")
    if not sources and tag != "unverified":
        raise table.error("sources", "are missing", "Please name at least one source, or tag the entry unverified")
    return sources


def read_tag(table: Table) -> Tag:
    """Return the tag of an entry; it must be written."""
    return cast("Tag", table.choice("tag", TAGS))


def _targets(table: Table, key: str, names: Names) -> tuple[str, ...]:
    targets = table.texts(key)
    for target in targets:
        check_target(table, key, target, names)
    return targets


def check_target(table: Table, key: str, target: str, names: Names) -> None:
    """Refuse a name that is neither a class key nor a drug."""
    if target not in CLASSES and target not in names.drugs:
        raise table.error(
            key,
            f"`{target}` is neither a class key nor a drug",
            "Please use a class key such as PI, or a drug that has a file under drugs/",
        )


def read_requirement(table: Table | None, names: Names) -> Requirement:
    """Read what a label or a trial asks; an absent table asks nothing."""
    if table is None:
        return Requirement()
    counts = table.opt_table("refractory_counts")
    numbers: dict[str, int] = {}
    for name in counts.keys() if counts else ():
        check_target(cast("Table", counts), name, name, names)
        numbers[name] = cast("Table", counts).opt_whole(name) or 1
    again = table.opt_table("retreatment_months")
    months: dict[str, int] = {}
    for name in again.keys() if again else ():
        check_target(cast("Table", again), name, name, names)
        months[name] = cast("Table", again).opt_whole(name) or 1
    last = table.opt_text("progression_on_last")
    if last not in {None, "any", "within-60-days"}:
        raise table.error("progression_on_last", f"`{last}` is not known here", "Please use any or within-60-days")
    requirement = Requirement(
        min_lines=table.opt_whole("min_lines"),
        max_lines=table.opt_whole("max_lines"),
        exposed=_targets(table, "exposed", names),
        refractory=_targets(table, "refractory", names),
        refractory_counts=MappingProxyType(numbers) if numbers else None,
        not_refractory=_targets(table, "not_refractory", names),
        not_exposed=_targets(table, "not_exposed", names),
        intolerant=_targets(table, "intolerant", names),
        progression_on_last=cast("Literal['any', 'within-60-days'] | None", last),
        refractory_if_one_line=_targets(table, "refractory_if_one_line", names),
        progression_on_last_from_lines=table.opt_whole("progression_on_last_from_lines"),
        either=tuple(read_requirement(part, names) for part in table.tables("either")),
        retreatment_months=MappingProxyType(months) if months else None,
        transplant_to_progression_months=table.opt_whole("transplant_to_progression_months"),
    )
    low, high = requirement.min_lines, requirement.max_lines
    if low is not None and high is not None and high < low:
        raise table.error("max_lines", "is below min_lines", "Please check the two line counts")
    table.end()
    return names.requirements.setdefault(repr(requirement), requirement)


def read_bound(table: Table, key: str, none_word: str) -> Bound | None:
    """Read a bound; `none_word` (`unknown` for a start, `open` for an end) gives `None`."""
    text = table.text(key)
    if text == none_word:
        return None
    try:
        return parse_bound(text)
    except ValueError:
        raise table.error(
            key, f"`{text}` is not a date", f"Please write YYYY-MM-DD, ~YYYY-MM-DD, ~YYYY-MM or {none_word}"
        ) from None


def _read_window(table: Table, jurisdiction: Jurisdiction, names: Names) -> LabelWindow:
    tag = read_tag(table)
    route = table.opt_text("route")
    if route not in {None, "SC", "IV"}:
        raise table.error("route", f"`{route}` is not known here", "Please use SC or IV")
    start, end = read_bound(table, "from", "unknown"), read_bound(table, "to", "open")
    if start and end and (end.earliest <= start.earliest or end.latest <= start.latest):
        raise table.error("to", "is not after `from`", "Please check the two dates")
    window = LabelWindow(
        jurisdiction=jurisdiction,
        type=cast("LabelType", table.choice("type", TYPES)),
        start=start,
        end=end,
        requirement=read_requirement(table.opt_table("requires"), names),
        route=cast("Literal['SC', 'IV'] | None", route),
        note=table.opt_text("note"),
        sources=read_sources(table, tag, names),
        tag=tag,
    )
    table.end()
    return window


def _overlap(first: LabelWindow, second: LabelWindow) -> bool:
    """Tell whether two windows of one route and jurisdiction, in the order of the file, claim the same day."""
    if first.route != second.route and first.route is not None and second.route is not None:
        return False
    if first.start is None or second.start is None or first.end is None:
        return True
    return first.end.earliest > second.start.earliest or first.end.latest > second.start.latest


def _read_labels(table: Table | None, names: Names) -> tuple[LabelWindow, ...]:
    windows: list[LabelWindow] = []
    for jurisdiction in table.keys() if table else ():
        labels = cast("Table", table)
        if jurisdiction not in {"US", "EU"}:
            raise labels.error(jurisdiction, "is not a jurisdiction", "Please use US or EU")
        found: list[LabelWindow] = []
        for entry in labels.tables(jurisdiction):
            window = _read_window(entry, cast("Jurisdiction", jurisdiction), names)
            if any(_overlap(earlier, window) for earlier in found):
                raise entry.error(
                    "from",
                    "overlaps an earlier window of the same route and jurisdiction",
                    "Please end the earlier window where this one starts, and keep the windows in order",
                )
            found.append(window)
        windows += found
    return tuple(windows)


def _pattern(table: Table, key: str, form: re.Pattern[str], example: str) -> str | None:
    text = table.opt_text(key)
    if text is not None and not form.match(text):
        raise table.error(key, f"`{text}` is not a valid {key.upper()}", f"Please write it like {example}")
    return text


def _published(table: Table) -> Bound | None:
    text = table.opt_text("published")
    if text is None:
        return None
    try:
        return parse_published(text)
    except ValueError:
        raise table.error(
            "published", f"`{text}` is not a date", "Please write YYYY-MM-DD, ~YYYY-MM-DD, ~YYYY-MM or ~YYYY"
        ) from None


def read_evidence(table: Table, names: Names) -> Evidence:
    """Read one trial or series."""
    tag = read_tag(table)
    eligibility, excluded = table.opt_table("eligibility"), table.opt_table("excluded")
    met = table.opt_flag("primary_endpoint_met")
    evidence = Evidence(
        id=table.text("id"),
        trial=table.text("trial"),
        design=table.text("design"),
        population=table.text("population"),
        text=table.text("text"),
        sources=read_sources(table, tag, names),
        tag=tag,
        nct=_pattern(table, "nct", _NCT, "NCT04181827"),
        doi=_pattern(table, "doi", _DOI, "10.1056/NEJMoa2303379"),
        pmid=_pattern(table, "pmid", _PMID, "39898517"),
        randomised=table.opt_flag("randomised") or False,
        observational=table.opt_flag("observational") or False,
        primary_endpoint_met=True if met is None else met,
        cd38_refractory=cast(
            "Literal['all', 'most', 'some', 'none', 'not-stated']", table.choice("cd38_refractory", CD38, "not-stated")
        ),
        eligibility=read_requirement(eligibility, names) if eligibility else None,
        excluded=read_requirement(excluded, names) if excluded else None,
        published=_published(table),
        ecog_at_most=table.opt_whole("ecog_at_most"),
        extramedullary=table.opt_flag("extramedullary") or False,
        rank=table.opt_whole("rank") or 50,
    )
    table.end()
    return evidence


def read_regimen(table: Table, names: Names) -> Regimen:
    """Read one regimen file."""
    identifier = table.text("id")
    if identifier not in REGIMEN_IDS:
        raise table.error(
            "id",
            f"`{identifier}` is not a regimen id",
            "Please use an id of the list in vocabulary.py, or add it there first",
        )
    agents = table.texts("agents")
    if not agents:
        raise table.error("agents", "are missing", "Please name the drugs of the regimen")
    for agent in agents:
        if agent not in names.drugs:
            raise table.error(
                "agents", f"`{agent}` is not a known drug", "Please add its file under drugs/, or correct the name"
            )
    schedule = table.opt_table("schedule")
    schedule_tag: Tag = read_tag(schedule) if schedule else "unverified"
    regimen = Regimen(
        id=identifier,
        name=table.text("name"),
        short=table.text("short"),
        agents=agents,
        labels=_read_labels(table.opt_table("labels"), names),
        evidence=tuple(read_evidence(entry, names) for entry in table.tables("evidence")),
        schedule=schedule.text("text") if schedule else None,
        schedule_sources=read_sources(schedule, schedule_tag, names) if schedule else (),
        schedule_tag=schedule_tag,
        always_say=table.texts("always_say"),
        review_by=table.day("review_by"),
        investigational=table.opt_flag("investigational") or False,
    )
    if schedule:
        schedule.end()
    table.end()
    return regimen


def _authorised(table: Table, jurisdiction: Jurisdiction) -> Bound | Literal["always", "unknown", "never"]:
    text = table.text(jurisdiction)
    if text in AUTHORISED:
        return cast("Literal['always', 'unknown', 'never']", text)
    try:
        return parse_bound(text)
    except ValueError:
        raise table.error(
            jurisdiction,
            f"`{text}` is not a date",
            "Please write YYYY-MM-DD, ~YYYY-MM-DD, ~YYYY-MM, always, unknown or never",
        ) from None


def _withdrawn(table: Table) -> Mapping[Jurisdiction, tuple[date, date | None]]:
    """Read the periods without any authorisation, by jurisdiction."""
    periods = table.opt_table("withdrawn")
    found: dict[Jurisdiction, tuple[date, date | None]] = {}
    if periods is None:
        return MappingProxyType(found)
    for place in JURISDICTIONS:
        period = periods.opt_table(place)
        if period is not None:
            found[place] = (period.day("from"), period.opt_date("to"))
            period.end()
    periods.end()
    return MappingProxyType(found)


def read_drug(table: Table, names: Names) -> Drug:
    """Read one drug file."""
    tag = read_tag(table)
    brands = table.opt_table("brands")
    authorised = table.opt_table("authorised_from")
    if authorised is None:
        raise table.error(
            "authorised_from", "is missing", "Please add it with a day, always, unknown or never for US and EU"
        )
    classes = table.texts("classes")
    if not classes or any(name not in CLASSES for name in classes):
        raise table.error("classes", "should name class keys", "Please use keys such as PI or BCMA_CART")
    drug = Drug(
        agent=table.text("agent"),
        classes=classes,
        target=table.text("target"),
        modality=cast(
            "Literal['small-molecule', 'antibody', 'adc', 'bispecific', 'car-t', 'steroid', 'cytotoxic']",
            table.choice("modality", MODALITIES),
        ),
        route=table.text("route"),
        brands=MappingProxyType(
            {place: brands.texts(place) for place in ("US", "EU") if brands.has(place)} if brands else {}
        ),
        authorised_from=MappingProxyType({"US": _authorised(authorised, "US"), "EU": _authorised(authorised, "EU")}),
        sources=read_sources(table, tag, names),
        tag=tag,
        withdrawn=_withdrawn(table),
    )
    for part in (brands, authorised):
        if part:
            part.end()
    table.end()
    return drug
