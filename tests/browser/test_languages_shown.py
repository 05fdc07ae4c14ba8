"""The chat speaks the browser's language: asking, an answer, a refusal, at both widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_chat import UNANSWERABLE, WHY, ask, close_drawer

from rag.language import gettext, speaking

LOCALES = {"de": "de-AT", "es": "es-MX", "zh": "zh-CN"}
WORDS = ("Copy", "Ask again", "Helpful", "Why this answer")


@pytest.mark.parametrize("language", LOCALES)
def test_the_chat_speaks_the_language_of_the_browser(server, open_page, tmp_path, language):
    page = open_page(server.url, 390, locale=LOCALES[language])
    with speaking(language):
        assert page.locator(".masthead .motto").text_content() == gettext(
            "Answers in the articles’ own words"
        )
        page.wait_for_function("lang => document.documentElement.lang === lang", arg=language)
        box = page.locator("#question textarea")
        assert box.get_attribute("placeholder") == gettext("Ask the articles…")
        assert page.locator("#ask").text_content().strip() == gettext("Ask")
        assert page.locator("#panel-chat #transcript").get_attribute("aria-label") == gettext(
            "Conversation"
        )
        turn = ask(page, WHY)
        turn.get_by_text(gettext("Why this answer")).click()
        for _ in at_both_widths(page, tmp_path / f"answer-{language}"):
            for word in WORDS:
                expect(turn.get_by_text(gettext(word), exact=True)).to_be_visible()
            turn.locator(".chip").first.click()
            bar = page.locator(".reading-bar")
            expect(bar.get_by_text(gettext("Back to the sentence"))).to_be_visible()
            close_drawer(page)
        page = open_page(server.url, 390, locale=LOCALES[language])
        refusal = ask(page, UNANSWERABLE, "abstained")
        for _ in at_both_widths(page, tmp_path / f"refusal-{language}"):
            expect(refusal.get_by_text(gettext("The articles do not say."))).to_be_visible()


def at_both_widths(page, picture):
    """The page on a phone and then on a desk, where nothing runs over the side; a picture each."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=f"{picture}-{width}.png", full_page=True)
        yield width
