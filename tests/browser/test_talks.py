"""Conversations outlive a reload and a restart, for whoever had them and for nobody else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from serving import copy_index, free_port, serving
from test_chat import UNANSWERABLE, WHY, WIDTHS, ask

RELOAD_WHILE_ANSWERED = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".turn")) return;
  observer.disconnect();
  location.reload();
}).observe(document, { childList: true, subtree: true });
"""


def is_listed(page, titles: list[str]) -> None:
    """Open the list of conversations, if it is not, and wait until it shows these titles."""
    if not page.get_by_role("dialog", name="Conversations").is_visible():
        page.get_by_role("button", name="Conversations", exact=True).click()
    page.get_by_role("dialog", name="Conversations").wait_for()
    expect(page.locator("#talks .talk .title")).to_have_text(titles)


def is_kept(page) -> None:
    page.wait_for_url("**/?talk=*")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_conversation_is_there_after_a_reload_and_goes_on(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY)
    is_kept(page)
    page.reload()
    turn = page.locator(".turn.answered")
    turn.wait_for()
    expect(page.locator(".question")).to_have_text([WHY])
    chip = turn.locator(".chip").first
    chip.click()
    page.wait_for_selector("#chosen", state="visible")
    assert page.locator("#chosen").text_content() == chip.get_attribute("data-tip")
    page.keyboard.press("Escape")
    ask(page, "And when was it?", "over")
    expect(page.locator(".question")).to_have_text([WHY, "And when was it?"])


def test_a_page_goes_on_until_another_takes_its_place(server, open_page):
    page = open_page(server.url)
    # 204: no other page comes; Gradio's own would have let go of the answer even so
    page.route(lambda url: urlsplit(url).path == "/", lambda route: route.fulfill(status=204))
    page.evaluate(RELOAD_WHILE_ANSWERED)
    with page.expect_event("requestfailed", lambda request: request.is_navigation_request()):
        page.fill("#question textarea", WHY)
        page.keyboard.press("Enter")
    page.locator(".turn.answered").wait_for()
    is_kept(page)
    expect(page.locator(".toast-body")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_conversations_are_listed_opened_renamed_and_deleted(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY)
    is_kept(page)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    assert "talk=" not in page.url
    ask(page, UNANSWERABLE, "abstained")
    is_kept(page)
    is_listed(page, [UNANSWERABLE, WHY])

    page.get_by_role("button", name=f"Rename {WHY}").click()
    page.keyboard.type("Hanoi")  # the old name is selected
    page.keyboard.press("Enter")
    page.locator("#talks .title", has_text="Hanoi").wait_for()
    page.get_by_role("button", name=f"Delete {UNANSWERABLE}").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("button", name=f"Delete {UNANSWERABLE}").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.locator(".welcome").wait_for()  # it was the one on the page

    is_listed(page, ["Hanoi"])
    page.locator("#talks .talk").click()
    page.locator(".turn.answered").wait_for()
    expect(page.locator(".question")).to_have_text([WHY])
    page.get_by_role("dialog", name="Conversations").wait_for(state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 390])
def test_nobody_sees_anothers_conversations_even_with_its_address(server, open_page, width):
    one = open_page(server.url, width)
    ask(one, WHY)
    is_kept(one)
    two = open_page(one.url, width)
    two.wait_for_selector("#panel-masthead .status.ready")
    two.locator(".welcome").wait_for()
    two.wait_for_function("!location.search.includes('talk=')")
    expect(two.locator(".turn")).to_have_count(0)
    is_listed(two, [])
    assert one.evaluate("document.cookie") == ""  # no script can read whose they are
    (cookie,) = [c for c in one.context.cookies() if c["name"] == "footnote_owner"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert cookie["value"].encode() not in (server.index / "conversations.sqlite3").read_bytes()


def test_a_restart_keeps_them_and_a_file_that_fails_is_said(server, tmp_path, open_page):
    index, port = copy_index(server.index, tmp_path), free_port()
    file = index / "conversations.sqlite3"
    with serving(index, tmp_path, FOOTNOTE_PORT=port) as running:
        page = open_page(running.url)
        ask(page, WHY)
        is_kept(page)
        address, cookies = page.url, page.context.cookies()
        page.close()
    with serving(index, tmp_path, FOOTNOTE_PORT=port):
        pages = [open_page("about:blank", width, ready=False) for width in WIDTHS]
        for page in pages:
            page.context.add_cookies(cookies)
            page.goto(address)
            page.locator(".turn.answered").wait_for()
            expect(page.locator(".question")).to_have_text([WHY])
        spoil(file)
        for page in pages:
            ask(page, UNANSWERABLE, "abstained")
            page.get_by_text("Not kept: conversations cannot be kept in").wait_for()
            expect(page.locator(".question")).to_have_text([WHY, UNANSWERABLE])
            page.close()  # before its server goes
    assert file.read_bytes() == b"no database"


def spoil(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT count(*) FROM conversation").fetchone() == (1,)
    file.write_bytes(b"no database")
