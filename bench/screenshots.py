"""Photographs the real web chat for the documentation.

    python -m bench screenshots              writes docs/chat-1280.png and docs/chat-390.png
    python -m bench screenshots --all DIR    every state of the page, light and dark, into DIR

It indexes `seeds/` into a temporary folder, starts `ui.py` on it and drives Debian's Chromium.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.server import ROOT, environment, serving

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
SIZES = {1280: 800, 390: 844}
ANSWERED = "What did North Korea say about Trump?"
FOLLOW_UP = "Why?"
REFUSED = "Who is the president of France?"
TOO_LONG = "Why? " * 500
WAIT_MS = 120_000


def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if options.all:
            _photograph_all(browser, url, options.all)
        else:
            _photograph_for_the_docs(browser, url)
        browser.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", type=Path, metavar="DIR", help="every state, into this folder")
    return parser.parse_args()


def _photograph_for_the_docs(browser: Browser, url: str) -> None:
    for width in SIZES:
        page = _open(browser, url, width, "light")
        _ask(page, ANSWERED, "answered")
        page.wait_for_selector("#follow button")  # what to ask next
        _choose_footnote(page)
        page.screenshot(path=ROOT / "docs" / f"chat-{width}.png")
        page.close()


def _photograph_all(browser: Browser, url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width in SIZES:
        for scheme in ("light", "dark"):
            name = folder / f"{width}-{scheme}"
            page = _open(browser, url, width, scheme)
            page.screenshot(path=f"{name}-1-start.png")
            _ask(page, ANSWERED, "answered")
            page.screenshot(path=f"{name}-2-answer.png")
            _choose_footnote(page)
            page.screenshot(path=f"{name}-3-reader.png")
            page.keyboard.press("Escape")
            page.get_by_text("Why this answer").click()
            page.wait_for_timeout(300)
            page.screenshot(path=f"{name}-4-why.png")
            _ask(_renew(page, url), REFUSED, "abstained")
            page.screenshot(path=f"{name}-5-refusal.png")
            _ask(_renew(page, url), TOO_LONG, "failed")
            page.screenshot(path=f"{name}-6-error.png")
            _photograph_the_rest(_renew(page, url), name)
            page.close()


def _photograph_the_rest(page: Page, name: str) -> None:
    """A vote with its reasons, a follow-up, the articles, the conversations."""
    _ask(page, ANSWERED, "answered")
    page.get_by_role("button", name="Not helpful").click()
    page.locator(".reasons").first.wait_for()
    page.screenshot(path=f"{name}-7-vote.png")
    _ask(page, FOLLOW_UP, "over:has(.searched)")
    page.screenshot(path=f"{name}-8-follow-up.png")
    if page.get_by_role("button", name="Articles").is_visible():
        page.get_by_role("button", name="Articles").click()
    page.get_by_text("Add articles").click()
    page.get_by_text("Limit by date").click()
    page.wait_for_timeout(600)  # the drawer
    page.screenshot(path=f"{name}-9-articles.png")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Conversations").click()
    page.wait_for_timeout(600)
    page.screenshot(path=f"{name}-10-conversations.png")


def _open(browser: Browser, url: str, width: int, scheme: Any) -> Page:
    size = {"width": width, "height": SIZES[width]}
    page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=2)
    page.set_default_timeout(WAIT_MS)
    return _renew(page, url)


def _renew(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector(".starters button")
    return page


def _ask(page: Page, question: str, state: str) -> None:
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f".turn.{state} .actions")
    page.wait_for_timeout(500)  # the smooth scroll


def _choose_footnote(page: Page) -> None:
    page.locator(".chip").last.click()
    page.wait_for_selector("#chosen", state="visible")
    page.mouse.move(0, 0)
    page.wait_for_timeout(900)  # the smooth scroll, or the drawer


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a web chat over the seed article, in a process of its own."""
    settings = {"FOOTNOTE_INDEX": str(folder / "index")}
    add = [sys.executable, "-m", "rag", "add", str(ROOT / "seeds")]
    subprocess.run(add, check=True, cwd=folder, env=environment(**settings))
    with serving(folder, **settings) as (address, _):
        yield address


if __name__ == "__main__":
    main()
