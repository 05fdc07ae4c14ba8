"""Before there is anything to answer from: no index yet, or models still loading."""

from __future__ import annotations

from serving import copy_index, serving
from test_chat import WHY, WIDTHS


def test_without_an_index_the_page_says_how_to_add_articles(server, tmp_path, open_page):
    with serving(tmp_path / "index", tmp_path) as running:
        for width in WIDTHS:
            page = open_page(running.url, width)
            welcome = page.locator(".welcome.missing")
            welcome.wait_for()
            assert "python -m rag add" in welcome.inner_text()
            page.close()
        copy_index(server.index, tmp_path)
        for width in WIDTHS:
            page = open_page(running.url, width)
            page.wait_for_selector("#panel-masthead .status.ready")
            page.close()  # before its server goes


def test_a_question_asked_while_the_models_load_waits_and_is_answered(server, tmp_path, open_page):
    with serving(server.index, tmp_path) as running:
        pages = [open_page(running.url, width, ready=False) for width in WIDTHS]
        for page in pages:
            page.wait_for_selector("#question textarea")
            page.fill("#question textarea", WHY)
            page.keyboard.press("Enter")
        for page in pages:
            page.locator(".turn.answered .chip").first.wait_for()
            page.close()  # before its server goes
