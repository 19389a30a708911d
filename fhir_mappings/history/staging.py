"""ISS, R-ISS and R2-ISS at diagnosis, where their data exist (F13). A missing value leaves the stage open, never low."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from fhir_mappings.dates import days_between
from fhir_mappings.history.model import Staging
from fhir_mappings.record import Fact, GenomicResult, LabValue

Stage = Literal["I", "II", "III"]
R2Stage = Literal["I", "II", "III", "IV"]
_AROUND_DAYS = 90
_STAGES: dict[str, Stage] = {"I": "I", "II": "II", "III": "III"}
_R2_STAGES: dict[str, R2Stage] = {"I": "I", "II": "II", "III": "III", "IV": "IV"}


def staging_of(
    labs: Iterable[LabValue], facts: Iterable[Fact], genomics: Iterable[GenomicResult], since: date | None
) -> Staging | None:
    """Return the stages of the time of diagnosis; `None` when nothing about them is on record."""
    labs, facts, genomics = list(labs), list(facts), list(genomics)
    b2m, albumin, ldh = (_at(labs, name, since) for name in ("beta2_microglobulin", "albumin", "ldh"))
    stated = {f.name: str(f.value) for f in sorted(facts, key=lambda f: (str(f.date or "~"), f.ref), reverse=True)}
    iss = _STAGES.get(stated.get("iss_stage", "")) or _iss(b2m, albumin)
    high_ldh = None if ldh is None or ldh.upper_normal is None else ldh.value > ldh.upper_normal
    marks = {
        name: _mark([g for g in genomics if g.name == name], since)
        for name in ("del(17p)", "t(4;14)", "t(14;16)", "gain(1q)")
    }
    r_iss = _STAGES.get(stated.get("r_iss_stage", "")) or _r_iss(iss, high_ldh, [marks[n] for n in _HIGH_RISK])
    points = _points(iss, high_ldh, marks)
    told = {"iss_stage", "r_iss_stage", "r2_iss_stage"} & stated.keys()
    if not told and not any((b2m, albumin, ldh)):
        return None
    known = {"ISS": iss, "LDH": high_ldh, **marks}
    refs = {lab.ref for lab in (b2m, albumin, ldh) if lab}
    refs |= {f.ref for f in facts if f.name in {"iss_stage", "r_iss_stage", "r2_iss_stage"}}
    return Staging(
        iss,
        r_iss,
        _R2_STAGES.get(stated.get("r2_iss_stage", "")) or _r2(points),
        points,
        tuple(name for name, value in known.items() if value is None),
        tuple(sorted(refs)),
    )


_HIGH_RISK = ("del(17p)", "t(4;14)", "t(14;16)")


def _at(labs: list[LabValue], concept: str, since: date | None) -> LabValue | None:
    """Return the value nearest to the diagnosis, within 90 days of it."""
    if since is None:
        return None
    own = [
        lab
        for lab in labs
        if lab.concept == concept
        and "unit_suspect" not in lab.flags
        and abs(days_between(since, lab.date.earliest)) <= _AROUND_DAYS
    ]
    return min(own, key=lambda lab: (abs(days_between(since, lab.date.earliest)), lab.ref), default=None)


def _iss(b2m: LabValue | None, albumin: LabValue | None) -> Stage | None:
    """ISS III: beta-2 microglobulin of 5.5 mg/L or more; I: below 3.5 with albumin of 3.5 g/dL or more; II: the rest."""
    if b2m is None:
        return None
    if b2m.value >= 5.5:
        return "III"
    if b2m.value >= 3.5:
        return "II"
    if albumin is None:
        return None
    return "I" if albumin.value >= 3.5 else "II"


def _mark(results: Sequence[GenomicResult], since: date | None) -> bool | None:
    """Tell whether an abnormality was there at diagnosis.

    What only a later test shows may have been gained since; what a later test does not show was not there before.
    """
    early = [
        g for g in results if g.date is None or since is None or days_between(since, g.date.earliest) <= _AROUND_DAYS
    ]
    if any(g.value == "present" for g in early):
        return True
    return False if any(g.value == "absent" for g in results) else None


def _r_iss(iss: Stage | None, high_ldh: bool | None, marks: list[bool | None]) -> Stage | None:
    """I: ISS I, no high-risk abnormality, normal LDH; III: ISS III with either; II: the rest."""
    if iss is None:
        return None
    bad = True in marks or high_ldh is True
    settled = None not in marks and high_ldh is not None
    if iss == "II":
        return "II"
    if bad:
        return "III" if iss == "III" else "II"
    if not settled:
        return None
    return "I" if iss == "I" else "II"


def _points(iss: Stage | None, high_ldh: bool | None, marks: Mapping[str, bool | None]) -> float | None:
    """R2-ISS: ISS II 1, ISS III 1.5, del(17p) 1, high LDH 1, t(4;14) 1, gain of 1q 0.5."""
    needed = (marks["del(17p)"], high_ldh, marks["t(4;14)"], marks["gain(1q)"])
    if iss is None or None in needed:
        return None
    score = {"I": 0.0, "II": 1.0, "III": 1.5}[iss]
    return score + sum(weight for weight, present in zip((1.0, 1.0, 1.0, 0.5), needed, strict=True) if present)


def _r2(points: float | None) -> R2Stage | None:
    """0 low, 0.5 to 1 low-intermediate, 1.5 to 2.5 intermediate-high, 3 to 5 high."""
    if points is None:
        return None
    return "I" if points == 0 else "II" if points <= 1 else "III" if points <= 2.5 else "IV"
