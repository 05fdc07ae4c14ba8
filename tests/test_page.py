"""What happens on a page while an answer is on its way, without the page."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from rag import Article, Assistant, article_list, page
from rag.desk import Desk
from rag.feedback import Feedback
from rag.settings import Settings
from rag.turn import Talk
from rag.visit import Visit

WHEN, WHO = "When did the mill burn?", "Who rebuilt the mill?"
WHERE = "In which country was the president born?"


@pytest.fixture(scope="module")
def mill():
    text = "The mill burned in 1911.\n\nThe mill was rebuilt by Agnes Moor."
    with Assistant.from_articles([Article("mill", text, "The mill")], answerer="quote") as it:
        yield it


@pytest.fixture
def desk(mill, tmp_path):
    settings = Settings.load(index=tmp_path)
    return Desk(lambda: settings, mill)


def asked(desk, visit, question):
    """The visit after a question was asked and answered."""
    for news in page.ask(desk, replace(visit, text=question)):
        visit = replace(visit, talk=news.get("talk", visit.talk))
    return visit


def begun(desk, visit, question):
    """What is still to come of an answer, and the visit while it is on its way."""
    steps = page.ask(desk, replace(visit, text=question))
    return steps, replace(visit, talk=next(steps)["talk"])


def kept(desk):
    return [talk.title for talk in desk.conversations().list("anna")]


VISIT = Visit(talk=Talk(), session="one", owner="anna")


def test_a_new_conversation_is_not_undone_by_the_answer_of_the_old_one(desk):
    steps, visit = begun(desk, VISIT, WHEN)
    turned = page.fresh(desk, visit)
    later = [name for news in steps for name in news]
    assert turned["talk"].turns == ()
    assert set(later) == {"talks"}  # the list alone: the old conversation is kept in it
    assert kept(desk) == [WHEN]


def test_a_conversation_deleted_while_it_is_answered_stays_deleted(desk):
    visit = asked(desk, VISIT, WHEN)
    steps, visit = begun(desk, visit, WHO)
    page.delete_talk(desk, replace(visit, sent={"talk": visit.talk.id}))
    assert {name for news in steps for name in news} == {"talks"}
    assert kept(desk) == []


def test_a_vote_on_an_earlier_answer_holds_while_the_next_is_on_its_way(desk):
    visit = asked(desk, VISIT, WHEN)
    steps, visit = begun(desk, visit, WHO)
    page.vote(desk, replace(visit, sent={"turn": "0", "vote": "up", "reason": ""}))
    talk = [news["talk"] for news in steps if "talk" in news][-1]
    assert [turn.vote for turn in talk.turns] == ["up", ""]
    assert "Agnes Moor" in talk.turns[1].answer.text
    assert kept(desk) == [WHEN]
    again = desk.conversations().load("anna", talk.id)
    assert [turn.vote for turn in again.turns] == ["up", ""]


def test_a_vote_that_comes_as_the_next_answer_ends_loses_neither(desk, monkeypatch):
    visit = asked(desk, VISIT, WHEN)
    steps, visit = begun(desk, visit, WHO)
    store, ended = desk.vote, []

    def slowly(*arguments, **named):
        store(*arguments, **named)
        ended.extend(steps)  # the answer ends while the vote is being written

    monkeypatch.setattr(desk, "vote", slowly)
    news = page.vote(desk, replace(visit, sent={"turn": "0", "vote": "up", "reason": ""}))
    assert ended[-2]["talk"].turns[1].answer
    (talk,) = desk.conversations().list("anna")
    turns = desk.conversations().load("anna", talk.id).turns
    assert [(turn.question, turn.vote) for turn in turns] == [(WHEN, "up"), (WHO, "")]
    assert "Agnes Moor" in news["current"]
    assert news["talk"].turns == turns


def test_two_votes_while_an_answer_is_on_its_way_are_both_shown(desk):
    visit = asked(desk, asked(desk, VISIT, WHEN), WHERE)
    steps, visit = begun(desk, visit, WHO)
    page.vote(desk, replace(visit, sent={"turn": "0", "vote": "up", "reason": ""}))
    shown = page.vote(desk, replace(visit, sent={"turn": "1", "vote": "up", "reason": ""}))
    assert set(shown) == {"past"}
    assert shown["past"].count('aria-pressed="true"') == 2
    talk = [news["talk"] for news in steps if "talk" in news][-1]
    assert [turn.vote for turn in talk.turns] == ["up", "up", ""]


def test_the_page_knows_that_an_answer_is_on_its_way_when_it_looks_again(desk):
    steps, visit = begun(desk, VISIT, WHEN)
    assert "New conversation" not in page.look(desk, visit)["masthead"]
    over, _ = list(steps)[-2:]
    visit = replace(visit, talk=over["talk"])
    assert "New conversation" in page.look(desk, visit)["masthead"]


def test_a_question_asked_before_the_first_look_is_over_is_not_undone_by_it(desk):
    steps, visit = begun(desk, replace(VISIT, talk=None), WHEN)
    looked = page.look(desk, replace(visit, talk=None))
    assert not {"current", "past", "talk", "stop", "box"} & looked.keys()
    assert states(steps) == [(WHEN, "answered")]


def test_what_is_typed_while_a_blank_question_is_sent_stays(desk):
    (news,) = page.ask(desk, replace(VISIT, text="  "))
    assert "box" not in news


def states(steps):
    """The state of the newest turn after each step that shows a conversation."""
    return [
        (news["talk"].turns[-1].question, news["talk"].turns[-1].state)
        for news in steps
        if "talk" in news
    ]


def test_what_is_sent_while_an_answer_is_on_its_way_is_asked_after_it_once(desk):
    first, visit = begun(desk, VISIT, WHEN)
    second = page.ask(desk, replace(visit, text=WHO))
    assert next(second) == {"box": ""}  # taken, and nothing else changes
    assert list(page.ask(desk, replace(visit, text=WHO))) == [{}]  # Enter pressed twice
    third = page.ask(desk, replace(visit, text=WHERE))
    assert next(third) == {"box": ""}
    assert next(second) == next(third) == {}  # what is typed next stays, however long they wait
    (refused,) = page.ask(desk, replace(visit, text="How old is the mill?"))
    assert set(refused) == {"warning"}  # a fourth stays in its box
    assert states(first) == [(WHEN, "answered")]
    assert states(second) == [(WHO, "waiting"), (WHO, "answered")]
    assert states(third)[-1] == (WHERE, "abstained")
    (talk,) = desk.conversations().list("anna")
    turns = desk.conversations().load("anna", talk.id).turns
    assert [turn.question for turn in turns] == [WHEN, WHO, WHERE]


def test_what_is_chosen_while_a_question_waits_holds_for_the_next(desk):
    first, visit = begun(desk, VISIT, WHEN)
    second = page.ask(desk, replace(visit, text=WHO))
    next(second)
    ticked = article_list.tick(desk, replace(visit, sent={"article": "mill", "on": True}))["shelf"]
    assert ticked.ticked == ("mill",)
    assert states(first) == [(WHEN, "answered")]
    changed = {name for news in second for name in news}
    assert "talk" in changed
    assert not {"shelf", "chosen", "box", "editing"} & changed  # nor what is typed meanwhile


def test_stop_that_comes_after_the_end_leaves_what_was_typed(desk):
    visit = asked(desk, VISIT, WHEN)
    assert "box" not in page.stop(desk, replace(visit, text=WHO))
    editing = page.edit(desk, visit)["editing"]
    assert page.stop(desk, replace(visit, editing=editing))["box"] == ""  # "Cancel"


def test_a_turn_that_could_not_be_kept_is_kept_with_the_next(desk, monkeypatch):
    visit = asked(desk, VISIT, WHEN)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", refuse)
        visit = asked(desk, visit, WHO)
    assert "cannot be kept" in visit.talk.unkept
    visit = asked(desk, visit, WHERE)
    assert visit.talk.unkept == ""
    turns = desk.conversations().load("anna", visit.talk.id).turns
    assert [turn.question for turn in turns] == [WHEN, WHO, WHERE]


def refuse(*_, **__):
    raise sqlite3.OperationalError("database is locked")


@pytest.fixture
def narrow(mill, tmp_path):
    """A desk that answers one question at a time and lets one more wait."""
    settings = Settings.load(index=tmp_path, concurrency=1, queue_size=1)
    return Desk(lambda: settings, mill)


def test_a_question_shows_that_others_are_before_it_and_is_answered_after_them(narrow):
    first, _ = begun(narrow, VISIT, WHEN)
    next(first)
    second, visit = begun(narrow, replace(VISIT, session="two"), WHO)
    assert visit.talk.turns[-1].question == WHO  # shown at once
    assert "1 question is ahead of yours" in next(second)["current"]
    assert next(second) == {}  # nothing new
    assert states(first) == [(WHEN, "answered")]
    assert states(second) == [(WHO, "answered")]


def test_a_question_that_waits_for_others_can_be_stopped(narrow):
    first, _ = begun(narrow, VISIT, WHEN)
    next(first)
    second, visit = begun(narrow, replace(VISIT, session="two"), WHO)
    page.stop(narrow, visit)
    assert states(second) == [(WHO, "stopped")]
    assert states(first) == [(WHEN, "answered")]


def test_where_too_many_wait_a_question_stays_in_its_box(narrow):
    first, _ = begun(narrow, VISIT, WHEN)
    second, _ = begun(narrow, replace(VISIT, session="two"), WHO)
    third = replace(VISIT, session="three", text=WHERE)
    assert list(page.ask(narrow, third)) == [
        {"warning": "Many questions are waiting. Try again in a moment."}
    ]
    second.close()  # its page was closed
    first.close()
    assert states(page.ask(narrow, third))[-1] == (WHERE, "abstained")


def test_what_waits_is_not_asked_in_another_conversation(desk):
    first, visit = begun(desk, VISIT, WHEN)
    second = page.ask(desk, replace(visit, text=WHO))
    next(second)
    page.fresh(desk, visit)
    assert states(first) == states(second) == []
    assert kept(desk) == [WHEN]


def test_a_page_that_is_closed_takes_what_waits_along(desk):
    first, visit = begun(desk, VISIT, WHEN)
    second = page.ask(desk, replace(visit, text=WHO))
    next(second)
    second.close()
    first.close()
    assert states(page.ask(desk, replace(VISIT, text=WHO)))[-1] == (WHO, "answered")


def test_after_a_reload_in_the_middle_of_an_answer_the_conversation_goes_on(desk):
    visit = asked(desk, VISIT, WHEN)
    steps, _ = begun(desk, visit, WHO)
    reloaded = replace(visit, talk=None, link=visit.talk.id, session="two")
    reloaded = replace(reloaded, talk=page.look(desk, reloaded)["talk"])
    steps.close()
    after = asked(desk, reloaded, WHO)
    assert [turn.state for turn in after.talk.turns] == ["answered", "stopped", "answered"]
    assert kept(desk) == [WHEN]


def test_a_conversation_deleted_in_another_tab_does_not_come_back(desk):
    visit = asked(desk, VISIT, WHEN)
    page.delete_talk(desk, replace(visit, session="two", sent={"talk": visit.talk.id}))
    after = asked(desk, visit, WHO)
    assert "was deleted" in after.talk.unkept
    assert kept(desk) == []


def test_the_reader_does_not_go_on_showing_an_answer_that_is_replaced(desk):
    visit = asked(desk, VISIT, WHEN)
    first = next(page.ask(desk, replace(visit, text=WHO)))
    assert "reader" not in first  # a further question leaves it as it is
    desk.lines.clear("one")
    edited = next(page.ask(desk, replace(visit, text=WHO, editing=0)))
    assert edited["reader"] == page.render.show_reader_empty()
    desk.lines.clear("one")


def test_a_page_that_was_forgotten_shows_what_its_question_is_asked_of(desk):
    steps = page.ask(desk, replace(VISIT, talk=None, text=WHEN))
    assert {"library", "answerer", "shelf", "chosen"} <= next(steps).keys()
    steps.close()


def test_editing_can_be_left(desk):
    visit = asked(desk, VISIT, WHEN)
    begun_edit = page.edit(desk, visit)
    assert begun_edit["box"] == WHEN
    assert begun_edit["stop"] == "Cancel"
    assert 'data-asking="editing"' in begun_edit["masthead"]
    left = page.stop(desk, replace(visit, editing=begun_edit["editing"], text="Whe"))
    assert (left["box"], left["editing"]) == ("", None)
    assert left["send"] == "Ask"
    assert "data-asking" not in left["masthead"]


def test_a_vote_on_one_answer_leaves_that_on_another_in_its_place(desk):
    visit = asked(desk, VISIT, WHEN)
    page.vote(desk, replace(visit, sent={"turn": "0", "vote": "down", "reason": "wrong"}))
    visit = asked(desk, replace(visit, editing=0), WHO)
    page.vote(desk, replace(visit, sent={"turn": "0", "vote": "up", "reason": ""}))
    page.vote(desk, replace(visit, sent={"turn": "0", "vote": "down", "reason": ""}))
    rows = Feedback(desk.settings.index / "feedback.sqlite3").all()
    assert [(row.answer["question"], row.vote) for row in rows] == [(WHEN, "down"), (WHO, "down")]
