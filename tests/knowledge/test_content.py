"""What the shipped knowledge must keep to: sources, tags, and the safety invariants that are facts of the data (regimens D)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from cards.advise.cautions import cautions_about
from cards.knowledge.loader import DATA, load_knowledge
from cards.knowledge.model import Evidence, Knowledge
from cards.knowledge.windows import windows_at

IN_FORCE = {"full", "accelerated", "conditional"}
FIGURE = re.compile(r"\d")
DAYS = [date(2010, 1, 1) + timedelta(days=30 * step) for step in range(240)]
EXPECTED_CAUTIONS = [
    "K-AL-1",
    "K-BCMA-1",
    "K-BCMA-2",
    "K-BELA-1",
    "K-BELA-2",
    "K-BELA-3",
    "K-BELA-4",
    "K-BLOOD-1",
    "K-CARD-1",
    "K-CARD-2",
    "K-CARD-3",
    "K-CARD-4",
    "K-CARF-1",
    "K-CART-1",
    "K-CART-2",
    "K-CART-3",
    "K-CART-4",
    "K-CART-5",
    "K-CART-6",
    "K-CNS-1",
    "K-CYT-1",
    "K-EMD-1",
    "K-HBV-1",
    "K-HBV-2",
    "K-HEP-1",
    "K-IGG-1",
    "K-IGG-2",
    "K-IMID-1",
    "K-IMID-2",
    "K-INF-1",
    "K-INF-2",
    "K-INF-3",
    "K-IXA-1",
    "K-LEN-1",
    "K-LEN-2",
    "K-MEL-1",
    "K-MEL-2",
    "K-NEURO-1",
    "K-NEURO-2",
    "K-NEURO-3",
    "K-NEURO-4",
    "K-PI-1",
    "K-POM-1",
    "K-POM-2",
    "K-POM-3",
    "K-POM-4",
    "K-PREG-1",
    "K-PS-1",
    "K-PS-2",
    "K-REFR",
    "K-SEL-1",
    "K-SEL-2",
    "K-SEL-3",
    "K-SEL-4",
    "K-SEL-5",
    "K-SEL-6",
    "K-STEP-1",
    "K-STER-1",
    "K-TAL-1",
    "K-THAL-1",
    "K-VEN-1",
    "K-VEN-2",
    "K-VEN-3",
    "K-VEN-4",
]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def evidences(knowledge: Knowledge) -> Iterator[Evidence]:
    for regimen in knowledge.regimens.values():
        yield from regimen.evidence
    yield from knowledge.context


def in_force(knowledge: Knowledge, name: str, place: str, day: date) -> bool:
    return any(window.type in IN_FORCE for window, _ in windows_at(knowledge.regimens[name].labels, place, day))


def test_every_figure_has_a_source(knowledge: Knowledge) -> None:
    for evidence in evidences(knowledge):
        if FIGURE.search(evidence.text):
            assert evidence.sources or evidence.tag == "unverified", evidence.id
    for regimen in knowledge.regimens.values():
        assert not regimen.schedule or regimen.schedule_sources, regimen.id
    for caution in knowledge.cautions:
        assert caution.sources or caution.tag == "unverified", caution.id


def test_figures_of_the_baseline_article_alone_carry_its_tag(knowledge: Knowledge) -> None:
    for evidence in evidences(knowledge):
        assert (evidence.sources == ("regimens:article",)) == (evidence.tag == "article"), evidence.id


def test_what_has_no_source_is_tagged_unverified(knowledge: Knowledge) -> None:
    for evidence in evidences(knowledge):
        assert bool(evidence.sources) == (evidence.tag != "unverified"), evidence.id
    for regimen in knowledge.regimens.values():
        for window in regimen.labels:
            assert bool(window.sources) == (window.tag != "unverified"), (regimen.id, window)


@pytest.mark.parametrize("identifier", ["apollo-os", "canova", "isatuximab-alone-after-daratumumab-result"])
def test_figures_without_a_source_are_unverified(knowledge: Knowledge, identifier: str) -> None:
    assert next(evidence for evidence in evidences(knowledge) if evidence.id == identifier).tag == "unverified"


def test_every_caution_of_the_table_is_there(knowledge: Knowledge) -> None:
    assert sorted({caution.id for caution in knowledge.cautions}) == EXPECTED_CAUTIONS


def test_an_unverified_caution_says_so_nowhere_else_than_in_its_tag(knowledge: Knowledge) -> None:
    assert {caution.tag for caution in knowledge.cautions} == {"verified", "unverified"}


def test_no_source_is_left_unused_without_being_listed(knowledge: Knowledge) -> None:
    used = {source for evidence in evidences(knowledge) for source in evidence.sources}
    used |= {source for regimen in knowledge.regimens.values() for source in regimen.schedule_sources}
    used |= {s for regimen in knowledge.regimens.values() for window in regimen.labels for s in window.sources}
    used |= {source for caution in knowledge.cautions for source in caution.sources}
    used |= {source for drug in knowledge.drugs.values() for source in drug.sources}
    used |= {source for policy in knowledge.policies.values() for source in policy.sources}
    assert used <= set(knowledge.sources)


# Invariant 15: inside no label window is another period's text shown, and withdrawn is withdrawn.
@pytest.mark.parametrize(
    ("name", "place", "day"), [("melflufen_d", "US", date(2024, 2, 23)), ("bela_mono", "US", date(2022, 11, 22))]
)
def test_withdrawn_labels_are_not_in_force(knowledge: Knowledge, name: str, place: str, day: date) -> None:
    assert in_force(knowledge, name, place, day - timedelta(days=1))
    assert not in_force(knowledge, name, place, day)
    assert [window.type for window, _ in windows_at(knowledge.regimens[name].labels, place, day)] == ["withdrawn"]


# Invariant 16: what is pending or not confirmed is never authorised.
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("tec_dara", "EU"),
        *(
            (name, place)
            for name in ("IberDd", "anito_cel", "MeziKd", "tal_dara", "tal_dara_pom")
            for place in ("US", "EU")
        ),
    ],
)
def test_invariant_16_pending_is_never_authorised(knowledge: Knowledge, name: str, place: str) -> None:
    assert not any(in_force(knowledge, name, place, day) for day in DAYS)


def test_invariant_16_eu_melflufen_never_before_three_lines(knowledge: Knowledge) -> None:
    windows = [window for window in knowledge.regimens["melflufen_d"].labels if window.jurisdiction == "EU"]
    assert [window.requirement.min_lines for window in windows] == [3]


def test_invariant_16_subcutaneous_isatuximab_has_no_us_window(knowledge: Knowledge) -> None:
    for name in ("IsaPd", "IsaKd"):
        assert {window.route for window in knowledge.regimens[name].labels} == {None}


# Invariant 18: belantamab alone is no option after its withdrawal.
def test_invariant_18_belantamab_alone(knowledge: Knowledge) -> None:
    for place, last in (("US", date(2022, 11, 22)), ("EU", date(2024, 2, 23))):
        assert not any(in_force(knowledge, "bela_mono", place, day) for day in DAYS if day >= last)
    offered = {entry.regimen for policy in knowledge.policies.values() for row in policy.rows for entry in row.entries}
    assert "bela_mono" not in offered


# Invariant 19: BPd, PVd and KPd were never approved as such in the US.
@pytest.mark.parametrize("name", ["BPd", "PVd", "KPd"])
def test_invariant_19_never_us_approved(knowledge: Knowledge, name: str) -> None:
    assert not any(in_force(knowledge, name, "US", day) for day in DAYS)


def test_bpd_is_offered_in_the_eu_only(knowledge: Knowledge) -> None:
    entries = [entry for row in knowledge.policies["current"].rows for entry in row.entries if entry.regimen == "BPd"]
    assert entries
    assert {entry.jurisdiction for entry in entries} == {"EU"}


# Invariants 4 and 6: statements that always travel with the regimen.
def test_always_said(knowledge: Knowledge) -> None:
    assert any("never had daratumumab" in text for text in knowledge.regimens["SDd"].always_say)
    for name in ("VenVd", "VenD"):
        said = " ".join(knowledge.regimens[name].always_say)
        assert "off-label" in said
        assert "survival was not better" in said
        assert "2019-03-21" in said
    bellini = " ".join(item.text for item in knowledge.regimens["VenVd"].evidence)
    assert "1.19" in bellini
    assert "2.03" in bellini


def test_every_verified_result_has_the_day_from_which_it_was_public(knowledge: Knowledge) -> None:
    undated = {
        item.id for regimen in knowledge.regimens.values() for item in regimen.evidence if item.published is None
    }
    assert undated == {"apollo-os", "candor-cd38", "canova", "emn011", "ikema-cd38-exclusion"}
    for regimen in knowledge.regimens.values():
        for item in regimen.evidence:
            assert item.published is None or item.published.latest <= knowledge.known_on, item.id


# Invariants 20 to 23: what the labels ask for.
def test_invariants_20_to_23(knowledge: Knowledge) -> None:
    day = date(2026, 11, 21)
    ((ide, _),) = windows_at(knowledge.regimens["ide_cel"].labels, "US", day)
    assert (ide.requirement.min_lines, ide.requirement.exposed) == (2, ("PI", "IMID", "CD38"))
    ((cilta, _),) = windows_at(knowledge.regimens["cilta_cel"].labels, "US", day)
    assert cilta.requirement.refractory == ("lenalidomide",)
    for place in ("US", "EU"):
        ((sd, _),) = windows_at(knowledge.regimens["Sd"].labels, place, day)
        assert sd.requirement.min_lines == 4
        assert dict(sd.requirement.refractory_counts or {}) == {"PI": 2, "IMID": 2, "CD38": 1}
    for name in ("tec_mono", "elra_mono", "linvo_mono", "tal_mono"):
        ((us, _),) = windows_at(knowledge.regimens[name].labels, "US", day)
        ((eu, _),) = windows_at(knowledge.regimens[name].labels, "EU", day)
        assert (us.requirement.min_lines, us.requirement.progression_on_last) == (4, None)
        assert (eu.requirement.min_lines, eu.requirement.progression_on_last) == (3, "any")
        assert us.requirement.exposed == eu.requirement.exposed == ("PI", "IMID", "CD38")


# Invariant 24: the trials that excluded anti-CD38-refractory disease say so in a form that can be computed.
@pytest.mark.parametrize(
    ("identifier", "named"),
    [("majestec-3", "CD38"), ("monumental-3-tal-d", "CD38"), ("monumental-3-tal-dp", "CD38"), ("icaria-mm", "CD38"),
     ("dreamm-7", "daratumumab"), ("dreamm-7", "bortezomib")],
)  # fmt: skip
def test_invariant_24_exclusions(knowledge: Knowledge, identifier: str, named: str) -> None:
    evidence = next(evidence for evidence in evidences(knowledge) if evidence.id == identifier)
    assert evidence.excluded is not None
    assert named in evidence.excluded.refractory
    assert evidence.cd38_refractory == "none"


def test_policies_stand_in_order_of_precedence(knowledge: Knowledge) -> None:
    current = knowledge.policies["current"]
    base = [row.id for row in current.rows if row.kind == "base"]
    assert base[:4] == ["zero-lines", "plasma-cell-leukemia", "bcma-car-t-failed", "bcma-bispecific-failed"]
    assert [row.kind for row in current.rows] == sorted(row.kind for row in current.rows)
    assert [row.id for row in knowledge.policies["post-daratumumab-2023"].rows] == ["B1", "B5", "B4", "B2", "B3"]


def test_no_figure_of_the_other_trials_in_a_policy_that_prefers_an_anti_cd38_antibody(knowledge: Knowledge) -> None:
    for row in knowledge.policies["current"].rows:
        if "refractory(CD38)" in row.when or "tcr" in row.when:
            first = [entry for entry in row.entries if entry.tier == "T1"]
            for entry in first:
                assert not {"daratumumab", "isatuximab"} & set(knowledge.regimens[entry.regimen].agents)


def test_the_files_name_no_place_outside_themselves() -> None:
    for path in DATA.rglob("*.yaml"):
        assert not re.search(
            r"(?<![\w.])/(?!doi|pubmed)[a-z]+/", path.read_text(encoding="utf-8").replace("https://", "")
        ), path


def test_the_two_parts_of_the_hepatitis_cautions_never_meet_in_a_regimen(knowledge: Knowledge) -> None:
    for key in ("K-HBV-1", "K-HBV-2"):
        parts = [caution for caution in knowledge.cautions if caution.id == key]
        for regimen in knowledge.regimens.values():
            kinds = {knowledge.drugs[agent].modality for agent in regimen.agents}
            met = [
                part
                for part in parts
                if regimen.id not in part.except_regimens
                and (set(part.agents) & set(regimen.agents) or set(part.modalities) & kinds)
            ]
            assert len(met) <= 1, (key, regimen.id)


def test_car_t_monitoring_changes_on_the_day_the_programme_ended(knowledge: Knowledge) -> None:
    parts = {caution.part: caution for caution in knowledge.cautions if caution.id == "K-CART-1"}
    assert parts["us-before-2025-06-26"].valid_to == parts["us-since-2025-06-26"].valid_from == date(2025, 6, 26)


@pytest.mark.parametrize("name", ["salvage_asct", "melflufen_d"])
def test_melphalan_of_any_kind_names_the_collection_of_cells(knowledge: Knowledge, name: str) -> None:
    known = {caution.id for caution in cautions_about(knowledge, name, knowledge.regimens[name].agents)}
    assert "K-MEL-1" in known


def test_every_place_has_its_note_on_monitoring_after_car_t(knowledge: Knowledge) -> None:
    parts = [caution for caution in knowledge.cautions if caution.id == "K-CART-1"]
    assert {caution.jurisdiction for caution in parts} == {"US", "EU"}
    (eu,) = (caution for caution in parts if caution.jurisdiction == "EU")
    assert eu.tag == "unverified"
    assert not FIGURE.search(eu.text)  # the periods of the US are not those of the EU (invariant 17)
