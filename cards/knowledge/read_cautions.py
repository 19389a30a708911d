"""Readers of cautions and their tests (regimens B.4)."""

from __future__ import annotations

from typing import Literal, cast

from cards.knowledge.model import Caution, Effect, Jurisdiction, Severity, Test
from cards.knowledge.read_regimens import MODALITIES, check_target, read_sources, read_tag
from cards.knowledge.tables import Items, Table
from cards.knowledge.vocabulary import (
    CLASSES,
    COMPONENT_TESTS,
    FINDINGS,
    PROBLEMS,
    PROGRAMMES,
    REGIMEN_IDS,
    UNITS,
    Names,
)

KINDS = ("finding", "problem", "age", "exposed", "refractory", "supportive", "sex", "always")
SEVERITIES = ("BLOCK", "WARN", "ASK", "NOTE")
EFFECTS = ("exclude", "not-now", "not-preferred", "inform")
_ALLOWED = {
    "BLOCK": ("exclude", "not-now"),
    "WARN": ("not-preferred", "inform"),
    "ASK": ("inform",),
    "NOTE": ("inform",),
}
_PROBLEM_ONLY = (
    "min_grade",
    "max_grade",
    "painful",
    "grade_missing",
    "active_only",
    "text_any",
    "text_none",
    "flags_none",
)
_BOUNDS = ("below", "at_most", "above", "at_least", "above_uln")


def read_test(table: Table, names: Names) -> Test:
    """Read one test; exactly one kind is written as its first key."""
    kinds = [kind for kind in KINDS if table.has(kind)]
    if len(kinds) != 1:
        raise table.error("", "a test needs exactly one kind", f"Please write one of: {', '.join(KINDS)}")
    kind = kinds[0]
    name = None if kind in {"always", "age"} else table.text(kind)
    if name is None and table.opt_flag(kind) is not True:
        raise table.error(kind, "should be true", f"Please write `{kind}: true`")
    for key in _PROBLEM_ONLY:
        if table.has(key) and kind != "problem":
            raise table.error(key, "belongs to a test on a problem", "Please remove it or test a problem")
    _check_bounds(table, kind)
    test = Test(
        kind=cast("Literal['finding', 'problem', 'age', 'exposed', 'refractory', 'supportive', 'sex', 'always']", kind),
        name=name,
        below=table.opt_number("below"),
        at_most=table.opt_number("at_most"),
        above=table.opt_number("above"),
        at_least=table.opt_number("at_least"),
        above_uln=table.opt_number("above_uln"),
        is_value=table.opt_text("is_value"),
        unit=table.opt_text("unit"),
        within_days=table.opt_whole("within_days"),
        absence_days=table.opt_whole("absence_days"),
        min_grade=table.opt_whole("min_grade"),
        max_grade=table.opt_whole("max_grade"),
        painful=table.opt_flag("painful"),
        grade_missing=table.opt_flag("grade_missing") or False,
        active_only=table.opt_flag("active_only") or False,
        negate=table.opt_flag("negate") or False,
        text_any=table.texts("text_any"),
        text_none=table.texts("text_none"),
        flags_none=table.texts("flags_none"),
        instead=table.opt_text("instead"),
    )
    _check_name(table, test, names)
    table.end()
    return test


def _check_bounds(table: Table, kind: str) -> None:
    """Refuse a finding without bound or value, and bounds that contradict each other; one from each side is a range."""
    lower = [key for key in ("above", "at_least", "above_uln") if table.has(key)]
    upper = [key for key in ("below", "at_most") if table.has(key)]
    value = table.has("is_value")
    if kind not in {"finding", "age"}:
        if lower or upper or value:
            raise table.error(
                (lower + upper + ["is_value"])[0], "belongs to a test on a finding or the age", "Please remove it"
            )
        return
    if not (lower or upper or value):
        raise table.error(
            kind, "the test has no bound", "Please add one of: below, at_most, above, at_least, above_uln, is_value"
        )
    if value and (lower or upper):
        raise table.error("is_value", "stands beside a bound", "Please keep either the value or the bound")
    if len(lower) > 1 or len(upper) > 1:
        raise table.error(
            (lower if len(lower) > 1 else upper)[1],
            "is a second bound on the same side",
            "Please keep one bound on each side",
        )
    if lower and upper and "above_uln" not in lower:
        low, high = table.opt_number(lower[0]), table.opt_number(upper[0])
        if low is not None and high is not None and low >= high:
            raise table.error(upper[0], "leaves no value between the two bounds", "Please check the two numbers")


