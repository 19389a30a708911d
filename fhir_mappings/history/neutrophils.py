"""Absolute neutrophils of a day on which nobody measured them: from segmented and band forms, or from leukocytes and a percentage.

Only values of one day (and, where several samples of it are on record, of one time) belong together. What cannot be put together
leaves the count unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding
from fhir_mappings.record import LabValue

UNIT = "10*9/L"
PARTS = frozenset(
    {"neutrophils_band", "neutrophils_band_percent", "neutrophils_segmented", "neutrophils_segmented_percent"}
)
"""Parts of a differential count: they are no findings by themselves."""
_USED = PARTS | {"wbc", "neutrophils_percent"}

Day = Mapping[str, list[LabValue]]


def with_neutrophils(findings: Mapping[str, Finding], labs: Iterable[LabValue]) -> dict[str, Finding]:
    """Return the findings with the absolute neutrophils of the latest day that has them, measured before derived."""
    found = {name: finding for name, finding in findings.items() if name not in PARTS}
    measured: list[ChartDate] = []
    days: dict[date, dict[str, list[LabValue]]] = defaultdict(lambda: defaultdict(list))
    for lab in labs:
        if "unit_suspect" in lab.flags:
            continue
        if lab.concept == "anc":
            measured.append(lab.date)
        elif lab.concept in _USED and lab.date.exact:
            days[lab.date.earliest][lab.concept].append(lab)
    known = found.get("anc")
    for day in sorted(days, reverse=True):
        if known is not None and known.date is not None and known.date.earliest >= day:
            break
        if any(when.earliest <= day <= when.latest for when in measured):
            continue
        count = _count(days[day])
        if count is not None:
            found["anc"] = count
            break
    return dict(sorted(found.items()))


def _count(day: Day) -> Finding | None:
    """Return the count of a day: segmented and band forms together, else leukocytes by percentage, else the segmented forms alone."""
    for names, words in (
        (("neutrophils_segmented", "neutrophils_band"), "sum of segmented and band neutrophils"),
        (("wbc", "neutrophils_percent"), "leukocytes times percentage of neutrophils"),
        (
            ("wbc", "neutrophils_segmented_percent", "neutrophils_band_percent"),
            "leukocytes times percentage of segmented and band neutrophils",
        ),
        (("neutrophils_segmented",), "segmented neutrophils alone, without band forms"),
    ):
        sample = _sample(day, names)
        if sample and (made := _made(sample, words)):
            return made
    return None


def _sample(day: Day, names: tuple[str, ...]) -> list[LabValue]:
    """Return the latest values of one sample, one of each kind; values without a time belong to whatever there is once."""
    if not all(day.get(name) for name in names):
        return []
    times = sorted({lab.time for name in names for lab in day[name]}, reverse=True)
    for time in times:
        own = [[lab for lab in day[name] if lab.time == time] for name in names]
        if all(len(labs) == 1 for labs in own):
            return [labs[0] for labs in own]
    return [day[name][0] for name in names] if all(len(day[name]) == 1 for name in names) else []


def _made(sample: list[LabValue], words: str) -> Finding | None:
    bounds = {lab.comparator for lab in sample if lab.comparator}
    if len(bounds) > 1:
        return None
    shares = [lab.value for lab in sample if lab.concept.endswith("_percent")]
    counts = [lab.value for lab in sample if not lab.concept.endswith("_percent")]
    if sum(shares) > 100:
        return None
    value = sum(counts) * (sum(shares) / 100 if shares else 1)
    refs = tuple(sorted({lab.ref for lab in sample}))
    bound = bounds.pop() if bounds else None
    return Finding(round(value, 3), UNIT, sample[0].date, refs, comparator=bound, derived=words)
