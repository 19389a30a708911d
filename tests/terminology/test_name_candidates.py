"""One drug set, several names: the display name is one, the others are offered with the reason."""

from __future__ import annotations

from fhir_mappings.terminology.regimens import name_candidates, regimen_name


def test_other_names_of_the_same_drugs() -> None:
    drugs = ("bortezomib", "cyclophosphamide", "dexamethasone")
    assert regimen_name(drugs) == "VCd"
    found = name_candidates(drugs)
    assert "CyBorD" in {one.name for one in found}
    assert all("bortezomib, cyclophosphamide, dexamethasone" in one.reason for one in found)


def test_the_display_name_itself_and_its_spellings_are_not_offered() -> None:
    names = {one.name for one in name_candidates(("bortezomib", "dexamethasone", "lenalidomide"))}
    assert not names & {"VRd", "RVd", "RVD", "VRD", "V-Rd"}


def test_a_set_without_a_name_has_no_candidates() -> None:
    assert name_candidates(("bortezomib", "pomalidomide", "venetoclax")) == ()
