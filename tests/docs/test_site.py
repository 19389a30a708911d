"""The documentation site: built without a warning and without the network, and each thing that has a name has its heading."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml

from cards.knowledge.loader import load_knowledge
from cards.present.card import Topic
from cds_service.cli import main
from cds_service.hooks.prefetch import OPTIONAL_TEMPLATES, TEMPLATES
from cds_service.settings import PREFIX, Settings
from scripts.docs_site.hooks import ROOT_PAGES, mend_links
from scripts.docs_site.reference import pages, schema

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RULES = [f"L{n:02}" for n in range(1, 25)] + [f"P{n:02}" for n in range(1, 24)] + [f"F{n:02}" for n in range(1, 17)]
DECISIONS = [f"E{n:02}" for n in range(1, 40)] + [f"C{n}" for n in range(1, 5)]


@cache
def everything() -> dict[str, str]:
    """Return every page of the site as Markdown, by its path."""
    written = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    return written | pages()


@cache
def headings(prefix: str = "") -> frozenset[str]:
    """Return the headings of the pages whose path begins so, without signs of code."""
    text = "\n".join(content for path, content in everything().items() if path.startswith(prefix))
    return frozenset(line.replace("`", "").strip() for line in re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE))


def begin(prefix: str) -> set[str]:
    """Return the first words of headings."""
    return {re.split(r"[ :—]", heading, maxsplit=1)[0] for heading in headings(prefix)}


def test_every_setting() -> None:
    assert {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} <= headings("reference/settings")


def test_every_flag() -> None:
    assert headings("flags") - {"Flags"} == set(schema()["$defs"]["flag"]["enum"])


@pytest.mark.parametrize("rule", RULES + DECISIONS)
def test_every_rule(rule: str) -> None:
    assert rule in begin("rules/")


def test_every_caution_and_regimen() -> None:
    known = load_knowledge()
    assert {caution.id for caution in known.cautions} <= begin("knowledge/cautions")
    assert set(known.regimens) <= begin("knowledge/regimens")


def test_every_card_topic() -> None:
    assert set(get_args(Topic)) <= begin("cards")


def test_every_command_and_option() -> None:
    def walk(command: click.Command, name: str) -> list[str]:
        if isinstance(command, click.Group):
            return [found for one, sub in command.commands.items() for found in walk(sub, f"{name} {one}")]
        return [name, *(f"{name} {one.opts[0]}" for one in command.params if isinstance(one, click.Option))]

    assert set(walk(main, "myeloma-cds")) <= headings("reference/cli")


def test_every_command_is_explained() -> None:
    text = everything()["cli.md"]
    for name, command in main.commands.items():
        assert f"myeloma-cds {name}" in text
        if name in {"serve", "assess", "cohort", "synth"}:
            for one in command.params:
                if isinstance(one, click.Option):
                    assert one.opts[0] in text, f"docs/cli.md lacks {one.opts[0]} of {name}"


def test_the_prefetch_to_copy_is_what_discovery_says() -> None:
    text = everything()["integrating.md"]
    blocks = re.findall(r"```text\n(.*?)\n```", text, re.DOTALL)
    shown = dict(line.split("=", maxsplit=1) for block in blocks for line in block.splitlines())
    assert shown == {**TEMPLATES, **OPTIONAL_TEMPLATES}


def test_every_page_is_in_the_navigation() -> None:
    def leaves(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        items = value.values() if isinstance(value, dict) else value
        return [leaf for item in items for leaf in leaves(item)]  # type: ignore[attr-defined]

    listed = leaves(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    assert len(listed) == len(set(listed))
    assert set(listed) == {*everything(), *ROOT_PAGES.values()}, "please enter new pages in mkdocs.yml"


def test_links_out_of_the_folder_become_links_of_the_site_or_names() -> None:
    assert mend_links("[start](../README.md#x)", "rules/lines.md") == "[start](../README.md#x)"
    assert mend_links("[security](../SECURITY.md)", "security.md") == "[security](project/security-policy.md)"
    assert mend_links("[api](docs/api.md#x)", "project/readme.md") == "[api](../api.md#x)"
    assert mend_links("[docker/compose.yaml](../docker/compose.yaml)", "operations.md") == "docker/compose.yaml"
    assert mend_links("[the file](../docker/compose.yaml)", "operations.md") == "the file (`docker/compose.yaml`)"
    assert mend_links("```\n[a](../x)\n```\n", "api.md") == "```\n[a](../x)\n```\n"


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "https_proxy": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    built = sorted((tmp_path / "site").rglob("*.html"))
    assert len(built) > 30
    for page in built:
        text = page.read_text(encoding="utf-8")
        for tag in re.findall(r"<(?:script|link|img|iframe|source|object)\b[^>]*>", text):
            assert not re.search(r'(?:src|href)="(?:https?:)?//', tag), f"{page.name}: {tag}"
