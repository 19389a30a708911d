"""Assertions on cards and assessments whose failures say what is there instead.

Only the standard library is imported here: the module is loaded with pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

_MISSING: Any = object()
_EXTENSION = "org.myeloma-cds.assessment"
Body = Mapping[str, Any]


def assert_card(
    answer: Body | Iterable[Body],
    topic: str | None = None,
    *,
    indicator: str | None = None,
    summary: str | Collection[str] = (),
    detail: str | Collection[str] = (),
    suggestion: str | None = None,
) -> Body:
    """Assert that an answer holds a card with all of this, and return the first such card.

    `summary` and `detail` are pieces of text that have to be in there, in any case of letters; `topic` may be given without its
    hyphen.
    """
    __tracebackhide__ = True
    cards = _cards(answer)
    wanted = {"topic": topic, "indicator": indicator, "summary": summary, "detail": detail, "suggestion": suggestion}
    reasons = []
    for card in cards:
        wrong = list(_against(card, topic, indicator, _texts(summary), _texts(detail), suggestion))
        if not wrong:
            return card
        reasons.append(f"  {_topic(card)} ({card.get('indicator')}): {card.get('summary')}\n    {'; '.join(wrong)}")
    asked = ", ".join(f"{name}={value!r}" for name, value in wanted.items() if value)
    found = "\n".join(reasons) if reasons else "  no cards"
    raise AssertionError(f"No card with {asked or 'anything in it'}. Found:\n{found}")


def assert_assessment(
    document: Body,
    expected: Body | None = None,
    *,
    lines: int | None = None,
    refractory: Collection[str] | None = None,
    exposed: Collection[str] | None = None,
    progressing: str | None = None,
    recommended: Collection[str] = (),
    not_suggested: Collection[str] = (),
    flags: Collection[str] = (),
) -> Body:
    """Assert what an assessment says, and return the document; every difference is listed at once.

    `document` is an assessment, or the answer of a hook call that carries one. `expected` maps paths such as
    `agents.lenalidomide.status`, `linesOfTherapy.0.regimen` or `findings.t(11;14).value` to values, to functions of the value, or to
    objects of which each member has to be there. An absent member equals `None`. `lines` is the number of lines by the IMWG;
    `refractory` names exactly the drugs that are refractory, `exposed` drugs that were given at least; `recommended` and
    `not_suggested` name regimens that have to be among them.
    """
    __tracebackhide__ = True
    document = document_of(document)
    wanted: dict[str, Any] = dict(expected or {})
    if lines is not None:
        wanted["lineCount.imwg"] = lines
    if progressing is not None:
        wanted["summary.progressing"] = progressing
    wrong = [difference for path, value in wanted.items() for difference in _differences(document, path, value)]
    wrong += _drugs(document, refractory, exposed)
    wrong += _regimens(document, recommended, not_suggested)
    wrong += [
        f"flags: {name} is not among {document.get('flags', [])}"
        for name in flags
        if name not in document.get("flags", [])
    ]
    if wrong:
        listed = "\n".join(f"  {one}" for one in wrong)
        raise AssertionError(
            f"The assessment of {document.get('patient')} as of {document.get('asOf')} differs:\n{listed}"
        )
    return document


def schema(name: str) -> dict[str, Any]:
    """Return a published JSON Schema: `assessment`, or `services`, `request`, `response`, `feedback`, `operation-outcome`."""
    if name != "assessment":
        from cds_service.schemas import MESSAGES, message_schema

        if name not in MESSAGES:
            raise KeyError(f"There is no schema {name}; there are: assessment, {', '.join(MESSAGES)}.")
        return message_schema(name)
    import json
    from importlib.resources import files

    found: dict[str, Any] = json.loads(files("cards").joinpath("schemas", "assessment.json").read_bytes())
    return found


def assert_fits(content: Any, name: str) -> None:
    """Assert that content fits a published schema; the failure lists the first places where it does not."""
    __tracebackhide__ = True
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(schema(name)).iter_errors(content), key=lambda error: error.json_path)
    if errors:
        listed = "\n".join(f"  {error.json_path}: {error.message[:200]}" for error in errors[:8])
        raise AssertionError(f"Does not fit the schema {name}:\n{listed}")


def _cards(answer: Body | Iterable[Body]) -> list[Body]:
    if not isinstance(answer, Mapping):
        return list(answer)
    if "cards" not in answer and "summary" in answer:
        return [answer]
    if "cards" not in answer:
        issues = answer.get("issue", [{}])
        raise AssertionError(f"The answer holds no cards: {issues[0].get('diagnostics', dict(answer))}")
    return list(answer["cards"])


def _topic(card: Body) -> str:
    return str(card.get("source", {}).get("topic", {}).get("code", "no topic"))


def _texts(value: str | Collection[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _against(
    card: Body,
    topic: str | None,
    indicator: str | None,
    summary: list[str],
    detail: list[str],
    suggestion: str | None,
) -> Iterable[str]:
    """Yield what speaks against a card."""
    if topic is not None and _topic(card).replace("-", "") != topic.replace("-", ""):
        yield "another topic"
    if indicator is not None and card.get("indicator") != indicator:
        yield f"indicator is not {indicator}"
    for name, texts in (("summary", summary), ("detail", detail)):
        yield from (f"{name} lacks {text!r}" for text in texts if text.lower() not in str(card.get(name, "")).lower())
    labels = [str(one.get("label", "")) for one in card.get("suggestions", [])]
    if suggestion is not None and not any(suggestion.lower() in label.lower() for label in labels):
        yield f"no suggestion with {suggestion!r} among {labels}"


def document_of(given: Body) -> Body:
    """Return the assessment, out of the history card where it is carried by one."""
    if "schemaVersion" in given:
        return given
    for card in _cards(given):
        if _EXTENSION in card.get("extension", {}):
            found: Body = card["extension"][_EXTENSION]
            return found
    raise AssertionError("The answer carries no assessment: none of its cards is the history of treatment.")


def _at(document: Any, path: str) -> Any:
    """Return the value at a path; keys may hold dots themselves."""
    if not path:
        return document
    if isinstance(document, Mapping):
        for end in (*(at for at, letter in enumerate(path) if letter == "."), len(path)):
            if path[:end] in document:
                found = _at(document[path[:end]], path[end + 1 :])
                if found is not _MISSING:
                    return found
        return _MISSING
    head, _, rest = path.partition(".")
    if isinstance(document, list) and head.lstrip("-").isdigit() and -len(document) <= int(head) < len(document):
        return _at(document[int(head)], rest)
    return _MISSING


def _differences(document: Any, path: str, expected: Any) -> Iterable[str]:
    found = _at(document, path)
    shown = "absent" if found is _MISSING else repr(found)
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            yield from _differences(document, f"{path}.{name}", value)
    elif isinstance(expected, Callable):  # type: ignore[arg-type]  # mypy does not take this protocol here
        if found is _MISSING or not expected(found):
            yield f"{path}: {shown} is not what was asked for"
    elif (None if found is _MISSING else found) != expected:
        yield f"{path}: expected {expected!r}, found {shown}"


def _drugs(document: Body, refractory: Collection[str] | None, exposed: Collection[str] | None) -> Iterable[str]:
    agents: Mapping[str, Any] = document.get("agents") or {}
    if refractory is not None:
        found = sorted(name for name, one in agents.items() if one.get("status") == "refractory")
        if found != sorted(refractory):
            yield f"refractory: expected {sorted(refractory)}, found {found}"
    given = {name for name, one in agents.items() if one.get("status") not in {"naive", "not-recorded"}}
    for name in exposed or ():
        if name not in given:
            yield f"exposed: {name} is not among {sorted(given)}"


def _regimens(document: Body, recommended: Collection[str], not_suggested: Collection[str]) -> Iterable[str]:
    for where, wanted in (("recommendations", recommended), ("notSuggested", not_suggested)):
        listed = document.get(where) or []
        entries = [one for part in listed.values() for one in part] if isinstance(listed, Mapping) else listed
        found = [one.get("regimen") for one in entries]
        yield from (f"{where}: {name} is not among {found}" for name in wanted if name not in found)
