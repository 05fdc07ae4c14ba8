"""A link to words in a live page: a real browser goes to exactly them."""

from __future__ import annotations

import html
from http.server import BaseHTTPRequestHandler

import pytest
from serving import listening

from rag.fragment import live_link

QUOTES = [
    "Salt & pepper, well-known since 1200 - and, so they say, 100% pure.",
    "It said “we do not care” about this, nor about all that was said that day in Łódź.",
    "One ends here.\n\nThe next begins, quite long, and goes on for a while before it ends.",
]
FILLER = "<p>Something else entirely.</p>" * 200


@pytest.fixture(scope="module")
def live_page():
    body = FILLER + "".join(
        f"<p>{html.escape(part)}</p>" for quote in QUOTES for part in quote.split("\n\n")
    )

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>x</title>{body}{FILLER}".encode())

    with listening(Page) as address:
        yield f"{address}/a"


@pytest.mark.parametrize("quote", QUOTES)
def test_the_browser_scrolls_to_the_words(live_page, browser, quote):
    page = browser.new_page()
    page.goto(live_link(live_page, quote))
    page.wait_for_function("scrollY > 1000", timeout=20_000)
    place = page.get_by_text(quote.split("\n\n")[0], exact=True).bounding_box()
    assert 0 <= place["y"] <= page.viewport_size["height"]
    page.close()


def test_words_that_are_not_there_leave_the_page_at_its_top(live_page, browser):
    page = browser.new_page()
    page.goto(live_link(live_page, "Words that nobody wrote."))
    page.wait_for_timeout(500)
    assert page.evaluate("scrollY") == 0
    page.close()
