"""A real headless Chromium and a running service, one of each for all browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.service.live import Live, running_service

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        if "browser" in os.environ.get("MYELOMA_CDS_TEST_REQUIRE", "").split(","):
            pytest.fail("MYELOMA_CDS_TEST_REQUIRE asks for browser tests, and no Chromium was found")
        pytest.skip("no Chromium was found")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("pages")
    with running_service(folder, database_url=f"sqlite:///{folder}/store.sqlite") as live:
        yield live


class Watched:
    """A page that remembers what must not happen: errors, refused content, requests to other origins."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", self._error)
        page.on("console", self._console)
        page.on("request", lambda sent: self._other(sent.url, origin))

    def _error(self, error: Any) -> None:
        self.faults.append(f"error: {error}")

    def _console(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.faults.append(f"console: {said.text}")

    def _other(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:", "blob:", "about:")):
            self.faults.append(f"request to {url}")


@pytest.fixture
def watch(browser: Browser, service: Live) -> Iterator[Any]:
    """Open pages by width and colour scheme; after the test none of them may have met a fault."""
    opened: list[tuple[Watched, Any]] = []

    def new(width: int = 1200, scheme: str = "light", origin: str | None = None) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        watched = Watched(context.new_page(), origin or service.base)
        opened.append((watched, context))
        return watched

    yield new
    for watched, context in opened:
        context.close()
        assert not watched.faults


@pytest.fixture(scope="session")
def axe_script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def serious(page: Page, script: str) -> list[str]:
    """Return what axe-core finds serious or critical. It is evaluated by the debugger, so the page's own policy stays as it is."""
    page.evaluate(script)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{item['id']}: {item['nodes'][0]['html'][:200]}"
        for item in found["violations"]
        if item["impact"] in {"serious", "critical"}
    ]
