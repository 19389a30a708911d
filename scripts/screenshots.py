"""`make screenshots`: draw the pictures of the documentation from a running service, in a headless Chromium of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Start the service, take the pictures, end it."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        sys.exit("make screenshots needs Chromium, and none was found.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        service = _start(state)
        try:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            _pictures(browser, _address(service))
            browser.close()
        finally:
            service.terminate()
            service.wait(timeout=15)


def _start(state: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MYELOMA_CDS_")}
    command = [sys.executable, "-m", "cds_service", "serve", "--port", "0"]
    return subprocess.Popen(command, env={**kept, "XDG_STATE_HOME": state}, stderr=subprocess.PIPE, text=True)  # noqa: S603


def _address(service: subprocess.Popen[str]) -> str:
    assert service.stderr is not None  # noqa: S101 - for the type checker
    for line in service.stderr:
        if found := re.search(r"(http://127\.0\.0\.1:\d+)", line):
            return found[1]
    sys.exit("The service did not start.")


def _pictures(browser: Browser, base: str) -> None:
    for scheme, width in (("light", 1200), ("dark", 420)):
        page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)  # type: ignore[arg-type]
        _open(page, base, "tcr-post-cart")
        _save(page, f"demo-{scheme}.png")
        if scheme == "light":
            page.locator("#chart").screenshot(path=FOLDER / "timeline.png", style="* { animation: none !important }")
            print(f"docs/images/timeline.png {(FOLDER / 'timeline.png').stat().st_size // 1000} kB")
        page.close()


def _open(page: Page, base: str, patient: str) -> None:
    page.goto(base + "/")
    page.wait_for_selector("body[data-state=open]")
    page.evaluate("document.body.removeAttribute('data-state')")
    page.select_option("#patient", patient)
    page.wait_for_selector("body[data-state=open]")
    page.wait_for_timeout(500)


def _save(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / name)
    print(f"docs/images/{name} {(FOLDER / name).stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
