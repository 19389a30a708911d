"""The loader: what it refuses (one broken file per mistake), what it returns, and how fast."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

import pytest

from cards.knowledge.errors import KnowledgeError
from cards.knowledge.loader import DATA, load_knowledge, load_knowledge_from
from cards.knowledge.vocabulary import PREDICATES, REGIMEN_IDS, parse_predicate

BROKEN = sorted(Path(__file__).with_name("broken").glob("*.yaml"))


def folder_with(tmp_path: Path, where: str, text: str) -> Path:
    """Make a knowledge folder with sources, version, drugs, and one file of its own."""
    for name in ("sources.yaml", "VERSION.yaml"):
        shutil.copy(DATA / name, tmp_path)
    shutil.copytree(DATA / "drugs", tmp_path / "drugs")
    (tmp_path / where).parent.mkdir(exist_ok=True)
    (tmp_path / where).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_mistake_is_refused_with_file_line_key_problem_and_mend(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first, second = text.splitlines()[:2]
    where, says = first.removeprefix("# as: "), second.removeprefix("# says: ")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge_from(folder_with(tmp_path, where, text))
    assert str(caught.value) == says
    assert caught.value.file == where
    assert caught.value.line >= 1
    assert ". Please " in says


def test_there_is_a_broken_file_for_every_kind_of_mistake() -> None:
    assert len(BROKEN) >= 60


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"sources.yaml, line 1: the file is missing. Please add it"):
        load_knowledge_from(tmp_path)


def test_the_shipped_knowledge_loads_once() -> None:
    assert load_knowledge() is load_knowledge()
    assert load_knowledge().version == "2026.11"


def test_loading_twice_gives_equal_knowledge() -> None:
    one, two = load_knowledge_from(DATA), load_knowledge()
    assert {f.name: getattr(one, f.name) for f in fields(one)} == {f.name: getattr(two, f.name) for f in fields(two)}


def test_results_cannot_be_changed() -> None:
    knowledge = load_knowledge()
    for mapping in (knowledge.drugs, knowledge.regimens, knowledge.policies, knowledge.sources):
        assert isinstance(mapping, MappingProxyType)
    with pytest.raises(dataclasses.FrozenInstanceError):
        knowledge.version = "1"  # type: ignore[misc]
    with pytest.raises(TypeError):
        knowledge.drugs["bortezomib"].brands["US"] = ()  # type: ignore[index]
    assert isinstance(knowledge.regimens["Sd"].labels[0].requirement.refractory_counts, MappingProxyType)


def test_every_regimen_has_its_file_and_both_jurisdictions() -> None:
    assert set(load_knowledge().regimens) == REGIMEN_IDS
    for regimen in load_knowledge().regimens.values():
        places = {window.jurisdiction for window in regimen.labels}
        assert places == ({"US"} if regimen.id == "K_mono" else {"US", "EU"}), regimen.id


@pytest.mark.parametrize(
    "text", ["tcr", "not tcr", "lines_prior(2,3)", "lines_prior(4,*)", "refractory(CD38)", "label_met(Sd)", "label_met"]
)
def test_predicates_are_read(text: str) -> None:
    predicate = parse_predicate(text, frozenset())
    assert predicate.name in PREDICATES
    assert predicate.negated == text.startswith("not ")


@pytest.mark.parametrize(
    "text", ["TCR", "tcr()", "tcr(PI)", "refractory", "label_met(X)", "bcma_failed(ADC)", "not  tcr"]
)
def test_what_is_no_predicate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="`"):
        parse_predicate(text, frozenset())


@pytest.mark.slow
def test_import_and_load_take_less_than_half_a_second() -> None:
    program = (
        "import time; start = time.process_time();"
        "from cards.knowledge.loader import load_knowledge; load_knowledge();"
        "print(time.process_time() - start)"
    )
    seconds = [
        float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)  # noqa: S603
        for _ in range(3)
    ]
    assert min(seconds) < 0.5
