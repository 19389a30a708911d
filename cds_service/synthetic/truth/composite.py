"""Class status, composite terms and criteria sets from the drugs' status, by definition (F01, F13, F16; E21, E25, E27)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from cds_service.synthetic.truth.lines import Count
from cds_service.synthetic.truth.status import WEIGHT
from fhir_mappings.terminology.agents import classes_of

TRIPLE: Final = ("PI", "IMID", "CD38")


@cache
def _classes(agent: str) -> tuple[str, ...]:
    return classes_of(agent)


ByClass = Mapping[str, Mapping[str, str]]
"""Status by drug, by class."""


def by_class(statuses: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the drugs of every class with an exposure."""
    found: dict[str, dict[str, str]] = {}
    for agent, status in statuses.items():
        for key in _classes(agent):
            found.setdefault(key, {})[agent] = status
    return found


def class_status(classes: ByClass) -> dict[str, str]:
    """Return the status of every class with an exposure: refractory over unknown over not refractory."""
    return {key: max(own.values(), key=WEIGHT.__getitem__) for key, own in classes.items()}


def composites(
    statuses: Mapping[str, str], classes: ByClass, current: frozenset[str], ordered: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return the composite facts. `current` are drugs being given without progression; `ordered` drugs of a single order."""
    exposed = {
        key: _exposed(classes, key, ordered)
        for key in (*TRIPLE, "BCMA_ADC", "BCMA_CART", "BCMA_BSAB", "GPRC5D_BSAB", "GPRC5D_CART")
    }
    refractory = {key: _refractory(classes, key, current) for key in TRIPLE}
    return {
        "tripleClassExposed": _all(exposed[key] for key in TRIPLE),
        "tripleClassRefractory": _all(refractory.values()),
        "doubleRefractory": _all((refractory["PI"], refractory["IMID"])),
        "pentaRefractory": _all((_two(classes, "PI", current), _two(classes, "IMID", current), refractory["CD38"])),
        "lenalidomideRefractory": _one(statuses.get("lenalidomide")),
        "bcmaExposed": _any(exposed[key] for key in ("BCMA_ADC", "BCMA_CART", "BCMA_BSAB")),
        "gprc5dExposed": _any(exposed[key] for key in ("GPRC5D_BSAB", "GPRC5D_CART")),
    }


def criteria(
    classes: ByClass,
    prior: Count,
    facts: Mapping[str, str],
    last_progressed: str,
    ordered: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """Return the named criteria sets."""
    exposed = [_exposed(classes, key, ordered) for key in ("PI", "IMID")]
    triple = facts["tripleClassExposed"]
    return {
        "C1": _set(prior, 1, _all([*exposed, facts["lenalidomideRefractory"]])),
        "C2": _set(prior, 2, triple),
        "C3": _set(prior, 3, _all([triple, last_progressed])),
        "C4": _set(prior, 4, triple),
    }


def _set(prior: Count, needed: int, fact: str) -> str:
    if fact == "no" or (prior.maximum is not None and prior.maximum < needed):
        return "not-met"
    if fact != "yes":
        return "unknown"
    return "met" if prior.minimum >= needed else "depends-on-line-count"


_NONE: Final[Mapping[str, str]] = {}


def _exposed(classes: ByClass, key: str, ordered: frozenset[str]) -> str:
    own = classes.get(key, _NONE)
    if any(agent not in ordered for agent in own):
        return "yes"
    return "possible" if own else "no"


def _refractory(classes: ByClass, key: str, current: frozenset[str]) -> str:
    own = classes.get(key, _NONE)
    if "refractory" in own.values():
        return "yes"
    return "possible" if any(s == "exposed-unknown" and a not in current for a, s in own.items()) else "no"


def _two(classes: ByClass, key: str, current: frozenset[str]) -> str:
    own = classes.get(key, _NONE)
    failed = sum(s == "refractory" for s in own.values())
    open_ = sum(s == "exposed-unknown" and a not in current for a, s in own.items())
    return "yes" if failed >= 2 else "possible" if failed + open_ >= 2 else "no"


def _one(status: str | None) -> str:
    return {"refractory": "yes", "exposed-not-refractory": "no", None: "no"}.get(status, "possible")


def _all(answers: object) -> str:
    found = list(answers)  # type: ignore[call-overload]
    return next((answer for answer in ("no", "unknown", "possible") if answer in found), "yes")


def _any(answers: object) -> str:
    found = list(answers)  # type: ignore[call-overload]
    return next((answer for answer in ("yes", "possible", "unknown") if answer in found), "no")
