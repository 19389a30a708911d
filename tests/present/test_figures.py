"""Every figure, dose and threshold on a card stands in the knowledge with a source; what no source was read for is marked."""

import html
import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from cards.knowledge.model import Evidence
from cards.present.markdown import first_sentence
from tests.advise.invariants.draw import Seeded
from tests.advise.invariants.sample import KNOWLEDGE, Sampled, sampled

CASES = 600
NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])")
EVIDENCE = re.compile(
    r"^\s+- Evidence: (?P<trial>.+?) \(.*?\): (?P<text>.+?) \*(?:similar|other|patients like|fit not)"
)
OWN = (
    r"(?:t|del|gain)\([^)]*\)",
    r"\d{4}-\d{2}-\d{2}",
    r"\*\*\d+\. ",
    r"\*\*Note \d+\.\*\*",
    r"notes? \d+(?:, \d+)*",
    r"\b\d+ more\b",
    r"(?:at least|no more than|if only|if) \d+ (?:or more )?(?:prior|months)[a-z ]*",
    r"depends on line count: [^)]*",
    r"number of prior lines \([^)]*\)",
    r"relapse (?:\d+|at an unknown time)[a-z0-9 ]*",
    r"last BCMA bispecific [\d.]+ months ago",
    r"refractory to at least \d",
    r"myeloma-cds \d+, knowledge [\d.]+",
    r"age \d+",
    r"grade \d",
    r"\(here: .*?\)(?= \(unverified\)| \[|$)",
)
"""Numbers of the patient, of the label's criteria and of the card's own layout."""


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


@lru_cache
def evidences() -> tuple[Evidence, ...]:
    return (*(item for regimen in KNOWLEDGE.regimens.values() for item in regimen.evidence), *KNOWLEDGE.context)


@lru_cache
def known_numbers() -> frozenset[str]:
    """Every number of the texts that may be printed; each of these texts has a source or carries the mark."""
    texts = [text for c in KNOWLEDGE.cautions for text in (c.text, c.ask, c.dose_note) if text]
    texts += [text for regimen in KNOWLEDGE.regimens.values() for text in regimen.always_say]
    texts += [window.note for regimen in KNOWLEDGE.regimens.values() for window in regimen.labels if window.note]
    for policy in KNOWLEDGE.policies.values():
        for row in policy.rows:
            texts += [row.title, row.statement or "", *row.not_suggested.values(), *(e.note or "" for e in row.entries)]
    texts += ["2011 consensus", "at least 6 months are advised", policy.title]
    texts += ["HbsAg and anti-HBc", "a test within 30 days", "last 90 days"]
    return frozenset(NUMBER.findall(" ".join(texts)))


@pytest.fixture(scope="module")
def cases() -> list[Sampled]:
    return [sampled(Seeded(seed), read=seed % 4 == 0) for seed in range(CASES)]


def lines(cases: list[Sampled]) -> Iterator[str]:
    for case in cases:
        for topic in ("mm-options", "mm-safety"):
            if topic in case.cards:
                yield from case.cards[topic].detail.splitlines()


def test_every_result_on_a_card_is_the_text_of_the_knowledge_and_carries_its_tag(cases: list[Sampled]) -> None:
    known = {(item.trial, first_sentence(item.text)): item for item in evidences()}
    printed = 0
    for text in lines(cases):
        if not text.lstrip().startswith("- Evidence: "):
            continue
        found = EVIDENCE.match(text)
        assert found is not None, text
        trial, unmarked = plain(found["trial"]), plain(found["trial"]).partition(" (")[0]
        item = known.get((trial, plain(found["text"]))) or known.get((unmarked, plain(found["text"])))
        assert item is not None, text
        printed += 1
        if item.tag == "verified":
            assert item.sources
            assert re.search(r"(source|sources) S\d", text), text
        else:
            assert "unverified)" in text, text
    assert printed > 1000


def test_every_other_number_on_a_card_stands_in_the_knowledge(cases: list[Sampled]) -> None:
    for text in lines(cases):
        if text.lstrip().startswith("- Evidence: "):
            continue
        rest = plain(text)
        for pattern in OWN:
            rest = re.sub(f"(?i){pattern}", " ", rest)
        rest = re.sub(r"\[[^]]*\]", " ", rest)
        unknown = set(NUMBER.findall(rest)) - known_numbers()
        assert not unknown, (unknown, text)


def test_what_has_no_source_is_marked_wherever_it_is_printed(cases: list[Sampled]) -> None:
    unverified = {
        first_sentence(text).rstrip(".")
        for caution in KNOWLEDGE.cautions
        if caution.tag != "verified"
        for text in (caution.text, caution.dose_note)
        if text
    }
    verified = {
        first_sentence(text).rstrip(".")
        for caution in KNOWLEDGE.cautions
        if caution.tag == "verified"
        for text in (caution.text, caution.dose_note)
        if text
    }
    marked = 0
    for text in lines(cases):
        said = plain(text).casefold()
        for words in unverified - verified:
            if len(words) > 20 and words.casefold() in said:
                marked += 1
                assert "(unverified)" in said, text
    assert marked > 50


def test_every_text_with_a_figure_has_a_source_or_the_mark() -> None:
    for caution in KNOWLEDGE.cautions:
        assert caution.sources or caution.tag == "unverified", caution.id
    for item in evidences():
        assert item.sources or item.tag == "unverified", item.id
