"""The anti-myeloma drugs, their classes and how they are usually given.

One entry per agent key: the international nonproprietary name in lower case, without the four-letter suffix of biologics and
without route or salt (L14). `melphalan flufenamide` has a class of its own and also counts as an alkylator (E39).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

UsualRoute = Literal["oral", "infusion"]

CLASSES: Final = (
    "PI",
    "IMID",
    "CELMOD",
    "CD38",
    "SLAMF7",
    "XPO1",
    "BCMA_ADC",
    "BCMA_CART",
    "BCMA_BSAB",
    "GPRC5D_BSAB",
    "GPRC5D_CART",
    "FCRH5_BSAB",
    "BCL2",
    "ALKYLATOR",
    "ANTHRACYCLINE",
    "STEROID",
    "HDAC",
    "PEPTIDE_DRUG_CONJ",
    "OTHER",
)
"""Every class key, in the order in which they are printed."""


class Agent(Struct, frozen=True):
    """What is known of a drug by itself.

    `classes` are the classes that an exposure to it counts for, the main one first. `usual_route` decides the days of grace
    after the last evidence (L03): oral or infusion (anything that a nurse gives). `dosing_interval_days` is the usual time from
    one dose to the next of the least frequent standard schedule, added to the last administration when an end must be inferred;
    `None` for a drug that is given once.
    """

    key: str
    classes: tuple[str, ...]
    usual_route: UsualRoute
    dosing_interval_days: int | None

    @property
    def main_class(self) -> str:
        """Return the class under which the drug is listed."""
        return self.classes[0]

    @property
    def is_steroid(self) -> bool:
        """Tell whether it is a glucocorticoid: tracked, never decides a line or a class count."""
        return self.main_class == "STEROID"

    @property
    def is_car_t(self) -> bool:
        """Tell whether it is a CAR-T product: one infusion, one line (L19)."""
        return self.main_class.endswith("_CART")


def _agents() -> dict[str, Agent]:
    """Return the table; one line per drug."""
    oral: UsualRoute = "oral"
    infusion: UsualRoute = "infusion"
    rows: tuple[tuple[str, str, UsualRoute, int | None], ...] = (
        ("bortezomib", "PI", infusion, 7),
        ("carfilzomib", "PI", infusion, 7),
        ("ixazomib", "PI", oral, 7),
        ("thalidomide", "IMID", oral, 1),
        ("lenalidomide", "IMID", oral, 1),
        ("pomalidomide", "IMID", oral, 1),
        ("iberdomide", "CELMOD", oral, 1),
        ("mezigdomide", "CELMOD", oral, 1),
        ("daratumumab", "CD38", infusion, 28),
        ("isatuximab", "CD38", infusion, 14),
        ("elotuzumab", "SLAMF7", infusion, 28),
        ("selinexor", "XPO1", oral, 7),
        ("belantamab mafodotin", "BCMA_ADC", infusion, 28),
        ("idecabtagene vicleucel", "BCMA_CART", infusion, None),
        ("ciltacabtagene autoleucel", "BCMA_CART", infusion, None),
        ("anitocabtagene autoleucel", "BCMA_CART", infusion, None),
        ("teclistamab", "BCMA_BSAB", infusion, 14),
        ("elranatamab", "BCMA_BSAB", infusion, 14),
        ("linvoseltamab", "BCMA_BSAB", infusion, 14),
        ("talquetamab", "GPRC5D_BSAB", infusion, 14),
        ("arlocabtagene autoleucel", "GPRC5D_CART", infusion, None),
        ("cevostamab", "FCRH5_BSAB", infusion, 21),
        ("venetoclax", "BCL2", oral, 1),
        ("melphalan", "ALKYLATOR", oral, 28),
        ("cyclophosphamide", "ALKYLATOR", infusion, 7),
        ("bendamustine", "ALKYLATOR", infusion, 28),
        ("carmustine", "ALKYLATOR", infusion, 42),
        ("cisplatin", "ALKYLATOR", infusion, 28),
        ("busulfan", "ALKYLATOR", infusion, 28),
        ("melphalan flufenamide", "PEPTIDE_DRUG_CONJ ALKYLATOR", infusion, 28),
        ("doxorubicin", "ANTHRACYCLINE", infusion, 28),
        ("liposomal doxorubicin", "ANTHRACYCLINE", infusion, 28),
        ("panobinostat", "HDAC", oral, 7),
        ("vorinostat", "HDAC", oral, 1),
        ("vincristine", "OTHER", infusion, 28),
        ("etoposide", "OTHER", infusion, 28),
        ("interferon alfa", "OTHER", infusion, 7),
        ("dexamethasone", "STEROID", oral, 7),
        ("prednisone", "STEROID", oral, 1),
        ("prednisolone", "STEROID", oral, 1),
        ("methylprednisolone", "STEROID", infusion, 7),
    )
    return {key: Agent(key, tuple(classes.split()), route, interval) for key, classes, route, interval in rows}


AGENTS: Final[Mapping[str, Agent]] = MappingProxyType(_agents())
"""Every named agent by its key."""

_UNNAMED = re.compile(r"unnamed:(\w+)\Z")


def agent_of(key: str) -> Agent:
    """Return the agent of a key, also for `unnamed:<CLASS>` and `investigational:<text>`; unknown keys raise `KeyError`."""
    known = AGENTS.get(key)
    if known is not None:
        return known
    if (found := _UNNAMED.match(key)) and found[1] in CLASSES:
        route: UsualRoute = "oral" if found[1] in {"IMID", "CELMOD", "XPO1", "BCL2", "STEROID", "HDAC"} else "infusion"
        return Agent(key, (found[1],), route, None if found[1].endswith("_CART") else 28)
    if key.startswith("investigational:"):
        return Agent(key, ("OTHER",), "infusion", 28)
    raise KeyError(key)


@lru_cache(maxsize=512)
def classes_of(key: str) -> tuple[str, ...]:
    """Return the classes that an exposure to this agent counts for; an investigational drug has none (L21)."""
    return () if key.startswith("investigational:") else agent_of(key).classes
