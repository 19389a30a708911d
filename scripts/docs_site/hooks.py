"""Hooks of mkdocs: add the pages that are made, and turn links that lead out of docs/ into something that a reader can follow."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from scripts.docs_site.reference import pages

ROOT = Path(__file__).parents[2]
# Pages of the repository's root by their place in the site.
ROOT_PAGES = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security-policy.md",
    "CHANGELOG.md": "project/changelog.md",
    "benchmarks/README.md": "project/benchmarks.md",
}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCED = re.compile(r"(^```.*?^```\s*$)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages made from the code and those of the root."""
    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    for name, path in ROOT_PAGES.items():
        files.append(File.generated(config, path, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Mend links."""
    return mend_links(markdown, page.file.src_uri)


def mend_links(markdown: str, page: str) -> str:
    """Lead links within the site, and name what lies outside of it by its path; fenced blocks are left alone."""
    origin = next((name for name, path in ROOT_PAGES.items() if path == page), f"docs/{page}")
    parts = _FENCED.split(markdown)
    return "".join(
        part if number % 2 else _LINK.sub(lambda found: _mended(found, origin, page), part)
        for number, part in enumerate(parts)
    )


def _mended(found: re.Match[str], origin: str, page: str) -> str:
    mark, text, target = found.groups()
    path, sign, anchor = target.partition("#")
    if not path or re.match(r"[a-z]+:", target):
        return found[0]
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
    if inside in ROOT_PAGES:
        place = ROOT_PAGES[inside]
    elif inside in {"docs", "docs/README.md"}:
        place = "README.md"
    elif inside.startswith("docs/") and inside.endswith((".md", ".png", ".svg")):
        place = inside.removeprefix("docs/")
    else:
        return text if inside in text else f"{text} (`{inside}`)"
    return f"{mark}[{text}]({posixpath.relpath(place, posixpath.dirname(page) or '.')}{sign}{anchor})"
