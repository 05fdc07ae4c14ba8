"""In a notebook's page: the card without a script, and the chat in a frame from another port."""

from __future__ import annotations

import http.server
import subprocess
import sys
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from serving import ROOT, environment_for, listening
from test_accessible import serious

WHY = "Why did the Hanoi summit end without an agreement?"
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>A notebook</title>"
    "<meta name=viewport content='width=device-width, initial-scale=1'>"
    "<style>:root { color-scheme: light dark } body { background: Canvas }</style>"
    "<main><h1>A notebook</h1>%s</main>"
)


@contextmanager
def page_of(tmp_path, html):
    """The page of a notebook with this output, on a port of its own."""
    (tmp_path / "index.html").write_text(PAGE % html, encoding="utf-8")

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given):
            super().__init__(*given, directory=str(tmp_path))

    (tmp_path / "favicon.ico").touch()
    with listening(Files) as address:
        yield f"{address}/"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_is_readable_and_shows_a_quote_without_a_script(
    seed_assistant, open_page, tmp_path, width, scheme
):
    answer = seed_assistant.ask(WHY)
    outputs = [
        answer._repr_html_(),
        seed_assistant.ask("Who is the president of France?")._repr_html_(),
        seed_assistant.retrieve(WHY, k=3)._repr_html_(),
        seed_assistant.index._repr_html_(),
    ]
    with page_of(tmp_path, "\n".join(outputs)) as url:
        page = open_page(url, width, ready=False, color_scheme=scheme, java_script_enabled=False)
        chip = page.locator("a.footnote-chip").first
        quote = f"“{answer.citations[0].quote}”"
        assert chip.get_attribute("title") == quote
        chip.focus()
        page.screenshot(path=tmp_path / f"card-{width}-{scheme}.png", full_page=True)
        chip.press("Enter")
        assert page.locator("li:target mark").text_content() == answer.citations[0].quote
        page.get_by_text("nearest passages").click()
        expect(page.locator("details[open] blockquote").first).to_be_visible()
        page = open_page(url, width, ready=False, color_scheme=scheme)
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        tip = "getComputedStyle(document.querySelector('.footnote-chip'), '::after').content"
        page.keyboard.press("Tab")
        assert answer.citations[0].quote in page.evaluate(tip)


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    """What `rag.chat` shows, from a process that stands in for a notebook's kernel."""
    script = (
        "import sys, rag\n"
        "assistant = rag.Assistant.from_sources([sys.argv[1]])\n"
        "with rag.chat(assistant) as shown:\n"
        "    print(shown._repr_html_().replace('\\n', ' '), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    folder = tmp_path_factory.mktemp("notebook")
    kernel = subprocess.Popen(
        [sys.executable, "-c", script, str(ROOT / "seeds")],
        cwd=folder,
        env=environment_for(folder / "nowhere"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield kernel.stdout.readline()
    kernel.communicate("", timeout=60)
    assert kernel.returncode == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_chat_answers_in_a_frame_of_a_notebook(chat, open_page, tmp_path, width):
    with page_of(tmp_path, chat + '<textarea id="paste"></textarea>') as url:
        page = open_page(url, width, ready=False)
        frame = page.frame_locator("iframe")
        frame.locator("#panel-masthead .status.ready").wait_for()
        frame.locator("#question textarea").fill(WHY)
        frame.locator("#question textarea").press("Enter")
        frame.locator(".turn.answered .chip").first.wait_for()
        assert "sanctions relief" in frame.locator(".turn .prose").text_content()
        frame.get_by_role("button", name="Copy").click()
        frame.get_by_role("button", name="Copied").wait_for()
        page.locator("#paste").focus()
        page.keyboard.press("ControlOrMeta+V")
        assert "sanctions relief" in page.locator("#paste").input_value()
