"""One web chat and one browser for all the browser tests; a fresh page for each.

They run after all other tests: Playwright keeps an event loop running from then on, and in a
thread with a running loop no other test could start its own.

Every page records its requests and console messages, and fails its test if anything was
asked of another machine or went wrong on the console.
"""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import CHROMIUM, ROOT, listening, make_index, serving, write_articles

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 90_000  # the first question of a session waits for the models


def pytest_collection_modifyitems(items):
    items.sort(key=_is_ours)
    if CHROMIUM is None:
        reason = "no browser: chromium is not installed (apt-get install chromium)"
        for item in filter(_is_ours, items):
            item.add_marker(pytest.mark.skip(reason=reason))


def _is_ours(item) -> bool:
    return Path(__file__).parent in item.path.parents


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    index = make_index(folder, ROOT / "seeds", write_articles(folder / "articles"))
    with serving(index, folder) as running:
        yield running


@pytest.fixture
def slow_model():
    """The address of a model server that never gets round to answering, and how to end it."""
    over = threading.Event()

    class NeverAnswers(BaseHTTPRequestHandler):
        def do_POST(self):
            over.wait(120)

    with ExitStack() as running:
        address = running.enter_context(listening(NeverAnswers))
        running.callback(over.set)  # before the server is closed: it waits for nobody
        yield f"{address}/v1", running.close


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        sync_api.expect.set_options(timeout=WAIT_MS)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def profile(browser, tmp_path_factory):
    """Somebody's own browser, that keeps the page's scripts compiled: it opens in half the time."""
    folder = tmp_path_factory.mktemp("profile")
    it = browser.browser_type.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=ARGUMENTS
    )
    yield it
    it.close()


@pytest.fixture
def open_page(browser, profile):
    """A function that opens an address at a width, watched until the end of the test.

    Each page is another person's: alone in the profile, without cookies, or in a window apart.
    """
    pages, outside, wrong = [], [], []

    def new_page(size, options):
        if options or any(page.context is profile and not page.is_closed() for page in pages):
            return browser.new_page(viewport=size, **options)
        profile.clear_cookies()
        page = profile.new_page()
        page.set_viewport_size(size)
        return page

    def open_at(url, width=1280, height=800, *, ready=True, **options):
        page = new_page({"width": width, "height": height}, options)
        page.set_default_timeout(WAIT_MS)
        page.on("request", lambda request: outside.extend(_outside(request.url)))
        page.on("console", lambda message: wrong.extend(_error(message)))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        pages.append(page)
        page.goto(url)
        if ready:
            seen(page, "#panel-masthead .status.ready, .status.missing")
        return page

    yield open_at
    for page in pages:
        page.close()
    assert outside == []
    assert wrong == []


def seen(page, selector: str) -> None:
    """Waits for an element, looking at every frame: a locator soon looks only twice a second."""
    page.wait_for_function("selector => document.querySelector(selector)", arg=selector)


def _error(message) -> list[str]:
    return [message.text] if message.type == "error" else []


def _outside(url: str) -> list[str]:
    here = ("http://127.0.0.1:", "data:", "blob:", "about:")
    return [] if url.startswith(here) else [url]
