"""A real browser: Debian's chromium, driven headless over the DevTools protocol.

Outside CI a machine may have none, and the tests skip. In CI they have to run: `CI_REQUIRES_BROWSER` makes a missing
browser a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from awsvpc_audit.report.html.page import write_html
from awsvpc_audit.report.options import Document, RenderOptions
from tests.browser.opening import Open, Seen


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module, and not the whole run: while it is there, its event loop is that of the thread."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no chromium found: on Debian, apt-get install chromium"
        if os.environ.get("CI_REQUIRES_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium)
        yield running
        running.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def opened(browser: Browser, seen: Seen, tmp_path: Path) -> Iterator[Open]:
    """Open a document as a file, as people do. No request but for the file may follow, and nothing on the console."""
    contexts: list[BrowserContext] = []

    def open_document(
        document: Document,
        *,
        width: int = 1280,
        dark: bool = False,
        scripts: bool = True,
        state: str = "",
    ) -> Page:
        file = tmp_path / "report.html"
        file.write_text(write_html(document, RenderOptions(all=True)), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.said.append(str(error)))
        page.on("dialog", lambda dialog: seen.said.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: seen.asked.append(request.url))
        page.goto(file.as_uri() + state)
        return page

    yield open_document
    for context in contexts:
        context.close()
    assert seen.said == []
    assert {url.partition("#")[0] for url in seen.asked} <= {(tmp_path / "report.html").as_uri()}
