"""What can be done with an answer: stop, ask again, edit, look behind it, vote, keep it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from test_chat import REASON, UNANSWERABLE, WHY, WIDTHS, ask, close_drawer
from test_chat import chosen as chosen_words

from eval.sets import read_questions
from rag.feedback import Feedback

REFUSE = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_quote_of_a_footnote_shows_on_hover_and_on_focus_and_escape_hides_it(
    server, open_page, width
):
    page = open_page(server.url, width)
    chip = ask(page, WHY).locator(".chip").first
    tip = page.get_by_role("tooltip")
    chip.hover()
    tip.wait_for()
    assert chip.get_attribute("data-tip") in tip.inner_text()
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    page.mouse.move(0, 0)
    page.locator("#question textarea").focus()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if chip.evaluate("element => element === document.activeElement"):
            break
    tip.wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_question_sent_before_the_answer_is_over_is_asked_after_it(server, open_page, width):
    page = open_page(server.url, width)
    box = page.locator("#question textarea")
    questions = [WHY, UNANSWERABLE, "What is the article about?"]
    for number, question in enumerate(questions):
        expect(box).to_have_value("")  # the last one was taken; its answer is on its way
        box.fill(question)
        if number:
            page.keyboard.press("Enter")
        else:
            page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".question")).to_have_text(questions)
    expect(page.locator(".turn.answered .prose")).to_have_count(2)  # the second is a refusal


@pytest.mark.parametrize("width", WIDTHS)
def test_a_question_typed_after_a_starter_was_chosen_is_the_next(server, open_page, width):
    page = open_page(server.url, width)
    starter = page.locator(".welcome [data-do=example_select]").first
    chosen = starter.get_attribute("data-question")
    starter.dblclick()  # as some people choose
    page.fill("#question textarea", WHY)
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text([chosen, WHY])
    expect(page.locator(".turn.over")).to_have_count(2)
    expect(page.locator("#question textarea")).to_have_value("")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_footnote_of_an_edited_question_opens_its_own_words(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY).locator(".chip").first.click()
    old = chosen_words(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit question").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#question textarea")).to_have_value("")
    page.get_by_role("button", name="Edit question").click()
    expect(page.locator("#question textarea")).to_have_value(WHY)
    page.fill("#question textarea", "Where did the Ortega family move in 1987?")
    page.get_by_role("button", name="Ask instead").click()
    expect(page.locator(".question")).to_have_text(["Where did the Ortega family move in 1987?"])
    chip = page.locator(".turn.answered .chip").first
    quote = chip.get_attribute("data-tip")
    chip.click()
    page.wait_for_function(
        "quote => document.querySelector('#chosen')?.textContent === quote", arg=quote
    )
    assert chosen_words(page) != old


@pytest.mark.parametrize("width", WIDTHS)
def test_ask_again_answers_the_same_question_in_the_same_place(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, WHY)
    text = turn.locator(".prose").inner_text()
    turn.locator(".answer").evaluate("element => element.dataset.old = 'yes'")
    page.get_by_role("button", name="Ask again").click()
    page.locator(".turn.answered .answer:not([data-old])").wait_for()  # drawn anew
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn .prose")).to_have_text(text)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_follow_up_shows_what_it_was_searched_for_as(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY)
    turn = ask(page, "And when was it?", "over")
    expect(turn.locator(".searched")).to_be_visible()
    expect(page.locator(".question")).to_have_text([WHY, "And when was it?"])


@pytest.mark.parametrize("width", WIDTHS)
def test_what_was_searched_for_can_be_changed(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, UNANSWERABLE, "abstained")
    turn = ask(page, "And of Germany?", "over")
    turn.get_by_role("button", name="Change", exact=True).click()
    field = turn.get_by_role("textbox", name="Search for this instead")
    expect(field).to_have_value(turn.locator(".query").inner_text())
    field.fill(WHY)
    page.keyboard.press("Enter")
    page.locator(".turn.answered").wait_for()
    expect(page.locator(".question")).to_have_text([UNANSWERABLE, "And of Germany?"])
    expect(page.locator(".turn .query").last).to_have_text(WHY)
    assert REASON in page.locator(".turn.answered .prose").inner_text()


@pytest.mark.parametrize("width", WIDTHS)
def test_what_to_ask_next_is_offered_and_answered(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY)
    offered = page.locator("#follow button")
    offered.first.wait_for()
    assert 1 <= offered.count() <= 3
    question = offered.first.inner_text()
    offered.first.click()
    turn = page.locator(".turn").nth(1)
    turn.and_(page.locator(".answered")).wait_for()
    expect(turn.locator(".question")).to_have_text(question)
    assert turn.locator(".chip").count() >= 1


@pytest.mark.parametrize("width", WIDTHS)
def test_a_question_too_long_to_answer_leaves_its_failure_in_sight(server, open_page, width):
    page = open_page(server.url, width)
    page.get_by_role("textbox", name="Your question").fill("Why? " * 500)
    page.get_by_role("button", name="Ask", exact=True).click()
    turn = page.locator(".turn.failed")
    expect(turn.get_by_role("alert")).to_contain_text("2,499 characters; at most 2,000")
    expect(turn.get_by_role("alert")).to_be_in_viewport(ratio=1)
    expect(turn.locator(".question")).to_have_text(("Why? " * 500).strip())
    # it fails faster than the page draws: no state in between may stay
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_who_answers_is_shown_and_can_be_chosen(server, open_page, width):
    page = open_page(server.url, width)
    choice = page.get_by_role("combobox", name="Answered by")
    choice.wait_for()
    assert choice.evaluate("it => [...it.options].map((option) => option.value)") == [
        *("quote", "embedded")  # no model server is set up
    ]
    turn = ask(page, WHY)
    expect(turn.locator(".writer")).to_have_text("Quoted from the articles word for word")
    choice.select_option("embedded")
    page.get_by_role("button", name="Ask again").click()
    page.get_by_text("on this machine, each sentence checked").first.wait_for()
    page.locator(".turn.answered").wait_for()
    expect(choice).to_have_value("embedded")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_edited_question_takes_the_place_of_the_old_one(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, UNANSWERABLE, "abstained")
    page.get_by_role("button", name="Edit question").click()
    page.get_by_role("button", name="Ask instead").wait_for()
    box = page.locator("#question textarea")
    expect(box).to_have_value(UNANSWERABLE)
    box.fill(WHY)
    page.get_by_role("button", name="Ask instead").click()
    page.locator(".turn.answered").wait_for()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn .question")).to_have_text(WHY)


@pytest.mark.parametrize("width", WIDTHS)
def test_why_this_answer_shows_the_passages_their_ranks_and_the_time(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, WHY)
    turn.get_by_text("Why this answer").click()
    why = turn.locator(".why-body")
    assert "Quoted from the articles word for word" in why.inner_text()
    assert why.locator("tbody tr").count() >= 1
    assert "used" in why.locator("tbody").inner_text()
    assert re.search(r"\d (?:ms|s)\b", why.inner_text())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_vote_and_its_reason_are_kept_with_the_answer(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, WHY)
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("button", name="Wrong citation").click()
    turn.locator("[aria-pressed=true]", has_text="Wrong citation").wait_for()
    row = Feedback(server.index / "feedback.sqlite3").all()[-1]
    assert (row.vote, row.reason) == ("down", "wrong citation")
    assert row.answer["question"] == WHY
    assert row.answer["trace"]["candidates"]
    # And it is a case of the user's own set, to be labelled.
    case = read_questions(server.index / "disliked.jsonl")[-1]
    assert (case.question, case.answerable) == (WHY, None)
    assert case.note.endswith("; reason: wrong citation")


@pytest.mark.parametrize("width", WIDTHS)
def test_copy_puts_the_answer_with_its_footnotes_on_the_clipboard(server, open_page, width):
    page = open_page(server.url, width, permissions=["clipboard-read", "clipboard-write"])
    turn = ask(page, WHY)
    turn.get_by_role("button", name="Copy").click()
    turn.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert REASON in copied
    assert "[^1]:" in copied


def test_where_the_clipboard_is_refused_copy_finds_another_way_or_says_so(server, open_page):
    page = open_page(server.url, permissions=["clipboard-read", "clipboard-write"])
    turn = ask(page, WHY)
    page.evaluate(REFUSE)
    copy = turn.locator("[data-local=copy]")
    copy.click()
    expect(copy).to_have_text("Copied")
    assert "[^1]:" in page.evaluate("navigator.clipboard.readText()")
    expect(copy).to_have_text("Copy")
    expect(copy).to_be_focused()
    page.evaluate("() => { document.execCommand = () => false; }")
    copy.click()
    expect(copy).to_have_text("Could not be copied")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_conversation_downloads_in_three_forms(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY)
    texts = {}
    for form in ("Markdown", "Web page", "JSON"):
        page.get_by_role("button", name="Download").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=form).click()
        texts[download.value.suggested_filename] = Path(download.value.path()).read_text("utf-8")
    assert "[^1-1]:" in texts["conversation.md"]
    assert REASON in texts["conversation.html"]
    assert json.loads(texts["conversation.json"])[0]["answer"]["question"] == WHY


@pytest.mark.parametrize("width", WIDTHS)
def test_a_new_conversation_begins_empty(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY).locator(".chip").first.click()
    page.wait_for_selector("#chosen")
    close_drawer(page)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".welcome").wait_for()
    expect(page.locator(".turn, #chosen")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_two_people_do_not_see_each_others_conversation(server, open_page, width):
    one, two = open_page(server.url, width), open_page(server.url, width)
    ask(one, WHY)
    ask(two, UNANSWERABLE, "abstained")
    expect(one.locator(".question")).to_have_text([WHY])
    expect(two.locator(".question")).to_have_text([UNANSWERABLE])


@pytest.mark.parametrize("width", WIDTHS)
def test_why_this_answer_stays_open_until_it_is_closed(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, WHY)
    shown = turn.locator(".why-body")
    turn.get_by_text("Why this answer").click()
    turn.get_by_role("button", name="Not helpful").click()
    reason = turn.get_by_role("button", name="Wrong citation")
    reason.click()
    expect(reason).to_have_attribute("aria-pressed", "true")
    expect(shown).to_be_visible()
    following = ask(page, UNANSWERABLE, "abstained")  # below it
    expect(shown).to_be_visible()
    expect(following.locator(".why-body")).to_be_hidden()
    turn.get_by_text("Why this answer").click()
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(reason).to_have_count(0)
    expect(shown).to_be_hidden()
