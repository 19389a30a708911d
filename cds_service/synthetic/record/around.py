"""What stands around the treatment: supportive drugs, drugs that were never given, results of other people."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import iso
from cds_service.synthetic.record.chart import Chart, concept
from cds_service.synthetic.record.codes import drug
from cds_service.synthetic.record.styles import Blemishes, Style
from cds_service.synthetic.story.model import Story

_SUPPORT = (
    ("aciclovir", "antiviral prophylaxis on bortezomib", 0.6),
    ("zoledronic acid", "bone protection in multiple myeloma", 0.55),
    ("apixaban", "thrombosis prophylaxis with lenalidomide", 0.4),
    ("allopurinol", "", 0.25),
)
_NEVER = ("selinexor", "teclistamab", "venetoclax", "elotuzumab", "ixazomib", "panobinostat", "talquetamab")


def write_supportive(chart: Chart, story: Story, style: Style, chance: Chance) -> None:
    """Write supportive drugs; their reasons name the disease or a myeloma drug, as they do in life."""
    if not story.lines:
        return
    start = story.lines[0].start
    for name, reason, share in _SUPPORT:
        if chance.happens(share):
            words = drug(name)
            what = {"atc": words.atc, "words": words.words, "product": words.product}.get(style.words, words.rxnorm)
            why = f',"reasonCode":[{concept(reason)}]' if reason else ""
            end = min(start + chance.days(60, 900), story.last_seen)
            chart.add(
                "MedicationStatement",
                f'"status":"completed","medicationCodeableConcept":{what},{chart.subject},'
                f'"effectivePeriod":{{"start":"{iso(start)}","end":"{iso(end)}"}}{why}',
            )


def never_given(story: Story, chance: Chance) -> list[tuple[str, str]]:
    """Return drugs with the status under which the record holds them although nobody took them (L02)."""
    had = {given.agent for given in story.given}
    options = [name for name in _NEVER if name not in had]
    statuses = ("entered-in-error", "not-taken", "intended", "draft", "cancelled", "plan")
    return [(options.pop(chance.days(0, len(options) - 1)), chance.pick(statuses)) for _ in range(chance.days(1, 2))]


def write_never_given(chart: Chart, story: Story, style: Style, chance: Chance) -> list[str]:
    """Write records of drugs that were never given; return the drugs."""
    day = iso(max(story.last_seen - chance.days(5, 400), story.diagnosis))
    drugs = never_given(story, chance)
    for name, status in drugs:
        words = drug(name)
        what = {"atc": words.atc, "words": words.words, "product": words.product}.get(style.words, words.rxnorm)
        if status in {"draft", "cancelled", "plan"}:
            state = f'"status":"{"active" if status == "plan" else status}","intent":"{"plan" if status == "plan" else "order"}"'
            chart.add(
                "MedicationRequest", f'{state},"medicationCodeableConcept":{what},{chart.subject},"authoredOn":"{day}"'
            )
        else:
            chart.add(
                "MedicationStatement",
                f'"status":"{status}","medicationCodeableConcept":{what},{chart.subject},"effectivePeriod":{{"start":"{day}"}}',
            )
    return [name for name, _ in drugs]


def write_other_patients(chart: Chart, story: Story, chance: Chance) -> None:
    """Write resources that are about somebody else and must be left out; only a hook request carries them."""
    other = f'"subject":{{"reference":"Patient/{chart.patient}-x"}}'
    day = iso(max(story.last_seen - chance.days(5, 300), story.diagnosis))
    chart.add(
        "MedicationStatement",
        f'"status":"active","medicationCodeableConcept":{drug("teclistamab").words},{other},"effectivePeriod":{{"start":"{day}"}}',
        foreign=True,
    )
    chart.add(
        "Observation",
        f'"status":"final","code":{concept("M-spike")},{other},"effectiveDateTime":"{day}","valueQuantity":{{"value":9.1,"unit":"g/dL"}}',
        foreign=True,
    )


def write_line_number(chart: Chart, story: Story, blemishes: Blemishes) -> None:
    """State how many relapses there were, when earlier lines are not on record."""
    if not (blemishes.lost_lines and blemishes.states_line):
        return
    line = story.lines[blemishes.lost_lines]
    when = f'{chart.subject},"effectiveDateTime":"{iso(line.start)}"'
    chart.add(
        "Observation", f'"status":"final","code":{concept("Line of therapy")},{when},"valueInteger":{line.number}'
    )
