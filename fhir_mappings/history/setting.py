"""The setting in which an exposure to a drug is judged, and the verdict that comes of it (F01)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from fhir_mappings.history.course import Course
from fhir_mappings.history.line_output import LineRecord
from fhir_mappings.history.model import Progression, ResponseCategory, Status
from fhir_mappings.history.progression import Disease
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import ConfidenceLevel, StatedRefractory


class Verdict(Struct, frozen=True):
    """What one exposure to a drug shows."""

    status: Status
    confidence: ConfidenceLevel
    reason: str
    since: date | None = None
    basis: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    best: ResponseCategory | None = None


class Setting(Struct, frozen=True):
    """The course of events in which an exposure is judged."""

    records: Sequence[LineRecord]
    disease: Disease
    stated: tuple[StatedRefractory, ...]
    as_of: date
    parameters: Parameters
    extra: tuple[Progression, ...] = ()
    """Events outside the lines: the first myeloma-defining event of smoldering disease (E33)."""

    def record_of(self, course: Course) -> LineRecord | None:
        """Return the line in which a course began."""
        for record in self.records:
            if any(course is own for segment in record.draft.segments for own in segment.batch.courses):
                return record
        if course.start is None:
            return None
        for record in self.records:
            infusion = record.draft.infusion
            if infusion is not None and infusion.agent == course.agent and infusion.day == course.first_day:
                return record
            if any(course is own for transplant in record.draft.transplants for own in transplant.conditioning):
                return record
            if course.role == "conditioning" and any(t.day == course.first_day for t in record.draft.transplants):
                return record
        return None

    @property
    def events(self) -> tuple[Progression, ...]:
        """Return every event of every line in order of time."""
        found = [*self.extra, *(event for record in self.records for event in record.events)]
        return tuple(sorted(found, key=lambda event: (event.date, event.trust)))
