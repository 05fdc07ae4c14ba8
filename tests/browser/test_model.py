"""With a language model: what it writes appears as it is checked; Stop, no model, a full house."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler

import pytest
from fault_server import DONE, chunk
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import expect
from serving import listening, serving
from test_chat import WHY
from test_library import open_library

TRUE = "The Hanoi summit ended without an agreement over sanctions relief [1]. "
FALSE = "Kim Jong Un then sold 40 missiles to the government of Brazil [1]."


@pytest.fixture
def two_sentences():
    """A model server that writes one true sentence, and a false one when it is told to go on."""
    go_on, asked = threading.Event(), []

    class Writes(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for piece in (TRUE[:20], TRUE[20:], FALSE[:9]):
                self.wfile.write(chunk(piece))
            self.wfile.flush()
            go_on.wait(120)
            self.wfile.write(chunk(FALSE[9:]) + chunk(finish="stop") + DONE)

    with listening(Writes) as address:
        yield f"{address}/v1", go_on, asked
        go_on.set()


def settings_for(address, **more):
    return {
        "FOOTNOTE_ANSWERER": "endpoint",
        "FOOTNOTE_MODEL_URL": address,
        "FOOTNOTE_MODEL_NAME": "writer-1",
        **more,
    }


def send(page, question):
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")


def test_text_appears_while_it_is_written_and_what_is_false_only_in_the_why(
    server, two_sentences, tmp_path, open_page
):
    address, go_on, asked = two_sentences
    with serving(server.index, tmp_path, **settings_for(address)) as running:
        pages = [open_page(running.url, width) for width in (1280, 390)]
        for page in pages:
            send(page, WHY)
            expect(page.locator(".turn.writing .prose")).to_contain_text("ended without")
            expect(page.locator(".chip")).to_have_count(0)
        go_on.set()
        for page in pages:
            turn = page.locator(".turn.answered")
            expect(turn.locator(".sentence").first).to_have_text(TRUE.removesuffix(" [1]. ") + ".")
            expect(turn.locator(".answer")).not_to_contain_text("Brazil")
            expect(turn.locator(".writer")).to_contain_text("writer-1")
            turn.get_by_text("Why this answer").click()
            expect(turn.locator(".checked li", has_text="Brazil")).to_be_visible()
            for message in asked[0]["messages"]:
                expect(turn.locator(".prompt")).to_contain_text(message["content"])
            page.close()  # before its server goes


def test_stop_and_then_quotations_where_the_model_is_gone(server, slow_model, tmp_path, open_page):
    address, stop_model = slow_model
    with serving(server.index, tmp_path, **settings_for(address)) as running:
        pages = [open_page(running.url, width) for width in (1280, 390)]
        for page in pages:
            send(page, WHY)
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


def test_what_is_typed_while_a_question_waits_for_the_one_before_it_stays(
    server, slow_model, tmp_path, open_page
):
    address, _ = slow_model
    with serving(server.index, tmp_path, **settings_for(address)) as running:
        page = open_page(running.url)
        send(page, WHY)
        page.get_by_role("button", name="Stop").wait_for()
        box = page.locator("#question textarea")
        send(page, "And when was it?")
        expect(box).to_have_value("")  # taken; it is asked when the first is over
        box.press_sequentially("What else is said?", delay=60)  # slower than it looks for its turn
        expect(box).to_have_value("What else is said?")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".question")).to_have_text([WHY, "And when was it?"])
        expect(box).to_have_value("What else is said?")
        page.close()  # before its server goes


def test_a_full_house_shows_who_waits_and_refuses_a_question_but_nothing_else(
    server, slow_model, tmp_path, open_page
):
    address, _ = slow_model
    limits = {"FOOTNOTE_CONCURRENCY": "1", "FOOTNOTE_QUEUE_SIZE": "1"}
    with serving(server.index, tmp_path, **settings_for(address, **limits)) as running:
        # in its first second, with the page still looking whether the articles are open
        asking, waiting = (open_page(running.url, ready=False) for _ in range(2))
        for page in (asking, waiting):
            page.wait_for_selector("#panel-masthead .masthead")
        send(asking, WHY)
        asking.get_by_role("button", name="Stop").wait_for()
        send(waiting, WHY)
        waiting.get_by_text("1 question is ahead of yours").wait_for()
        refused = [open_page(running.url, width) for width in (1280, 390)]
        for page in refused:
            send(page, WHY)
            refusal = page.locator(".toast-body.warning")
            expect(refusal).to_contain_text("Many questions are waiting. Try again in a moment.")
            expect(page.locator("#question textarea")).to_have_value(WHY)
            expect(page.locator(".turn")).to_have_count(0)
            refusal.locator(".toast-close").click()  # on a phone it lies over the list
            open_library(page)  # all else works on
            page.locator("#library .article").first.click()
            page.wait_for_selector("#reader .reading")
            page.close()
        with (
            closing(Client(running.url, verbose=False)) as program,
            pytest.raises(AppError, match="Many questions are waiting"),
        ):
            program.predict(WHY, api_name="/ask")
        waiting.get_by_role("button", name="Stop").click()
        waiting.get_by_text("Stopped.").wait_for()
        for page in (waiting, asking):
            page.close()  # before its server goes
