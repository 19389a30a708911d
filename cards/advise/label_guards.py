"""Label invariants of regimens D: a status `met` that contradicts one becomes `unknown`, whatever the data say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.facts import at_least, prior_lines, progression_on_last, refractory_count
from cards.advise.model import LabelVerdict
from cards.advise.predicates import plasma_cell_leukemia
from cards.advise.tri import Tri, all_of
from cards.advise.words import joined

_BISPECIFICS = ("tec_mono", "elra_mono", "linvo_mono", "tal_mono")
Check = Callable[[Case], Tri]


def guarded_labels(labels: Mapping[str, LabelVerdict], case: Case) -> dict[str, LabelVerdict]:
    """Check every label that is met against the invariants about it."""
    return {name: _guarded(name, verdict, case) for name, verdict in labels.items()}


LEUKAEMIA = "the label was studied without plasma-cell leukaemia"


def without_leukemia(labels: dict[str, LabelVerdict], case: Case) -> dict[str, LabelVerdict]:
    """In plasma-cell leukaemia a label is unknown at most, however its criteria stand (regimens C.2)."""
    if not plasma_cell_leukemia(case):
        return labels
    return {
        name: replace(verdict, status="unknown", note=joined((LEUKAEMIA, verdict.note)))
        if verdict.status == "met"
        else verdict
        for name, verdict in labels.items()
    }


def _guarded(name: str, verdict: LabelVerdict, case: Case) -> LabelVerdict:
    found = _CHECKS.get(name)
    if verdict.status != "met" or found is None or found[1](case) is True:
        return verdict
    return replace(verdict, status="unknown", note=f"label data contradict safety invariant {found[0]}; check them")


def _lines(case: Case, least: int) -> Tri:
    return at_least(least, *prior_lines(case.history))


def _triple_class(case: Case) -> Tri:
    return all_of(case.exposed(name).value for name in ("PI", "IMID", "CD38"))


def _cilta_cel(case: Case) -> Tri:
    """Invariant 21: lenalidomide itself, not another IMiD."""
    if case.jurisdiction == "US" and case.as_of >= date(2024, 4, 5):
        return case.is_refractory("lenalidomide")
    return True


def _ide_cel(case: Case) -> Tri:
    """Invariant 20."""
    if case.jurisdiction != "US":
        return True
    return all_of((_lines(case, 2 if case.as_of >= date(2024, 4, 4) else 4), _triple_class(case)))


def _sd(case: Case) -> Tri:
    """Invariant 22."""
    counts = [
        at_least(least, *refractory_count(case.history, name)) for name, least in (("PI", 2), ("IMID", 2), ("CD38", 1))
    ]
    progression = progression_on_last(case.history).value if case.jurisdiction == "EU" else True
    return all_of((_lines(case, 4), progression, *counts))


def _bispecific(case: Case) -> Tri:
    """Invariant 23."""
    if case.jurisdiction == "US":
        return all_of((_lines(case, 4), _triple_class(case)))
    return all_of((_lines(case, 3), progression_on_last(case.history).value))


def _bela_mono(case: Case) -> Tri:
    """Invariant 18."""
    return case.as_of < (date(2022, 11, 22) if case.jurisdiction == "US" else date(2024, 2, 23))


def _not_in_us(case: Case) -> Tri:
    """Invariant 19."""
    return case.jurisdiction != "US"


def _melflufen(case: Case) -> Tri:
    """Invariant 16: before 3 lines the EU text is unconfirmed."""
    return case.jurisdiction != "EU" or _lines(case, 3)


_CHECKS: Mapping[str, tuple[int, Check]] = {
    "cilta_cel": (21, _cilta_cel),
    "ide_cel": (20, _ide_cel),
    "Sd": (22, _sd),
    **dict.fromkeys(_BISPECIFICS, (23, _bispecific)),
    "bela_mono": (18, _bela_mono),
    "BPd": (19, _not_in_us),
    "PVd": (19, _not_in_us),
    "KPd": (19, _not_in_us),
    "melflufen_d": (16, _melflufen),
}
