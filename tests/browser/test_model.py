"""With a language model that is slow, and then gone: Stop works, and quotations stand in."""

from __future__ import annotations

from playwright.sync_api import expect
from serving import serving
from test_chat import WHY


def test_stop_and_then_quotations_where_the_model_is_gone(server, slow_model, tmp_path, open_page):
    address, stop_model = slow_model
    settings = {
        "FOOTNOTE_ANSWERER": "endpoint",
        "FOOTNOTE_MODEL_URL": address,
        "FOOTNOTE_MODEL_NAME": "slow",
    }
    with serving(server.index, tmp_path, **settings) as running:
        pages = [open_page(running.url, width) for width in (1280, 390)]
        for page in pages:
            page.fill("#question textarea", WHY)
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Stop").click()
            page.get_by_text("Stopped.").wait_for()
            page.get_by_role("button", name="Ask", exact=True).wait_for()

        stop_model()
        for page in pages:
            page.get_by_role("button", name="Ask again").click()
            turn = page.locator(".turn.answered")
            turn.wait_for()
            expect(turn.locator(".notice").first).to_be_visible()
            expect(turn.get_by_text("Quoted from the articles word for word").first).to_be_visible()
            expect(turn.locator(".sentence:not(.verbatim)")).to_have_count(0)
            page.close()  # before its server goes
