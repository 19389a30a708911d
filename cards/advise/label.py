"""Label status of a regimen on a day, in one jurisdiction (regimens B.1; invariants 14 to 19).

The window that holds `as_of` decides. Inside the span of an uncertain bound, or without a known start, the status is
unknown. Before the first window it is off-label when all drugs were authorised by then, else not authorised; after
the last one the label has been withdrawn. A label that depends on the route is met when any route's is.

Where a day falls among the windows is the same for every patient: it is worked out once for a day (`placements`), and only the
criteria of a window in force are judged for each patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from cards.advise.case import Case
from cards.advise.criteria import judge, overall
from cards.advise.model import LabelStatus, LabelVerdict
from cards.advise.tri import Tri, all_of
from cards.advise.words import joined
from cards.knowledge.model import Jurisdiction, Knowledge, LabelWindow, Regimen, Requirement

Position = Literal["before", "maybe", "in", "after", "undated"]
UNVERIFIED = "unverified"

_BEST: tuple[LabelStatus, ...] = ("met", "unknown", "not-met", "pending", "off-label", "withdrawn", "not-authorised")
_EXPLICIT: Mapping[str, LabelStatus] = {
    "off-label": "off-label",
    "not-authorised": "not-authorised",
    "pending": "pending",
    "withdrawn": "withdrawn",
}


class Placement(Struct, frozen=True):
    """Where a day falls for one route of a label: the verdict before any patient is looked at, and what is asked of them."""

    verdict: LabelVerdict
    requirement: Requirement | None = None
    """The criteria of the window in force; `None` when no patient changes the verdict."""
    certain: bool = True
    """False when the window itself is in doubt: the criteria are shown, the status stays unknown."""


class _Place(Struct, frozen=True):
    """The day and jurisdiction that windows are placed for."""

    knowledge: Knowledge
    jurisdiction: Jurisdiction
    as_of: date


def label_verdicts(case: Case) -> dict[str, LabelVerdict]:
    """Return the label status of every regimen of the knowledge."""
    placed = placements(case.knowledge, case.jurisdiction, case.as_of)
    return {name: _best(routes, case) for name, routes in placed.items()}


def label_verdict(regimen: Regimen, case: Case) -> LabelVerdict:
    """Return a regimen's label status for this patient; of several routes the best one counts."""
    return _best(_placed(regimen, _Place(case.knowledge, case.jurisdiction, case.as_of)), case)


@lru_cache(maxsize=64)
def placements(knowledge: Knowledge, jurisdiction: Jurisdiction, as_of: date) -> Mapping[str, tuple[Placement, ...]]:
    """Return where a day falls for every regimen of the knowledge, by name; a placement for each route."""
    place = _Place(knowledge, jurisdiction, as_of)
    return {name: _placed(knowledge.regimens[name], place) for name in sorted(knowledge.regimens)}


def position(window: LabelWindow, day: date) -> Position:
    """Place a day before, in, after or in the uncertain edge of a window."""
    if window.end is not None and day >= window.end.latest:
        return "after"
    if window.start is None:
        return "undated"
    if day < window.start.earliest:
        return "before"
    edge = day < window.start.latest or (window.end is not None and day >= window.end.earliest)
    return "maybe" if edge else "in"


def _best(routes: tuple[Placement, ...], case: Case) -> LabelVerdict:
    if len(routes) == 1:
        return _judged(routes[0], case)
    return min((_judged(route, case) for route in routes), key=lambda verdict: _BEST.index(verdict.status))


def _judged(placement: Placement, case: Case) -> LabelVerdict:
    verdict = placement.verdict
    if placement.requirement is None:
        return verdict
    criteria = judge(placement.requirement, case)
    status: LabelStatus = overall(criteria) if placement.certain else "unknown"
    return LabelVerdict(
        verdict.jurisdiction, verdict.as_of, status, criteria, verdict.note, verdict.sources, verdict.flags
    )


def _placed(regimen: Regimen, place: _Place) -> tuple[Placement, ...]:
    windows = [window for window in regimen.labels if window.jurisdiction == place.jurisdiction]
    if not windows:
        return (_fixed(place, "unknown", "no label information for this jurisdiction"),)
    routes = sorted({window.route or "" for window in windows})
    return tuple(_route([w for w in windows if (w.route or "") == route], regimen, place) for route in routes)


def _route(windows: list[LabelWindow], regimen: Regimen, place: _Place) -> Placement:
    placed = [(position(window, place.as_of), window) for window in windows]
    edges = [window for where, window in placed if where == "maybe"]
    current = [window for where, window in placed if where == "in"]
    undated = [window for where, window in placed if where == "undated"]
    if edges:
        return _in_force(edges[-1], place, "the day of this label change is not known exactly")
    if current:
        return _stated(current[-1], regimen, place)
    if undated:
        return _stated(undated[-1], regimen, place)
    if all(where == "before" for where, _ in placed):
        return _before_first(windows, regimen, place)
    last = windows[-1]
    return _fixed(place, "withdrawn", last.note, last)


def _stated(window: LabelWindow, regimen: Regimen, place: _Place) -> Placement:
    """Take a window that holds the day: in force with its criteria, or explicitly not in force."""
    if window.type == "withdrawn" and window.end is not None and window.start is not None:
        return _in_force(window, place, None)
    status = _EXPLICIT.get(window.type)
    if status is None:
        return _in_force(window, place, "the start of this label is not known" if window.start is None else None)
    if status in {"off-label", "pending"} and authorised(regimen.agents, place) is False:
        return _fixed(place, "not-authorised", window.note, window)
    return _fixed(place, status, window.note, window)


def _in_force(window: LabelWindow, place: _Place, doubt: str | None) -> Placement:
    note = joined((doubt, window.note)) if doubt else window.note
    verdict = _fixed(place, "unknown", note, window).verdict
    return Placement(verdict, window.requirement, certain=doubt is None)


def _before_first(windows: Iterable[LabelWindow], regimen: Regimen, place: _Place) -> Placement:
    known = authorised(regimen.agents, place)
    status: LabelStatus = "unknown" if known is None else "off-label" if known else "not-authorised"
    notes: dict[LabelStatus, str] = {
        "unknown": "not known whether its drugs were authorised by then",
        "off-label": "no label for this combination yet",
        "not-authorised": "not authorised yet",
    }
    return _fixed(place, status, notes[status], next(iter(windows), None))


def authorised(agents: Iterable[str], place: _Place) -> Tri:
    """Tell whether all drugs were authorised for anything in the jurisdiction by the day asked about."""
    return all_of(_drug_authorised(agent, place) for agent in agents)


def _drug_authorised(agent: str, place: _Place) -> Tri:
    drug = place.knowledge.drugs.get(agent)
    since = drug.authorised_from.get(place.jurisdiction, "unknown") if drug else "unknown"
    if since == "always":
        return True
    if since == "never":
        return False
    if since == "unknown":
        return None
    if drug is not None and (gone := drug.withdrawn.get(place.jurisdiction)) is not None:
        first, again = gone
        if first <= place.as_of and (again is None or place.as_of < again):
            return False
    if place.as_of >= since.latest:
        return True
    return False if place.as_of < since.earliest else None


def _fixed(place: _Place, status: LabelStatus, note: str | None, window: LabelWindow | None = None) -> Placement:
    flags = (UNVERIFIED,) if window is not None and window.tag != "verified" else ()
    sources = window.sources if window else ()
    return Placement(LabelVerdict(place.jurisdiction, place.as_of, status, (), note, sources, flags))
