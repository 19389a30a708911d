"""Lines of therapy from drugs and gaps alone: an independent reading of a public rule set (`docs/rules/sources.md`, S6).

The rule set is the myeloma episode document of OHDSI's ETL-LambdaBuilder. It knows which drug was given from when to when, and the
days of transplants, cell collections and CAR-T infusions; it knows no response, no progression, no reason for stopping. Nothing
here imports anything of the project: what it shares with the service is the input. Numbers in brackets, as (9.1), are those of the
document; where it gives no number of days, the parameter says "choice".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

IMIDS = frozenset({"lenalidomide", "pomalidomide", "thalidomide"})
PROTEASOME_INHIBITORS = frozenset({"bortezomib", "carfilzomib", "ixazomib"})
MAINTENANCE = frozenset({"bortezomib", "lenalidomide", "thalidomide", "ixazomib"})
PROCEDURE_DRUGS = frozenset({"melphalan", "cyclophosphamide", "busulfan", "carmustine"})
LYMPHODEPLETION = frozenset({"cyclophosphamide", "fludarabine"})
INDUCTIONS = (
    frozenset({"bortezomib", "lenalidomide"}),
    frozenset({"carfilzomib", "lenalidomide"}),
    frozenset({"bortezomib", "thalidomide"}),
)

Kind = Literal["drugs", "transplant", "collection", "car-t"]
Opened = Literal["first", "new", "added", "dropped", "procedure"]
Joined = Literal[
    "", "maintenance", "monotherapy after a transplant", "early addition", "transplant", "car-t", "induction"
]


@dataclass(frozen=True)
class Numbers:
    """The document's days; `choice` where it gives none."""

    regimen_window: int = 30
    """Drugs that begin within this time of a regimen's start belong to it (2)."""
    drug_gap: int = 90
    """A drug that is not used for longer has been discontinued (3.2)."""
    co_stop: int = 30
    """Drugs discontinued within this time of the first one ended together (3.2)."""
    second_transplant: int = 180
    """A transplant within this time of another is not written down (7)."""
    second_collection: int = 30
    """Collections of cells within a month are one (6.1)."""
    previous_longer_than: int = 30
    maintenance_longer_than: int = 60
    maintenance_within: int = 180
    """Maintenance after a combination (9.1)."""
    after_transplant: int = 365
    """Any single drug within a year of a transplant is maintenance (9.3)."""
    early_addition: int = 90
    """An IMiD or a PI may be added within this time of the regimen's start (10.5)."""
    lenalidomide_addition: int = 60
    """Lenalidomide may be added to cyclophosphamide within this time of the line's start (10.6)."""
    before_transplant: int = 180
    """The regimen that ended up to here before a transplant is its induction (10.1 names no days: choice)."""
    procedure_drug_days: int = 7
    procedure_drug_before: int = 60
    """A short course of an alkylator alone this long before a transplant is mobilisation or conditioning (10.1; choice)."""
    lymphodepletion_before: int = 14
    collection_before_infusion: int = 365
    """What belongs to an infusion (10.3 names no days: choice)."""


@dataclass(frozen=True)
class Interval:
    """One record of a drug: given from `start` to `end`, both included."""

    agent: str
    start: date
    end: date


@dataclass(frozen=True)
class Regimen:
    """Drugs given together, or a procedure, with how it opened and by which rule it joined a line (empty: it began one)."""

    agents: frozenset[str]
    start: date
    end: date
    kind: Kind = "drugs"
    opened: Opened = "procedure"
    joined: Joined = ""

    @property
    def days(self) -> int:
        """Return how many days it lasted, first and last included."""
        return (self.end - self.start).days + 1


@dataclass
class Line:
    """One line of therapy as a sequence of regimens (12, 13)."""

    regimens: list[Regimen] = field(default_factory=list)

    @property
    def start(self) -> date:
        """Return the first day of the first regimen."""
        return min(regimen.start for regimen in self.regimens)

    @property
    def end(self) -> date:
        """Return the last day of the last regimen."""
        return max(regimen.end for regimen in self.regimens)

    @property
    def agents(self) -> frozenset[str]:
        """Return every drug of the line."""
        return frozenset(agent for regimen in self.regimens for agent in regimen.agents)

    @property
    def transplanted(self) -> bool:
        """Tell whether the line contains a transplant."""
        return any(regimen.kind == "transplant" for regimen in self.regimens)

    @property
    def first(self) -> Regimen:
        """Return the regimen with which the line begins."""
        return min(self.regimens, key=lambda regimen: (regimen.start, regimen.kind != "drugs"))


