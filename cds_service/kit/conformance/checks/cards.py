"""Cards: texts, source, override reasons, links, ids (R52 to R56, R64 to R67)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cds_service.kit.conformance.checks.shared import is_absolute, is_text, unknown_members
from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Target

check = Register()
_MEMBERS = frozenset(
    {"uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons", "links", "extension"}
)  # fmt: skip
_HTML = re.compile(r"<(?!https?://)[A-Za-z/!][^\s]*")
_CODE = re.compile(r"`[^`]*`")


@check("must")
def r52_summary_is_one_short_sentence(target: Target) -> Iterable[str]:
    """Summary is there, one line, with fewer than 140 characters."""
    for where, card in target.cards():
        text = card.get("summary")
        if not isinstance(text, str) or not text.strip():
            yield f"{where}: summary is missing or no text"
        elif len(text) >= 140:
            yield f"{where}: summary has {len(text)} characters"
        elif "\n" in text or "\r" in text:
            yield f"{where}: summary has more than one line"


@check("must")
def r53_indicator_is_known(target: Target) -> Iterable[str]:
    """Indicator is info, warning or critical."""
    for where, card in target.cards():
        if card.get("indicator") not in ("info", "warning", "critical"):
            yield f"{where}: indicator is missing or none of info, warning, critical"


@check("must")
def r54_source_has_a_label(target: Target) -> Iterable[str]:
    """Source is an object with a label."""
    for where, card in target.cards():
        source = card.get("source")
        if not isinstance(source, dict):
            yield f"{where}: source is missing or no object"
        elif not is_text(source.get("label")):
            yield f"{where}: source.label is missing"


@check("must")
def r54_source_addresses_are_absolute(target: Target) -> Iterable[str]:
    """Source.url and source.icon are absolute."""
    for where, source in _sources(target):
        for name in ("url", "icon"):
            if name in source and not is_absolute(source[name]):
                yield f"{where}: source.{name} is no absolute http(s) URL"


@check("must")
def r55_topic_is_a_coding(target: Target) -> Iterable[str]:
    """Source.topic is a Coding with code and system."""
    for where, source in _sources(target):
        topic = source.get("topic")
        if topic is None:
            continue
        if not isinstance(topic, dict) or "coding" in topic:
            yield f"{where}: source.topic is no Coding"
        elif not is_text(topic.get("code")) or not is_text(topic.get("system")):
            yield f"{where}: source.topic lacks code or system"


@check("should")
def r55_cards_have_a_topic(target: Target) -> Iterable[str]:
    """Cards have a topic, so that feedback and overrides can be told apart."""
    for where, source in _sources(target):
        if "topic" not in source:
            yield f"{where}: no source.topic"


@check("must")
def r56_detail_is_a_text(target: Target) -> Iterable[str]:
    """Detail is a text."""
    for where, card in target.cards():
        if "detail" in card and not is_text(card["detail"]):
            yield f"{where}: detail is no text"


@check("should")
def r56_detail_has_no_html(target: Target) -> Iterable[str]:
    """Detail is Markdown without HTML."""
    for where, card in target.cards():
        if _HTML.search(_CODE.sub("", str(card.get("detail", "")))):
            yield f"{where}: HTML in detail"


@check("should")
def r56_detail_loads_nothing(target: Target) -> Iterable[str]:
    """Links in detail are http(s), and there are no images."""
    for where, card in target.cards():
        detail = str(card.get("detail", ""))
        if re.search(r"!\[[^\]]*\]\(", detail):
            yield f"{where}: an image in detail"
        if any(not is_absolute(url) for url in re.findall(r"(?<!\\)\]\(\s*([^)\s]+)", detail)):
            yield f"{where}: a link in detail that is not http(s)"


@check("must")
def r64_override_reasons_are_complete(target: Target) -> Iterable[str]:
    """Override reasons have code, system and display."""
    for where, card in target.cards():
        reasons = card.get("overrideReasons", [])
        if not isinstance(reasons, list):
            yield f"{where}: overrideReasons is no array"
            continue
        for one in reasons:
            if not isinstance(one, dict) or not all(is_text(one.get(name)) for name in ("code", "system", "display")):
                yield f"{where}: an override reason lacks code, system or display"


@check("must")
def r65_links_are_complete(target: Target) -> Iterable[str]:
    """Links have label, url and type absolute or smart."""
    for where, link in _links(target):
        if not isinstance(link, dict):
            yield f"{where}: a link is no object"
            continue
        if not is_text(link.get("label")):
            yield f"{where}: a link has no label"
        if not is_absolute(link.get("url")):
            yield f"{where}: a link has no absolute http(s) url"
        if link.get("type") not in ("absolute", "smart"):
            yield f"{where}: the type of a link is neither absolute nor smart"


@check("must")
def r65_app_context_is_for_smart_links(target: Target) -> Iterable[str]:
    """AppContext is a text, and only at smart links."""
    for where, link in _links(target):
        if not isinstance(link, dict) or "appContext" not in link:
            continue
        if link.get("type") != "smart":
            yield f"{where}: appContext at a link that is not smart"
        if not is_text(link["appContext"]):
            yield f"{where}: appContext is no text"


@check("must")
def r65_autolaunchable_is_a_boolean(target: Target) -> Iterable[str]:
    """Autolaunchable is a boolean."""
    for where, link in _links(target):
        if isinstance(link, dict) and not isinstance(link.get("autolaunchable", False), bool):
            yield f"{where}: autolaunchable is no boolean"


@check("must")
def r67_uuid_is_a_text(target: Target) -> Iterable[str]:
    """Uuid of a card is a text."""
    for where, card in target.cards():
        if "uuid" in card and not is_text(card["uuid"]):
            yield f"{where}: uuid is no text"


@check("should")
def r67_cards_have_a_uuid(target: Target) -> Iterable[str]:
    """Cards have a uuid, without which no feedback is sent."""
    yield from (f"{where}: no uuid" for where, card in target.cards() if "uuid" not in card)


@check("must")
def r67_uuids_are_unique(target: Target) -> Iterable[str]:
    """No uuid is used twice."""
    seen = set()
    for where, card in target.cards():
        suggestions = card.get("suggestions")
        inner = [one for one in suggestions if isinstance(one, dict)] if isinstance(suggestions, list) else []
        for one in (card, *inner):
            name = one.get("uuid")
            if isinstance(name, str) and name in seen:
                yield f"{where}: uuid used twice"
            seen.add(str(name))


@check("must")
def r16_additions_to_cards_stand_in_extension(target: Target) -> Iterable[str]:
    """Additions to cards stand in extension, an object."""
    for where, card in target.cards():
        yield from unknown_members(card, _MEMBERS, where)
        if not isinstance(card.get("extension", {}), dict):
            yield f"{where}: extension is no object"


def _sources(target: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, card in target.cards():
        if isinstance(card.get("source"), dict):
            yield where, card["source"]


def _links(target: Target) -> Iterator[tuple[str, Any]]:
    for where, card in target.cards():
        links = card.get("links", [])
        if not isinstance(links, list):
            yield where, links
            continue
        yield from ((where, link) for link in links)
