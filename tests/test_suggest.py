"""What to ask next: tried on the very articles from which it will be answered."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from rag import Article, Assistant, article_list, page
from rag.asking import Asking
from rag.desk import Desk
from rag.page import Visit
from rag.settings import Settings
from rag.shelf import ALL, Shelf
from rag.suggest import follow_ups
from rag.turn import Talk, Turn

WHEN = "When did the harbour of Varde open?"
HARBOUR = "The harbour of Varde opened in 1911.\n\nGuests came with Ada Quist, in two boats."
FERRY = "Ada Quist said that the ferry was late.\n\nAda Quist said that it would not sail again."
TICKED = Shelf(ticked=("harbour",))
DATED = Shelf(until=datetime.date(1920, 1, 1))


@pytest.fixture(scope="module")
def assistant():
    articles = [
        Article("harbour", HARBOUR, "The harbour", published=datetime.date(1911, 5, 1)),
        Article("ferry", FERRY, "The ferry", published=datetime.date(1958, 5, 1)),
    ]
    with Assistant.from_articles(articles, answerer="quote") as it:
        yield it


def turn(assistant, shelf):
    return Turn(WHEN, answer=asked(assistant, WHEN, shelf))


def asked(assistant, question, shelf):
    limits = {"articles": shelf.ticked, "since": shelf.since, "until": shelf.until}
    return assistant.ask(question, **limits)


@pytest.mark.parametrize("shelf", [TICKED, DATED])
def test_what_is_offered_is_answered_within_the_ticks_and_dates(assistant, shelf):
    turns = [turn(assistant, shelf)]
    # without them the other article would answer a question that this one raises
    assert "What do the articles say about Ada Quist?" in follow_ups(assistant, turns)
    for question in follow_ups(assistant, turns, shelf=shelf):
        assert not asked(assistant, question, shelf).abstained
        assert "Ada Quist" not in question


def test_the_page_tries_them_within_its_ticks(assistant):
    settings = Settings.load()
    desk = Desk(lambda: settings, assistant)
    visit = Visit(talk=Talk((turn(assistant, TICKED),)), shelf=TICKED, session="one")
    assert "Ada Quist" not in page.suggest(desk, visit)["follow"]
    assert "Ada Quist" in page.suggest(desk, replace(visit, shelf=ALL))["follow"]


@pytest.mark.parametrize("limit", [{"article": "harbour", "on": True}, {"until": "1920-01-01"}])
def test_what_is_found_within_limits_that_changed_meanwhile_is_not_shown(
    assistant, limit, monkeypatch
):
    settings = Settings.load()
    desk = Desk(lambda: settings, assistant)
    visit = Visit(talk=Talk((turn(assistant, ALL),)), session="one")
    change = article_list.tick if "on" in limit else article_list.arrange

    def changed_meanwhile(*arguments):
        found = follow_ups(*arguments)
        change(desk, replace(visit, sent=limit))
        return found

    monkeypatch.setattr(page, "follow_ups", changed_meanwhile)
    assert page.suggest(desk, visit) == {}


def test_it_tries_none_while_others_wait_for_an_answer(assistant):
    settings = Settings.load(concurrency=1)
    desk = Desk(lambda: settings, assistant)
    visit = Visit(talk=Talk((turn(assistant, ALL),)), session="one")
    answered, waits = Asking(), Asking()
    for session, asking in (("two", answered), ("three", waits)):
        assert desk.lines.join(session, asking)
        desk.lines.ahead(asking, 0)
    assert "Ada Quist" not in page.suggest(desk, visit)["follow"]
    desk.lines.leave("three", waits)
    assert "Ada Quist" in page.suggest(desk, visit)["follow"]