def eras(intervals: Iterable[Interval], gap: int) -> list[Interval]:
    """Join the records of each drug that overlap or lie at most `gap` days apart (3.2)."""
    found: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: (i.agent, i.start, i.end)):
        last = found[-1] if found else None
        if last is not None and last.agent == interval.agent and (interval.start - last.end).days <= gap:
            found[-1] = replace(last, end=max(last.end, interval.end))
        else:
            found.append(interval)
    return sorted(found, key=lambda i: (i.start, i.agent))


def regimens(drugs: Sequence[Interval], numbers: Numbers) -> list[Regimen]:
    """Cut the eras into regimens: at each drug added after the window and at each drug that is discontinued (1 to 5)."""
    found: list[Regimen] = []
    begin = min((era.start for era in drugs), default=None)
    opened: Opened = "first"
    while begin is not None:
        window = begin + timedelta(days=numbers.regimen_window)
        # What lingers for less than the time of a common stop was discontinued together with the regimen before.
        lingering = begin + timedelta(days=numbers.co_stop - 1)
        members = [
            era
            for era in drugs
            if begin <= era.start <= window or (era.start < begin <= era.end and era.end > lingering)
        ]
        agents = frozenset(era.agent for era in members)
        added = min((era.start for era in drugs if era.start > window and era.agent not in agents), default=None)
        stop = min(era.end for era in members)
        together = [era.end for era in members if (era.end - stop).days <= numbers.co_stop]
        end = max(together)
        by_addition = added is not None and added - timedelta(days=1) < end
        if by_addition and added is not None:
            end = added - timedelta(days=1)
        found.append(Regimen(agents, begin, end, "drugs", opened))
        begin, opened = _next(drugs, end, numbers, by_addition=by_addition)
    return found


def _next(drugs: Sequence[Interval], end: date, numbers: Numbers, *, by_addition: bool) -> tuple[date | None, Opened]:
    """Return where the next regimen begins: the day after if a drug goes on, else where the next drug begins (4)."""
    following = end + timedelta(days=1)
    going_on = [era for era in drugs if era.start <= end and era.end > end + timedelta(days=numbers.co_stop)]
    if by_addition:
        return following, "added" if going_on else "new"
    if going_on:
        soon = any(following <= era.start <= following + timedelta(days=numbers.regimen_window) for era in drugs)
        return following, "added" if soon else "dropped"
    return min((era.start for era in drugs if era.start > end), default=None), "new"


def lines(
    drugs: Iterable[Interval],
    transplants: Iterable[date] = (),
    collections: Iterable[date] = (),
    infusions: Iterable[tuple[date, str]] = (),
    diagnosed: date | None = None,
    numbers: Numbers | None = None,
) -> list[Line]:
    """Return the lines of therapy of a patient (6 to 13).

    `drugs` are the records without corticosteroids, `infusions` days and products of CAR-T; what was given before `diagnosed` is
    not looked at (1).
    """
    n = numbers or Numbers()
    given = eras((own for interval in drugs if (own := _from(interval, diagnosed)) is not None), n.drug_gap)
    built = regimens(given, n)
    blocks, rest = _procedures(
        built,
        _apart((d for d in transplants if diagnosed is None or d >= diagnosed), n.second_transplant),
        _apart(collections, n.second_collection),
        sorted(infusions),
        n,
    )
    found: list[Line] = []
    previous: Regimen | None = None
    items: list[list[Regimen]] = [*blocks, *([regimen] for regimen in rest)]
    for item in sorted(items, key=lambda block: (min(r.start for r in block), block[0].kind, sorted(block[0].agents))):
        joined = _joins(item, found, previous, n)
        if joined and found:
            found[-1].regimens += [replace(regimen, joined=joined) for regimen in item]
        else:
            found.append(Line(list(item)))
        if item[0].kind == "drugs":
            previous = item[0]
    return _inductions(found)


def _from(interval: Interval, diagnosed: date | None) -> Interval | None:
    if diagnosed is None or interval.start >= diagnosed:
        return interval
    return replace(interval, start=diagnosed) if interval.end >= diagnosed else None


