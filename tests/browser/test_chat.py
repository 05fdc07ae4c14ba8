"""The chat in a real browser: ask, read, choose a footnote, see exactly its words."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

WHY = "Why did the Hanoi summit end without an agreement?"
REASON = "differences over sanctions relief and denuclearisation steps"
SEVERAL = "What agreement did Trump and Kim sign in Hanoi?"  # two passages say something of it
UNANSWERABLE = "Who is the president of France?"
WIDTHS = [1280, 390]


def ask(page, question, state="answered"):
    before = page.locator(".turn").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(before)
    # looked for at every frame, not twice a second as by a locator
    page.wait_for_function(
        "([place, state]) => document.querySelectorAll('.turn')[place]?.matches(`.${state}`)",
        arg=[before, state],
    )
    return turn


def open_library(page):
    """The list of articles: on a phone it is behind a button."""
    if page.viewport_size["width"] < 900:
        page.get_by_role("button", name="Articles", exact=True).click()
    page.locator("#panel-library").wait_for(state="visible")


def close_drawer(page):
    if page.viewport_size["width"] < 900:
        page.keyboard.press("Escape")
        for panel in ("#panel-library", "#panel-reader"):
            page.locator(panel).wait_for(state="hidden")


def chosen(page) -> str:
    page.wait_for_selector("#chosen", state="visible")
    return page.evaluate("document.querySelector('#chosen').textContent")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_footnote_opens_the_reader_at_exactly_its_words(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, WHY)
    quotes = []
    for chip in turn.locator(".chip").all():
        quote = chip.get_attribute("data-tip")
        chip.click()
        page.wait_for_function(
            "quote => document.querySelector('#chosen')?.textContent === quote", arg=quote
        )
        page.wait_for_timeout(500)  # the smooth scroll
        assert page.locator("#chosen").bounding_box()["y"] < 800
        expect(page.locator("#panel-reader")).to_be_visible()
        quotes.append(quote)
        page.keyboard.press("Escape")
    assert any(REASON in quote for quote in quotes)


@pytest.mark.parametrize("width", WIDTHS)
def test_all_quotations_of_the_answer_are_marked_and_the_chosen_one_differs(
    server, open_page, width
):
    page = open_page(server.url, width)
    chips = ask(page, SEVERAL).locator(".chip")
    assert chips.count() >= 2
    chips.first.click()
    chosen(page)
    assert page.locator("#reader mark").count() == chips.count()
    color = "element => getComputedStyle(element).backgroundColor"
    colors = {mark.evaluate(color) for mark in page.locator("#reader mark").all()}
    assert len(colors) == 2


@pytest.mark.parametrize("width", WIDTHS)
def test_the_reader_goes_from_one_footnote_to_the_next(server, open_page, width):
    page = open_page(server.url, width)
    chips = ask(page, SEVERAL).locator(".chip")
    first, second = (chip.get_attribute("data-tip") for chip in chips.all())
    assert first != second
    words, kicker = page.locator("#chosen"), page.locator("#reader .kicker")
    onward = page.get_by_role("button", name="Next footnote")
    back = page.get_by_role("button", name="Footnote before")

    chips.first.click()
    expect(kicker).to_have_text("Footnote 1 of 2")
    expect(words).to_have_text(first)
    expect(back).to_be_disabled()
    onward.click()
    expect(kicker).to_have_text("Footnote 2 of 2")
    expect(words).to_have_text(second)
    expect(onward).to_be_disabled()
    back.click()
    expect(kicker).to_have_text("Footnote 1 of 2")
    expect(words).to_have_text(first)
    page.locator("#reader mark:not(#chosen)").click()
    expect(kicker).to_have_text("Footnote 2 of 2")
    expect(words).to_have_text(second)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_alone_asks_opens_a_footnote_and_goes_back(server, open_page, width):
    page = open_page(server.url, width)
    page.locator("#question textarea").focus()
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")
    chip = page.locator(".turn.answered .chip").first
    chip.wait_for()
    chip.focus()
    page.keyboard.press("Enter")
    assert chosen(page) == chip.get_attribute("data-tip")
    page.get_by_role("button", name="Back to the sentence").focus()
    page.keyboard.press("Enter")
    assert chip.evaluate("element => element === document.activeElement")
    assert page.locator("#footnote-tip").text_content().startswith(chip.get_attribute("data-tip"))


@pytest.mark.parametrize("width", WIDTHS)
def test_what_the_articles_do_not_say_has_no_footnote(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, UNANSWERABLE, "abstained")
    expect(turn.locator(".chip, .footnote")).to_have_count(0)
    expect(turn.locator("[role=alert]")).to_have_count(0)
    assert "The articles do not say." in turn.inner_text()
    near = turn.locator(".near").first
    near.click()
    page.wait_for_selector("#chosen", state="visible")
    assert "not an answer" in page.locator("#reader .kicker").inner_text()


@pytest.mark.parametrize("width", WIDTHS)
def test_an_error_looks_different_from_a_refusal(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, "x" * 3000, "failed")
    assert "at most 2,000" in turn.locator("[role=alert]").inner_text()
    expect(turn.locator(".refusal, .chip")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_hostile_article_is_only_ever_text(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, "Who is the keeper of the Skerry lighthouse?")
    turn.locator(".chip").first.click()
    assert "<img src=http://192.0.2.1/spy.png" in chosen(page)
    assert page.title() == "Footnote"
    expect(page.locator("#panel-chat img, #panel-reader img, #panel-library img")).to_have_count(0)
    assert "<script>document.title='owned'</script>" in page.locator("#library").text_content()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_hostile_question_is_only_ever_text(server, open_page, width):
    page = open_page(server.url, width)
    question = "<img src=http://192.0.2.1/q.png onerror=alert(1)>{{7*7}}${7*7} **b**?"
    # An article of the fixture holds such a tag as its text: quoting that is an answer, too.
    turn = ask(page, question, "turn:is(.answered, .abstained)")
    expect(turn.locator(".question")).to_have_text(question)
    expect(page.locator("#panel-chat img")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_offsets_hold_after_emoji_and_right_to_left_words(server, open_page, width):
    page = open_page(server.url, width)
    chip = ask(page, "Where did the Ortega family move in 1987?").locator(".chip").first
    chip.click()
    assert chosen(page) == chip.get_attribute("data-tip")
    assert "Łódź in 1987 with their parrot 🦜" in chosen(page)


def test_on_a_phone_the_reader_is_a_drawer_that_closes_and_gives_the_focus_back(server, open_page):
    page = open_page(server.url, 320, 640)
    expect(page.locator("#panel-reader")).not_to_be_visible()
    chip = ask(page, WHY).locator(".chip").first
    chip.click()
    page.get_by_role("dialog", name="Reader", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.locator("#panel-reader").wait_for(state="hidden")
    assert chip.evaluate("element => element === document.activeElement")
    chip.click()  # the same footnote again
    page.get_by_role("dialog", name="Reader", exact=True).get_by_role(
        "button", name="Close"
    ).click()
    page.locator("#panel-reader").wait_for(state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", WIDTHS)
def test_an_article_of_the_list_opens_in_the_reader(server, open_page, width):
    page = open_page(server.url, width)
    open_library(page)
    page.locator("#library .article").first.click()
    page.locator("#reader .reading .title").wait_for()
    expect(page.locator("#reader mark")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_ticked_articles_limit_the_question(server, open_page, width):
    page = open_page(server.url, width)
    open_library(page)
    page.get_by_role("checkbox", name="A family and its parrot").check()
    page.get_by_text("Answering from 1 of 3.").wait_for()
    close_drawer(page)
    turn = ask(page, WHY, "abstained")
    assert "parrot" in turn.locator(".nearest").inner_text()
    open_library(page)
    page.get_by_role("button", name="Use all").click()
    page.get_by_text("Answered from all").or_(page.get_by_text("answered from all")).wait_for()
    expect(page.get_by_role("checkbox", name="A family and its parrot")).not_to_be_checked()


@pytest.mark.parametrize("width", WIDTHS)
def test_starter_questions_are_answered(server, open_page, width):
    page = open_page(server.url, width)
    page.locator(".starters button").first.click()
    page.locator(".turn.answered .chip").first.wait_for()
