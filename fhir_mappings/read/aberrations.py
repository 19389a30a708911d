"""Aberrations in the words of a report: which ones it names, and whether it says present, absent or not known.

What is pending, failed or only listed as a probe is unknown, never absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from fhir_mappings.read.iscn import signals_in
from fhir_mappings.read.measurements import PENDING
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase, phrase_table

Value = Literal["present", "absent", "unknown"]


_NAMES = tuple((value, pattern) for value, pattern, _ in phrase_table("aberration"))


_MENTION = re.compile("|".join(f"(?P<n{index}>{pattern.pattern})" for index, (_, pattern) in enumerate(_NAMES)))


_QUICK = re.compile(
    r"\d ?[;:,/] ?\d|1[3-7]?[pq]|del|tp53|gain|amp|myc|diploid|igh|mmset|trisom|monosom|cdkn|cks1b|rb1",
    re.IGNORECASE,
)


_CLAUSE_END = re.compile(r"\.(?=\s|$)|[;\n|•]|\bbut\b|\bhowever\b|\bwhereas\b|\baber\b|\bmais\b|\bpero\b")


_BETWEEN_LIST = re.compile(
    r"[\s,/&+]*(?:\b(?:and|or|nor|und|oder|et|ou|y|o|e|en|of|the|as well as|also|for)\b[\s,/&+]*)*"
)


_LEADS = phrase("aberration_lead")


_NEGATIVE = phrase("aberration_absent")


_POSITIVE = phrase("aberration_present")


_NEGATIVE_BEFORE = phrase("aberration_denied")


_PROBE_LIST = phrase("probe_list")


PERCENT = re.compile(r"(?<![<>\d.,])(\d{1,3}(?:[.,]\d+)?) ?%")


_CUTOFF = re.compile(r"\(?\b(?:cut-?off|threshold|normal range|reference|limit)[^).;]*\)?|[<>] ?\d+(?:[.,]\d+)? ?%")


_FISH = re.compile(r"\bfish\b|in situ|cytogenet|karyotyp|nuclei|zytogenet")


_SEQUENCING = re.compile(r"\bngs\b|sequenc|sequenz|exome|vaf\b|next[- ]generation")


class Finding(Struct, frozen=True):
    """One aberration that a text speaks of."""

    name: str
    value: Value
    percent: float | None = None


def findings_in(text: str, *, bare: Value | None = None) -> list[Finding]:
    """Return the aberrations of a text with what it says of each.

    A mention with nothing said about it is `bare` (for a result that is only the name of the aberration), or is left out: a list of
    probes is no result.
    """
    hybridised = {one.name: Finding(one.name, one.value, one.percent) for one in signals_in(text)}
    if not _QUICK.search(text):
        return list(hybridised.values())
    plain = fold(text.replace("\n", " | "))
    mentions = list(_MENTION.finditer(plain))
    found: dict[str, Finding] = {}
    for run, head, tail in _runs(plain, mentions):
        value = _value(head, tail, bare)
        if value is None:
            continue
        percent = _percent(tail) if value == "present" else None
        for mention in run:
            name = _NAMES[int((mention.lastgroup or "n0")[1:])][0]
            previous = found.get(name)
            if previous is None or (previous.value != "present" and value == "present"):
                found[name] = Finding(name, value, percent)
    return list((hybridised | found).values())


def _runs(plain: str, mentions: list[re.Match[str]]) -> Iterator[tuple[list[re.Match[str]], str, str]]:
    """Yield lists of mentions that share one statement, with the words before and after them."""
    ends = [
        match.start()
        for match in _CLAUSE_END.finditer(plain)
        if not any(one.start() <= match.start() < one.end() for one in mentions)
    ]
    position = 0
    while position < len(mentions):
        run = [mentions[position]]
        while position + 1 < len(mentions) and _BETWEEN_LIST.fullmatch(
            plain, run[-1].end(), mentions[position + 1].start()
        ):
            position += 1
            run.append(mentions[position])
        position += 1
        first, last = run[0], run[-1]
        begin = max((end + 1 for end in ends if end < first.start()), default=0)
        begin = max(begin, max((one.end() for one in mentions if one.end() <= first.start()), default=0))
        finish = min((end for end in ends if end >= last.end()), default=len(plain))
        following = next((one.start() for one in mentions if one.start() >= last.end()), len(plain))
        between = plain[last.end() : min(finish, following)]
        tail = _own_part(between) if following < finish else between
        yield run, _head_part(plain[begin : first.start()], whole=begin == 0), tail


def _own_part(between: str) -> str:
    """Return the part of the words between two mentions that belongs to the first."""
    if "," in between:
        before, _, after = between.rpartition(",")
        return between if not _LEADS.search(after) and not after.strip() else before
    return "" if _LEADS.search(between) else between


def _head_part(before: str, *, whole: bool) -> str:
    """Return the part of the words before a mention that belongs to it."""
    if not whole and "," in before and not _LEADS.search(before):
        return before.rpartition(",")[2]
    return before.rpartition(",")[2] if "," in before and _LEADS.search(before.rpartition(",")[2]) else before


def _value(head: str, tail: str, bare: Value | None) -> Value | None:
    """Return what the words around a mention say: "No X detected" is absent, "normal karyotype with X in 40 %" is present."""
    after = _CUTOFF.sub(" ", tail)
    if PENDING.search(after):
        return "unknown"
    if _NEGATIVE.search(after) or re.search(r"(?<![\d.,])0(?:[.,]0+)? ?%", after):
        return "absent"
    if PERCENT.search(after):
        return "present"
    if _NEGATIVE_BEFORE.search(head):
        return "absent"
    if _POSITIVE.search(after):
        return "present"
    if PENDING.search(head):
        return "unknown"
    if _PROBE_LIST.search(head):
        return None
    return "present" if _POSITIVE.search(head) else bare


def _percent(tail: str) -> float | None:
    found = PERCENT.search(_CUTOFF.sub(" ", tail))
    value = float(found[1].replace(",", ".")) if found else None
    return value if value is not None and 0 < value <= 100 else None


def method_in(text: str) -> str | None:
    """Return the method that a text names: `FISH` or `sequencing`."""
    plain = fold(text)
    if _FISH.search(plain):
        return "FISH"
    return "sequencing" if _SEQUENCING.search(plain) else None