def _apart(days: Iterable[date], least: int) -> list[date]:
    """Return the days without those that follow another within `least` days."""
    kept: list[date] = []
    for day in sorted(days):
        if not kept or (day - kept[-1]).days > least:
            kept.append(day)
    return kept


def _procedures(
    built: Sequence[Regimen],
    transplants: Sequence[date],
    collections: Sequence[date],
    infusions: Sequence[tuple[date, str]],
    n: Numbers,
) -> tuple[list[list[Regimen]], list[Regimen]]:
    """Return transplants and infusions with the drugs that belong to them, and the regimens that are left (6, 7, 10.1, 10.3)."""
    rest = list(built)
    blocks: list[list[Regimen]] = []
    open_collections = list(collections)
    for day, product in infusions:
        own = [r for r in rest if r.agents <= LYMPHODEPLETION and 0 <= (day - r.end).days <= n.lymphodepletion_before]
        rest = [r for r in rest if r not in own]
        before = [c for c in open_collections if 0 <= (day - c).days <= n.collection_before_infusion]
        open_collections = [c for c in open_collections if c not in before]
        blocks.append(
            [
                Regimen(frozenset({product}), day, day, "car-t"),
                *(Regimen(frozenset(), c, c, "collection") for c in before),
                *own,
            ]
        )
    blocks += [[Regimen(frozenset(), c, c, "collection")] for c in open_collections]
    for day in transplants:
        own = [
            r
            for r in rest
            if r.agents <= PROCEDURE_DRUGS
            and r.days <= n.procedure_drug_days
            and 0 <= (day - r.end).days <= n.procedure_drug_before
        ]
        rest = [r for r in rest if r not in own]
        blocks.append([Regimen(frozenset(), day, day, "transplant"), *own])
    return blocks, rest


def _joins(item: Sequence[Regimen], found: Sequence[Line], previous: Regimen | None, n: Numbers) -> Joined:
    """Return the rule by which something belongs to the line under way; empty: it begins another (9, 10)."""
    if not found:
        return ""
    line, regimen = found[-1], item[0]
    if regimen.kind == "transplant":
        near = (regimen.start - line.end).days <= n.before_transplant
        return "transplant" if near and not line.transplanted and line.first.kind != "car-t" else ""
    if regimen.kind != "drugs" or previous is None:
        return ""
    if len(regimen.agents) == 1:
        days = [(regimen.start - r.end).days for r in line.regimens if r.kind == "transplant"]
        if any(0 <= gap <= n.after_transplant for gap in days):
            return "monotherapy after a transplant"
        if _maintenance(regimen, previous, n):
            return "maintenance"
    return "early addition" if _addition(regimen, previous, line, len(found) == 1, n) else ""


def _maintenance(regimen: Regimen, previous: Regimen, n: Numbers) -> bool:
    usual = regimen.agents <= MAINTENANCE or (regimen.agents == {"daratumumab"} and "daratumumab" in previous.agents)
    return (
        usual
        and len(previous.agents) > 1
        and previous.days > n.previous_longer_than
        and regimen.days > n.maintenance_longer_than
        and (regimen.start - previous.end).days <= n.maintenance_within
    )


def _addition(regimen: Regimen, previous: Regimen, line: Line, first_line: bool, n: Numbers) -> bool:
    added = regimen.agents - previous.agents
    if not added or not previous.agents <= regimen.agents:
        return False
    soon = (regimen.start - previous.start).days <= n.early_addition
    classes = [group for group in (IMIDS, PROTEASOME_INHIBITORS) if added & group]
    fitting = added <= IMIDS | PROTEASOME_INHIBITORS and not any(previous.agents & group for group in classes)
    single = all(len(added & group) == 1 for group in classes)
    if soon and fitting and single:
        return True
    to_cyclophosphamide = added == {"lenalidomide"} and "cyclophosphamide" in line.agents and first_line
    return to_cyclophosphamide and (regimen.start - line.start).days <= n.lenalidomide_addition


def _inductions(found: Sequence[Line]) -> list[Line]:
    """Join a line with a usual induction and no transplant to the next one if that contains a transplant (10.7)."""
    kept: list[Line] = []
    for line in found:
        before = kept[-1] if kept else None
        induction = before is not None and any(pair <= before.agents for pair in INDUCTIONS)
        if before is not None and induction and line.transplanted and not before.transplanted:
            before.regimens += [replace(line.regimens[0], joined="induction"), *line.regimens[1:]]
        else:
            kept.append(line)
    return kept
