"""Chart text cannot become markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.present.markdown import escape, first_sentence, one_sentence, table

SPECIALS = st.text(alphabet=st.sampled_from("<>&*_`[]()!|~#-+=\\@:/.w htps\n\t1a\u202e"), max_size=60)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain text", "plain text"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![x](http://evil/x.png)", "!\\[x\\](http\\://evil/x.png)"),
        ("a | b", "a \\| b"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("two\nlines\u202e", "two lines"),
        ("tec_mono *now*", "tec\\_mono \\*now\\*"),
        ("www.evil.example", "www\\.evil.example"),
        ("me@evil.example", "me&#64;evil.example"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("10*9/L", "10\\*9/L"),
    ],
)
def test_escape(raw: str, expected: str) -> None:
    assert escape(raw) == expected


@given(SPECIALS)
def test_nothing_active_survives(raw: str) -> None:
    text = escape(raw)
    assert not re.search(r"(?<!\\)[`*_\[\]|~]", text.replace("\\\\", ""))
    assert "<" not in text
    assert ">" not in text
    assert "\n" not in text
    assert not re.search(r"(?i)https?:", text)


def test_table_cells_cannot_break_out() -> None:
    assert table(("A", "B"), [("x | y", "z\n| w")]).splitlines()[2] == "| x \\| y | z \\| w |"


def test_a_summary_is_shorter_than_140_characters() -> None:
    assert len(one_sentence("word " * 60)) < 140
    assert one_sentence("short.") == "short."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HR 0.26 (0.18-0.38). At 33.6 months more.", "HR 0.26 (0.18-0.38)."),
        ("Only one sentence.", "Only one sentence."),
        ("HR 0.29 (95 % CI 0.22-0.39); p=0.0009", "HR 0.29 (95 % CI 0.22-0.39); p=0.0009"),
    ],
)
def test_first_sentence(text: str, expected: str) -> None:
    assert first_sentence(text) == expected
