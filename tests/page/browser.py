"""A headless Chromium with the page in it, opened from disk, and what it complains of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class Opened:
    """One tab: ``page`` is playwright's, ``complaints`` what went wrong or was asked for."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("data:", self.address)):
            self.complaints.append(f"request: {request.url}")

    def go(self, link: str) -> None:
        """Open a link in a fresh copy of the page, and wait for its first picture."""
        self.page.goto("about:blank")
        self.page.goto(self.address + link)
        self.page.wait_for_selector("html[data-ready]", timeout=5000)

    def said(self, selector: str) -> str:
        """Return the text of the first element of a kind."""
        text: str = self.page.locator(selector).first.inner_text()
        return text


@contextmanager
def chromium(**how: Any) -> Iterator[Any]:
    """Give a browser that ends with the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], **how
        )
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Any, file: Path, view: dict[str, int], **how: Any) -> Opened:
    """Return a tab of some size on a file."""
    return Opened(browser.new_page(viewport=view, **how), file.resolve().as_uri())
