"""Before there is anything to answer from: no index yet, or models still loading."""

from __future__ import annotations

import pytest
from serving import ROOT, make_index, serving
from test_chat import WHY


@pytest.mark.parametrize("width", [1280, 390])
def test_without_an_index_the_page_says_how_to_add_articles(tmp_path, open_page, width):
    with serving(tmp_path / "none", tmp_path) as running:
        page = open_page(running.url, width)
        welcome = page.locator(".welcome.missing")
        welcome.wait_for()
        assert "python -m rag add" in welcome.inner_text()
        make_index(tmp_path, ROOT / "seeds").rename(tmp_path / "none")
        page.close()
        page = open_page(running.url, width)
        page.wait_for_selector("#panel-masthead .status.ready")
        page.close()  # before its server goes


def test_a_question_asked_while_the_models_load_waits_and_is_answered(server, tmp_path, open_page):
    with serving(server.index, tmp_path) as running:
        pages = [open_page(running.url, width, ready=False) for width in (1280, 390)]
        for page in pages:
            page.wait_for_selector("#question textarea")
            page.fill("#question textarea", WHY)
            page.keyboard.press("Enter")
        for page in pages:
            page.locator(".turn.answered .chip").first.wait_for()
            page.close()  # before its server goes
