"""The four stages behind one object: read, history, advice, presentation.

This is the only module of the service that calls them. A test can put another pipeline in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from msgspec.structs import replace

from cards.advise.model import Advice
from cards.advise.pipeline import advise
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Knowledge
from cards.orders import Drafts, check_orders, order_card
from cards.present.assessment import assessment_document
from cards.present.card import Card
from cards.present.cards import cards_for
from cards.present.to_json import card_json
from cds_service import __version__
from cds_service.demo import load_patient
from cds_service.identifiers import card_uuid
from cds_service.options import Options
from cds_service.parts import Part
from cds_service.settings import TopicCodes
from cds_service.stages import Stages
from fhir_mappings.history import TreatmentHistory, build_history
from fhir_mappings.read import Reading, read_bundles, read_chart
from fhir_mappings.record import Gap, PatientRecord

SOURCE = "myeloma-cds"
_NO_SUBJECTS: Mapping[str, str | None] = {}
WARM_UP = "dvrd-asct-dr-relapse"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One patient's history and the advice that follows from it."""

    history: TreatmentHistory
    advice: Advice


class Pipeline:
    """Reads charts, makes cards and documents. Holds nothing but the knowledge, which never changes while it runs."""

    def __init__(self) -> None:
        self._knowledge: Knowledge | None = None

    def knowledge(self) -> Knowledge:
        """Return the knowledge, loaded once per process."""
        if self._knowledge is None:
            self._knowledge = load_knowledge()
        return self._knowledge

    def knowledge_version(self) -> str:
        """Return the version of the knowledge; raises what the loader raises when it cannot be used."""
        return self.knowledge().version

    def warm_up(self) -> None:
        """Load the knowledge and take a shipped patient the whole way, so that the first caller does not wait for it."""
        options = Options(date(2026, 11, 1), "US", "current", "unknown")
        for record in self.read_everyone([Part.of(load_patient(WARM_UP))], (), strict=False):
            cards_json(self.cards(self.assess(record, options, Stages())), "hyphen")

    def read_patient(
        self, parts: Sequence[Part], patient_id: str, gaps: tuple[Gap, ...], *, drugs_looked_for: bool, strict: bool
    ) -> Reading:
        """Read the chart of one patient; what is about somebody else is left out and counted (R43)."""

        def read(some: Sequence[Part]) -> Reading:
            return read_chart([part.entries for part in some], patient_id, drugs_looked_for=drugs_looked_for)

        reading = read(parts)
        if strict and (valid := _valid_parts(parts, [reading.record])) is not None:
            reading = read(valid)
        return replace(reading, record=replace(reading.record, gaps=gaps))

    def read_everyone(self, parts: Sequence[Part], gaps: tuple[Gap, ...], *, strict: bool) -> list[PatientRecord]:
        """Read the chart of every patient that the input is about."""
        records = read_bundles([part.entries for part in parts])
        if strict and (valid := _valid_parts(parts, list(records.values()))) is not None:
            records = read_bundles([part.entries for part in valid])
        return [replace(record, gaps=gaps) for record in records.values()]

    def assess(self, record: PatientRecord, options: Options, stages: Stages) -> Assessment:
        """Derive the history as of the day, then the advice."""
        with stages.stage("history"):
            history = build_history(record, options.as_of, car_t_access=options.car_t_access)
        with stages.stage("advise"):
            advice = advise(
                history,
                self.knowledge(),
                policy=options.policy,
                jurisdiction=options.jurisdiction,
                car_t_access=options.car_t_access,
                parameters=options.site.parameters(),
            )
        return Assessment(history, advice)

    def cards(self, assessment: Assessment) -> tuple[Card, ...]:
        """Word the cards."""
        return cards_for(assessment.history, assessment.advice, program_version=__version__)

    def order_card(self, assessment: Assessment, drafts: Drafts, options: Options) -> tuple[Card | None, str | None]:
        """Check draft orders and word the card about them; with it, the regimen or drug that it is about."""
        check = check_orders(
            assessment.history,
            self.knowledge(),
            drafts,
            jurisdiction=options.jurisdiction,
            car_t_access=options.car_t_access,
            parameters=options.site.parameters(),
        )
        return order_card(check, program_version=__version__), check.regimen or check.agents[0]

    def document(self, assessment: Assessment) -> dict[str, Any]:
        """Write the assessment document."""
        return assessment_document(assessment.history, assessment.advice, program_version=__version__)


def cards_json(
    cards: Sequence[Card], topic_codes: TopicCodes, subjects: Mapping[str, str | None] = _NO_SUBJECTS
) -> list[dict[str, Any]]:
    """Turn cards into what a CDS Hooks client reads, each with an id of its own that carries its topic (R67).

    `subjects` names the regimen or drug of a topic, which the id carries as well, so that feedback can be counted by it.
    """
    return [
        card_json(
            card,
            uuid=card_uuid(card.topic, subjects.get(card.topic)),
            topic_style=topic_codes,
            source_label=SOURCE,
        )
        for card in cards
    ]


def leading_regimen(advice: Advice) -> str | None:
    """Return the regimen that an options card names first."""
    for place in advice.jurisdictions:
        offered = advice.by_jurisdiction[place].recommendations
        if offered:
            return offered[0].regimen
    return None


def _valid_parts(parts: Sequence[Part], records: Sequence[PatientRecord]) -> list[Part] | None:
    from cds_service.strict import without_invalid

    return without_invalid(parts, records)
