"""What the record says was planned: sequences, additions, CAR-T, treatment holidays (L09 way 1, L11, L16, L17, L19, E37)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

from fhir_mappings.dates import days_between
from fhir_mappings.record import PatientRecord
from fhir_mappings.terminology.agents import agent_of
from fhir_mappings.terminology.lookup import drugs_of
from fhir_mappings.terminology.regimens import regimens_in

_HOLIDAY = re.compile(
    r"holiday|drug[- ]free|treatment[- ]free interval|planned (?:break|pause|interruption)|surgery|operation|infection"
    r"|pneumonia|sepsis|covid",
    re.IGNORECASE,
)
_NO_CAR_T = re.compile(
    r"\b(?:no|not|without|declin\w*|refus\w*|ineligible|unfit|against|contraindicat\w*|kein\w*)\b[^.;|]{0,40}\bcar[- ]?t\b"
    r"|\bcar[- ]?t\b[^.;|]{0,40}\b(?:not|declin\w*|refus\w*|ineligible|unfit|contraindicat\w*|cancel\w*|abgelehnt)\b",
    re.IGNORECASE,
)
_CAR_T = re.compile(r"\bcar[- ]?t\b|chimeric antigen", re.IGNORECASE)
_PIECES = re.compile(r"[|,;]|->|→|\b(?:then|followed by|and)\b", re.IGNORECASE)
_PURPOSE = re.compile(r"mainten|consolid|transplant|\basct\b|induction|erhaltung", re.IGNORECASE)
_ANOTHER_LINE = re.compile(
    r"relaps|refractory|salvage|progress|next line|\b(?:second|third|fourth|fifth|[2-9](?:nd|rd|th))[- ]line",
    re.IGNORECASE,
)
_ALLOGENEIC = re.compile(r"\ballo(?:geneic|genic|[- ]?sct|[- ]?hsct)?\b", re.IGNORECASE)


_SEQUENCE = frozenset({"induction", "consolidation", "maintenance"})


class Plan(Struct, frozen=True):
    """One plan: the day on which it was made, the drugs that it names, its words."""

    day: date
    agents: frozenset[str]
    text: str
    ref: str
    purpose: bool = False
    """The plan is an order for maintenance, consolidation or induction."""


class Plans(Struct, frozen=True):
    """Every dated plan of a chart."""

    items: tuple[Plan, ...] = ()

    def naming(self, agents: Iterable[str], line: frozenset[str], since: date, day: date) -> tuple[str, ...]:
        """Return the plans made from `since` until before `day` that name all of some drugs as a part of the line's sequence.

        A plan for another line or for a relapse is none; nor is one of the last weeks that says nothing of the drugs given so far
        or of a purpose (it may be the plan to change treatment).
        """
        wanted = frozenset(agents)
        own = [
            plan
            for plan in self.items
            if since <= plan.day < day
            and not _ANOTHER_LINE.search(plan.text)
            and (
                plan.agents & line - wanted
                or _PURPOSE.search(plan.text)
                or plan.purpose
                or days_between(plan.day, day) > 30
            )
        ]
        named = frozenset().union(*(plan.agents for plan in own))
        if not wanted or not wanted <= named:
            return ()
        return tuple(sorted({plan.ref for plan in own if plan.agents & wanted}))

    def car_t(self, since: date, day: date) -> tuple[str, ...]:
        """Return the plans for a CAR-T made between two days (E37)."""
        return tuple(
            sorted(
                plan.ref
                for plan in self.items
                if since <= plan.day <= day
                and (_CAR_T.search(plan.text) or any(agent_of(agent).is_car_t for agent in plan.agents))
            )
        )

    def car_t_open(self, since: date, day: date) -> tuple[str, ...]:
        """Return the plans for a CAR-T made between two days, and after the last that says that there will be none."""
        refused = [plan.day for plan in self.items if plan.day <= day and _NO_CAR_T.search(plan.text)]
        after = max([since, *(one + timedelta(days=1) for one in refused)])
        return self.car_t(after, day)

    def allogeneic(self, since: date, day: date) -> tuple[str, ...]:
        """Return the plans that name an allogeneic transplant, made before it (L10)."""
        return tuple(
            sorted(plan.ref for plan in self.items if since <= plan.day < day and _ALLOGENEIC.search(plan.text))
        )

    def holiday(self, since: date, day: date) -> tuple[str, ...]:
        """Return the plans that name a pause of treatment, made around its beginning or in it (L17)."""
        return tuple(
            sorted(
                plan.ref
                for plan in self.items
                if since - timedelta(days=60) <= plan.day <= day and _HOLIDAY.search(plan.text)
            )
        )


def plans_of(record: PatientRecord) -> Plans:
    """Collect the plans: care plans and request groups as texts, drugs that are planned. Undated plans prove nothing."""
    found = []
    for fact in record.facts:
        if fact.name == "treatment_plan" and fact.date is not None and isinstance(fact.value, str):
            agents = frozenset(agent for piece in _PIECES.split(fact.value) for agent in _drugs_in(piece))
            found.append(Plan(fact.date.latest, agents, fact.value, fact.ref))
    for drug in record.drugs:
        day = drug.asserted or drug.recorded or drug.start
        if drug.taken == "planned" and day is not None:
            found.append(Plan(day.latest, frozenset({drug.agent}), drug.text, drug.ref, drug.intent in _SEQUENCE))
    return Plans(tuple(sorted(found, key=lambda plan: (plan.day, plan.ref, sorted(plan.agents), plan.text))))


def _drugs_in(text: str) -> tuple[str, ...]:
    """Return the drugs that a piece of a plan names, by themselves or by a regimen's name."""
    regimen = regimens_in(text)
    return (*drugs_of([], [text]).agents, *(regimen.agents if regimen else ()))


def names_holiday(text: str | None) -> bool:
    """Tell whether a reason for stopping is a pause, an operation or an infection (L17)."""
    return bool(text and _HOLIDAY.search(text))
