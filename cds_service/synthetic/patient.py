"""One synthetic patient: a story, its record in one style, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from cds_service.synthetic.chance import stream
from cds_service.synthetic.days import iso
from cds_service.synthetic.parameters import DEFAULT, Model
from cds_service.synthetic.record.styles import SHARES, STYLES, Blemishes, draw_blemishes
from cds_service.synthetic.record.write import write_record
from cds_service.synthetic.story.evolution import evolve
from cds_service.synthetic.story.model import Story
from cds_service.synthetic.story.random_story import random_story
from cds_service.synthetic.truth.entry import truth_entry

PREFETCH = {
    "conditions": "Condition",
    "medicationStatements": "MedicationStatement",
    "medicationRequests": "MedicationRequest",
    "medicationAdministrations": "MedicationAdministration",
    "medicationDispenses": "MedicationDispense",
    "observations": "Observation",
    "procedures": "Procedure",
    "allergies": "AllergyIntolerance",
    "diagnosticReports": "DiagnosticReport",
    "carePlans": "CarePlan",
}
"""Prefetch keys of a request and the resource type under each."""


@dataclass(frozen=True)
class SyntheticPatient:
    """A patient with a known truth. `rows` are resource types and resources as JSON text."""

    identifier: str
    style: str
    scenario: str | None
    story: Story
    rows: tuple[tuple[str, str], ...]
    foreign: tuple[tuple[str, str], ...]
    """Resources about somebody else, which only a hook request carries."""
    truth: dict[str, Any]

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """Return the resources as dictionaries."""
        return [orjson.loads(row) for _, row in self.rows]

    @property
    def as_of(self) -> str:
        """Return the day as of which the truth is told."""
        return iso(self.story.until)

    def bundle(self) -> str:
        """Return the chart as a collection Bundle."""
        entries = ",".join(f'{{"fullUrl":"{_url(kind, row)}","resource":{row}}}' for kind, row in self.rows)
        return f'{{"resourceType":"Bundle","id":"{self.identifier}","type":"collection","entry":[{entries}]}}'

    def request(self) -> str:
        """Return a `patient-view` request whose prefetch holds the chart, with `asOf` among the options."""
        rows = (*self.rows, *self.foreign)
        patient = next(row for kind, row in rows if kind == "Patient")
        keys = [f'"patient":{patient}']
        for key, wanted in PREFETCH.items():
            own = [
                row
                for kind, row in rows
                if kind == wanted or (wanted.startswith("MedicationS") and kind == "Medication")
            ]
            entries = ",".join(f'{{"fullUrl":"{_url(_kind(row), row)}","resource":{row}}}' for row in own)
            keys.append(
                f'"{key}":{{"resourceType":"Bundle","type":"searchset","total":{len(own)},"entry":[{entries}]}}'
            )
        options = f'"extension":{{"org.myeloma-cds.options":{{"asOf":"{self.as_of}"}}}}'
        instance = f"00000000-0000-4000-8000-{int.from_bytes(self.identifier.encode(), 'big') % 10**12:012d}"
        return (
            f'{{"hook":"patient-view","hookInstance":"{instance}","context":{{"userId":"Practitioner/synthetic",'
            f'"patientId":"{self.identifier}"}},{options},"prefetch":{{{",".join(keys)}}}}}'
        )


def _kind(row: str) -> str:
    return row[17 : row.index('"', 17)]


def _url(kind: str, row: str) -> str:
    start = row.index('"id":"') + 6
    return f"https://synthetic.example/fhir/{kind}/{row[start : row.index(chr(34), start)]}"


def generate(
    seed: int, index: int, scenario: str | None = None, style: str | None = None, *, model: Model = DEFAULT
) -> SyntheticPatient:
    """Return patient `index` of a seed: the same whoever asks, however many others are made.

    `scenario` is a name of `scenario_names()`; without one the story is random. `style` is a name of `STYLES`; without one it is drawn
    (a scenario has its own). Raises `KeyError` for a name that does not exist.
    """
    from cds_service.synthetic.scenarios import SCENARIOS

    if scenario is not None:
        chosen = SCENARIOS[scenario]
        story = chosen.story(stream(seed, index, f"story/{scenario}"))
        name = style or chosen.style
        blemishes = chosen.blemishes(story) if style is None else Blemishes()
        identifier = f"syn-{seed}-{scenario}" + (f"-{index}" if index else "")
    else:
        story = random_story(stream(seed, index, "story"), model)
        evolve(story, stream(seed, index, "evolution"), model)
        name = style or stream(seed, index, "style").weighted(SHARES)
        blemishes = draw_blemishes(STYLES[name], story, stream(seed, index, "blemishes"))
        identifier = f"syn-{seed}-{index:06d}"
    chance = stream(seed, index, f"record/{scenario or ''}/{name}")
    chart, shown = write_record(story, STYLES[name], blemishes, chance, model, identifier, index)
    truth = {"patient": f"Patient/{identifier}", "seed": seed, "index": index, "style": name, "scenario": scenario}
    truth |= truth_entry(story, shown, blemishes, identifier)
    return SyntheticPatient(identifier, name, scenario, story, tuple(chart.rows), tuple(chart.foreign), truth)
