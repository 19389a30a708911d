"""The SMART app in a real browser: both launches, from the EHR's link to the drawn timeline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched, serious
from tests.service.live import Live, running_service
from tests.smart.smart_stub import CLIENT_ID, Ehr, running_ehr

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def ehr() -> Iterator[Ehr]:
    with running_ehr("dvrd-asct-dr-relapse") as found:
        yield found


@pytest.fixture(scope="module")
def app(ehr: Ehr, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("smart")
    settings = {"smart_client_id": CLIENT_ID, "fhir_servers": ehr.iss, "database_url": f"sqlite:///{folder}/s.sqlite"}
    with running_service(Path(folder), **settings) as live:
        ehr.redirect_uri = f"{live.base}/smart/callback"
        yield live


@pytest.mark.parametrize(("launch", "topic"), [("&launch=launch-1", "mm-options"), ("", "")])
def test_a_launch_ends_at_the_drawn_timeline(
    browser: Browser, app: Live, ehr: Ehr, axe_script: str, launch: str, topic: str
) -> None:
    ehr.answer = {"appContext": topic} if topic else {}
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(20_000)
    watched = Watched(context.new_page(), app.base)
    page = watched.page
    page.goto(f"{app.base}/smart/launch?iss={ehr.iss}{launch}")
    page.wait_for_selector("[data-drawn]")
    assert page.url.startswith(f"{app.base}/smart/app?s=")
    assert page.url.endswith("#options") == bool(topic)
    assert page.locator("[data-timeline] .barlayer path").count() > 2
    assert page.get_by_text("Ciltacabtagene autoleucel").count()
    assert serious(page, axe_script) == []
    assert page.evaluate("document.cookie") == ""
    assert [fault for fault in watched.faults if ehr.base not in fault] == []
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Signed out").wait_for()
    page.goto(f"{app.base}/smart/app")
    assert page.get_by_role("heading", name="This session is over").is_visible()
    context.close()
