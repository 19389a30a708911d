"""Every caution of regimens B.4 by small charts in FHIR, judged by what the document and the options card say."""

from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.cautions import applies, cautions_about, cautions_for
from cards.advise.missing import DATA
from cards.advise.parameters import AdviceParameters
from cards.knowledge.model import Caution
from fhir_mappings.record import Gap
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


ASKED_OTHERWISE = {
    "contact_lenses": "a matter for the eye examination, which is asked for",
    "cns_disease": "on the problem list when it is there",
    "bcl2_expression_high": "asked for with t(11;14)",
    "childbearing_potential": "asked for as the pregnancy test",
    "pregnancy": "asked for where a pregnancy is possible",
    "m_protein_doubling_days": "derived from the markers",
    "flc_doubling_days": "derived from the markers",
    "igg_polyclonal": "asked for as IgG, or called not interpretable",
    "hbsag": "asked for as hepatitis B serology",
    "anti_hbc_total": "asked for as hepatitis B serology",
    "nt_probnp": "needed with AL amyloidosis only",
    "troponin": "needed with AL amyloidosis only",
    "diastolic_bp": "asked for as blood pressure",
}


@pytest.mark.parametrize("place", ["US", "EU"])
@pytest.mark.parametrize("regimen", sorted(KNOWLEDGE.regimens))
def test_whatever_a_caution_needs_and_the_chart_lacks_is_asked_for(regimen: str, place: Literal["US", "EU"]) -> None:
    """Invariant 13: with no data at all, every finding and the age that a caution of the regimen tests is asked for."""
    answer = ask(chart(FILE["bases"]["first-relapse"], ["born unknown"]), place=place)
    case = Case(answer.history, KNOWLEDGE, place, "unknown", AdviceParameters())
    known = KNOWLEDGE.regimens[regimen]
    found = cautions_for(known, case)
    asked = {*found.asked, *("t(11;14)" for item in found.found if item.id == "K-VEN-1")}
    for caution in cautions_about(KNOWLEDGE, regimen, known.agents):
        for test in (test for tests in caution.when for test in tests if applies(caution, case)):
            name = "age" if test.kind == "age" else test.name
            if test.kind not in {"finding", "age"} or name in ASKED_OTHERWISE:
                continue
            assert name in asked or test.instead in asked, (regimen, caution.id, caution.part, name)


@pytest.mark.parametrize("regimen", ["Kd", "SVd", "BVd", "cilta_cel", "tec_mono", "EloPd", "IRd"])
def test_an_unread_problem_list_rules_nothing_out(regimen: str) -> None:
    """Invariant 13: each caution that looks for a problem is then open, and says so."""
    history = replace(
        ask(chart(FILE["bases"]["first-relapse"])).history, gaps=(Gap("conditions", "the search failed"),)
    )
    case = Case(history, KNOWLEDGE, "US", "unknown", AdviceParameters())
    known = KNOWLEDGE.regimens[regimen]
    said = {item.id for item in cautions_for(known, case).found if item.state in {"present", "unknown"}}
    looking = {
        caution.id
        for caution in cautions_about(KNOWLEDGE, regimen, known.agents)
        if any(test.kind == "problem" for tests in caution.when for test in tests) and applies(caution, case)
    }
    assert looking
    assert looking <= said


QUESTIONS = [caution for caution in KNOWLEDGE.cautions if caution.severity == "ASK" and not caution.ask]


@pytest.mark.parametrize("caution", QUESTIONS, ids=[f"{caution.id}-{caution.part}" for caution in QUESTIONS])
def test_a_question_without_a_finding_has_words_for_what_it_asks(caution: Caution) -> None:
    assert f"{caution.id}/{caution.part}" in DATA


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([], "prophylaxis against herpes viruses, none on record (unverified)"),
        ([], "prophylaxis against pneumocystis, none on record (unverified)"),
        (
            ["lab 2465-3 16 g/L 89d", "asked Immunofixation serum = IgG kappa monoclonal band 900d"],
            "IgG without the M-protein",
        ),
    ],
)
def test_a_standing_question_is_among_the_missing_data(lines: list[str], what: str) -> None:
    answer = ask(chart(FILE["bases"]["first-relapse"], lines))
    assert what in {item["what"] for item in answer.document["missingData"]}


def test_what_is_ordered_is_not_asked_for() -> None:
    answer = ask(chart(FILE["bases"]["first-relapse"], ["takes aciclovir 30d", "takes co-trimoxazole 30d"]))
    assert not [item for item in answer.document["missingData"] if "prophylaxis" in item["what"]]
