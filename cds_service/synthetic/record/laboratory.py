"""Laboratory results at the visits: the marker with its measurement error, and what else is taken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import iso
from cds_service.synthetic.parameters import Model
from cds_service.synthetic.record.chart import UCUM, Chart, coding, concept
from cds_service.synthetic.record.codes import LABORATORY, LOINC
from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.record.styles import Blemishes, Style
from cds_service.synthetic.story.model import Story


@dataclass(frozen=True, slots=True)
class Test:
    """A test: its code, its name in a chart without codes, unit and factor from our unit in each system, and decimals."""

    loinc: str
    display: str
    words: str
    us: tuple[str, float, int]
    eu: tuple[str, float, int]


TESTS: Final = {
    "m_protein": Test(
        "33358-3",
        "Protein.monoclonal [Mass/volume] in Serum or Plasma by Electrophoresis",
        "M-spike",
        ("g/dL", 0.1, 2),
        ("g/L", 1.0, 1),
    ),
    "kappa": Test(
        "36916-5",
        "Kappa light chains.free [Mass/volume] in Serum",
        "Kappa Free Light Chain, S",
        ("mg/dL", 0.1, 2),
        ("mg/L", 1.0, 1),
    ),
    "lambda": Test(
        "33944-0",
        "Lambda light chains.free [Mass/volume] in Serum or Plasma",
        "Lambda Free Light Chain, S",
        ("mg/dL", 0.1, 2),
        ("mg/L", 1.0, 1),
    ),
    "hemoglobin": Test("718-7", "Hemoglobin [Mass/volume] in Blood", "Hemoglobin", ("g/dL", 1.0, 1), ("g/L", 10.0, 0)),
    "calcium": Test(
        "17861-6", "Calcium [Mass/volume] in Serum or Plasma", "Calcium", ("mg/dL", 1.0, 1), ("mmol/L", 0.2495, 2)
    ),
    "creatinine": Test(
        "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "Creatinine", ("mg/dL", 1.0, 2), ("umol/L", 88.42, 0)
    ),
    "albumin": Test(
        "1751-7", "Albumin [Mass/volume] in Serum or Plasma", "Albumin", ("g/dL", 1.0, 1), ("g/L", 10.0, 0)
    ),
    "platelets": Test(
        "777-3",
        "Platelets [#/volume] in Blood by Automated count",
        "Platelet count",
        ("10*3/uL", 1.0, 0),
        ("10*9/L", 1.0, 0),
    ),
    "anc": Test(
        "751-8",
        "Neutrophils [#/volume] in Blood by Automated count",
        "Absolute neutrophil count",
        ("10*3/uL", 1.0, 1),
        ("10*9/L", 1.0, 1),
    ),
    "b2m": Test(
        "1952-1",
        "Beta-2-Microglobulin [Mass/volume] in Serum or Plasma",
        "Beta-2 microglobulin",
        ("mg/L", 1.0, 1),
        ("mg/L", 1.0, 1),
    ),
    "ldh": Test(
        "2532-0",
        "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma",
        "LDH",
        ("U/L", 1.0, 0),
        ("U/L", 1.0, 0),
    ),
    "marrow": Test(
        "11118-7", "Plasma cells/100 cells in Bone marrow", "Bone marrow plasma cells", ("%", 1.0, 0), ("%", 1.0, 0)
    ),
    "lvef": Test("10230-1", "Left ventricular Ejection fraction", "LVEF", ("%", 1.0, 0), ("%", 1.0, 0)),
    "weight": Test("29463-7", "Body weight", "Body weight", ("kg", 1.0, 0), ("kg", 1.0, 0)),
    "height": Test("8302-2", "Body height", "Body height", ("cm", 1.0, 0), ("cm", 1.0, 0)),
}
_EUROPEAN_CODES: Final = {
    "creatinine": ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma"),
    "calcium": ("2000-8", "Calcium [Moles/volume] in Serum or Plasma"),
}


class Laboratory:
    """Writes results in the way of one style."""

    def __init__(self, chart: Chart, style: Style) -> None:
        self.chart = chart
        self._tests = _templates(style.units, coded=style.coded_labs)

    def result(self, name: str, day: int, value: float, *, unit: bool = True) -> None:
        """Write one result, given in our unit (g/L, mg/L, g/dL, mg/dL, 10*9/L)."""
        with_unit, without, factor = self._tests[name]
        self.chart.observe(with_unit if unit else without, iso(day), value * factor)


@cache
def _templates(units: str, *, coded: bool) -> dict[str, tuple[str, str, float]]:
    """Return of every test its result with and without a unit, to be filled by `Chart.observe`, and the factor."""
    return {name: _template(name, test, units, coded=coded) for name, test in TESTS.items()}


def _template(name: str, test: Test, units: str, *, coded: bool) -> tuple[str, str, float]:
    unit, factor, decimals = test.us if units == "US" else test.eu
    loinc, display = test.loinc, test.display
    if units == "EU" and name in _EUROPEAN_CODES:
        loinc, display = _EUROPEAN_CODES[name]
    code = concept(test.words, coding(LOINC, loinc, display)) if coded else concept(test.words)
    opening = f'"status":"final","category":[{LABORATORY}],"code":{code},'.replace("%", "%%")
    opening += '%s,"effectiveDateTime":"%s",'
    number, plain = f"%.{decimals}f", unit.replace("%", "%%")
    if not coded:
        return f'{opening}"valueString":"{number} {plain}"', f'{opening}"valueString":"{number}"', factor
    quantity = f'"valueQuantity":{{"value":{number}'
    coded_unit = f',"unit":"{plain}","system":"{UCUM}","code":"{plain}"'
    return f"{opening}{quantity}{coded_unit}}}", f"{opening}{quantity}}}", factor


class Series:
    """Measures one patient at one visit after the other."""

    def __init__(self, laboratory: Laboratory, story: Story, chance: Chance, model: Model, shown: Shown) -> None:
        self.laboratory, self.story, self.chance, self.model, self.shown = laboratory, story, chance, model, shown
        self.uninvolved = chance.between(5.0, 13.0)
        self.per_gram = chance.between(3.0, 10.0)
        self.chains = ("kappa", "lambda") if story.chain == "kappa" else ("lambda", "kappa")
        self.hemoglobin = chance.between(9.0, 13.0)

    def visit(self, number: int, day: int, value: float, *, unit: bool) -> None:
        """Write what is measured at a visit."""
        marker = self.story.marker
        if marker == "serum":
            measured = _measured(value, self.chance, self.model.marker_noise)
            self.laboratory.result("m_protein", day, measured, unit=unit)
            if unit:
                self.shown.labs.append((day, measured))
        elif marker == "none" and number % 3 == 0:
            self.laboratory.result("m_protein", day, 0.0)
        if marker == "flc" or number % 4 == 0:
            self._light_chains(day, value, unit=unit)
        if number % 4 == 0:
            self._blood_count(number, day)

    def _light_chains(self, day: int, value: float, *, unit: bool) -> None:
        marker, gauss = self.story.marker, self.chance.gauss
        excess = value if marker == "flc" else self.per_gram * value if marker == "serum" else 3.0
        quiet = self.uninvolved * (1.0 + 0.06 * gauss(0.0, 1.0))
        high = self.uninvolved + excess * (1.0 + self.model.flc_noise * gauss(0.0, 1.0))
        involved, other = self.chains
        self.laboratory.result(involved, day, high, unit=unit)
        self.laboratory.result(other, day, quiet, unit=unit)
        if marker == "flc" and unit:
            self.shown.labs.append((day, max(high - quiet, 0.0)))

    def _blood_count(self, number: int, day: int) -> None:
        result, gauss = self.laboratory.result, self.chance.gauss
        result("hemoglobin", day, min(self.hemoglobin + 0.15 * number, 13.6) + 0.3 * gauss(0.0, 1.0))
        result("creatinine", day, self.story.creatinine * (1.0 + 0.05 * gauss(0.0, 1.0)))
        result("platelets", day, max(190 + 35 * gauss(0.0, 1.0), 60.0))
        if number % 8 == 0:
            result("calcium", day, 9.4 + 0.25 * gauss(0.0, 1.0))
            result("anc", day, max(3.1 + 0.9 * gauss(0.0, 1.0), 1.1))


def write_laboratory(
    chart: Chart, story: Story, style: Style, blemishes: Blemishes, chance: Chance, model: Model, shown: Shown
) -> None:
    """Write what was measured at the visits, and note which measurements of the marker a reader can use."""
    laboratory = Laboratory(chart, style)
    series = Series(laboratory, story, chance, model, shown)
    since = blemishes.no_labs_before or 0
    for number, (day, value) in enumerate(zip(story.visits, story.values, strict=True)):
        if day >= since and not (number and chance.happens(style.missing_labs)):
            unit = not (blemishes.no_units and chance.happens(0.15))
            series.visit(number, day, value, unit=unit)
    if story.visits:
        _at_diagnosis(laboratory, story, chance)


def _at_diagnosis(laboratory: Laboratory, story: Story, chance: Chance) -> None:
    day = story.visits[0]
    myeloma = story.disease in {"multiple-myeloma", "plasma-cell-leukemia"}
    laboratory.result("b2m", day, story.b2m)
    laboratory.result("albumin", day, chance.between(2.9, 4.3))
    laboratory.result("ldh", day, chance.between(140, 300))
    laboratory.result("marrow", day, chance.between(18, 55) if myeloma else chance.between(3, 9))
    if chance.happens(0.6):
        failing = any(name == "heart-failure" for name, _ in story.comorbidities)
        laboratory.result("lvef", story.visits[-1], 40 if failing else chance.between(54, 68))
    laboratory.result("weight", story.visits[-1], chance.between(52, 98))
    laboratory.result("height", day, chance.between(154, 188))


def _measured(value: float, chance: Chance, noise: float) -> float:
    """Return a measured M-protein; below 0.4 g/L nothing is seen."""
    return 0.0 if value < 0.4 else max(value * (1.0 + noise * chance.gauss(0.0, 1.0)), 0.0)
