"""What happens on a page while an answer is on its way, without the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag import Article, Assistant, page
from rag.desk import Desk
from rag.page import Visit
from rag.settings import Settings
from rag.turn import Talk

WHEN, WHO = "When did the mill burn?", "Who rebuilt the mill?"


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


def test_the_page_knows_that_an_answer_is_on_its_way_when_it_looks_again(desk):
    steps, visit = begun(desk, VISIT, WHEN)
    assert "New conversation" not in page.look(desk, visit)["masthead"]
    *_, over = steps
    visit = replace(visit, talk=over["talk"])
    assert "New conversation" in page.look(desk, visit)["masthead"]
