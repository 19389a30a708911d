"""What a caller may choose: the day, the jurisdiction, the policy, access to CAR-T therapy, what the site restricts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar, cast

from cds_service.refusals import bad_request
from cds_service.settings import CarTAccess, Jurisdiction, Settings
from cds_service.site import NO_RESTRICTIONS, Site, hidden_regimens, lifted_programmes, marked_regimens

EXTENSION = "org.myeloma-cds.options"
JURISDICTIONS = ("US", "EU", "both")
POLICIES = ("current", "post-daratumumab-2023")
CAR_T_ACCESS = ("yes", "no", "unknown")
NAMES = (
    "asOf", "jurisdiction", "policy", "carTAccess", "hiddenRegimens", "markedRegimens", "liftedProgrammes",
)  # fmt: skip
_Value = TypeVar("_Value")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """How one assessment is to be made."""

    as_of: date
    jurisdiction: Jurisdiction
    policy: str
    car_t_access: CarTAccess
    site: Site = NO_RESTRICTIONS


class WrongOptionError(ValueError):
    """An option with a value that is not one of its own; the text names the option and what it takes."""


def today() -> date:
    """Return today's date in UTC; the only place where the clock decides about an assessment."""
    return datetime.now(UTC).date()


def parse_day(value: object, name: str = "asOf") -> date:
    """Read a calendar day."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
    raise WrongOptionError(
        f"{name} has to be a calendar day such as 2026-11-01, of the years {_FIRST_YEAR} to {_LAST_YEAR}."
    )


def _choice(value: object, name: str, choices: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    raise WrongOptionError(f"{name} has to be one of: {', '.join(choices)}.")


def _restriction(given: Mapping[str, object], name: str, read: Callable[[object], _Value], default: _Value) -> _Value:
    found = given.get(name)
    if found is None:
        return default
    try:
        return read(found)
    except ValueError as error:
        raise WrongOptionError(f"{name}: {error}.") from None


def make_options(given: Mapping[str, object], settings: Settings) -> Options:
    """Take what was given (`None` counts as not given) and the settings for the rest."""

    def value(name: str, default: object) -> object:
        found = given.get(name)
        return default if found is None else found

    as_of = given.get("asOf")
    return Options(
        as_of=today() if as_of is None else parse_day(as_of),
        jurisdiction=cast(
            "Jurisdiction", _choice(value("jurisdiction", settings.jurisdiction), "jurisdiction", JURISDICTIONS)
        ),
        policy=_choice(value("policy", settings.policy), "policy", POLICIES),
        car_t_access=cast(
            "CarTAccess", _choice(value("carTAccess", settings.car_t_access), "carTAccess", CAR_T_ACCESS)
        ),
        site=Site(
            _restriction(given, "hiddenRegimens", hidden_regimens, settings.hidden_regimens),
            _restriction(given, "markedRegimens", marked_regimens, settings.site.marked),
            _restriction(given, "liftedProgrammes", lifted_programmes, settings.lifted_programmes),
        ),
    )


def hook_options(extension: object, settings: Settings) -> Options:
    """Read the options of a hook request from its `extension` (R16, R32: everything else in it is ignored)."""
    given = extension.get(EXTENSION) if isinstance(extension, dict) and settings.allow_request_options else None
    if given is None:
        return make_options({}, settings)
    if not isinstance(given, dict):
        raise bad_request(f"extension.{EXTENSION} has to be an object with any of: {', '.join(NAMES)}.", "structure")
    try:
        return make_options(given, settings)
    except WrongOptionError as error:
        raise bad_request(f"extension.{EXTENSION}: {error}", "value") from None


def query_options(given: Mapping[str, list[str]], settings: Settings) -> Options:
    """Read the options of `/assess` from its query; an unknown name is refused, it may be a typing error."""
    for name, values in given.items():
        if name not in NAMES:
            raise bad_request(f"A query parameter is not known here. Known are: {', '.join(NAMES)}.", "value")
        if len(values) > 1:
            raise bad_request(f"The query parameter {name} is there more than once.", "value")
    try:
        return make_options({name: values[0] for name, values in given.items()}, settings)
    except WrongOptionError as error:
        raise bad_request(f"Query parameter: {error}", "value") from None
