"""Which rows of a policy fit the patient, and what they offer (regimens C.1, C.2).

Base rows stand in order of precedence: the first that fits is the base row. When the record cannot decide between
rows, all rows that remain possible are *readings*: what stands in T1 or T2 under every reading is T2, the rest is T3,
nothing is T1. Modifier rows only reorder, add or lower. The 2023 baseline has overlapping branches: all that fit are
reported, in the file's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from cards.advise.model import Tier
from cards.advise.predicates import Scope, all_hold
from cards.advise.readings import possible_rows, possible_tiers
from cards.advise.tri import Tri, negated
from cards.knowledge.model import Policy, PolicyEntry, PolicyRow

UNDECIDED = "status_undecided"


class Offer(Struct, frozen=True):
    """A regimen as the policy offers it, before label, resistance and cautions."""

    regimen: str
    tier: Tier
    position: int
    because: tuple[str, ...] = ()
    row: str = ""
    """The row (or rows, joined by `+`) that offers it."""
    title: str = ""
    """What the first of these rows is for."""


class Choice(Struct, frozen=True):
    """The rows that fit and their offers."""

    row: PolicyRow | None
    readings: tuple[PolicyRow, ...]
    modifiers: tuple[PolicyRow, ...]
    offers: Mapping[str, Offer]
    not_suggested: Mapping[str, str]
    statements: tuple[str, ...]
    settled: bool
    matched: tuple[str, ...] = field(default=())
    ordered: bool = False
    """The row gives the order of its entries (regimens C.2)."""


def choose(policy: Policy, scope: Scope) -> Choice:
    """Select the rows of a policy for a patient."""
    base = [row for row in policy.rows if row.kind == "base" and UNDECIDED not in row.when]
    if policy.match == "all":
        return _overlapping(policy, base, scope)
    readings, complete = _readings(base, scope)
    settled = complete and len(readings) < 2
    if not settled:
        scope = replace(scope, status_undecided=True)
    shown = readings[0] if settled and readings else _undecided_row(policy, scope)
    offers = _combined(readings, scope, settled=settled, complete=complete)
    modifiers = _modifiers(policy, scope)
    refused = {name: text for name, text in _refused(readings, shown).items() if name not in offers}
    modified = _modified(offers, modifiers, scope, settled=settled)
    refused |= {name: text for name, text in _refusals(modifiers).items() if name not in modified}
    refused |= {name: text for name, text in _withdrawn(modifiers, scope) if name in modified}
    return Choice(
        row=shown,
        readings=readings,
        modifiers=modifiers,
        offers={name: offer for name, offer in modified.items() if name not in refused},
        not_suggested=refused,
        statements=_statements([*([shown] if shown else []), *modifiers]),
        settled=settled,
        matched=tuple(row.id for row in readings),
        ordered=settled and shown is not None and shown.ordered,
    )


def _withdrawn(rows: Sequence[PolicyRow], scope: Scope) -> Iterator[tuple[str, str]]:
    """What a modifier takes out: withdrawn unless its condition certainly fails."""
    for row in rows:
        for part in row.withdraws:
            if all_hold(part.when, replace(scope, regimen=part.regimen)) is not False:
                yield part.regimen, part.because


def _readings(base: Sequence[PolicyRow], scope: Scope) -> tuple[tuple[PolicyRow, ...], bool]:
    """Return the rows that may be the base row, and whether one of them certainly is."""
    scope = replace(scope, status_undecided=False)
    possible: list[PolicyRow] = []
    for row in base:
        value = all_hold(row.when, scope)
        if value is True and not possible:
            return (row,), True
        if value is not False:
            possible.append(row)
        if value is True:
            break
    return possible_rows(possible, scope)


def _undecided_row(policy: Policy, scope: Scope) -> PolicyRow | None:
    if scope.status_undecided is not True:
        return None
    rows = (row for row in policy.rows if row.kind == "base" and UNDECIDED in row.when)
    return next((row for row in rows if all_hold(row.when, scope) is not False), None)


def _modifiers(policy: Policy, scope: Scope) -> tuple[PolicyRow, ...]:
    scope = replace(scope, status_undecided=scope.status_undecided is True)
    return tuple(row for row in policy.rows if row.kind == "modifier" and all_hold(row.when, scope) is True)


def _by_regimen(row: PolicyRow, scope: Scope) -> dict[str, list[tuple[int, PolicyEntry]]]:
    found: dict[str, list[tuple[int, PolicyEntry]]] = {}
    for position, entry in enumerate(row.entries):
        if entry.jurisdiction in {None, scope.case.jurisdiction}:
            found.setdefault(entry.regimen, []).append((position, entry))
    return found


def _combined(readings: Sequence[PolicyRow], scope: Scope, *, settled: bool, complete: bool) -> dict[str, Offer]:
    """Return what the possible rows offer together."""
    per_row = [_by_regimen(row, scope) for row in readings]
    offers: dict[str, Offer] = {}
    without: set[Tier | None] = set() if complete else {None}
    for index, regimens in enumerate(per_row):
        for name, entries in regimens.items():
            if name in offers:
                continue
            possible = {tier for row in per_row for tier in _tiers_in(row, name, scope)} | without
            tier = _tier_of(possible, settled=settled)
            if tier is None:
                continue
            position = index * 100 + next((place for place, entry in entries if entry.tier == tier), entries[0][0])
            because = _reasons(entries, possible, replace(scope, regimen=name), settled=settled)
            offers[name] = Offer(name, tier, position, because, readings[index].id, readings[index].title)
    return offers


def _tiers_in(row: Mapping[str, list[tuple[int, PolicyEntry]]], name: str, scope: Scope) -> frozenset[Tier | None]:
    return (
        possible_tiers([entry for _, entry in row[name]], replace(scope, regimen=name))
        if name in row
        else frozenset({None})
    )


def _tier_of(possible: set[Tier | None], *, settled: bool) -> Tier | None:
    """Regimens C.2, row "a deciding status is unknown": T2 when T1 or T2 under every reading, else T3, never T1."""
    stated = sorted(tier for tier in possible if tier is not None)
    if not stated:
        return None
    if settled and len(possible) == 1:
        return stated[0]
    return "T2" if None not in possible and "T3" not in possible else "T3"


def _reasons(
    entries: Sequence[tuple[int, PolicyEntry]], possible: set[Tier | None], scope: Scope, *, settled: bool
) -> tuple[str, ...]:
    notes = [entry.note for _, entry in entries if entry.note and all_hold(entry.when, scope) is not False]
    if not settled or len(possible) > 1:
        certain = None not in possible
        notes.append(
            "holds whichever way the open questions are settled"
            if certain
            else "depends on a question that is still open"
        )
    return tuple(dict.fromkeys(notes))


def _modified(
    offers: Mapping[str, Offer], modifiers: Sequence[PolicyRow], scope: Scope, *, settled: bool
) -> dict[str, Offer]:
    """Apply modifier rows: they add, or lower a tier; they never raise one."""
    result = dict(offers)
    for index, row in enumerate(modifiers, start=1):
        for name, entries in _by_regimen(row, scope).items():
            own = replace(scope, regimen=name)
            tier = _tier_of(set(possible_tiers([entry for _, entry in entries], own)), settled=settled)
            if tier is None:
                continue
            notes = _reasons(entries, {tier}, own, settled=True)
            known = result.get(name)
            if known is None:
                result[name] = Offer(name, tier, index * 10_000 + entries[0][0], notes, row.id, row.title)
            else:
                because = tuple(dict.fromkeys((*known.because, *notes)))
                result[name] = replace(known, tier=max(known.tier, tier), because=because, row=f"{known.row}+{row.id}")
    return result


def _refused(readings: Sequence[PolicyRow], shown: PolicyRow | None) -> dict[str, str]:
    """Fixed refusals hold when every possible row gives them."""
    common = set.intersection(*(set(row.not_suggested) for row in readings)) if readings else set()
    result = {name: readings[0].not_suggested[name] for name in sorted(common)}
    if shown is not None and shown not in readings:
        result.update(shown.not_suggested)
    return result


def _refusals(rows: Sequence[PolicyRow]) -> dict[str, str]:
    return {name: text for row in rows for name, text in row.not_suggested.items()}


def _statements(rows: Sequence[PolicyRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.statement for row in rows if row.statement))


def _overlapping(policy: Policy, base: Sequence[PolicyRow], scope: Scope) -> Choice:
    """Every branch that fits is reported; one that may fit offers at T2 or T3 only."""
    values: list[tuple[PolicyRow, Tri]] = [(row, all_hold(row.when, scope)) for row in base]
    fitting = [row for row, value in values if value is True]
    offers: dict[str, Offer] = {}
    for index, (row, value) in enumerate(values):
        if negated(value) is True:
            continue
        settled = value is True
        for name, offer in _combined([row], scope, settled=settled, complete=settled).items():
            known = offers.get(name)
            if known is None or offer.tier < known.tier:
                position = known.position if known else index * 100 + offer.position
                offers[name] = replace(offer, position=position)
    modifiers = _modifiers(policy, scope)
    offers = _modified(offers, modifiers, scope, settled=True)
    refused = {name: text for name, text in _refusals([*fitting, *modifiers]).items() if name not in offers}
    return Choice(
        row=fitting[0] if fitting else None,
        readings=tuple(fitting),
        modifiers=modifiers,
        offers=offers,
        not_suggested=refused,
        statements=_statements([*fitting, *modifiers]),
        settled=all(value is not None for _, value in values),
        matched=tuple(row.id for row in fitting),
    )
