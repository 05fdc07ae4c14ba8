"""More questions than may wait: who waits is told so, who is refused keeps the question."""

from __future__ import annotations

from playwright.sync_api import expect
from serving import serving
from test_chat import WHY


def test_who_waits_is_told_so_and_who_is_refused_keeps_the_question(
    server, slow_model, tmp_path, open_page
):
    address, stop_model = slow_model
    settings = {
        "FOOTNOTE_ANSWERER": "endpoint",
        "FOOTNOTE_MODEL_URL": address,
        "FOOTNOTE_MODEL_NAME": "slow",
        "FOOTNOTE_CONCURRENCY": "1",
        "FOOTNOTE_QUEUE_SIZE": "1",
    }
    with serving(server.index, tmp_path, **settings) as running:
        pages = [open_page(running.url, w, expected="refusal") for w in (1280, 390, 390)]
        first, waits, refused = pages
        for page in pages:
            page.fill("#question textarea", WHY)
            page.keyboard.press("Enter")
            sign = {first: "#stop", waits: "#waiting", refused: "#question div.validation-error"}
            page.locator(sign[page]).wait_for(state="visible")
        expect(refused.locator("#question")).to_contain_text("Many questions are waiting.")
        expect(refused.locator("#question textarea")).to_have_value(WHY)
        expect(refused.locator("#waiting")).to_have_count(0)
        refused.get_by_role("button", name="Articles", exact=True).click()
        refused.locator("#library .article").first.click()  # what is no question is not refused
        refused.locator("#reader .reading .title").wait_for()
        refused.keyboard.press("Escape")

        stop_model()
        waits.locator(".turn.answered").wait_for()
        expect(waits.locator("#waiting")).to_have_count(0)
        refused.locator("#question textarea").focus()
        refused.keyboard.press("Enter")
        refused.locator(".turn.answered").wait_for()
        expect(refused.locator("#question")).not_to_contain_text("Many questions")
        for page in pages:
            page.close()  # before its server goes
