"""From a story to its record, in one style."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.parameters import Model
from cds_service.synthetic.record.around import (
    write_line_number,
    write_never_given,
    write_other_patients,
    write_supportive,
)
from cds_service.synthetic.record.chart import Chart
from cds_service.synthetic.record.events import write_findings, write_procedures, write_progressions, write_reactions
from cds_service.synthetic.record.findings import write_others
from cds_service.synthetic.record.laboratory import write_laboratory
from cds_service.synthetic.record.medications import Medications
from cds_service.synthetic.record.problems import write_diagnosis, write_patient, write_problems
from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.record.styles import Blemishes, Style
from cds_service.synthetic.story.model import Story


def write_record(
    story: Story, style: Style, blemishes: Blemishes, chance: Chance, model: Model, patient: str, number: int
) -> tuple[Chart, Shown]:
    """Write the chart; return it with what it shows of the story."""
    chart, shown = Chart(patient), Shown()
    write_patient(chart, story, number)
    condition = write_diagnosis(chart, story, style)
    write_problems(chart, story, style)
    Medications(chart, story, style, blemishes, chance, condition, shown).write()
    write_procedures(chart, story, style, blemishes)
    write_laboratory(chart, story, style, blemishes, chance, model, shown)
    write_progressions(chart, story, style, blemishes, chance, condition, shown)
    write_findings(chart, story, style, chance)
    write_reactions(chart, story, chance)
    write_others(chart, story, style)
    write_supportive(chart, story, style, chance)
    if blemishes.never_given:
        write_never_given(chart, story, style, chance)
    if blemishes.other_patients:
        write_other_patients(chart, story, chance)
    write_line_number(chart, story, blemishes)
    shown.features = sorted({*blemishes.names(), *story.notes})
    return chart, shown
