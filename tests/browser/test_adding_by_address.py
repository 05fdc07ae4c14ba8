"""An article of the web is added by its address, asked about, opened live, and kept up to date."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import expect
from serving import copy_index, listening, serving
from test_chat import ask, open_library
from test_library import remove, reported

NEAR_CHAT = Path(__file__).parents[1] / "near_chat.py"
PAGE = """<!doctype html><html lang="en"><head><title>Tide mill turns again | The Herald</title>
<meta property="og:title" content="Tide mill turns again">
<meta property="article:published_time" content="2023-03-09T08:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a> <a href="/mail">Subscribe now</a></nav>
<article><h1>Tide mill turns again</h1>
<p>The tide mill of Plouvien turned again on Thursday after a repair that took eleven years.</p>
<p>Its new oak wheel was carved by the joiner Maëlle Kerbrat &amp; her two sons, and it weighs
{weight} tonnes, the mayor told a crowd of some four hundred on the quay that morning.</p>
<p>Flour from the mill will be sold at the market of the village from the first of April on.</p>
</article><footer>We use cookies. <a href="/accept">Accept all</a></footer></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Herald</title>
<item><title>Ferry stays in port</title><link>http://herald.invalid/ferry</link>
<guid>http://herald.invalid/ferry</guid><pubDate>Fri, 10 Mar 2023 07:00:00 GMT</pubDate>
<description>The ferry to Ouessant stayed in port on Friday because of a storm.</description></item>
<item><title>School gets a roof</title><link>http://herald.invalid/roof</link>
<guid>http://herald.invalid/roof</guid><pubDate>Sat, 11 Mar 2023 07:00:00 GMT</pubDate>
<description>The school of Lampaul has a new roof of slate, paid for by the region.</description>
</item></channel></rss>"""


class Herald(BaseHTTPRequestHandler):
    """A newspaper's server: an article behind a redirect, a feed, and what is not there."""

    weight = "six"
    slow = threading.Event()

    def do_GET(self):
        if self.path == "/short":
            self.send_response(302)
            self.send_header("location", "/news/mill")
            self.end_headers()
        elif self.path == "/news/mill":
            self._send("text/html; charset=utf-8", PAGE.replace("{weight}", Herald.weight))
        elif self.path == "/slow":
            Herald.slow.wait(60)
            self._send("application/rss+xml", FEED)
        else:
            self.send_error(503)

    def _send(self, kind, text):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def herald():
    Herald.weight, Herald.slow = "six", threading.Event()
    with listening(Herald) as address:
        yield address
        Herald.slow.set()


@pytest.fixture(scope="module")
def near_chat(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("near")
    with serving(
        copy_index(server.index, folder), folder, (NEAR_CHAT,), FOOTNOTE_ALLOW_URL="true"
    ) as running:
        yield running


def add_address(page, address) -> str:
    """Adds an address as a person does; returns what the page reports."""
    field = page.get_by_label("Address of a page or feed")
    if not field.is_visible():
        page.get_by_text("Add articles").click()
    field.fill(address)
    return reported(page, lambda: page.keyboard.press("Enter"))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_added_asked_about_opened_live_and_updated(near_chat, herald, open_page, width):
    page = open_page(near_chat.url, width)
    open_library(page)
    assert add_address(page, f"{herald}/short") == "1 added"
    entry = page.locator("#library .article", has_text="Tide mill turns again")
    expect(entry.locator("time")).to_have_text("9 March 2023")
    expect(entry.locator(".where")).to_contain_text("127.0.0.1")
    assert add_address(page, f"{herald}/short") == "1 unchanged"
    Herald.weight = "seven"
    assert add_address(page, f"{herald}/short") == "1 updated"
    page.keyboard.press("Escape")
    turn = ask(page, "Who carved the new wheel of the tide mill of Plouvien?")
    assert "Maëlle Kerbrat & her two sons" in turn.inner_text()
    turn.locator(".chip").first.click()
    page.wait_for_selector("#chosen", state="visible")
    reading = page.locator("#reader .reading")
    assert "seven tonnes" in reading.inner_text()
    for left_out in ("Subscribe", "cookies", "Accept all"):
        assert left_out not in reading.inner_text()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the live page").click()
    live = opened.value
    live.wait_for_load_state()
    assert live.url.startswith(f"{herald}/")
    expect(live.locator("h1")).to_have_text("Tide mill turns again")
    live.close()
    page.keyboard.press("Escape")
    open_library(page)
    remove(page, "Tide mill turns again")
    expect(entry).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_progress_is_shown_while_a_feed_is_read_and_each_entry_is_an_article(
    near_chat, herald, open_page, width
):
    page = open_page(near_chat.url, width)
    open_library(page)
    page.get_by_text("Add articles").click()
    page.get_by_label("Address of a page or feed").fill(f"{herald}/slow")
    page.keyboard.press("Enter")
    expect(page.locator("#adding progress")).to_be_visible()
    Herald.slow.set()
    page.get_by_text("2 added").wait_for()
    for title, day in (("Ferry stays in port", "10 March"), ("School gets a roof", "11 March")):
        entry = page.locator("#library .article", has_text=title)
        expect(entry.locator("time")).to_have_text(f"{day} 2023")
        remove(page, title)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_that_is_not_there_is_named_and_nothing_changes(near_chat, herald, open_page, width):
    page = open_page(near_chat.url, width)
    open_library(page)
    count = page.locator("#library .article").count()
    said = add_address(page, f"{herald}/gone")
    assert said.startswith("1 skipped")
    assert "the server answered 503" in said
    said = add_address(page, "http://herald.invalid/a")
    assert "herald.invalid cannot be found" in said
    expect(page.locator("#library .article")).to_have_count(count)
