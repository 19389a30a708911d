"""What the prefetch brings: null, absent, failed, paged, renamed, another patient's (R33 to R38, R43, R44)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

Body = dict[str, Any]
Call = Callable[..., Any]

DRUG_KEYS = ("medicationStatements", "medicationRequests", "medicationAdministrations")
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
NO_RESULTS = {
    "resourceType": "Bundle", "type": "searchset", "total": 0,
    "entry": [{
        "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]},
        "search": {"mode": "outcome"},
    }],
}  # fmt: skip
FAILED_ENTRY = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": FAILED}]}
HTML = "<html><body>Gateway timeout</body></html>"


def diagnostics(answer: Any) -> str:
    assert answer.status_code == 412, answer.get_data(as_text=True)[:500]
    body = answer.get_json()
    assert body["resourceType"] == "OperationOutcome"
    text: str = body["issue"][0]["diagnostics"]
    return text


def topics(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [card["source"]["topic"]["code"] for card in answer.get_json()["cards"]]


def history(answer: Any) -> Body:
    (found,) = [card["extension"] for card in answer.get_json()["cards"] if "extension" in card]
    document: Body = found["org.myeloma-cds.assessment"]
    return document


@pytest.mark.parametrize("prefetch", ["absent", None, {}])
def test_R33_without_data_412_names_the_key(call: Call, hook_request: Body, prefetch: Any) -> None:
    hook_request["prefetch"] = prefetch
    if prefetch == "absent":
        del hook_request["prefetch"]
    assert "conditions" in diagnostics(call(hook_request))


@pytest.mark.parametrize("value", ["absent", FAILED, FAILED_ENTRY, HTML, 5, {}, True])
def test_R33_R36_conditions_that_were_not_read_are_412(call: Call, hook_request: Body, value: Any) -> None:
    hook_request["prefetch"]["conditions"] = value
    if value == "absent":
        del hook_request["prefetch"]["conditions"]
    assert "conditions" in diagnostics(call(hook_request))


@pytest.mark.parametrize("value", ["absent", FAILED, FAILED_ENTRY, HTML])
def test_R33_R37_drugs_that_were_not_read_are_412(call: Call, hook_request: Body, value: Any) -> None:
    for key in DRUG_KEYS:
        hook_request["prefetch"][key] = value
        if value == "absent":
            del hook_request["prefetch"][key]
    assert "medicationStatements" in diagnostics(call(hook_request))


@pytest.mark.parametrize("key", DRUG_KEYS)
def test_R37_one_failed_drug_search_is_412_when_no_drug_is_in_the_others(
    call: Call, hook_request: Body, key: str
) -> None:
    for other in DRUG_KEYS:
        hook_request["prefetch"][other] = None
    hook_request["prefetch"][key] = FAILED
    assert key in diagnostics(call(hook_request))


def test_R37_a_failed_drug_search_beside_others_is_said_in_a_card(call: Call, hook_request: Body) -> None:
    hook_request["prefetch"]["medicationRequests"] = FAILED
    answer = call(hook_request)
    assert "mm-data" in topics(answer)
    assert history(answer)["summary"]["historyComplete"] == "no"


def test_R35_null_everywhere_means_nothing_found(call: Call, hook_request: Body) -> None:
    hook_request["prefetch"] = dict.fromkeys(hook_request["prefetch"])
    answer = call(hook_request)
    assert answer.status_code == 200
    assert answer.get_json() == {"cards": []}


@pytest.mark.parametrize("nothing", [None, NO_RESULTS, {"resourceType": "Bundle", "type": "searchset", "total": 0}])
def test_R35_P06_the_spellings_of_nothing_are_equal(call: Call, hook_request: Body, nothing: Any) -> None:
    hook_request["prefetch"]["medicationRequests"] = None
    expected = call(hook_request).get_json()["cards"]
    hook_request["prefetch"]["medicationRequests"] = nothing
    found = call(hook_request).get_json()["cards"]
    assert [card["detail"] for card in found] == [card["detail"] for card in expected]


def test_R38_a_first_page_without_more_is_not_the_chart(call: Call, hook_request: Body) -> None:
    hook_request["prefetch"]["medicationStatements"]["link"] = [
        {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}
    ]
    answer = call(hook_request)
    assert "mm-data" in topics(answer)
    assert history(answer)["summary"]["historyComplete"] == "no"


def test_R38_a_first_page_without_drugs_is_412(call: Call, hook_request: Body) -> None:
    page = {
        "resourceType": "Bundle", "type": "searchset", "entry": [],
        "link": [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}],
    }  # fmt: skip
    for key in DRUG_KEYS:
        hook_request["prefetch"][key] = None
    hook_request["prefetch"]["medicationStatements"] = page
    assert "medicationStatements" in diagnostics(call(hook_request))


def test_R38_fewer_entries_than_total_are_a_part(call: Call, hook_request: Body) -> None:
    hook_request["prefetch"]["medicationStatements"]["total"] = 400
    assert "mm-data" in topics(call(hook_request))


def test_R38_a_first_page_of_conditions_without_myeloma_is_412(call: Call, hook_request: Body) -> None:
    page = hook_request["prefetch"]["conditions"]
    page["entry"] = []
    page["total"] = 3
    assert "conditions" in diagnostics(call(hook_request))


def test_R43_another_patients_prefetch_is_412_without_ids(call: Call, hook_request: Body) -> None:
    own = hook_request["context"]["patientId"]
    hook_request["context"]["patientId"] = "somebody-else"
    text = diagnostics(call(hook_request))
    assert "another patient" in text
    assert own not in text
    assert "somebody-else" not in text


def test_R43_single_resources_of_another_patient_are_dropped(call: Call, hook_request: Body) -> None:
    expected = call(hook_request).get_json()["cards"]
    stray = copy.deepcopy(hook_request["prefetch"]["medicationStatements"]["entry"][0])
    stray["resource"]["id"] = "stray"
    stray["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    stray.pop("fullUrl", None)
    hook_request["prefetch"]["medicationStatements"]["entry"].append(stray)
    hook_request["prefetch"]["medicationStatements"]["total"] += 1
    found = call(hook_request).get_json()["cards"]
    assert [card["summary"] for card in found] == [card["summary"] for card in expected]


@pytest.mark.parametrize(
    ("key", "what", "complete"),
    [
        ("procedures", "procedures", "no"), ("medicationAdministrations", "medication administrations", "no"),
        ("observations", "laboratory results and observations", "yes"),
    ],
)  # fmt: skip
def test_R37_R43_data_that_are_all_another_patients_were_not_looked_up(
    call: Call, client: Any, hook_request: Body, key: str, what: str, complete: str
) -> None:
    for entry in hook_request["prefetch"][key]["entry"]:
        entry["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    answer = call(hook_request)
    assert "mm-data" in topics(answer)
    documents = [history(answer), client.post("/assess", json=hook_request).get_json()]
    for document in documents:
        assert what in [one["what"] for one in document["missingData"]]
        assert document["summary"]["historyComplete"] == complete
        assert "somebody-else" not in str(document)


def test_R32_renamed_keys_are_read_by_what_is_in_them(call: Call, hook_request: Body) -> None:
    expected = call(hook_request).get_json()["cards"]
    prefetch = hook_request["prefetch"]
    hook_request["prefetch"] = {f"-{key}": value for key, value in prefetch.items() if value is not None}
    hook_request["prefetch"] |= {key: None for key, value in prefetch.items() if value is None}
    found = call(hook_request).get_json()["cards"]
    assert [card["detail"] for card in found] == [card["detail"] for card in expected]


def test_R44_the_order_of_entries_and_keys_does_not_matter(call: Call, hook_request: Body) -> None:
    expected = call(hook_request).get_json()["cards"]
    turned = {key: hook_request["prefetch"][key] for key in reversed(hook_request["prefetch"])}
    for value in turned.values():
        if value is not None and "entry" in value:
            value["entry"] = [*reversed(value["entry"]), *value["entry"]]
            value["total"] = len(value["entry"])
    hook_request["prefetch"] = turned
    found = call(hook_request).get_json()["cards"]
    assert [(card["summary"], card["detail"]) for card in found] == [
        (card["summary"], card["detail"]) for card in expected
    ]


def test_one_unreadable_entry_costs_one_entry(call: Call, hook_request: Body) -> None:
    entries = hook_request["prefetch"]["observations"]["entry"]
    entries += [None, 7, {"resource": {"resourceType": "Observation", "id": 5, "code": "x", "status": []}}, {}]
    hook_request["prefetch"]["observations"]["total"] = len(entries)
    assert "mm-history" in topics(call(hook_request))


def test_a_single_resource_and_a_bare_list_are_read(call: Call, hook_request: Body) -> None:
    prefetch = hook_request["prefetch"]
    prefetch["conditions"] = [entry["resource"] for entry in prefetch["conditions"]["entry"]]
    prefetch["medicationAdministrations"] = prefetch["medicationAdministrations"]["entry"][0]["resource"]
    assert "mm-history" in topics(call(hook_request))


def test_strict_mode_uses_no_invalid_resource(make_app: Callable[..., Any], hook_request: Body) -> None:
    client = make_app(strict=True).test_client()
    service = "/cds-services/myeloma-patient-view"
    plain = client.post(service, json=hook_request)
    assert not [note for note in history(plain).get("dataQuality", []) if "STRICT" in note["issue"]]
    entries = hook_request["prefetch"]["medicationStatements"]["entry"]
    for entry in entries:
        if "daratumumab" in str(entry).lower():
            entry["resource"]["effectivePeriod"] = {"start": "2023-03-20T08:00", "end": "2026-09-14"}
            del entry["resource"]["status"]
    answer = client.post(service, json=hook_request)
    assert answer.status_code == 200
    assert [note for note in history(answer)["dataQuality"] if "STRICT" in note["issue"]]


@pytest.mark.parametrize(
    "link",
    [
        [{"relation": "next"}],
        [{"relation": "next", "url": None}],
        {"relation": "next", "url": "https://ehr.example.org/next"},
        [{"relation": "self", "url": "x"}, {"relation": "next", "url": 5}],
    ],
)
def test_R38_a_next_link_of_any_shape_says_that_there_is_more(call: Call, hook_request: Body, link: Any) -> None:
    hook_request["prefetch"]["medicationStatements"]["link"] = link
    answer = call(hook_request)
    assert "mm-data" in topics(answer)
    assert history(answer)["summary"]["historyComplete"] == "no"


def test_R38_a_next_link_inside_a_nested_bundle_counts(call: Call, hook_request: Body) -> None:
    inner = hook_request["prefetch"]["medicationStatements"]
    inner["link"] = [{"relation": "next", "url": "https://ehr.example.org/next"}]
    hook_request["prefetch"]["medicationStatements"] = {
        "resourceType": "Bundle", "type": "batch-response", "entry": [{"resource": inner}],
    }  # fmt: skip
    answer = call(hook_request)
    assert "mm-data" in topics(answer)
    assert history(answer)["summary"]["historyComplete"] == "no"


def test_R37_a_failure_inside_a_nested_bundle_is_a_failure(call: Call, hook_request: Body) -> None:
    hook_request["prefetch"]["conditions"] = {
        "resourceType": "Bundle", "type": "batch-response", "entry": [{"resource": FAILED_ENTRY}],
    }  # fmt: skip
    assert "conditions" in diagnostics(call(hook_request))


@pytest.mark.parametrize("kind", ["Observation", "NoSuchType"])
def test_R37_other_resources_under_a_key_answer_no_search_of_its_own(call: Call, hook_request: Body, kind: str) -> None:
    subject = {"reference": f"Patient/{hook_request['context']['patientId']}"}
    resource = {"resourceType": kind, "subject": subject}
    search: Body = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource}]}
    prefetch = hook_request["prefetch"]
    for value in (search, resource):
        drugs = {**prefetch, "medicationRequests": value}
        document = history(call({**hook_request, "prefetch": drugs}))
        assert document["summary"]["historyComplete"] == "unknown"
        assert "medication orders" in [one["what"] for one in document["missingData"]]
        conditions = {**prefetch, "conditions": value}
        text = diagnostics(call({**hook_request, "prefetch": conditions}))
        assert "conditions" in text
        assert "no resource of that type" in text


def test_R32_data_under_each_others_keys_are_read(call: Call, hook_request: Body) -> None:
    prefetch = hook_request["prefetch"]
    prefetch["medicationAdministrations"], prefetch["medicationStatements"] = (
        prefetch["medicationStatements"], prefetch["medicationAdministrations"],
    )  # fmt: skip
    prefetch["conditions"], prefetch["observations"] = prefetch["observations"], prefetch["conditions"]
    document = history(call(hook_request))
    assert document["summary"]["historyComplete"] == "yes"
    assert document["linesOfTherapy"][0]["regimen"] == "D-VRd"


def test_R37_what_is_nested_too_deeply_is_not_nothing(call: Call, hook_request: Body) -> None:
    value = hook_request["prefetch"]["conditions"]
    for _ in range(40):
        value = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": value}]}
    hook_request["prefetch"]["conditions"] = value
    assert "conditions" in diagnostics(call(hook_request))
