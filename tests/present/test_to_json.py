"""Cards as CDS Hooks JSON, rows R50 to R69."""

from cards.present.card import Action, Card, Link, Suggestion
from cards.present.to_json import card_json
from tests.present.strict import empty_members

CARD = Card(
    "mm-options", "One sentence.", "info", "Detail", links=(Link("Timeline", "https://x.example/smart", "smart", "{}"),)
)
UUID = "5f0e1a3c-6a30-8d4e-9c2b-3b1d2f6a7c11"


def test_r54_r55_source_and_topic() -> None:
    source = card_json(CARD, uuid=UUID, source_label="myeloma-cds", source_url="https://x.example")["source"]
    assert source["label"] == "myeloma-cds"
    assert source["url"] == "https://x.example"
    assert source["topic"]["code"] == "mm-options"
    assert source["topic"]["system"].startswith("urn:")
    alnum = card_json(CARD, uuid=UUID, source_label="x", topic_style="alnum")["source"]
    assert alnum["topic"]["code"] == "mmoptions"
    assert "url" not in alnum


def test_r02_no_null_or_empty_member() -> None:
    bare = card_json(Card("mm-history", "S.", "info", "D"), uuid=UUID, source_label="x")
    assert empty_members(bare) == []
    assert set(bare) == {"uuid", "summary", "detail", "indicator", "source"}


def test_r57_r58_suggestions_bring_a_selection_behavior() -> None:
    resource = {"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal"}
    card = Card(
        "mm-data", "S.", "info", "D", (Suggestion("Ask for FISH", (Action("create", "Ask for FISH", resource),)),)
    )
    made = card_json(card, uuid=UUID, source_label="x")
    assert made["selectionBehavior"] == "any"
    assert made["suggestions"][0]["label"] == "Ask for FISH"
    assert made["suggestions"][0]["uuid"] != UUID
    assert made["suggestions"][0]["actions"][0]["type"] == "create"
    assert made == card_json(card, uuid=UUID, source_label="x")


def test_r64_override_reasons_have_code_system_and_display() -> None:
    for reason in card_json(CARD, uuid=UUID, source_label="x")["overrideReasons"]:
        assert set(reason) == {"code", "system", "display"}
        assert all(reason.values())


def test_r65_links() -> None:
    link = card_json(CARD, uuid=UUID, source_label="x")["links"][0]
    assert link == {"label": "Timeline", "url": "https://x.example/smart", "type": "smart", "appContext": "{}"}
    absolute = Card("mm-history", "S.", "info", "D", links=(Link("Docs", "https://x.example", app_context="{}"),))
    assert "appContext" not in card_json(absolute, uuid=UUID, source_label="x")["links"][0]
