"""The chat speaks the browser's language: asking, an answer, a refusal, at both widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_chat import UNANSWERABLE, WHY, ask

from rag.language import gettext, speaking

LOCALES = {"de": "de-AT", "es": "es-MX", "zh": "zh-CN"}


@pytest.mark.parametrize(("language", "width"), [("de", 390), ("es", 1280), ("zh", 1280)])
def test_the_chat_speaks_the_language_of_the_browser(server, open_page, tmp_path, language, width):
    page = open_page(server.url, width, locale=LOCALES[language])
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
        for word in ("Copy", "Ask again", "Helpful", "Why this answer"):
            expect(turn.get_by_text(gettext(word), exact=True)).to_be_visible()
        turn.get_by_text(gettext("Why this answer")).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"answer-{language}-{width}.png", full_page=True)
        turn.locator(".chip").first.click()
        page.wait_for_selector("#chosen", state="visible")
        assert gettext("Back to the sentence") in page.locator(".reading-bar").text_content()
        page = open_page(server.url, width, locale=LOCALES[language])
        refusal = ask(page, UNANSWERABLE, "abstained")
        assert gettext("The articles do not say.") in refusal.text_content()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"refusal-{language}-{width}.png", full_page=True)
