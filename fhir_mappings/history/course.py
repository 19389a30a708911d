"""A `Course`: one uninterrupted exposure to one drug, the unit that every later rule works with (L03, L14).

Its `end` is the last dose as an interval of possible days: exact when the chart says so, wide when it had to be imputed.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.record import Indication, Intent, StopReason
from fhir_mappings.terminology.agents import agent_of


class Course(Struct, frozen=True):
    """One uninterrupted exposure to a drug. `start` `None`: undated (counts for exposure, not for boundaries, L03)."""

    agent: str
    start: ChartDate | None
    end: ChartDate | None
    ongoing: bool = False
    end_imputed: bool = False
    stop_reason: StopReason | None = None
    stop_text: str | None = None
    stop_evidence: tuple[str, ...] = ()
    intents: frozenset[Intent] = frozenset()
    indication: Indication = "unstated"
    sources: frozenset[str] = frozenset()
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    dose_mg: float | None = None
    max_dose_mg: float | None = None
    blinded: bool = False
    unclear: bool = False
    """Every record of it has the status `unknown`: an exposure with low confidence (L02)."""
    parts: tuple[date, ...] = ()
    """First days of the records that were joined: where a purpose may have changed without a pause."""
    pauses: tuple[tuple[date, date], ...] = ()
    """Recorded pauses inside the course, of more than 60 days or of more than 30 after a stop with a reason: (last dose, next dose)."""
    spans: tuple[tuple[date, date, StopReason | None], ...] = ()
    """What the records cover without a pause, where their ends are known: first day, last day, why it ended."""
    role: str = "therapy"
    """`therapy`, `conditioning`, `lymphodepletion` or `mobilization`."""

    @property
    def first_day(self) -> date:
        """Return the earliest possible first day; only for dated courses."""
        if self.start is None:
            raise ValueError(f"{self.agent}: an undated exposure has no first day")
        return self.start.earliest

    @property
    def order_only(self) -> bool:
        """Tell whether nothing but orders speaks for this exposure (E19)."""
        return self.sources == {"request"}

    @property
    def administered(self) -> bool:
        """Tell whether administrations or dispenses, not statements alone, give the dates (F14)."""
        return bool(self.sources & {"administration", "dispense", "procedure"})

    def last_day(self, as_of: date) -> date | None:
        """Return the latest possible last dose; `as_of` while ongoing; `None` when the end is not known."""
        if self.ongoing:
            return as_of
        return self.end.latest if self.end else None

    def failed(self, enough_days: int) -> bool:
        """Tell whether why it was stopped says that it failed: progression, or no response after enough of it (F04)."""
        if self.stop_reason != "no-response" or self.start is None or self.end is None:
            return self.stop_reason == "progression"
        return days_between(self.start.latest, self.end.earliest) >= enough_days

    def active_on(self, day: date, slack: int = 0) -> bool:
        """Tell whether the course may cover a day (an unknown end may)."""
        if self.start is None or self.start.earliest > day:
            return False
        return self.ongoing or self.end is None or self.end.latest + timedelta(days=slack) >= day


def is_steroid(agent: str) -> bool:
    """Tell whether a drug is a corticosteroid (tracked, never decides a line or a class, section 0)."""
    return agent_of(agent).is_steroid
