"""The report as a file on disk: it draws, fetches nothing, and its policy admits its own script alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from cds_service.cli import main
from tests.browser.conftest import serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_report_draws_from_disk(watch: Any, tmp_path: Path, axe_script: str) -> None:
    out = tmp_path / "report.html"
    arguments = ["assess", "demo:tcr-post-cart", "--as-of", "2026-11-01", "--format", "html", "--out", str(out)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    page = watch(origin=out.as_uri()).page
    page.goto(out.as_uri())
    page.wait_for_selector("[data-drawn]")
    assert page.locator("[data-timeline] .barlayer path").count() > 5
    assert serious(page, axe_script) == []


def test_no_other_script_runs_in_the_report(browser: Browser, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    arguments = ["assess", "demo:mgus", "--as-of", "2026-11-01", "--format", "html", "--out", str(out)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    page = browser.new_page()
    page.goto(out.as_uri())
    page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.evil = 1'}))"
    )
    assert page.evaluate("window.evil") is None
    page.close()
