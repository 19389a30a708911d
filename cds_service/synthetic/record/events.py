"""Procedures, what is said about progression, imaging, genetics and scores in the record."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import iso
from cds_service.synthetic.record.chart import Chart, coding, concept, text
from cds_service.synthetic.record.codes import (
    CAR_T,
    DISEASE_STATUS,
    EXAM,
    HL7,
    LABORATORY,
    LOINC,
    SURVEY,
    TRANSPLANT,
    WORSENED,
)
from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.record.styles import Blemishes, Style
from cds_service.synthetic.story.model import Event, Story

_LESIONS = {
    "bone": "New lytic lesion in the right iliac bone.",
    "soft-tissue": "New extramedullary soft tissue plasmacytoma in the liver.",
}
_STUDY = concept("PET-CT whole body")
_FISH = concept("FISH, plasma cell myeloma panel, bone marrow")
_GENETICS = concept("Genetic variant assessment", coding(LOINC, "69548-6", "Genetic variant assessment"))
_ECOG = concept("ECOG Performance Status score", coding(LOINC, "89247-1", "ECOG Performance Status score"))
_ECOG_WORDS = concept("ECOG performance status")
_ACCESS = concept("CAR-T access")
_PROBES = ("t(4;14)", "t(11;14)", "t(14;16)", "t(14;20)", "del(17p)", "gain(1q)", "del(1p32)")


def write_procedures(chart: Chart, story: Story, style: Style, blemishes: Blemishes) -> None:
    """Write transplants, collections, infusions and radiotherapy."""
    for event in story.events:
        if 0 < event.line <= blemishes.lost_lines or event.kind == "new-lesion":
            continue
        chart.add(
            "Procedure",
            f'"status":"completed","code":{_procedure(event, style)},{chart.subject},"performedDateTime":"{iso(event.day)}"',
        )


def _procedure(event: Event, style: Style) -> str:
    coded = style.words != "words"
    if event.kind == "autologous-transplant":
        return TRANSPLANT if coded else concept("Autologous stem cell transplant")
    if event.kind == "allogeneic-transplant":
        return concept("Allogeneic stem cell transplantation")
    if event.kind == "apheresis":
        return concept("Leukapheresis for CAR-T cell collection")
    if event.kind == "car-t":
        code = CAR_T.get(event.text)
        return (
            concept(f"Infusion of {event.text}", code)
            if code and style.units == "US" and coded
            else concept(f"CAR-T infusion: {event.text}")
        )
    if event.kind == "radiotherapy":
        return concept("Radiotherapy 8 Gy to T12")
    return concept(event.text or event.kind)


def write_progressions(
    chart: Chart, story: Story, style: Style, blemishes: Blemishes, chance: Chance, condition: str, shown: Shown
) -> None:
    """Write what clinicians and radiologists say about progressions, where they say it."""
    lesions = {e.day: e for e in story.events if e.kind == "new-lesion"}
    for line in story.lines:
        if line.number <= blemishes.lost_lines:
            continue
        for progress in line.progressions:
            if progress.day in lesions:
                words = _LESIONS[lesions[progress.day].text or "bone"]
                chart.add(
                    "DiagnosticReport",
                    f'"status":"final","code":{_STUDY},{chart.subject},"effectiveDateTime":"{iso(progress.day)}",'
                    f'"conclusion":{text(words + " Progressive disease.")}',
                )
                shown.stated.setdefault(progress.day, progress.day)
            if progress.by == "marker" and not chance.happens(style.states_progression):
                continue
            later = {"marker": 9, "imaging": 3}.get(progress.by, 0)  # a progression by statement is dated by it
            said = min(progress.day + chance.days(0, later), story.last_seen)
            shown.stated.setdefault(progress.day, said)
            if style.coded_labs:
                value = f'"focus":[{{"reference":"{condition}"}}],"valueCodeableConcept":{WORSENED}'
                code = DISEASE_STATUS
            else:
                code, value = concept("IMWG response"), '"valueString":"PD, progressive disease"'
            chart.add(
                "Observation",
                f'"status":"final","category":[{EXAM}],"code":{code},{chart.subject},"effectiveDateTime":"{iso(said)}",{value}',
            )


def write_findings(chart: Chart, story: Story, style: Style, chance: Chance) -> None:
    """Write genetics, performance status, hepatitis serology and access to CAR-T."""
    if chance.happens(style.genetics):
        _genetics(chart, story, style, chance)
    for line in story.lines:
        if chance.happens(0.5):
            code = _ECOG if style.coded_labs else _ECOG_WORDS
            value = f'"valueInteger":{story.ecog}' if style.coded_labs else f'"valueString":"{story.ecog}"'
            chart.add(
                "Observation",
                f'"status":"final","category":[{SURVEY}],"code":{code},{chart.subject},"effectiveDateTime":"{iso(line.start)}",{value}',
            )
    if story.car_t_access != "unknown" and chance.happens(0.5):
        value = "available" if story.car_t_access == "yes" else "not available"
        chart.add(
            "Observation",
            f'"status":"final","category":[{EXAM}],"code":{_ACCESS},{chart.subject},"effectiveDateTime":"{iso(story.visits[-1])}","valueString":"{value}"',
        )


def _genetics(chart: Chart, story: Story, style: Style, chance: Chance) -> None:
    day = iso(min(story.diagnosis + chance.days(2, 14), story.last_seen))
    head = f'"status":"final","category":[{LABORATORY}]'
    if style.coded_labs and chance.happens(0.4):
        parts = ",".join(
            f'{{"code":{concept(name)},"valueString":"{"detected" if story.genomics.get(name) else "not detected"}"}}'
            for name in _PROBES
        )
        value = f'"component":[{parts}]'
    else:
        said = "; ".join(
            f"{name} {'detected in 62% of nuclei' if story.genomics.get(name) else 'not detected'}" for name in _PROBES
        )
        value = f'"valueString":{text("FISH on CD138-selected plasma cells: " + said + ".")}'
    chart.add("Observation", f'{head},"code":{_FISH},{chart.subject},"effectiveDateTime":"{day}",{value}')
    for gain in story.gained:
        if gain.tested:
            said = text(f"FISH on CD138-selected plasma cells: {gain.name} detected in 48% of nuclei.")
            when = f'"effectiveDateTime":"{iso(gain.day)}","valueString":{said}'
            chart.add("Observation", f'{head},"code":{_FISH},{chart.subject},{when}')
    if story.genomics.get("TP53 mutation") and style.coded_labs:
        studied = concept("Gene studied", coding(LOINC, "48018-6", "Gene studied [ID]"))
        value = f'"valueCodeableConcept":{concept("Present")},"component":[{{"code":{studied},"valueCodeableConcept":{concept("TP53")}}}]'
        chart.add("Observation", f'{head},"code":{_GENETICS},{chart.subject},"effectiveDateTime":"{day}",{value}')


def write_reactions(chart: Chart, story: Story, chance: Chance) -> None:
    """Write some of the reactions that ended a drug as allergies or intolerances."""
    active = concept("", coding(f"{HL7}/allergyintolerance-clinical", "active"))
    for given in story.given:
        if (
            given.toxicity
            and given.toxicity[0] in {"Rash", "Urticaria", "Infusion related reaction"}
            and chance.happens(0.5)
        ):
            chart.add(
                "AllergyIntolerance",
                f'"clinicalStatus":{active},"code":{concept(given.agent)},"patient":{{"reference":"Patient/{chart.patient}"}},'
                f'"recordedDate":"{iso(given.last)}","reaction":[{{"manifestation":[{concept(given.toxicity[0])}]}}]',
            )
