"""Is the history complete? Where it is not, "naive" is "not on record" and counts are lower bounds (L23, F15; E22, E23, E34)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.diagnosis import Disorders
from fhir_mappings.history.line_output import LineRecord
from fhir_mappings.history.progression import is_progression
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import PatientRecord
from fhir_mappings.terminology.agents import CLASSES

THERAPY_KEYS = frozenset(
    {"medicationStatements", "medicationRequests", "medicationAdministrations", "medicationDispenses", "procedures"}
)
_THERAPY_TYPES = ("Medication", "Procedure")
_EARLIER_THERAPY = frozenset({"car_t_history", "hsct_status"})


class Completeness(Struct, frozen=True):
    """`complete` is false with at least one reason in plain words."""

    reasons: tuple[str, ...]
    contradiction: bool = False
    unseen: bool = False
    """A kind of therapy record was never supplied, or an imprecise date leaves it open whether therapy is missing: nothing may be called
    naive, though nothing speaks for missing therapy."""

    @property
    def nothing_unseen(self) -> bool:
        """Tell whether what is not on record may be called naive (F15)."""
        return self.complete and not self.unseen

    @property
    def complete(self) -> bool:
        """Tell whether nothing speaks for missing therapy."""
        return not self.reasons


def completeness(
    record: PatientRecord,
    records: Sequence[LineRecord],
    undated: Sequence[Course],
    disorders: Disorders,
    as_of: date,
    parameters: Parameters,
) -> Completeness:
    """Return why the history may be incomplete; an empty list means that nothing speaks for it."""
    reasons: list[str] = []
    since = disorders.diagnosis.since
    first = records[0].line.start if records else None
    window = parameters.history_gap_first_line_days
    if since is not None and days_between(since.latest, first or as_of) > window:
        reasons.append(
            "the first recorded treatment starts more than 90 days after the diagnosis"
            if first
            else "no treatment is on record although the diagnosis is more than 90 days old"
        )
    contradiction = (
        first is not None and since is not None and days_between(first, since.earliest) > parameters.diagnosis_lead_days
    )
    if contradiction:
        reasons.append("treatment is recorded before the diagnosis date")
    if since is None and len(records) <= 1:
        reasons.append("the date of the diagnosis is not on record")
    if undated:
        names = ", ".join(sorted({course.agent for course in undated}))
        reasons.append(f"no dates are on record for {names}")
    relapses = [s.number for s in record.stated_lines if s.relapse]
    if relapses and max(relapses) > len(records):
        reasons.append("the record states more relapses than it contains lines of therapy")
    reasons += _untreated_gaps(records, as_of, parameters, deceased=record.deceased)
    reasons += _named_earlier_therapy(record)
    reasons += _stated_but_not_given(record)
    unread = sorted(
        n.resource for n in record.quality if n.severity == "error" and n.resource.startswith(_THERAPY_TYPES)
    )
    if unread:
        reasons.append(f"{', '.join(unread[:3])}{' and others' if len(unread) > 3 else ''} could not be read")
    if first is not None and any(
        s.value == "relapse" and s.date is not None and s.date.latest <= first for s in record.statements
    ):
        reasons.append("a relapse is stated before the first treatment on record")
    if any(gap.key in THERAPY_KEYS and gap.failed for gap in record.gaps):
        reasons.append("part of the record of drugs and procedures was not available")
    unseen = any(gap.key in THERAPY_KEYS and not gap.failed for gap in record.gaps)
    # Of a diagnosis known to the month or the year some days may lie further back than the window, and some not.
    unseen = unseen or (since is not None and not reasons and days_between(since.earliest, first or as_of) > window)
    return Completeness(tuple(reasons), contradiction, unseen)


def _untreated_gaps(records: Sequence[LineRecord], as_of: date, parameters: Parameters, *, deceased: bool) -> list[str]:
    """A progression that was followed by more than a year without any treatment on record; nobody is treated after death."""
    for index, record in enumerate(records):
        if deceased and index + 1 == len(records):
            break
        draft = record.draft
        answered = [*draft.restarts, *(t.day for t in draft.transplants), record.line.start]
        answered += [draft.infusion.day] if draft.infusion else []
        events = [e.date for e in record.events if is_progression(e) and e.date > max(answered)]
        if not events or record.line.ongoing:
            continue
        following = records[index + 1].line.start if index + 1 < len(records) else as_of
        treated_until = max([events[0], *([record.line.end] if record.line.end else [])])
        if days_between(treated_until, following) > parameters.history_gap_untreated_days:
            return ["more than a year without treatment on record follows a progression"]
    return []


def _stated_but_not_given(record: PatientRecord) -> list[str]:
    """A drug to which the record calls the disease refractory, and which it does not contain (F14x)."""
    given = {drug.agent for drug in record.drugs if drug.taken not in {"planned", "not-taken"}}
    named = sorted({s.target for s in record.refractory_statements if s.target not in CLASSES} - given)
    return (
        [f"the record calls the disease refractory to {', '.join(named)} and does not contain that treatment"]
        if named
        else []
    )


def _named_earlier_therapy(record: PatientRecord) -> list[str]:
    """A problem list entry for a transplant or CAR-T that the procedures do not contain."""
    named = {problem.concept for problem in record.problems} & _EARLIER_THERAPY
    kinds = {event.kind for event in record.events}
    given = {drug.agent for drug in record.drugs if drug.agent.endswith(("autoleucel", "vicleucel"))}
    missing = []
    if "car_t_history" in named and "car-t" not in kinds and not given:
        missing.append("an earlier CAR-T therapy is named but not recorded")
    if "hsct_status" in named and not any("transplant" in kind for kind in kinds):
        missing.append("an earlier transplant is named but not recorded")
    return missing
