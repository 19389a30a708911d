"""Drugs in the record: as statements, as orders with administrations and dispenses, or as a registry has them."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import iso
from cds_service.synthetic.record.chart import Chart, coding, concept, text
from cds_service.synthetic.record.codes import (
    MII_END,
    MII_REASONS,
    PROGRESSION_REASON,
    REASON_WORDS,
    DrugWords,
    drug,
)
from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.record.styles import Blemishes, Style
from cds_service.synthetic.story.model import Given, Story

_ROLE_WORDS = {
    "conditioning": "high-dose conditioning before autologous transplant",
    "mobilization": "stem cell mobilization",
    "lymphodepletion": "lymphodepletion before CAR-T infusion",
}


class Medications:
    """Writes the drugs of one story in one style."""

    def __init__(
        self,
        chart: Chart,
        story: Story,
        style: Style,
        blemishes: Blemishes,
        chance: Chance,
        condition: str,
        shown: Shown,
    ) -> None:
        self.chart, self.story, self.style, self.blemishes = chart, story, style, blemishes
        self.chance, self.condition, self.shown = chance, condition, shown
        self._medications: dict[str, str] = {}
        self._regimens: dict[tuple[int, str], str] = {}

    def write(self) -> None:
        """Write every drug that the record contains."""
        for number, given in enumerate(self.story.given):
            if 0 < given.line <= self.blemishes.lost_lines:
                continue
            if given.role == "conditioning" and self.chance.happens(0.5):
                self.shown.drugs.add(number)  # the transplant tells of it (E20)
                self.shown.exact_end.add(number)
                continue
            if given.role == "car-t" and self.chance.happens(0.6):
                self.shown.drugs.add(number)  # the procedure names the product
                self.shown.exact_end.add(number)
                continue
            self.shown.drugs.add(number)
            if given.only_ordered:
                self._order(given, given.start, given.start, "completed", bounded=False)
            elif self.style.shape == "orders":
                self._orders(number, given)
            else:
                self._statement(number, given)

    # --- statements --------------------------------------------------------------------------------------------------

    def _statement(self, number: int, given: Given) -> None:
        lost_end = number in self.blemishes.no_end
        status = self._status(given)
        period = f'"start":"{self._date(given.start)}"'
        if not given.ongoing and not lost_end:
            period += f',"end":"{self._date(given.last)}"'
            if not self.blemishes.month_dates:
                self.shown.exact_end.add(number)
        if not self.blemishes.month_dates:
            self.shown.exact_start.add(number)
        until = self.story.last_seen
        asserted = given.last + 3 if not given.ongoing else until - self.chance.days(0, 20)
        if given.ongoing and until - given.last < 30:
            self.shown.asserted.add(number)
        asserted = max(min(asserted, until), given.start)
        parts = [
            f'"status":"{status}"',
            self._medication(given),
            self.chart.subject,
            f'"effectivePeriod":{{{period}}}',
            f'"dateAsserted":"{iso(asserted)}"',
        ]
        parts += self._reason(number, given)
        parts += self._indication(given)
        parts.append(f'"dosage":[{{"text":{text(_dosage(given))}}}]')
        if self.style.shape == "registry" and given.line and given.role == "systemic":
            parts.append(f'"partOf":[{{"reference":"{self._regimen(given)}"}}]')
        body = ",".join(parts)
        self.chart.add("MedicationStatement", body)
        if self.blemishes.duplicates and self.chance.happens(0.4):
            self.chart.add("MedicationStatement", body)

    def _status(self, given: Given) -> str:
        if given.ongoing:
            return "active"
        return (
            "stopped"
            if given.reason in {"progression", "toxicity", "other"} and self.style.name != "registry"
            else "completed"
        )

    def _date(self, day: int) -> str:
        return iso(day)[:7] if self.blemishes.month_dates else iso(day)

    def _reason(self, number: int, given: Given) -> list[str]:
        if given.reason is None or given.reason == "death":
            return []
        told = self.chance.happens(self.style.gives_reasons) if given.told is None else given.told
        if not told:
            return []
        self.shown.reasons.add(number)
        return [f'"statusReason":[{self._reason_concept(given)}]']

    def _reason_concept(self, given: Given) -> str:
        reason = given.reason or "other"
        if self.style.shape == "registry" and reason in MII_REASONS:
            return concept("", coding(MII_END, MII_REASONS[reason]))
        if reason == "progression" and self.style.words in {"rxnorm", "product"}:
            return PROGRESSION_REASON
        words = REASON_WORDS[reason]
        if given.toxicity:
            words = f"{words}: {given.toxicity[0].lower()} grade {given.toxicity[1]}"
        return concept(words)

    def _indication(self, given: Given) -> list[str]:
        if given.role in _ROLE_WORDS:
            return [f'"reasonCode":[{concept(_ROLE_WORDS[given.role])}]']
        if given.indication == "smoldering":
            return [f'"reasonCode":[{concept("Smoldering multiple myeloma")}]']
        if given.indication == "al-amyloidosis":
            return [f'"reasonCode":[{concept("AL amyloidosis")}]']
        return [f'"reasonReference":[{{"reference":"{self.condition}"}}]'] if self.chance.happens(0.6) else []

    def _medication(self, given: Given) -> str:
        words = drug(given.agent)
        if self.style.shape != "registry":
            return f'"medicationCodeableConcept":{self._words(given, words)}'
        name = given.words or given.agent
        if name not in self._medications:
            code = concept(given.words) if given.words else words.atc
            self._medications[name] = self.chart.add("Medication", f'"code":{code}')
        return f'"medicationReference":{{"reference":"{self._medications[name]}"}}'

    def _words(self, given: Given, words: DrugWords) -> str:
        if given.words:
            return concept(given.words)
        kinds = {
            "rxnorm": words.rxnorm,
            "product": words.product,
            "atc": words.atc,
            "words": words.words,
            "local": words.local,
        }
        return kinds[self.style.words]

    def _regimen(self, given: Given) -> str:
        """Return the registry's procedure of the phase that the drug belongs to."""
        key = (given.line, given.phase)
        if key not in self._regimens:
            same = [g for g in self.story.given if (g.line, g.phase) == key]
            start, last = min(g.start for g in same), max(g.last for g in same)
            ongoing = any(g.ongoing for g in same)
            end = "" if ongoing else f',"end":"{self._date(last)}"'
            name = {"induction": "Induktion", "maintenance": "Erhaltung", "consolidation": "Konsolidierung"}.get(
                given.phase, "Systemtherapie"
            )
            body = (
                f'"status":"{"in-progress" if ongoing else "completed"}","code":{concept(name)},{self.chart.subject},'
                f'"performedPeriod":{{"start":"{self._date(start)}"{end}}}'
            )
            self._regimens[key] = self.chart.add("Procedure", body)
        return self._regimens[key]

    # --- orders, administrations, dispenses --------------------------------------------------------------------------

    def _orders(self, number: int, given: Given) -> None:
        self.shown.exact_start.add(number)
        if not given.ongoing:
            self.shown.exact_end.add(number)
        self.shown.asserted.add(number)
        status = "active" if given.ongoing else "completed" if given.reason == "planned-completion" else "stopped"
        order = self._order(given, given.start, given.last, status, bounded=not given.ongoing, number=number)
        words = drug(given.agent)
        medication = f'"medicationCodeableConcept":{self._words(given, words)}'
        reason = ",".join(self._indication(given))
        reason = f",{reason}" if reason else ""
        if words.oral and given.role == "systemic":
            self._dispenses(given, medication, order)
            return
        for day in _days_given(given, words.every):
            self.chart.add(
                "MedicationAdministration",
                f'"status":"completed",{medication},{self.chart.subject},"effectiveDateTime":"{iso(day)}"{reason},'
                f'"request":{{"reference":"{order}"}},"dosage":{{"dose":{{"value":{given.dose_mg or 1.0:g},"unit":"mg"}}}}',
            )

    def _dispenses(self, given: Given, medication: str, order: str) -> None:
        day = given.start
        while day <= given.last:
            supply = min(28, given.last - day + 1)
            self.chart.add(
                "MedicationDispense",
                f'"status":"completed",{medication},{self.chart.subject},"authorizingPrescription":[{{"reference":"{order}"}}],'
                f'"daysSupply":{{"value":{supply},"unit":"d"}},"whenHandedOver":"{iso(day)}"',
            )
            day += 28

    def _order(
        self, given: Given, start: int, last: int, status: str, *, bounded: bool, number: int | None = None
    ) -> str:
        validity = ""
        if bounded:
            validity = f',"dispenseRequest":{{"validityPeriod":{{"start":"{iso(start)}","end":"{iso(last)}"}}}}'
        reason = ""
        if number is not None and (shown := self._reason(number, given)):
            reason = f',"statusReason":{self._reason_concept(given)}' if shown else ""
        indication = ",".join(self._indication(given))
        indication = f",{indication}" if indication else ""
        what = f'"medicationCodeableConcept":{self._words(given, drug(given.agent))}'
        return self.chart.add(
            "MedicationRequest",
            f'"status":"{status}","intent":"order",{what},{self.chart.subject},'
            f'"authoredOn":"{iso(start)}"{indication}{reason},"dosageInstruction":[{{"text":{text(_dosage(given))}}}]{validity}',
        )


def _days_given(given: Given, every: int) -> list[int]:
    """Return the days of the doses: the last one is the last day of the exposure; after a year once in four weeks."""
    days = []
    day = given.start
    while day < given.last:
        days.append(day)
        day += every if day - given.start < 180 else max(every, 28)
    days.append(given.last)
    return days


def _dosage(given: Given) -> str:
    kind = f", {given.phase}" if given.phase in {"maintenance", "consolidation"} else ""
    return f"{given.dose_mg:g} mg{kind}" if given.dose_mg else f"as planned{kind}"
