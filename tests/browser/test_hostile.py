"""Every hostile string through the real page: as title, file name, body, question and quotation.

Each shows as itself, runs nothing and requests nothing; the page's fixture watches for that.
The list behind it has 2,000 articles, so that it is seen to stay usable.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from light_chat import ARTICLES, SECRET, file_name, hostile
from playwright.sync_api import expect
from serving import serving
from test_chat import open_library

from rag.owner import COOKIE

HOSTILE = Path(__file__).parents[3] / "shared" / "data" / "hostile"
OURS = "img, script, iframe, form, object, embed, svg, link, style, video, audio, meta, base"

pytestmark = pytest.mark.skipif(not HOSTILE.exists(), reason="no hostile strings at hand")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return hostile(HOSTILE)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    program = [Path(__file__).parents[1] / "light_chat.py", HOSTILE]
    (folder / "index").mkdir()
    with serving(folder / "index", folder, program=program) as running:
        yield running


def as_shown(text: str) -> str:
    """What a document can hold of a string."""
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def squeezed(text: str) -> str:
    return " ".join(as_shown(text).split())


def contents(page, places: str, attribute: str = "") -> list[str]:
    return page.evaluate(
        "([places, name]) => [...document.querySelectorAll(places)]"
        ".map(it => name ? it.getAttribute(name) : it.textContent)",
        [places, attribute],
    )


def nothing_came_alive(page) -> None:
    expect(page.locator(f":is(#library, #reader, #past, #current) :is({OURS})")).to_have_count(0)
    assert page.title() == "Footnote"
    handlers = "[...document.querySelectorAll('#past *, #library *, #reader *')].some(it =>"
    handlers += " it.getAttributeNames().some(name => name.startsWith('on')))"
    assert page.evaluate(handlers) is False


@pytest.mark.parametrize("width", [1280, 390])
def test_as_question_searched_question_and_quotation(crowded, open_page, texts, width):
    talk = (crowded.index.parent / "talk").read_text()
    cookie = {"name": COOKIE, "value": SECRET, "domain": "127.0.0.1", "path": "/"}
    state = {"cookies": [cookie], "origins": []}
    page = open_page(f"{crowded.url}?talk={talk}", width, storage_state=state)
    page.locator("#past .turn").nth(len(texts) - 2).wait_for(state="attached")
    questions = contents(page, "#past .turn .question, #current .turn .question")
    assert [squeezed(it) for it in questions] == [squeezed(text) for text in texts]
    quotes = contents(page, ":is(#past, #current) .chip", "data-tip")
    assert quotes == [as_shown(text) for text in texts]
    sentences = contents(page, ":is(#past, #current) .sentence")
    assert [squeezed(it) for it in sentences] == [squeezed(text) for text in texts]
    nothing_came_alive(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_as_title_and_file_name_in_a_list_of_two_thousand(crowded, open_page, texts, width):
    page = open_page(crowded.url, width)
    open_library(page)
    titles, sources, ids = [], [], []
    while len(titles) < len(texts) + 1:
        page.locator("#library .articles li").first.wait_for()
        titles += contents(page, "#library .title")
        sources += contents(page, "#library .where")
        ids += contents(page, "#library .article", "data-article")
        following = page.locator(f"#library .article[data-article='h{len(titles) - 1}']")
        page.get_by_role("button", name="Further in the list").click()
        following.or_(page.locator("#library .article[data-article^=p]").first).first.wait_for()
        nothing_came_alive(page)
    assert ids[: len(texts) + 1] == ["all", *(f"h{n}" for n in range(len(texts)))]
    shown = slice(1, len(texts) + 1)  # after the article with every string
    assert [squeezed(it) for it in titles[shown]] == [squeezed(it) for it in texts]
    names = [file_name(it) for it in texts]
    assert [squeezed(it) for it in sources[shown]] == [squeezed(it) for it in names]


@pytest.mark.parametrize("width", [1280, 390])
def test_as_the_body_of_an_article(crowded, open_page, texts, width):
    page = open_page(crowded.url, width)
    open_library(page)
    page.locator("#library .article").first.click()
    page.locator("#reader .reading .title").wait_for()
    body = squeezed(page.locator("#reader .body").text_content())
    assert [text for text in texts if squeezed(text) not in body] == []
    nothing_came_alive(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_one_of_two_thousand_is_found_and_limits_the_question(crowded, open_page, width):
    page = open_page(crowded.url, width)
    open_library(page)
    page.get_by_text(f"answered from all {ARTICLES:,}").wait_for()
    page.locator("#library .articles li").nth(49).wait_for()
    expect(page.locator("#library .articles li")).to_have_count(50)
    page.get_by_role("searchbox", name="Find in the list").fill("report 1234")
    page.locator("#library .article", has_text="Report 1234").wait_for()
    expect(page.locator("#library .articles li")).to_have_count(1)
    page.get_by_role("checkbox", name="Report 1234").check()
    page.get_by_text(f"Answering from 1 of {ARTICLES:,}").wait_for()
    page.get_by_role("searchbox", name="Find in the list").fill("")
    page.locator("#library .articles li").nth(49).wait_for()
    page.get_by_text("Limit by date").click()
    page.get_by_label("From").fill("2020-01-28")
    page.get_by_text("without a date left out").wait_for()
    expect(page.locator("#library time")).to_have_text(["28 January 2020"] * 49)
    page.get_by_role("button", name="Use all").click()
    page.get_by_text(f"answered from all {ARTICLES:,}").wait_for()
    expect(page.get_by_label("From")).to_have_value("")
