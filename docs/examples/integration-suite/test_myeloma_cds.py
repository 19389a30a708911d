"""An integration suite for an EHR that calls myeloma-cds. Copy it, keep what fits, and put your own charts beside it.

Run it with `pytest`, in an environment where `myeloma-cds[kit]` is installed. The service is started by itself on a free port;
`pytest --myeloma-cds-url URL` uses one that runs already.
"""

import uuid

import pytest

from cds_service.kit import assert_assessment, assert_card, assert_fits

RELAPSE = "dvrd-asct-dr-relapse"


# -- discovery and messages -------------------------------------------------------------------------------------------


def test_the_services_that_we_register_are_there(myeloma_cds_service):
    content = myeloma_cds_service.get("/cds-services").json()
    assert_fits(content, "services")
    assert {one["id"]: one["hook"] for one in content["services"]} == {
        "myeloma-patient-view": "patient-view",
        "myeloma-order-select": "order-select",
        "myeloma-order-sign": "order-sign",
    }


def test_what_we_send_and_get_fits_the_schemas(myeloma_cds_service, synthetic_patient):
    request = synthetic_patient(RELAPSE).request()
    assert_fits(request, "request")
    assert_fits(dict(myeloma_cds_service.hook(request)), "response")


# -- cards when a chart is opened -------------------------------------------------------------------------------------


def test_a_relapse_shows_history_and_options(myeloma_cds_service, synthetic_patient):
    answer = myeloma_cds_service.hook(synthetic_patient(RELAPSE))
    card = assert_card(
        answer, "mm-history", indicator="info", summary=["1 line of therapy", "refractory to daratumumab"]
    )
    assert len(card["summary"]) < 140
    assert_card(answer, "mm-options", indicator="info", detail="cilta-cel")


@pytest.mark.parametrize("synthetic_patient", ["mgus", "smoldering", "no-plasma-cell-disorder"], indirect=True)
def test_a_patient_without_active_myeloma_gets_no_card(myeloma_cds_service, synthetic_patient):
    assert myeloma_cds_service.hook(synthetic_patient).cards == []


def test_the_card_carries_the_assessment(myeloma_cds_service, synthetic_patient):
    answer = myeloma_cds_service.hook(synthetic_patient(RELAPSE))
    assert_assessment(answer, {"diagnosis.state": "multiple-myeloma"}, lines=1, progressing="yes")


# -- what is missing must never look like "nothing there" -------------------------------------------------------------


def test_a_search_that_failed_is_said(myeloma_cds_service, synthetic_patient):
    request = synthetic_patient(RELAPSE).request()
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    request["prefetch"]["medicationAdministrations"] = failed
    answer = myeloma_cds_service.hook(request)
    assert_card(answer, "mm-data", indicator="warning")
    assert_assessment(answer, {"summary.historyComplete": "no"})


def test_without_conditions_we_are_refused(myeloma_cds_service, synthetic_patient):
    request = synthetic_patient(RELAPSE).request()
    del request["prefetch"]["conditions"]
    answer = myeloma_cds_service.hook(request)
    assert answer.status == 412
    assert "conditions" in answer.diagnostics
    assert_fits(dict(answer), "operation-outcome")


def test_the_prefetch_of_another_patient_is_refused(myeloma_cds_service, synthetic_patient):
    request = synthetic_patient(RELAPSE).request()
    request["context"]["patientId"] = "somebody-else"
    answer = myeloma_cds_service.hook(request)
    assert answer.status == 412
    assert "somebody-else" not in answer.diagnostics


# -- orders -----------------------------------------------------------------------------------------------------------


def test_a_refractory_drug_is_critical(myeloma_cds_service, synthetic_patient):
    answer = myeloma_cds_service.hook(synthetic_patient(RELAPSE), "order-sign", drafts=["lenalidomide 25 mg capsule"])
    card = assert_card(answer, "mm-safety", indicator="critical", summary="lenalidomide")
    assert {"code", "system", "display"} <= set(card["overrideReasons"][0])


def test_other_orders_are_left_alone(myeloma_cds_service, synthetic_patient):
    answer = myeloma_cds_service.hook(synthetic_patient(RELAPSE), "order-select", drafts=["paracetamol 500 mg tablet"])
    assert answer.cards == []


# -- assessments of charts --------------------------------------------------------------------------------------------


def test_the_assessment_of_a_chart(myeloma_cds_service, synthetic_patient):
    document = myeloma_cds_service.assess(synthetic_patient(RELAPSE), jurisdiction="US")
    assert_fits(document, "assessment")
    assert_assessment(
        document,
        {
            "linesOfTherapy.0.regimen": "D-VRd",
            "agents.bortezomib.status": "exposed-not-refractory",
            "summary.lenalidomideRefractory": "yes",
            "lineCount": {"imwg": 1, "min": 1},
        },
        refractory=["daratumumab", "lenalidomide"],
        recommended=["cilta_cel"],
        not_suggested=["DRd"],
    )


@pytest.mark.parametrize("scenario", ["F13-triple-class-refractory", "F13-penta-refractory"])
def test_what_is_known_to_have_failed_is_found(myeloma_cds_service, synthetic_patient, scenario):
    patient = synthetic_patient(scenario)
    failed = [name for name, agent in patient.truth["agents"].items() if agent["status"] == "refractory"]
    assert_assessment(myeloma_cds_service.assess(patient), {"summary.tripleClassRefractory": "yes"}, refractory=failed)


# -- feedback ---------------------------------------------------------------------------------------------------------


def test_feedback_is_kept_once(myeloma_cds_service, synthetic_patient):
    card = myeloma_cds_service.hook(synthetic_patient(RELAPSE)).cards[0]
    reason = {
        "reason": {"code": "known", "system": "https://ehr.example.org/reasons"},
        "userComment": str(uuid.uuid4()),
    }
    assert myeloma_cds_service.feedback(card, overrideReason=reason)["new"] == 1
    assert myeloma_cds_service.feedback(card, overrideReason=reason)["new"] == 0
