"""The planted defects, by name; each says which check has to find it."""

from __future__ import annotations

from typing import Any

from tests.kit.dummy import Body, Defect


def _service(**changes: Any) -> Any:
    """Change the service in discovery; `None` takes a member away, `NULL` sets null."""

    def change(content: Body) -> None:
        _change(content["services"][0], changes)

    return change


def _card(**changes: Any) -> Any:
    return lambda content: _change(content["cards"][0], changes)


def _inner(name: str, **changes: Any) -> Any:
    return lambda content: _change(content["cards"][0][name][0], changes)


def _source(**changes: Any) -> Any:
    return lambda content: _change(content["cards"][0]["source"], changes)


def _action(**changes: Any) -> Any:
    return lambda content: _change(content["cards"][0]["suggestions"][0]["actions"][0], changes)


def _proposal(**changes: Any) -> Any:
    return lambda content: _change(content["cards"][0]["suggestions"][0]["actions"][0]["resource"], changes)


NULL = object()


def _change(target: Body, changes: Body) -> None:
    for name, value in changes.items():
        if value is None:
            del target[name]
        else:
            target[name] = None if value is NULL else value


def _two_services(content: Body) -> None:
    content["services"].append(dict(content["services"][0]))


def _template(text: str) -> Any:
    return _service(prefetch={"problems": text})


def _two_recommended(content: Body) -> None:
    card = content["cards"][0]
    first = card["suggestions"][0]
    first["isRecommended"] = True
    card["suggestions"] = [first, {**first, "uuid": "a1b2c3d4-0000-4000-8000-000000000001"}]
    card["selectionBehavior"] = "at-most-one"


PROBLEMS = "Condition?patient={{context.patientId}}"
SMART = [{"label": "App", "url": "https://dummy.example.org/launch", "type": "smart", "appContext": {"a": 1}}]
ABSOLUTE = [{"label": "More", "url": "https://dummy.example.org/", "type": "absolute", "appContext": "x"}]

