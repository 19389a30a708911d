"""Every case file, line by line: fragment of a chart in, facts out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fhir_mappings.read import read_bundles, read_record
from tests.read.support import PATIENT, bundle_of, cases, check, resources_of, shown

CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case: dict[str, Any] = CASES[name]
    assert case["about"], "a case names the rule or the shape that it stands for"
    records = read_bundles(msgspec.json.encode(bundle_of(resources_of(case))))
    assert list(records) == [PATIENT]
    if "show" in case:
        assert shown(records[PATIENT], case["show"]) == sorted(case["is"], key=str)
    else:
        assert check(records[PATIENT], case["expect"]) == []


@pytest.mark.parametrize("name", CASES)
def test_dictionaries_read_like_bytes(name: str) -> None:
    bundle = bundle_of(resources_of(CASES[name]))
    assert read_record(bundle, "p1") == read_bundles(msgspec.json.encode(bundle))[PATIENT]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 250