def _check_name(table: Table, test: Test, names: Names) -> None:
    known: frozenset[str] | None = {
        "finding": FINDINGS,
        "problem": PROBLEMS,
        "sex": frozenset({"female", "male", "not-male"}),
    }.get(test.kind)
    if known is not None and test.name not in known:
        raise table.error(
            test.kind, f"`{test.name}` is not known here", "Please use a name of the lists in vocabulary.py"
        )
    if test.kind in {"exposed", "refractory"} and not (test.kind == "refractory" and test.name in COMPONENT_TESTS):
        check_target(table, test.kind, test.name or "", names)
    if test.instead is not None and test.instead not in FINDINGS:
        raise table.error(
            "instead", f"`{test.instead}` is not a finding", "Please use a name of the lists in vocabulary.py"
        )
    bounded = any(getattr(test, key) is not None for key in _BOUNDS if key != "above_uln")
    if test.kind == "finding" and bounded and not test.instead and test.name in UNITS and test.unit != UNITS[test.name]:
        raise table.error("unit", f"a bound on {test.name} needs its unit", f"Please write `unit: {UNITS[test.name]}`")


def _when(table: Table, names: Names) -> tuple[tuple[Test, ...], ...]:
    value = table.need("when")
    if not isinstance(value, Items) or not value.values:
        raise table.error(
            "when", "should be a list", "Please write one test, or a list of tests that must all hold, after each dash"
        )
    return tuple(
        tuple(
            read_test(table.as_table("when", test), names)
            for test in (item.values if isinstance(item, Items) else (item,))
        )
        for item in value.values
    )


def read_caution(table: Table, names: Names) -> Caution:
    """Read one caution."""
    tag = read_tag(table)
    severity, effect = table.choice("severity", SEVERITIES), table.choice("effect", EFFECTS)
    if effect not in _ALLOWED[severity]:
        raise table.error(
            "effect", f"`{effect}` does not go with {severity}", f"Please use {' or '.join(_ALLOWED[severity])}"
        )
    applies = _applies(table, names)
    jurisdiction = table.opt_text("jurisdiction")
    if jurisdiction not in {None, "US", "EU"}:
        raise table.error(
            "jurisdiction", f"`{jurisdiction}` is not known here", "Please use US or EU, or leave the key out for both"
        )
    when = _when(table, names)
    if severity == "ASK" and any(test.kind == "always" for tests in when for test in tests):
        raise table.error(
            "when", "an ASK that always holds asks for nothing", "Please test the datum that is asked for"
        )
    caution = Caution(
        id=table.text("id"),
        agents=applies["agents"],
        classes=applies["classes"],
        regimens=applies["regimens"],
        modalities=applies["modalities"],
        except_regimens=_regimens(table, "except_regimens"),
        severity=cast("Severity", severity),
        effect=cast("Effect", effect),
        when=when,
        text=table.text("text"),
        ask=table.opt_text("ask"),
        dose_note=table.opt_text("dose_note"),
        jurisdiction=cast("Jurisdiction | None", jurisdiction),
        valid_from=table.opt_date("valid_from"),
        valid_to=table.opt_date("valid_to"),
        sources=read_sources(table, tag, names),
        tag=tag,
        part=table.opt_text("part"),
        programme=_programme(table),
        blocks_when_unknown=table.opt_flag("blocks_when_unknown") or False,
    )
    if not caution.id.startswith("K-"):
        raise table.error("id", f"`{caution.id}` is not a caution key", "Please write it like K-CARD-1")
    if caution.valid_from and caution.valid_to and caution.valid_to <= caution.valid_from:
        raise table.error("valid_to", "is not after `valid_from`", "Please check the two dates")
    table.end()
    return caution


def _programme(table: Table) -> Literal["bispecific", "belantamab"] | None:
    if not table.has("programme"):
        return None
    return cast("Literal['bispecific', 'belantamab']", table.choice("programme", PROGRAMMES))


def _regimens(table: Table, key: str) -> tuple[str, ...]:
    regimens = table.texts(key)
    for regimen in regimens:
        if regimen not in REGIMEN_IDS:
            raise table.error(key, f"`{regimen}` is not a regimen id", "Please use an id of the list in vocabulary.py")
    return regimens


def _applies(table: Table, names: Names) -> dict[str, tuple[str, ...]]:
    """Read whom a caution concerns: `applies: every`, or agents, classes, modalities, regimens (any of them)."""
    if table.has("applies"):
        if table.text("applies") != "every":
            raise table.error(
                "applies",
                "should be `every`",
                "Please write `applies: every`, or name agents, classes, modalities or regimens",
            )
        return {"agents": (), "classes": (), "regimens": (), "modalities": ()}
    found = {key: table.texts(key) for key in ("agents", "classes", "modalities")} | {
        "regimens": _regimens(table, "regimens")
    }
    if not any(found.values()):
        raise table.error(
            "agents",
            "the caution concerns nothing",
            "Please name agents, classes, modalities or regimens, or write `applies: every`",
        )
    for key, known in (("agents", names.drugs), ("classes", CLASSES), ("modalities", frozenset(MODALITIES))):
        for name in found[key]:
            if name not in known:
                raise table.error(
                    key,
                    f"`{name}` is not known here",
                    "Please check the spelling against the lists in vocabulary.py and drugs/",
                )
    return found
