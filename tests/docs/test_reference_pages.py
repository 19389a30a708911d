"""The reference pages say what the code does: links, parameters, settings and prefetch templates."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cds_service.hooks.prefetch import OPTIONAL_TEMPLATES, TEMPLATES
from cds_service.settings import PREFIX, Settings
from fhir_mappings.parameters import Parameters

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "benchmarks" / "README.md"])


def rows(page: str) -> dict[str, list[str]]:
    """Return the rows of all tables of a page, by the code in their first cell."""
    found = {}
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `"):
            found[cells[0].removeprefix("|").strip(" `")] = cells[1:]
    return found


def slug(heading: str) -> str:
    """Name a heading's anchor the way GitHub does."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name) if name else page
        assert other.exists(), f"{page.relative_to(ROOT)} links to {target}, which does not exist"
        if anchor and other.suffix == ".md":
            content = other.read_text(encoding="utf-8")
            anchors = set(re.findall(r'<a id="([^"]+)">', content))
            anchors |= {slug(heading) for heading in re.findall(r"^#+ (.+)$", content, re.MULTILINE)}
            assert anchor in anchors, f"{page.relative_to(ROOT)} links to {target}, which has no such heading"


def test_every_parameter_is_described_with_its_default() -> None:
    parameters = Parameters()
    table = rows("rules/parameters.md")
    for field in fields(parameters):
        assert field.name in table, f"docs/rules/parameters.md lacks {field.name}"
        value = getattr(parameters, field.name)
        shown = str(value).lower() if isinstance(value, bool) else f"{value:g}"
        assert table[field.name][0] == shown, f"docs/rules/parameters.md: the default of {field.name} is {shown}"
    assert set(table) == {field.name for field in fields(parameters)}


def test_parameters_named_by_rules_exist() -> None:
    known = {*rows("rules/parameters.md"), "cd38_reuse_months"}
    for page in ("lines.md", "response.md", "refractoriness.md"):
        text = (DOCS / "rules" / page).read_text(encoding="utf-8")
        for lines in re.findall(r"^- Parameters: ((?:.|\n  )*)", text, re.MULTILINE):
            assert set(re.findall(r"`(\w+)`", lines)) <= known, page


def test_every_setting_is_described() -> None:
    table = rows("settings.md")
    names = {f"{PREFIX}{name.upper()}": info for name, info in Settings.model_fields.items()}
    listed = {name for name in table if not name.startswith(f"{PREFIX}TEST_")}
    assert listed == set(names)
    for name, info in names.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        assert (table[name][-1] == "-") == (extra.get("active") is False), f"{name}: column 'since'"
        if info.default not in (None, "") and isinstance(info.default, bool | int | str):
            shown = str(info.default).lower() if isinstance(info.default, bool) else str(info.default)
            assert table[name][1] == f"`{shown}`", f"{name}: default"


def test_the_prefetch_table_is_what_discovery_says() -> None:
    table = rows("protocol.md")
    for key, template in {**TEMPLATES, **OPTIONAL_TEMPLATES}.items():
        assert key in table, f"docs/protocol.md lacks {key}"
        assert table[key][0] == f"`{template}`"
