"""Label status of a regimen on a day, in one jurisdiction (regimens B.1; invariants 14 to 19).

The window that holds `as_of` decides. Inside the span of an uncertain bound, or without a known start, the status is
unknown. Before the first window it is off-label when all drugs were authorised by then, else not authorised; after
the last one the label has been withdrawn. A label that depends on the route is met when any route's is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from cards.advise.case import Case
from cards.advise.criteria import judge, overall
from cards.advise.model import LabelStatus, LabelVerdict
from cards.advise.tri import Tri, all_of
from cards.knowledge.model import LabelWindow, Regimen

Position = Literal["before", "maybe", "in", "after", "undated"]
UNVERIFIED = "unverified"

_BEST: tuple[LabelStatus, ...] = ("met", "unknown", "not-met", "pending", "off-label", "withdrawn", "not-authorised")
_EXPLICIT: Mapping[str, LabelStatus] = {
    "off-label": "off-label",
    "not-authorised": "not-authorised",
    "pending": "pending",
    "withdrawn": "withdrawn",
}


def label_verdicts(case: Case) -> dict[str, LabelVerdict]:
    """Return the label status of every regimen of the knowledge."""
    return {name: label_verdict(case.knowledge.regimens[name], case) for name in sorted(case.knowledge.regimens)}


def label_verdict(regimen: Regimen, case: Case) -> LabelVerdict:
    """Return a regimen's label status for this patient; of several routes the best one counts."""
    windows = [window for window in regimen.labels if window.jurisdiction == case.jurisdiction]
    if not windows:
        return _verdict(case, "unknown", (), "no label information for this jurisdiction")
    routes = sorted({window.route or "" for window in windows})
    if len(routes) == 1:
        return _route_verdict(windows, regimen, case)
    found = [_route_verdict([w for w in windows if (w.route or "") == route], regimen, case) for route in routes]
    return min(found, key=lambda verdict: _BEST.index(verdict.status))


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


def _route_verdict(windows: list[LabelWindow], regimen: Regimen, case: Case) -> LabelVerdict:
    placed = [(position(window, case.as_of), window) for window in windows]
    edges = [window for place, window in placed if place == "maybe"]
    current = [window for place, window in placed if place == "in"]
    undated = [window for place, window in placed if place == "undated"]
    if edges:
        return _in_force(edges[-1], case, "the day of this label change is not known exactly")
    if current:
        return _stated(current[-1], regimen, case)
    if undated:
        return _stated(undated[-1], regimen, case)
    if all(place == "before" for place, _ in placed):
        return _before_first(windows, regimen, case)
    last = windows[-1]
    return _verdict(case, "withdrawn", (), last.note, last)


def _stated(window: LabelWindow, regimen: Regimen, case: Case) -> LabelVerdict:
    """Judge a window that holds the day: in force with its criteria, or explicitly not in force."""
    if window.type == "withdrawn" and window.end is not None and window.start is not None:
        return _in_force(window, case, None)
    status = _EXPLICIT.get(window.type)
    if status is None:
        return _in_force(window, case, "the start of this label is not known" if window.start is None else None)
    if status in {"off-label", "pending"} and authorised(regimen.agents, case) is False:
        return _verdict(case, "not-authorised", (), window.note, window)
    return _verdict(case, status, (), window.note, window)


def _in_force(window: LabelWindow, case: Case, doubt: str | None) -> LabelVerdict:
    criteria = judge(window.requirement, case)
    status: LabelStatus = "unknown" if doubt else overall(criteria)
    return LabelVerdict(
        case.jurisdiction,
        case.as_of,
        status,
        criteria,
        "; ".join(text for text in (doubt, window.note) if text) or None,
        window.sources,
        (UNVERIFIED,) if window.tag != "verified" else (),
    )


def _before_first(windows: Iterable[LabelWindow], regimen: Regimen, case: Case) -> LabelVerdict:
    known = authorised(regimen.agents, case)
    status: LabelStatus = "unknown" if known is None else "off-label" if known else "not-authorised"
    notes: dict[LabelStatus, str] = {
        "unknown": "not known whether its drugs were authorised by then",
        "off-label": "no label for this combination yet",
        "not-authorised": "not authorised yet",
    }
    return _verdict(case, status, (), notes[status], next(iter(windows), None))


def authorised(agents: Iterable[str], case: Case) -> Tri:
    """Tell whether all drugs were authorised for anything in the jurisdiction by the day asked about."""
    return all_of(_drug_authorised(agent, case) for agent in agents)


def _drug_authorised(agent: str, case: Case) -> Tri:
    drug = case.knowledge.drugs.get(agent)
    since = drug.authorised_from.get(case.jurisdiction, "unknown") if drug else "unknown"
    if since == "always":
        return True
    if since == "never":
        return False
    if since == "unknown":
        return None
    if drug is not None and (gone := drug.withdrawn.get(case.jurisdiction)) is not None:
        first, again = gone
        if first <= case.as_of and (again is None or case.as_of < again):
            return False
    if case.as_of >= since.latest:
        return True
    return False if case.as_of < since.earliest else None


def _verdict(
    case: Case, status: LabelStatus, criteria: tuple[()], note: str | None, window: LabelWindow | None = None
) -> LabelVerdict:
    flags = (UNVERIFIED,) if window is not None and window.tag != "verified" else ()
    return LabelVerdict(case.jurisdiction, case.as_of, status, criteria, note, window.sources if window else (), flags)
