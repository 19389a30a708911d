"""Laboratory values that are one: corrections replace, interfaces merge, bands of one sample add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, TypeVar

from msgspec.structs import replace

from fhir_mappings.dates import ChartDate
from fhir_mappings.record import LabValue
from fhir_mappings.terminology.units import factor_of

T = TypeVar("T")


_MERGED = ("band:", "preliminary", "corrected")


def day_key(date: ChartDate | None) -> tuple[int, int, int]:
    """Return a key that orders dates, those without one last."""
    return (1, 0, 0) if date is None else (0, date.earliest.toordinal(), date.latest.toordinal())


def in_order(facts: Iterable[T], key: Callable[[T], tuple[Any, ...]]) -> tuple[T, ...]:
    """Return each fact once, in an order that depends on the facts alone."""
    groups: dict[tuple[Any, ...], list[T]] = {}
    for one in dict.fromkeys(facts):
        groups.setdefault(key(one), []).append(one)
    found: list[T] = []
    for place in sorted(groups):
        group = groups[place]
        found.extend(group if len(group) == 1 else sorted(group, key=repr))
    return tuple(found)


Steps = Mapping[tuple[str, str, float], tuple[str, float]]
"""Unit as sent and rounding step of a value, by reference, concept and value."""


def one_value_each(labs: list[LabValue], steps: Steps) -> tuple[LabValue, ...]:
    """Return one value per measurement: corrections replace, interfaces merge, bands of one sample add up."""
    found: list[LabValue] = []
    ordered = in_order(labs, lambda lab: (lab.concept, day_key(lab.date), lab.time, lab.ref))
    for _, group in groupby(ordered, key=lambda lab: (lab.concept, lab.date)):
        same_day = list(group)
        found.extend(same_day if len(same_day) == 1 and not same_day[0].flags else _one_day(same_day, steps))
    return in_order(found, lambda lab: (day_key(lab.date), lab.concept, lab.time, lab.ref))


def _same_moment(left: LabValue, right: LabValue) -> bool:
    """Tell whether two values of one day can be of one sample: their times agree, or one of them has none."""
    return not left.time or not right.time or left.time == right.time


def _one_day(labs: list[LabValue], steps: Steps) -> list[LabValue]:
    """Return the values of one concept on one day without those that another replaces or repeats."""
    corrected = [lab for lab in labs if "corrected" in lab.flags]
    final = [lab for lab in labs if "preliminary" not in lab.flags]
    if corrected or len(final) < len(labs):
        labs = [
            lab
            for lab in labs
            if lab in corrected
            or not (
                any(_same_moment(lab, other) for other in corrected)
                or (lab not in final and any(_same_moment(lab, other) for other in final))
            )
        ]
    bands = {flag for lab in labs for flag in lab.flags if flag.startswith("band:")}
    if len(bands) > 1 and any(not any(flag in bands for flag in lab.flags) for lab in labs):
        # The total of the sample is there as well: it stands for its bands.
        labs = [lab for lab in labs if not any(flag in bands for flag in lab.flags)]
    merged: dict[tuple[Any, ...], LabValue] = {}
    for lab in labs:
        same = (lab.value, lab.comparator, lab.unit, tuple(flag for flag in lab.flags if flag in bands))
        known = merged.get(same)
        if known is None:
            merged[same] = lab
        elif known.ref != lab.ref:
            merged[same] = replace(known, flags=tuple(sorted({*known.flags, *lab.flags, "duplicate_merged"})))
    kept = _without_conversions(list(merged.values()), steps)
    if len({flag for lab in kept for flag in lab.flags if flag in bands}) > 1:
        kept = [_sum(kept)]
    return [
        replace(lab, flags=tuple(flag for flag in lab.flags if not flag.startswith(_MERGED))) if lab.flags else lab
        for lab in kept
    ]


def _without_conversions(labs: list[LabValue], steps: Steps) -> list[LabValue]:
    """Return values without those that are another one in another unit: two interfaces convert and round one result (P01)."""
    if len(labs) < 2:
        return labs
    sent = {lab: steps.get((lab.ref, lab.concept, lab.value), ("", 0.0)) for lab in labs}
    kept: list[LabValue] = []
    for lab in sorted(labs, key=lambda lab: (sent[lab][1], lab.value, lab.time, lab.ref)):
        unit, step = sent[lab]
        for position, other in enumerate(kept):
            other_unit, other_step = sent[other]
            if (
                factor_of(lab.concept, unit) != factor_of(lab.concept, other_unit)
                and lab.comparator == other.comparator
                and _same_moment(lab, other)
                and _bands(lab) == _bands(other)
                and abs(lab.value - other.value) <= step + other_step + 1e-9
            ):
                kept[position] = merged = replace(
                    other, flags=tuple(sorted({*other.flags, *lab.flags, "duplicate_merged"}))
                )
                sent[merged] = (other_unit, other_step)
                break
        else:
            kept.append(lab)
    return sorted(kept, key=lambda lab: (lab.time, lab.ref))


def _bands(lab: LabValue) -> tuple[str, ...]:
    return tuple(flag for flag in lab.flags if flag.startswith("band:"))


def _sum(bands: list[LabValue]) -> LabValue:
    """Return the M-protein of one sample: the sum of the first value of each band (README of the terminology)."""
    by_band: dict[str, LabValue] = {}
    for lab in bands:
        by_band.setdefault(next(flag for flag in lab.flags if flag.startswith("band:")), lab)
    parts = [by_band[name] for name in sorted(by_band)]
    comparators = {part.comparator for part in parts if part.comparator}
    flags = {flag for part in parts for flag in part.flags}
    return replace(
        parts[0],
        value=round(sum(part.value for part in parts), 9),
        comparator=comparators.pop() if len(comparators) == 1 else None,
        flags=tuple(sorted(flags)),
    )
