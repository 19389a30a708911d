"""Values of results: numbers with units as laboratories really send them (P01–P03), and answers in words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from fhir_mappings.read.elements import Component, Quantity, Range, ReferenceRange
from fhir_mappings.read.facts import codes_of, texts_of, words_of
from fhir_mappings.read.observation_types import Observation
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase
from fhir_mappings.terminology.systems import system_name
from fhir_mappings.terminology.units import factor_of, units_of

Comparator = Literal["<", ">"]
Answer = Literal["positive", "negative", "indeterminate"]


class Number(Struct, frozen=True):
    """A number as sent: with the unit that counts, and a second unit that says something else, if any."""

    value: float
    unit: str | None
    comparator: Comparator | None = None
    other_unit: str | None = None


class Measured(Struct, frozen=True):
    """A number in the canonical unit of its concept."""

    value: float
    unit: str
    comparator: Comparator | None
    upper_normal: float | None
    lower_normal: float | None
    flags: tuple[str, ...] = ()
    factor: float = 1.0


_NUMBER = re.compile(
    r"^\s*(?P<comparator><=?|>=?|≤|≥|less than|greater than|kleiner|groesser|under|over|below|above)?\s*(?P<value>[-+]?\d+(?:[.,]\d+)*)\s*"
    r"(?:(?:-|–|to|bis)\s*(?P<high>\d+(?:[.,]\d+)?)\s*)?(?P<unit>[^\d\s(][^()]*|/\S+|\(24\S*|10\S*|x ?10\S*)?(?:\(.*\))?\s*$",
    re.IGNORECASE,
)
_COMPARATORS: Final[dict[str, Comparator]] = {
    "<": "<", "<=": "<", "≤": "<", "less than": "<", "kleiner": "<", "under": "<", "below": "<",
    ">": ">", ">=": ">", "≥": ">", "greater than": ">", "groesser": ">", "over": ">", "above": ">",
}  # fmt: skip
_FLAG_WORDS = phrase("result_flag", ignore_case=True)


def number_in(text: str) -> Number | None:
    """Return the number that a result text is ("1.8 mg/dL", "<0.1", "2,5", "50-55%"); of a range the lower end."""
    found = _NUMBER.match(_FLAG_WORDS.sub("", text.replace("\xa0", " ")))
    if not found:
        return None
    value = _plain_number(found["value"])
    if value is None:
        return None
    unit = (found["unit"] or "").strip() or None
    return Number(value, unit, _COMPARATORS.get((found["comparator"] or "").lower()))


def _plain_number(text: str) -> float | None:
    """Return a number with a decimal point or comma; a comma before three digits may be either and is not read."""
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?", text) or re.fullmatch(
        r"[-+]?\d{1,3}(?:,\d{3})+\.\d+", text
    ):
        return float(text.replace(",", ""))
    if re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", text):
        return None
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def number_of(part: Observation | Component) -> Number | None:
    """Return the number of a result or component, whatever kind of value holds it."""
    if part.value_quantity is not None:
        return _of_quantity(part.value_quantity)
    if part.value_integer is not None:
        return Number(float(part.value_integer), None)
    if part.value_string is not None:
        return number_in(part.value_string)
    if part.value_range is not None:
        return _of_range(part.value_range)
    if part.value_codeable_concept is not None:
        return next((number for text in texts_of(part.value_codeable_concept) if (number := number_in(text))), None)
    return None


def _of_quantity(quantity: Quantity) -> Number | None:
    if quantity.value is None:
        return number_in(quantity.unit or "") if quantity.unit and quantity.unit[:1] in "<>0123456789" else None
    comparator = _COMPARATORS.get((quantity.comparator or "").strip())
    code, unit = quantity.code, quantity.unit
    if code and system_name(quantity.system) in {"ucum", None}:
        return Number(quantity.value, code, comparator, unit)
    return Number(quantity.value, unit or code, comparator)


def _of_range(value: Range) -> Number | None:
    """Return the lower end of a range: the worse one wherever a range is sent (ejection fraction)."""
    return _of_quantity(value.low) if value.low is not None else None


def half_step(value: float, factor: float) -> float:
    """Return half a unit of the last decimal of a number as sent, in the canonical unit: how far rounding can have moved it."""
    text = repr(value)
    if "e" in text or "E" in text:
        return 0.0
    decimals = len(text.partition(".")[2].rstrip("0"))
    return 0.5 * 10.0**-decimals * factor


class NotUsedError(ValueError):
    """A number that cannot be used; the text says why."""


def measured(concept: str, number: Number, ranges: list[ReferenceRange]) -> Measured:
    """Return a number in its canonical unit; raises `NotUsedError` for a missing, unknown or implausible unit (P01, P02)."""
    units = units_of(concept)
    if units is None:
        raise NotUsedError("no units are known for it")
    flags: list[str] = []
    factor = _factor(concept, number, ranges, flags)
    if (
        concept == "beta2_microglobulin"
        and factor == 10
        and number.value > 0.5
        and not _range_fits(ranges, number.unit, 0.05, 0.5)
    ):
        raise NotUsedError("mg/dL is almost surely mg/L here (unit_suspect); value not used")
    if concept == "lvef" and factor == 100 and number.value > 1:
        factor = 1.0
    value = round(number.value * factor, 9)
    if not units.plausible_min <= value <= units.plausible_max and not (
        number.comparator == "<" and 0 <= value <= units.plausible_max
    ):
        name = concept.replace("_", " ")
        raise NotUsedError(f"{value:g} {units.canonical} is not plausible for {name}, unit suspect; value not used")
    low, high = _normal_range(concept, ranges, factor)
    return Measured(value, units.canonical, number.comparator, high, low, tuple(flags), factor)


def _factor(concept: str, number: Number, ranges: list[ReferenceRange], flags: list[str]) -> float:
    factor = factor_of(concept, number.unit)
    other = factor_of(concept, number.other_unit) if number.other_unit else None
    if factor is None and number.unit and other is not None and number.unit.strip() in {"1", "{}", "{unit}"}:
        factor = other
    if factor is not None and other is not None and other != factor:
        flags.append("unit_suspect")
    if factor is None and not (number.unit and number.unit.strip()):
        # Value 0 needs no unit.
        if number.value == 0 and number.comparator is None:
            return 1.0
        factor = _factor_of_range(concept, ranges)
        if factor is None:
            raise NotUsedError("unit missing (unit_suspect); value not used")
        flags.append("unit_suspect")
    if factor is None:
        raise NotUsedError(
            f"unit {number.unit!r} cannot be used for {concept.replace('_', ' ')} (unit_suspect); value not used"
        )
    return factor


# Upper limits of normal (kappa, lambda) as the two units print them; nothing else tells the units apart.
_FLC_LIMITS: Final = {"flc_kappa_serum": (15.0, 30.0), "flc_lambda_serum": (20.0, 40.0)}


def _factor_of_range(concept: str, ranges: list[ReferenceRange]) -> float | None:
    """Return the factor that the reference range decides, for a value without a unit (free light chains)."""
    for one in ranges:
        for bound in (one.high, one.low):
            if bound and (bound.code or bound.unit) and (factor := factor_of(concept, bound.code or bound.unit)):
                return factor
        if concept in _FLC_LIMITS:
            high = one.high.value if one.high and one.high.value is not None else _high_in(one.text)
            low, top = _FLC_LIMITS[concept]
            if high is not None and low <= high <= top:
                return 1.0
            if high is not None and low <= high * 10 <= top:
                return 10.0
    return None


_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|–|to)\s*(\d+(?:[.,]\d+)?)")


@lru_cache(maxsize=2048)
def _range_in(text: str) -> tuple[float, float] | None:
    """Return the two ends of a range in words; laboratories print the same one with every result."""
    found = _RANGE.search(text)
    return (float(found[1].replace(",", ".")), float(found[2].replace(",", "."))) if found else None


def _high_in(text: str | None) -> float | None:
    found = _range_in(text) if text else None
    return found[1] if found else None


def _range_fits(ranges: list[ReferenceRange], unit: str | None, low: float, high: float) -> bool:
    """Tell whether a reference range in the same unit lies where that unit would put it."""
    for one in ranges:
        value = one.high.value if one.high else _high_in(one.text)
        if (
            value is not None
            and low <= value <= high
            and (one.high is None or not one.high.unit or not unit or one.high.unit.lower() == unit.lower())
        ):
            return True
    return False


def _normal_range(concept: str, ranges: list[ReferenceRange], factor: float) -> tuple[float | None, float | None]:
    for one in ranges:
        low = _bound(concept, one.low, factor)
        high = _bound(concept, one.high, factor)
        if low is None and high is None and one.text and (written := _range_in(one.text)):
            low, high = (round(value * factor, 9) for value in written)
        if low is not None or high is not None:
            return low, high
    return None, None


def _bound(concept: str, quantity: Quantity | None, factor: float) -> float | None:
    if quantity is None or quantity.value is None:
        return None
    own = factor_of(concept, quantity.code or quantity.unit) if quantity.code or quantity.unit else None
    return round(quantity.value * (own or factor), 9)


_ANSWER_CODES: Final[dict[tuple[str, str], Answer]] = {
    **{("snomed", code): "positive" for code in ("10828004", "260373001", "52101004", "11214006", "77386006")},
    **{
        ("snomed", code): "negative"
        for code in ("260385009", "260415000", "2667000", "131194007", "272519000", "60001007")
    },
    **{("snomed", code): "indeterminate" for code in ("82334004", "419984006", "280416009")},
    **{("loinc", code): "positive" for code in ("LA6576-8", "LA9633-4", "LA11882-0", "LA15255-5", "LA15173-0")},
    **{("loinc", code): "negative" for code in ("LA6577-6", "LA9634-2", "LA11883-8", "LA15256-3", "LA26683-5")},
    **{("loinc", code): "indeterminate" for code in ("LA11884-6", "LA18198-4")},
}
_INTERPRETATIONS: Final[dict[str, Answer]] = {
    **dict.fromkeys(("POS", "DET", "RR"), "positive"),
    **dict.fromkeys(("NEG", "ND", "NR"), "negative"),
    **dict.fromkeys(("IND", "E"), "indeterminate"),
}
_INDETERMINATE = re.compile(
    r"indetermin|inconclusive|equivocal|borderline|grenzwertig|fraglich|unklar|no call|invalid|grey ?zone|gray ?zone"
)
PENDING = phrase("answer_pending")
_NEGATIVE = phrase("answer_negative")
_POSITIVE = phrase("answer_positive")


def answer_in(text: str) -> Answer | None:
    """Return what a result in words says; a negation in the words wins over the thing that it negates."""
    plain = fold(text)
    if not plain or PENDING.search(plain):
        return None
    if _INDETERMINATE.search(plain):
        return "indeterminate"
    if _NEGATIVE.search(plain):
        return "negative"
    return "positive" if _POSITIVE.search(plain) else None


def answer_of(part: Observation | Component) -> Answer | None:
    """Return a result that is positive, negative or indeterminate: by code, words, interpretation or boolean."""
    codes = codes_of(part.value_codeable_concept)
    for code in codes:
        if (code.system or "", code.code) in _ANSWER_CODES:
            return _ANSWER_CODES[(code.system or "", code.code)]
    if part.value_boolean is not None:
        return "positive" if part.value_boolean else "negative"
    for text in (words_of(part.value_codeable_concept), part.value_string or ""):
        if text and (answer := answer_in(text)):
            return answer
    for code in codes_of(*part.interpretation):
        if code.code.upper() in _INTERPRETATIONS:
            return _INTERPRETATIONS[code.code.upper()]
    return next((answer for text in texts_of(*part.interpretation) if (answer := answer_in(text))), None)
