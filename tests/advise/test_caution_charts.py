"""Every caution of regimens B.4 by small charts in FHIR, judged by what the document and the options card say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.advise.fhir_charts import KNOWLEDGE, ask, chart

FILE = yaml.safe_load(Path(__file__).with_name("caution_charts.yaml").read_text(encoding="utf-8"))
ROWS = [(caution, row) for caution in FILE["cautions"] for row in caution["rows"]]
NAMES = [f"{caution['is']}-{caution['of']}-{row[0]}-{row[1]}" for caution, row in ROWS]


@pytest.mark.parametrize(("caution", "row"), ROWS, ids=NAMES)
def test_caution(caution: dict[str, Any], row: list[str | None]) -> None:
    text, state, said = row[0], row[1], row[2] if len(row) > 2 else caution.get("as")
    lines = text.split(" + ") if text else []
    base = FILE["bases"][caution.get("base", "first-relapse")]
    answer = ask(chart(base, lines), place=caution.get("place", "US"))
    found = answer.cautions(caution["of"], caution["is"])
    states = {item["state"] for item in found}
    if state == "absent":
        assert found == []
    else:
        assert state in states
    if state == "present":
        assert said in {f"{item['severity']} {item['effect']}" for item in found if item["state"] == "present"}
        if "also" in caution:
            assert caution["also"] in {f"{item['severity']} {item['effect']} {item['state']}" for item in found}
    elif state == "unknown" and caution["is"] != "K-VEN-1":
        assert [(item["severity"], item["effect"]) for item in found] == [("ASK", "inform")] * len(found)
    entry = answer.entry(caution["of"])
    assert entry is not None
    if state == "present" and "dose" in caution and "tier" in entry:
        option = next(
            option
            for option in answer.advice.by_jurisdiction[caution.get("place", "US")].recommendations
            if option.regimen == caution["of"]
        )
        assert any(caution["dose"] in note for note in option.dose_notes)


def test_every_caution_has_its_charts() -> None:
    assert {caution.id for caution in KNOWLEDGE.cautions} - {caution["is"] for caution in FILE["cautions"]} == set()
