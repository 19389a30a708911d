"""The demo page in a real browser: it plays the EHR against the running service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serious
from tests.service.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> [click](javascript:alert(1)) **bold** &lt;b&gt;'


def open_demo(page: Page, base: str, patient: str | None = None) -> None:
    page.goto(base + "/")
    page.wait_for_selector("body[data-state=open]")
    if patient is not None:
        page.evaluate("document.body.removeAttribute('data-state')")
        page.select_option("#patient", patient)
        page.wait_for_selector("body[data-state=open]")


@pytest.mark.parametrize(
    ("patient", "cards", "rows"),
    [("dvrd-asct-dr-relapse", 2, 8), ("tcr-post-cart", 2, 20), ("cd38-naive-relapse", 1, 4)],
)
def test_three_patients(watch: Any, service: Live, patient: str, cards: int, rows: int) -> None:
    page = watch().page
    open_demo(page, service.base, patient)
    expect(page.locator("article.card")).to_have_count(cards)
    assert page.locator("#table table").first.locator("tbody tr").count() >= rows
    assert page.locator("#chart .main-svg").count() >= 1
    assert page.locator("#chart .barlayer path").count() >= 3, "lines and drugs are drawn as bars"
    assert "org.myeloma-cds.assessment" in page.locator("#response").text_content()


def test_another_colour_scheme_keeps_the_patient(watch: Any, service: Live) -> None:
    """A redraw shows whom the page shows now, not whom it showed first."""
    page = watch().page
    open_demo(page, service.base, "tcr-post-cart")
    open_demo(page, service.base, "cd38-naive-relapse")
    rows = "[...document.querySelectorAll('#chart .y3tick text')].map(node => node.textContent)"
    before = page.evaluate(rows)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert before
    assert page.evaluate(rows) == before


def test_a_patient_without_cards_is_told_in_words(watch: Any, service: Live) -> None:
    page = watch().page
    open_demo(page, service.base, "mgus")
    expect(page.locator("#cards")).to_contain_text("no cards")


def test_date_and_jurisdiction_change_the_answer(watch: Any, service: Live) -> None:
    page = watch().page
    open_demo(page, service.base)
    before = page.locator("#cards").text_content()
    page.evaluate("document.body.removeAttribute('data-state')")
    page.select_option("#jurisdiction", "EU")
    page.wait_for_selector("body[data-state=open]")
    assert "(EU)" in (page.locator("#cards").text_content() or "")
    assert page.locator("#cards").text_content() != before


def test_hostile_chart_text_is_shown_as_text(watch: Any, service: Live) -> None:
    """R56, R100: HTML, script and Markdown in a chart reach the page as characters."""
    bundle = json.loads(service.get("/demo/requests/dvrd-asct-dr-relapse").text)
    resources = [bundle["prefetch"]["patient"]]
    for value in bundle["prefetch"].values():
        resources += [entry["resource"] for entry in (value.get("entry") or [])] if isinstance(value, dict) else []
    for item in resources:
        if item["resourceType"] == "MedicationStatement":
            item["note"] = [{"text": HOSTILE}]
            item["statusReason"] = [{"text": f"toxicity: {HOSTILE}"}]
        if item["resourceType"] == "Condition":
            item.setdefault("code", {})["text"] = f"Multiple myeloma {HOSTILE}"
    whole = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": item} for item in resources]}
    page = watch().page
    open_demo(page, service.base)
    page.evaluate("document.body.removeAttribute('data-state')")
    page.select_option("#patient", "")
    page.fill("#bundle", json.dumps(whole))
    page.click("button.main[type=submit]")
    page.wait_for_selector("body[data-state=open]")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#answer img, #answer script, #answer a[href^=javascript]").count() == 0


def test_markdown_is_drawn_without_html(watch: Any, service: Live) -> None:
    page = watch().page
    open_demo(page, service.base)
    html = page.evaluate(
        "text => myelomaMarkdown(text).innerHTML",
        "**Bold** \\*not\\* *so* <b>x</b> [ok](https://example.org/a) [no](javascript:alert\\(1\\))"
        "\n\n| a | b |\n|---|---|\n| 1 | \\| |\n\n- one\n  - two\n- three",
    )
    assert "<strong>Bold</strong> *not* <em>so</em> &lt;b&gt;x&lt;/b&gt;" in html
    assert '<a href="https://example.org/a"' in html
    assert 'href="javascript' not in html
    assert "<td>|</td>" in html
    assert "<li>one<ul><li>two</li></ul></li><li>three</li>" in html


def test_what_is_not_a_bundle_gets_a_clear_answer(watch: Any, service: Live) -> None:
    page = watch().page
    open_demo(page, service.base)
    page.select_option("#patient", "")
    page.fill("#bundle", "not json")
    page.click("button.main[type=submit]")
    expect(page.locator("#problem")).to_contain_text("not well-formed JSON")


def test_keyboard_path_and_override(watch: Any, service: Live) -> None:
    """From the first focus to a stored override without a pointer; the store holds it (R80 to R83)."""
    page = watch().page
    open_demo(page, service.base)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Override"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#override")).to_be_visible()
    page.select_option("#reason", index=2)
    page.locator("#override button.main").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("stored")
    expect(page.get_by_role("button", name="Overridden")).to_be_disabled()
    report = service.get("/metrics").text
    assert any("feedback" in line and "overridden" in line for line in report.splitlines() if not line.startswith("#"))


def test_a_row_of_the_table_shows_its_mark(watch: Any, service: Live) -> None:
    page = watch().page
    open_demo(page, service.base)
    page.click("#events summary")
    page.locator("#table tr", has_text="lenalidomide: refractory").focus()
    expect(page.locator("#chart .hoverlayer .hovertext")).to_contain_text("lenalidomide: refractory")


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")])
def test_no_serious_finding_of_axe(watch: Any, service: Live, axe_script: str, width: int, scheme: str) -> None:
    page = watch(width, scheme).page
    open_demo(page, service.base)
    page.click("#events summary")
    assert serious(page, axe_script) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "nothing sticks out"
    page.goto(service.base + "/docs")
    assert serious(page, axe_script) == []
