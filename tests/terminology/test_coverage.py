"""Each row of the data maps to its concept; look-alike rows do not map to what they resemble."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pytest

from fhir_mappings.terminology.agents import AGENTS, CLASSES, agent_of, classes_of
from fhir_mappings.terminology.check_digits import code_valid
from fhir_mappings.terminology.disease_names import disease_in_text, family_of, stance_of
from fhir_mappings.terminology.lab_names import band_number, lab_in_text
from fhir_mappings.terminology.lookup import Code, code_of, codings_of, drugs_of, find
from fhir_mappings.terminology.names import drugs_in_text
from fhir_mappings.terminology.regimens import regimen_name, regimens_in
from fhir_mappings.terminology.systems import TEXT, system_name
from fhir_mappings.terminology.tables import CODE_TABLES, CodeRow, code_rows, rows_of
from fhir_mappings.terminology.units import factor_of, unit_key, units_of

ROOT = Path(__file__).parents[2]
_AGENT = {"daratumumab_hyaluronidase": "daratumumab", "doxorubicin_liposomal": "liposomal doxorubicin"}
_SUPPORTIVE = {"immunoglobulin_iv": "immunoglobulin", "immunoglobulin_sc": "immunoglobulin"}


def _drug_rows(*roles: str) -> list[CodeRow]:
    return [row for row in code_rows("drugs") if row.role in roles]


def _identify(row: CodeRow) -> str:
    return f"{row.concept}-{row.code}"


@pytest.mark.parametrize("row", _drug_rows("antimyeloma", "steroid_partner"), ids=_identify)
def test_every_myeloma_drug_maps_to_its_agent(row: CodeRow) -> None:
    wanted = _AGENT.get(row.concept, row.concept.replace("_", " "))
    assert wanted in AGENTS
    if row.system != TEXT:
        assert drugs_of([code_of(row.system, row.code)], []).agents == (wanted,), "by code alone"
        assert drugs_of([code_of(row.system, row.code, row.display)], []).contradiction is None
    else:
        assert drugs_of([], [row.code]).agents == (wanted,)
        assert drugs_of([], [row.code.upper()]).agents == (wanted,)


@pytest.mark.parametrize(
    "row",
    _drug_rows("supportive_must_not_count", "lymphodepletion", "not_myeloma", "other", "must_not_count"),
    ids=_identify,
)
def test_no_other_drug_is_an_agent(row: CodeRow) -> None:
    drugs = (
        drugs_of([code_of(row.system, row.code, row.display)], []) if row.system != TEXT else drugs_of([], [row.code])
    )
    assert drugs.contradiction is None
    if row.role == "must_not_count":
        assert drugs.local_form
    else:
        assert drugs.agents == ()
    if row.role == "supportive_must_not_count":
        assert drugs.supportive == (_SUPPORTIVE.get(row.concept, row.concept.replace("_", " ")),)


@pytest.mark.parametrize("row", _drug_rows("regimen_text"), ids=_identify)
def test_regimen_rows_agree_with_the_regimen_names(row: CodeRow) -> None:
    regimen = regimens_in(row.code)
    assert regimen is not None
    assert set(regimen.agents) == set(row.concept.removeprefix("regimen:").split("+"))


@pytest.mark.parametrize("table", [name for name in CODE_TABLES if name != "drugs"])
def test_every_code_maps_to_its_concept(table: str) -> None:
    for row in code_rows(table):
        if row.system == TEXT:
            continue
        found = find(table, code_of(row.system, row.code))
        assert found is not None
        assert found.concept == row.concept or (table, row.code) == ("disease_status", "419835002")
        assert row in codings_of(table, row.concept)


@pytest.mark.parametrize("table", CODE_TABLES)
def test_codes_can_exist_and_none_is_cpt(table: str) -> None:
    for row in code_rows(table):
        assert "ama-assn" not in row.system
        assert row.system == TEXT or code_valid(system_name(row.system), row.code), row


def test_displays_of_laboratory_codes_name_their_own_test() -> None:
    for row in code_rows("labs"):
        # The terminology counts the segmented forms as neutrophils; the reading stage keeps them apart.
        own = "neutrophils_segmented" if row.code == "30451-9" else row.concept
        assert lab_in_text(row.display) in {own, None}, row


def test_displays_of_diseases_do_not_contradict_their_codes() -> None:
    for row in code_rows("conditions"):
        named = disease_in_text(row.display)
        family = family_of(row.concept)
        if named and family and family != "ambiguous":
            assert named.family in {family, "plasmacytoma", "comorbidity"}, row


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("HTTP://LOINC.ORG/", "loinc"),
        ("https://loinc.org", "loinc"),
        ("urn:oid:2.16.840.1.113883.6.1", "loinc"),
        ("urn:oid:2.16.840.1.113883.6.96", "snomed"),
        ("http://snomed.info/sct/900000000000207008/version/20250101", "snomed"),
        ("urn:oid:2.16.840.1.113883.6.88", "rxnorm"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "icd-10"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "icd-10"),
        ("urn:oid:2.16.840.1.113883.6.90", "icd-10"),
        ("http://hl7.org/fhir/sid/icd-10-pcs", "icd-10-pcs"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "icd-10-pcs"),
        ("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "hcpcs"),
        ("http://fhir.de/CodeSystem/bfarm/atc", "atc"),
        ("", None),
        (None, None),
        ("urn:local:codes", "local:codes"),
    ],
)
def test_systems_are_recognised_in_every_spelling(uri: str | None, name: str | None) -> None:
    assert system_name(uri) == name


@pytest.mark.parametrize("code", ["57894-502", "57894-502-05", "57894050205"])
def test_national_drug_codes_with_and_without_package(code: str) -> None:
    assert drugs_of([code_of("http://hl7.org/fhir/sid/ndc", code)], []).agents == ("daratumumab",)


def test_reused_billing_code_by_date() -> None:
    code = code_of("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J9380")
    assert drugs_of([code], [], date(2009, 1, 1)).agents == ("vincristine",)
    assert drugs_of([code], [], date(2015, 1, 1)).agents == ()
    assert drugs_of([code], [], date(2024, 1, 1)).agents == ("teclistamab",)
    assert drugs_of([code], []).agents == ("teclistamab",)


def test_short_numbers_without_a_system_say_nothing() -> None:
    assert find("drugs", Code(None, "519")) is None
    assert find("drugs", Code(None, "2105")) is None
    assert find("conditions", Code(None, "109989006")) is not None


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("1.7 ML Velcade 2.5 MG/ML Injection", ("bortezomib",)),
        ("daratumumab-fihj 120 MG/ML / hyaluronidase-fihj 2000 UNT/ML Injection [Darzalex Faspro]", ("daratumumab",)),
        ("ixazomib citrate 4 MG Oral Capsule", ("ixazomib",)),
        ("hyaluronidase / rituximab", ()),
        ("denosumab", ()),
        ("lenalidomid Hartkapseln 15 mg", ("lenalidomide",)),
        ("Pomalidomida 4 mg cápsulas", ("pomalidomide",)),
        ("cilta-cel", ("ciltacabtagene autoleucel",)),
        ("ide-cel infusion", ("idecabtagene vicleucel",)),
        ("dara SC", ("daratumumab",)),
        ("len/dex", ("lenalidomide", "dexamethasone")),
        ("Caelyx", ("liposomal doxorubicin",)),
        ("Doxorubicin hydrochloride liposome 2 mg/mL", ("liposomal doxorubicin",)),
        ("methylprednisolone", ("methylprednisolone",)),
        ("prednisolone", ("prednisolone",)),
        ("melphalan flufenamide", ("melphalan flufenamide",)),
        ("peginterferon alfa-2a", ()),
        ("lenalidomidex", ()),
        ("Lenvatinib", ()),
        ("6-MP", ()),
        ("Td vaccine", ()),
        ("dexamethasone 20 mg before daratumumab", ("dexamethasone",)),
        ("KRd without dexamethasone", ("carfilzomib", "lenalidomide")),
        ("VRd (bortezomib, lenalidomide)", ("bortezomib", "lenalidomide")),
    ],
)
def test_names_are_whole_words(text: str, agents: tuple[str, ...]) -> None:
    assert drugs_in_text(text).agents == agents


def test_each_brand_and_inn_reads_alike_in_any_case() -> None:
    for row in rows_of("drug_names"):
        named = drugs_in_text(row["name"])
        upper = drugs_in_text(row["name"].upper())
        if row["role"] in {"agent", "class-only"}:
            assert row["agent"] in named.agents, row
            assert row["agent"] in upper.agents, row
        else:
            assert named.agents == (), row


def test_every_regimen_name_gives_its_drugs() -> None:
    for row in rows_of("regimens"):
        if row["name"]:
            found = regimens_in(row["name"])
            assert found is not None, row
            assert found.name == row["regimen"], row
        assert regimen_name(row["agents"].split("+")) == row["regimen"]
    assert regimen_name(["teclistamab", "venetoclax"]) == "teclistamab+venetoclax"


@pytest.mark.parametrize(("name", "never"), [("BPd", "bendamustine"), ("BVd", "bendamustine")])
def test_b_is_belantamab(name: str, never: str) -> None:
    regimen = regimens_in(name)
    assert regimen is not None
    assert never not in regimen.agents


def test_agents_have_classes_routes_and_intervals() -> None:
    for key, agent in AGENTS.items():
        assert agent.key == key == key.lower()
        assert set(agent.classes) <= set(CLASSES)
        assert agent.usual_route in {"oral", "infusion"}
        assert (agent.dosing_interval_days is None) == agent.is_car_t
    assert AGENTS["melphalan flufenamide"].classes == ("PEPTIDE_DRUG_CONJ", "ALKYLATOR")
    assert AGENTS["dexamethasone"].is_steroid
    assert agent_of("unnamed:CD38").classes == ("CD38",)
    assert classes_of("investigational:ABC-1") == ()
    with pytest.raises(KeyError):
        agent_of("fludarabine")


@pytest.mark.parametrize(
    ("concept", "unit", "factor"),
    [
        ("m_protein_serum", "g/dL", 10.0),
        ("m_protein_serum", "%", None),
        ("m_protein_serum", None, None),
        ("m_protein_urine_24h", "mg/24 hr", 1.0),
        ("m_protein_urine_24h", "mg/dL", None),
        ("flc_kappa_serum", "mg/dL", 10.0),
        ("igg", "mg/dl", 0.01),
        ("flc_ratio_serum", None, 1.0),
        ("platelets", "x10E3/uL", 1.0),
        ("platelets", "10^9/L", 1.0),
        ("platelets", "Tsd./µl", 1.0),
        ("creatinine", "µmol/l", 0.01131),
        ("wbc", "G/L", 1.0),
    ],
)
def test_units(concept: str, unit: str | None, factor: float | None) -> None:
    assert factor_of(concept, unit) == factor


def test_canonical_units_of_p01() -> None:
    wanted = {
        "m_protein_serum": "g/L",
        "igg": "g/L",
        "m_protein_urine_24h": "mg/(24.h)",
        "flc_kappa_serum": "mg/L",
        "calcium_total": "mg/dL",
        "creatinine": "mg/dL",
        "hemoglobin": "g/dL",
        "platelets": "10*9/L",
        "anc": "10*9/L",
        "wbc": "10*9/L",
        "beta2_microglobulin": "mg/L",
        "ldh": "U/L",
        "albumin": "g/dL",
        "lvef": "%",
        "body_weight": "kg",
        "body_height": "cm",
    }
    for concept, unit in wanted.items():
        units = units_of(concept)
        assert units is not None
        assert units.canonical == unit
    assert unit_key("x10^3 / µL") == unit_key("K/uL") == unit_key("Thousand/uL")


def test_bands() -> None:
    assert band_number("Protein.monoclonal band 2 [Mass/volume]") == 2
    assert band_number("M-spike 1") == 1
    assert band_number("M-protein") is None


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Multiple myeloma", "asserted"),
        ("Suspected multiple myeloma", "suspected"),
        ("Multiple myeloma?", "suspected"),
        ("Verdacht auf Plasmozytom", "suspected"),
        ("History of multiple myeloma", "past"),
        ("FHx: multiple myeloma", "family"),
        ("No evidence of multiple myeloma", "absent"),
        ("Multiple myeloma ruled out", "absent"),
        ("Multiple myeloma - rule out", "suspected"),
        ("Multiple myeloma (suspected)", "suspected"),
        ("Multiple myeloma, no evidence of relapse", "asserted"),
        ("Multiple myeloma with history of autologous transplant", "asserted"),
        ("Multiple myeloma with possible renal involvement", "asserted"),
        ("Possible relapse of multiple myeloma", "asserted"),
        ("Rule out multiple myeloma", "suspected"),
        ("Z.n. multiplem Myelom", "past"),
    ],
)
def test_stance(text: str, stance: str) -> None:
    assert stance_of(text) == stance


CHECK = runpy.run_path(str(ROOT / "scripts" / "check_terminology.py"), run_name="check_terminology")["main"]


def test_the_check_script_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert CHECK([]) == 0, capsys.readouterr().out


def test_the_check_script_compares_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ROOT / "fhir_mappings" / "terminology" / "data"
    for name in (*CODE_TABLES, "lab_units"):
        text = (data / f"{name}.csv").read_text(encoding="utf-8")
        if name == "drugs":
            text = text.replace("bortezomib,text,Velcade,Velcade", "bortezomib,text,Velkade,Velcade")
        if name == "lab_units":
            # Another canonical unit keeps the ratios; another factor does not.
            text = text.replace("creatinine,mg/dL,0.1,30,umol/L,0.01131", "creatinine,mg/dL,0.1,30,umol/L,0.02")
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert CHECK([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "Velkade" in printed
    assert "creatinine" in printed
    assert "3 problems" in printed
