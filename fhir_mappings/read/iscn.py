"""In-situ hybridisation in the notation of ISCN: `nuc ish(TP53x1,D17Z1x2)[62/100]`, `nuc ish(CCND1,IGH)x3(CCND1 con IGHx2)`.

The number of signals says loss, gain or neither; `con` says that two probes lie together (a fusion).
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

_START = re.compile(r"nuc[ _]?ish\b", re.IGNORECASE)
_END = re.compile(r"nuc[ _]?ish\b|[;|\n]|\.(?=\s|$)", re.IGNORECASE)
_CLONE = re.compile(r"\[\s*(\d+)\s*(?:/\s*(\d+)\s*)?\]")
_LIST = re.compile(r"\(([A-Z0-9',\s/-]+)\)\s*[x\u00d7]\s*(\d+)", re.IGNORECASE)
_ONE = re.compile(r"(?<![\w'])([A-Z][A-Z0-9]+)\s*[x\u00d7]\s*(\d+)", re.IGNORECASE)
_FUSION = re.compile(r"(?<!\w)([A-Z0-9]+) con ([A-Z0-9]+)\s*[x\u00d7]\s*(\d+)", re.IGNORECASE)

_PARTNERS = {"CCND1": "t(11;14)", "FGFR3": "t(4;14)", "NSD2": "t(4;14)", "MMSET": "t(4;14)", "WHSC1": "t(4;14)",
             "MAF": "t(14;16)", "MAFB": "t(14;20)", "CCND3": "t(6;14)"}  # fmt: skip
_LOSSES = {"TP53": "del(17p)", "CDKN2C": "del(1p32)", "RB1": "del(13q)", "D13S319": "del(13q)", "D13S25": "del(13q)",
           "DLEU1": "del(13q)"}  # fmt: skip
_GAINS = {"CKS1B": "gain(1q)"}


class Signal(Struct, frozen=True):
    """One aberration that a hybridisation shows or does not show."""

    name: str
    value: Literal["present", "absent"]
    percent: float | None = None


def signals_in(text: str) -> list[Signal]:
    """Return the aberrations that the hybridisations of a text show, or show not to be there; shown wins over not shown."""
    found: dict[str, Signal] = {}
    for start in _START.finditer(text):
        end = _END.search(text, start.end())
        for signal in _of_string(text[start.end() : end.start() if end else len(text)]):
            known = found.get(signal.name)
            if known is None or (known.value == "absent" and signal.value == "present"):
                found[signal.name] = signal
    return list(found.values())


def _of_string(string: str) -> list[Signal]:
    """Return the signals of one string, clone by clone: each ends with the number of its nuclei."""
    found: list[Signal] = []
    start = 0
    for clone in [*_CLONE.finditer(string), None]:
        part = string[start : clone.start() if clone else len(string)]
        percent = None
        if clone and clone[2] and int(clone[2]):
            percent = round(100 * int(clone[1]) / int(clone[2]), 1)
        for name, shown in _of_clone(part):
            nobody = percent == 0
            value: Literal["present", "absent"] = "present" if shown and not nobody else "absent"
            if shown or not nobody:
                share = percent if value == "present" and percent is not None and percent <= 100 else None
                found.append(Signal(name, value, share))
        if clone:
            start = clone.end()
    return found


def _of_clone(part: str) -> list[tuple[str, bool]]:
    fused = {frozenset({one[1].upper(), one[2].upper()}): int(one[3]) > 0 for one in _FUSION.finditer(part)}
    found = [
        (name, there)
        for pair, there in fused.items()
        if "IGH" in pair and (name := next((_PARTNERS[gene] for gene in pair if gene in _PARTNERS), None))
    ]
    counted: list[tuple[str, int]] = [(one[1].upper(), int(one[2])) for one in _ONE.finditer(_FUSION.sub(" ", part))]
    for group in _LIST.finditer(part):
        genes = [gene.strip().upper() for gene in group[1].split(",")]
        counted += [(gene, int(group[2])) for gene in genes]
        # Two signals of each and none together is the normal pattern of a fusion probe.
        if "IGH" in genes and int(group[2]) == 2 and not fused:
            found += [(_PARTNERS[gene], False) for gene in genes if gene in _PARTNERS]
    for gene, number in counted:
        if gene == "CDKN2C" and number == 0:
            found.append(("del(1p32) biallelic", True))
        if gene in _LOSSES:
            found.append((_LOSSES[gene], number < 2))
        elif gene in _GAINS:
            found.append((_GAINS[gene], number > 2))
    return found
