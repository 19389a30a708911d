"""The generated pages are those that are committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards.knowledge.loader import DATA, load_knowledge, load_knowledge_from
from cards.knowledge.reference import main, pages
from cards.knowledge.vocabulary import PREDICATES

DOCS = Path(__file__).parents[2] / "docs" / "knowledge"


@pytest.mark.parametrize("name", sorted(pages(load_knowledge())))
def test_the_committed_page_is_the_generated_one(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == pages(load_knowledge())[name], (
        "Please run `python -m cards.knowledge.reference docs/knowledge`."
    )


def test_pages_are_deterministic() -> None:
    assert pages(load_knowledge_from(DATA)) == pages(load_knowledge())


def test_every_caution_regimen_and_source_is_on_its_page() -> None:
    knowledge, made = load_knowledge(), pages(load_knowledge())
    assert all(
        f"## {caution.id}" in made["cautions.md"] and caution.text in made["cautions.md"]
        for caution in knowledge.cautions
    )
    assert all(f"\n## {name}\n" in made["regimens.md"] for name in knowledge.regimens)
    assert all(f"| `{name}` |" in made["sources.md"] for name in knowledge.sources)


def test_the_command_writes_the_pages(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cautions.md", "regimens.md", "sources.md"]


def test_every_predicate_is_explained() -> None:
    text = (DOCS / "predicates.md").read_text(encoding="utf-8")
    for name in PREDICATES:
        assert f"| `{name}" in text, name
