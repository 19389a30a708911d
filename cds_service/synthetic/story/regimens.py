"""Combinations that the model may give: their drugs, since when, how long, and how likely.

Availability follows the years in which the combinations came into use; the weights are choices of this project.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

STEROIDS: Final = frozenset({"dexamethasone", "prednisone", "prednisolone", "methylprednisolone"})


@dataclass(frozen=True, slots=True)
class Regimen:
    """A combination. `cycles` of 28 days, 0 for treatment until progression; `lines` is the first line in which it is given."""

    drugs: tuple[str, ...]
    since: int
    weight: float
    cycles: int = 0
    lines: int = 2
    until: int = 9999
    needs: str = ""
    carrying: frozenset[str] = field(init=False, compare=False)
    """The drugs without corticosteroids."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "carrying", frozenset(self.drugs) - STEROIDS)


_BY_LETTER: Final = {
    "V": "bortezomib",
    "K": "carfilzomib",
    "I": "ixazomib",
    "T": "thalidomide",
    "R": "lenalidomide",
    "P": "pomalidomide",
    "D": "daratumumab",
    "S": "isatuximab",
    "E": "elotuzumab",
    "X": "selinexor",
    "B": "belantamab mafodotin",
    "C": "cyclophosphamide",
    "M": "melphalan",
    "N": "venetoclax",
    "Y": "bendamustine",
    "A": "panobinostat",
    "d": "dexamethasone",
    "p": "prednisone",
}


def drugs(letters: str) -> tuple[str, ...]:
    """Return the drugs of a combination written in one letter each, such as `DVRd`."""
    return tuple(_BY_LETTER[letter] for letter in letters)


def _r(letters: str, since: int, weight: float, cycles: int = 0, lines: int = 2, **more: int | str) -> Regimen:
    return Regimen(drugs(letters), since, weight, cycles, lines, **more)  # type: ignore[arg-type]


INDUCTION: Final = (
    _r("VRd", 2011, 40, 6),
    _r("VCd", 2009, 14, 5),
    _r("VTd", 2009, 10, 6, until=2021),
    _r("KRd", 2016, 6, 6),
    _r("DVTd", 2020, 10, 6),
    _r("DVRd", 2021, 45, 6),
    _r("SVRd", 2024, 12, 6),
)
"""First line before a transplant."""

NOT_TRANSPLANTED: Final = (
    _r("Rd", 2013, 14),
    _r("VRd", 2012, 22, 8),
    _r("VCd", 2009, 8, 8),
    _r("VMp", 2009, 10, 12, until=2020),
    _r("DRd", 2019, 40),
    _r("DVMp", 2019, 7, 0),
    _r("SVRd", 2025, 10),
    _r("DVRd", 2024, 14, 8),
)
"""First line without a transplant."""

RELAPSE: Final = (
    _r("DRd", 2017, 26),
    _r("DVd", 2017, 14),
    _r("KRd", 2015, 16),
    _r("Kd", 2016, 12),
    _r("DKd", 2020, 12),
    _r("SKd", 2021, 9),
    _r("SPd", 2020, 12, lines=3),
    _r("DPd", 2018, 14),
    _r("EPd", 2019, 8, lines=3),
    _r("ERd", 2016, 6),
    _r("IRd", 2016, 8),
    _r("Rd", 2009, 6, until=2019),
    _r("Vd", 2008, 6, until=2017),
    _r("VCd", 2008, 3),
    _r("TCd", 2005, 2, until=2020),
    _r("PVd", 2018, 9),
    _r("Pd", 2013, 8, lines=3),
    _r("PCd", 2014, 6, lines=3),
    _r("XVd", 2021, 8),
    _r("Xd", 2019, 4, lines=5),
    _r("KPd", 2016, 6, lines=3),
    _r("KCd", 2016, 6),
    _r("NVd", 2018, 12, needs="t(11;14)"),
    _r("BVd", 2025, 8, lines=3),
    _r("B", 2020, 6, lines=5, until=2022),
    _r("AVd", 2015, 3, lines=4, until=2021),
    _r("Yd", 2010, 4, 6, lines=4),
    Regimen(("teclistamab",), 2023, 26, 0, 5),
    Regimen(("elranatamab",), 2024, 14, 0, 5),
    Regimen(("talquetamab",), 2024, 12, 0, 5),
    Regimen(("linvoseltamab",), 2026, 8, 0, 5),
    Regimen(("idecabtagene vicleucel",), 2021, 16, 0, 5, until=2024),
    Regimen(("idecabtagene vicleucel",), 2025, 16, 0, 3),
    Regimen(("ciltacabtagene autoleucel",), 2022, 12, 0, 5, until=2024),
    Regimen(("ciltacabtagene autoleucel",), 2025, 16, 0, 2),
)
"""Later lines; a CAR-T product stands for the whole of collection, bridging and infusion."""

OLD: Final = _r("Yd", 2000, 1, 6, 1)
"""What is given when the year offers nothing that the last line did not hold."""

SUBSTITUTES: Final = {
    "bortezomib": "carfilzomib",
    "lenalidomide": "pomalidomide",
    "thalidomide": "lenalidomide",
    "carfilzomib": "ixazomib",
    "daratumumab": "isatuximab",
    "pomalidomide": "cyclophosphamide",
}
"""What takes the place of a drug that is not tolerated or not available."""

REACTIONS: Final = {
    "bortezomib": ("Peripheral neuropathy", 3),
    "thalidomide": ("Peripheral neuropathy", 3),
    "carfilzomib": ("Heart failure", 3),
    "ixazomib": ("Diarrhea", 3),
    "lenalidomide": ("Rash", 3),
    "pomalidomide": ("Neutropenia", 4),
    "daratumumab": ("Infusion related reaction", 3),
    "isatuximab": ("Infusion related reaction", 3),
    "selinexor": ("Nausea", 3),
    "belantamab mafodotin": ("Keratopathy", 3),
    "dexamethasone": ("Insomnia", 2),
}
"""Reaction and CTCAE grade that end a drug; others end for infections of grade 3."""

DOSES: Final = {
    "bortezomib": 2.3,
    "carfilzomib": 56.0,
    "ixazomib": 4.0,
    "thalidomide": 100.0,
    "lenalidomide": 25.0,
    "pomalidomide": 4.0,
    "daratumumab": 1800.0,
    "isatuximab": 750.0,
    "elotuzumab": 800.0,
    "selinexor": 80.0,
    "venetoclax": 400.0,
    "cyclophosphamide": 500.0,
    "melphalan": 9.0,
    "dexamethasone": 40.0,
    "prednisone": 60.0,
    "belantamab mafodotin": 180.0,
    "bendamustine": 130.0,
    "panobinostat": 20.0,
    "teclistamab": 110.0,
    "elranatamab": 76.0,
    "talquetamab": 60.0,
    "linvoseltamab": 200.0,
}
"""Usual single doses in mg."""