DEFECTS: dict[str, Defect] = {
    # discovery
    "services is an object": Defect("R10_services_is_an_array", lambda _: {"services": {"a": 1}}),
    "discovery is a list": Defect("R10_services_is_an_array", lambda content: content["services"]),
    "a null in discovery": Defect("R02_discovery_has_no_empty_member", _service(usageRequirements=NULL)),
    "an empty prefetch": Defect("R02_discovery_has_no_empty_member", _service(prefetch={})),
    "no description": Defect("R11_required_members", _service(description=None)),
    "id is a number": Defect("R11_required_members", _service(id=5)),
    "title is a list": Defect("R11_optional_members_are_texts", _service(title=["x"])),
    "no title": Defect("R11_title_is_recommended", _service(title=None)),
    "id with a slash": Defect("R12_id_is_a_path_segment", _service(id="dummy/one")),
    "id of nothing": Defect("R12_the_service_is_at_its_id", _service(id="elsewhere")),
    "a service twice": Defect("R13_a_service_is_there_once", _two_services),
    "prefetch is a list": Defect("R14_prefetch_is_an_object_of_texts", _service(prefetch=["x"])),
    "a template is an object": Defect("R14_prefetch_is_an_object_of_texts", _service(prefetch={"a": {"b": "c"}})),
    "version is no version": Defect("R15_version_is_a_version", _service(version="two")),
    "own member in discovery": Defect("R16_additions_stand_in_extension", _service(vendor="x")),
    "discovery changes": Defect("R17_discovery_is_stable", flag="unstable-discovery"),
    # templates
    "absolute template": Defect("R20_templates_are_relative_queries", _template("https://x.org/" + PROBLEMS)),
    "open token": Defect("R20_templates_are_relative_queries", _template("Condition?patient={{context.patientId")),
    "unknown token": Defect("R21_tokens_are_context_ids", _template("Condition?patient={{context.draftOrders.id}}")),
    "user with type": Defect("R22_user_id_stands_alone", _template("Practitioner/{{context.userId}}")),
    "include": Defect("R23_templates_stay_in_the_subset", _template(PROBLEMS + "&_include=Condition:encounter")),
    "modifier": Defect("R23_templates_stay_in_the_subset", _template(PROBLEMS + "&code:not=x")),
    "chain": Defect(
        "R23_templates_stay_in_the_subset", _template("Condition?patient.identifier={{context.patientId}}")
    ),
    "arithmetic": Defect("R24_no_arithmetic_in_tokens", _template(PROBLEMS + "&onset-date=ge{{today() - 90 days}}")),
    "search of everybody": Defect("R25_searches_name_the_patient", _template("Condition?_count=100")),
    "sort of DSTU2": Defect("R26_templates_are_valid_r4", _template(PROBLEMS + "&sort:desc=date")),
    "status of a condition": Defect("R26_templates_are_valid_r4", _template(PROBLEMS + "&status=active")),
    # the answer
    "cards is an object": Defect("R50_cards_is_an_array", answer=lambda _: {"cards": {"a": 1}}),
    "no cards": Defect("R50_cards_is_an_array", answer=lambda _: {"card": 1}),
    "systemActions is an object": Defect(
        "R50_system_actions_is_an_array", answer=lambda content: {**content, "systemActions": {"type": "create"}}
    ),
    "systemActions on patient-view": Defect(
        "R68_no_system_actions_on_patient_view",
        answer=lambda content: {**content, "systemActions": [{"type": "delete", "resourceId": "Task/1"}]},
    ),
    "own member in the answer": Defect("R16_answer_has_no_other_members", answer=lambda content: {**content, "x": 1}),
    "an empty detail": Defect("R02_answers_have_no_empty_member", answer=_card(detail="")),
    "a null in a card": Defect("R02_answers_have_no_empty_member", answer=_card(selectionBehavior="any", detail=NULL)),
    "text/html": Defect("R01_answers_are_json", flag="html-type"),
    "another answer each time": Defect("R70_the_same_call_gets_the_same_advice", flag="random"),
    # cards
    "summary of 140": Defect("R52_summary_is_one_short_sentence", answer=_card(summary="a" * 140)),
    "no summary": Defect("R52_summary_is_one_short_sentence", answer=_card(summary=None)),
    "summary of two lines": Defect("R52_summary_is_one_short_sentence", answer=_card(summary="a\nb")),
    "hard-stop": Defect("R53_indicator_is_known", answer=_card(indicator="hard-stop")),
    "no source": Defect("R54_source_has_a_label", answer=_card(source=None)),
    "source without label": Defect("R54_source_has_a_label", answer=_source(label=None)),
    "icon of a file": Defect("R54_source_addresses_are_absolute", answer=_source(icon="file:///icon.png")),
    "topic is a CodeableConcept": Defect("R55_topic_is_a_coding", answer=_source(topic={"coding": [{"code": "a"}]})),
    "no topic": Defect("R55_cards_have_a_topic", answer=_source(topic=None)),
    "detail is an object": Defect("R56_detail_is_a_text", answer=_card(detail={"text": "x"})),
    "HTML": Defect("R56_detail_has_no_html", answer=_card(detail="<b>bold</b>")),
    "an image": Defect("R56_detail_loads_nothing", answer=_card(detail="![x](https://x.org/x.png)")),
    "a script link": Defect("R56_detail_loads_nothing", answer=_card(detail="[x](javascript:alert(1))")),
    "reason without display": Defect(
        "R64_override_reasons_are_complete", answer=_inner("overrideReasons", display=None)
    ),
    "link without type": Defect("R65_links_are_complete", answer=_inner("links", type=None)),
    "relative link": Defect("R65_links_are_complete", answer=_inner("links", url="/more")),
    "appContext at an absolute link": Defect("R65_app_context_is_for_smart_links", answer=_card(links=ABSOLUTE)),
    "appContext is an object": Defect("R65_app_context_is_for_smart_links", answer=_card(links=SMART)),
    "autolaunchable is a text": Defect("R65_autolaunchable_is_a_boolean", answer=_inner("links", autolaunchable="yes")),
    "uuid is a number": Defect("R67_uuid_is_a_text", answer=_card(uuid=5)),
    "no uuid": Defect("R67_cards_have_a_uuid", answer=_card(uuid=None)),
    "one uuid for two things": Defect("R67_uuids_are_unique", flag="fixed-uuid"),
    "own member in a card": Defect("R16_additions_to_cards_stand_in_extension", answer=_card(priority=1)),
    # suggestions and actions
    "suggestions is an object": Defect("R57_suggestions_is_an_array", answer=_card(suggestions={"label": "x"})),
    "no selectionBehavior": Defect("R57_selection_behavior_is_there", answer=_card(selectionBehavior=None)),
    "selectionBehavior all": Defect("R57_selection_behavior_is_there", answer=_card(selectionBehavior="all")),
    "suggestion without label": Defect("R58_suggestions_have_a_label", answer=_inner("suggestions", label=None)),
    "isRecommended is a text": Defect(
        "R58_suggestion_members_have_their_types", answer=_inner("suggestions", isRecommended="true")
    ),
    "two recommended": Defect("R58_one_is_recommended", answer=_two_recommended),
    "actions is an object": Defect("R60_actions_is_an_array", answer=_inner("suggestions", actions={"type": "create"})),
    "type in capitals": Defect("R60_action_type_is_known", answer=_action(type="CREATE")),
    "action without description": Defect("R60_actions_have_a_description", answer=_action(description=None)),
    "resource as a text": Defect("R61_create_and_update_hold_a_resource", answer=_action(resource="{}")),
    "update without id": Defect("R61_update_holds_an_id", answer=_action(type="update")),
    "delete without a reference": Defect("R62_delete_holds_a_reference", answer=_action(type="delete", resourceId="7")),
    "actionSelectionBehavior": Defect(
        "R63_no_action_selection_behavior", answer=_inner("suggestions", actionSelectionBehavior="any")
    ),
    "an active order": Defect("R69_proposed_orders_are_drafts", answer=_proposal(status="active")),
    "order for somebody else": Defect(
        "R69_proposed_orders_are_of_this_patient", answer=_proposal(subject={"reference": "Patient/else"})
    ),
    # data
    "unknown members are refused": Defect("R32_what_is_not_known_is_ignored", flag="strict-members"),
    "500 without prefetch": Defect("R33_without_data_it_is_412", flag="no-prefetch-500"),
    "424 without prefetch": Defect("R33_an_unreachable_server_is_412", flag="no-prefetch-424"),
    "400 for part of the prefetch": Defect("R34_partial_prefetch_is_handled", flag="no-prefetch-424"),
    "null is refused": Defect("R35_null_is_nothing_found", flag="null-400"),
    "no results are a failure": Defect("R35_spellings_of_nothing_are_equal", flag="no-results-412"),
    "an outcome is refused": Defect("R36_an_outcome_in_place_of_data", flag="outcome-400"),
    "failed reads as nothing": Defect("R37_failed_is_not_nothing", flag="failed-is-nothing"),
    "HTML breaks it": Defect("R36_junk_in_place_of_data", flag="junk-500"),
    "a null entry breaks it": Defect("R36_junk_among_the_entries", flag="null-entry-500"),
    "the server is asked in vain": Defect("R39_prefetch_alone_is_enough", flag="needs-server"),
    "the token comes back": Defect("R40_the_token_is_not_sent_back", flag="echoes-token"),
    "any patient's data": Defect("R43_another_patients_data_are_not_used", flag="any-patient"),
    "order matters": Defect("R44_the_order_of_entries_does_not_matter", flag="unsorted"),
    "markup comes through": Defect("R100_chart_text_is_escaped", flag="raw-markup"),
    # refusals
    "500 for bad JSON": Defect("R08_what_is_no_json_object_is_400", flag="bad-json-500"),
    "5xx for wrong requests": Defect("R08_a_wrong_request_is_never_5xx", flag="bad-json-500"),
    "500 for deep nesting": Defect("R08_deep_nesting_does_no_harm", flag="deep-500"),
    "500 for a long number": Defect("R08_huge_numbers_do_no_harm", flag="huge-500"),
    "404 for the wrong hook": Defect("R08_the_wrong_hook_is_400", flag="wrong-hook-404"),
    "no hook is needed": Defect("R30_hook_is_required", flag="any-hook"),
    "no hookInstance is needed": Defect("R30_hook_instance_is_required", flag="no-instance"),
    "500 without context": Defect("R30_context_is_required", flag="no-context-500"),
    "kinds do not matter": Defect("R30_members_have_their_kinds", flag="no-instance"),
    "a token without a server": Defect("R30_authorization_needs_a_server", flag="no-cds-r-1"),
    "no patientId is needed": Defect("R31_patient_id_is_required", flag="no-patientId"),
    "no userId is needed": Defect("R31_user_id_is_required", flag="no-userId"),
    "a null patientId": Defect("R31_ids_are_texts", flag="null-ids"),
    "400 for an unknown service": Defect("R08_an_unknown_service_is_404", flag="unknown-is-400"),
    "404 for GET": Defect("R08_the_wrong_method_is_405", flag="get-is-404"),
    "405 without Allow": Defect("R08_the_wrong_method_is_405", flag="no-allow"),
    "any media type": Defect("R08_another_media_type_is_415", flag="any-media"),
    "no OperationOutcome": Defect("R07_refusals_carry_an_outcome", flag="plain-refusals"),
    "stack traces": Defect("R08_no_stack_trace", flag="traces"),
    # feedback
    "a reason is demanded": Defect("R81_overridden_is_taken", flag="reason-needed"),
    "nothing is demanded": Defect("R81_required_members", flag="lax-feedback"),
    "500 for wrong feedback": Defect("R81_feedback_is_an_array", flag="feedback-500"),
    "no batches": Defect("R82_batches_and_repeats_are_taken", flag="no-batches"),
    "a display is demanded": Defect("R83_reasons_of_the_client_are_taken", flag="display-needed"),
    "500 for overrideReasons": Defect("R83_odd_spellings_do_not_break", flag="plural-500"),
    "ignored is taken": Defect("R84_ignored_is_no_outcome", flag="takes-ignored"),
    "500 for a card that is no UUID": Defect("R86_unknown_cards_do_not_break", flag="uuid-500"),
    "comments come back": Defect("R86_comments_are_not_sent_back", flag="echoes-comments"),
    "400 for feedback elsewhere": Defect("R80_an_unknown_service_is_404", flag="unknown-is-400"),
    # browsers and headers
    "no CORS": Defect("R99_preflight_needs_no_token", flag="no-cors"),
    "a token for the preflight": Defect("R99_preflight_needs_no_token", flag="preflight-401"),
    "Authorization is not allowed": Defect("R99_preflight_needs_no_token", flag="no-authorization-header"),
    "CORS on GET only": Defect("R99_headers_on_answers", flag="cors-on-get-only"),
    "no CORS on refusals": Defect("R99_headers_on_refusals", flag="no-cors-on-refusals"),
    "any origin is reflected": Defect("R99_foreign_origins_are_not_reflected", flag="reflects"),
    "caches may keep it": Defect("R09_answers_are_not_kept", flag="cacheable"),
}
