"""The desk: opening in the background, and one question followed to its end."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from rag import page, render
from rag.desk import UNEXPECTED, Desk, answer_turn
from rag.errors import IndexMissing, ModelTimeout
from rag.page import Visit
from rag.settings import Settings
from rag.shelf import Shelf
from rag.shown import as_stream
from rag.turn import Turn, past_messages
from rag.types import (
    Answer,
    Article,
    ArticleInfo,
    Citation,
    Delta,
    Done,
    Passage,
    Retrieved,
    Rewritten,
    Sentence,
    Span,
)

PASSAGE = Passage(Span("a", 0, 4), "Yes.", 1.0)
ANSWER = Answer("Why?", "Why?", (Sentence("Yes.", (), "supported"),), (PASSAGE,), False, "quote")


class Scripted:
    """An assistant that plays back events, and raises an exception where one is in the list."""

    answerer = "quote"

    def __init__(self, *events) -> None:
        self.events = events
        self.calls: list[dict] = []
        self.closing = threading.Event()

    def articles(self):
        return []

    @as_stream
    def stream(self, question, **filters):
        self.calls.append({"question": question, **filters})
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closing.set()


def a_desk(*events) -> Desk:
    return Desk(Settings.load, Scripted(*events))


def test_a_question_is_followed_to_its_answer():
    desk = a_desk(
        Rewritten("Why so?"), Retrieved((PASSAGE,)), Delta("Ye"), Delta("s."), Done(ANSWER)
    )
    seen = list(answer_turn(desk, Turn("Why?")))
    assert [turn.state for turn in seen] == ["waiting", "waiting", "writing", "writing", "answered"]
    assert [turn.partial for turn in seen][2:4] == ["Ye", "Yes."]
    assert seen[0].query == "Why so?"
    assert seen[1].waiting == "Reading 1 passage of 1 article"


def test_a_failure_is_an_error_with_its_own_words_and_not_an_answer():
    *_, last = answer_turn(a_desk(Delta("Ye"), ModelTimeout("no answer in 30 s")), Turn("Why?"))
    assert (last.state, last.error, last.answer) == ("failed", "no answer in 30 s", None)


def test_an_unexpected_failure_is_logged_and_said(caplog):
    (last,) = answer_turn(a_desk(RuntimeError("boom")), Turn("Why?"))
    assert last.error == UNEXPECTED
    assert "boom" in caplog.text


def test_a_question_that_is_too_long_is_refused_before_it_is_asked():
    desk = a_desk(Done(ANSWER))
    (last,) = answer_turn(desk, Turn("x" * 2001))
    assert last.error == "The question has 2,001 characters; at most 2,000 are allowed."


def test_stopping_returns_at_once_and_closes_the_stream_at_its_next_step():
    let_go = threading.Event()

    class Slow(Scripted):
        @as_stream
        def stream(self, question, **filters):
            yield Delta("Ye")
            let_go.wait(30)
            yield from super().stream(question)

    assistant = Slow(Delta("s."), Delta(" Or no."), Done(ANSWER))
    turns = answer_turn(Desk(Settings.load, assistant), Turn("Why?"))
    assert next(turns).partial == "Ye"
    assert next(turns).partial == "Ye"  # a beat: nothing new yet
    turns.close()
    let_go.set()
    assert assistant.closing.wait(30)


def test_a_stopped_turn_ends_as_far_as_it_got():
    desk = a_desk(Delta("Ye"), Delta("s."), Done(ANSWER))
    asked = iter([False, True])
    *_, last = answer_turn(desk, Turn("Why?"), stopped=lambda: next(asked))
    assert (last.state, last.partial, last.answer) == ("stopped", "Yes.", None)


def test_history_and_articles_are_handed_on():
    assistant = Scripted(Done(ANSWER))
    before = [Turn("First?", answer=ANSWER), Turn("Lost?", error="down")]
    list(
        answer_turn(
            Desk(Settings.load, assistant), Turn("Why?"), past_messages(before), Shelf(("a",))
        )
    )
    assert assistant.calls == [
        {
            "question": "Why?",
            "history": [("user", "First?"), ("assistant", "Yes.")],
            "articles": ("a",),
            "since": None,
            "until": None,
            "answerer": None,
        }
    ]


def test_a_question_searched_for_in_other_words_leaves_the_history_out():
    assistant = Scripted(Done(ANSWER))
    turn = Turn("Why?", asked_as="Why did they part?", answerer="embedded")
    *_, last = answer_turn(Desk(Settings.load, assistant), turn, [("user", "Who?")])
    (call,) = assistant.calls
    assert (call["question"], call["history"]) == ("Why did they part?", [])
    assert call["answerer"] == "embedded"
    assert last.answer.question == "Why?"


def test_who_answers_by_itself_is_said_as_if_chosen():
    assistant = Scripted(Done(replace(ANSWER, model="small-1")))
    assistant.answerer = "endpoint"
    *_, last = answer_turn(Desk(Settings.load, assistant), Turn("Why?"))
    assert assistant.calls[0]["answerer"] is None  # the assistant's own
    assert last.answerer == "endpoint"
    assert "Written by small-1 on a model server" in render.show_turn(last, 0)


def test_quotations_that_stand_in_for_a_draft_are_not_said_to_be_written_by_the_model():
    quoted = Sentence("Yes.", (Citation(Span("a", 0, 4), "Yes.", 1.0),), "supported")
    assistant = Scripted(Done(replace(ANSWER, model="small-1", sentences=(quoted,))))
    assistant.answerer = "endpoint"
    *_, last = answer_turn(Desk(Settings.load, assistant), Turn("Why?"))
    assert "Quoted from the articles word for word" in render.show_turn(last, 0)


def test_the_model_server_can_be_chosen_only_where_one_is_set_up():
    desk = Desk(lambda: Settings.load(answerer="embedded"))
    assert desk.answerers[0] == "embedded"
    assert "endpoint" not in desk.answerers
    assert "endpoint" in Desk(lambda: Settings.load(model_url="http://127.0.0.1:9/v1")).answerers


def test_no_settings_are_read_before_they_are_needed():
    def load():
        raise AssertionError("read too early")

    assert Desk(load).status == "loading"


def test_a_missing_index_is_said_and_looked_for_again(tmp_path):
    settings = Settings.load(index=tmp_path / "none")
    desk = Desk(lambda: settings)
    assert desk.wait(60)
    assert desk.status == "missing"
    (last,) = answer_turn(desk, Turn("Why?"))
    assert last.state == "failed"
    assert last.error.startswith("no index at none: ")  # its folders are the server's business


def test_questions_wait_while_the_articles_are_being_opened(monkeypatch):
    let_go = threading.Event()
    desk = Desk(Settings.load)

    def slow_open():
        let_go.wait(10)
        desk._error = IndexMissing("gone")
        desk._opened.set()

    monkeypatch.setattr(desk, "_open", slow_open)
    turns = answer_turn(desk, Turn("Why?"))
    assert next(turns).waiting == "Getting ready; your question is next"
    let_go.set()
    assert list(turns)[-1].error == "gone"


class Shrinking:
    """An assistant that answers everything, slowly at first; its articles can be taken out."""

    def __init__(self, *texts: str) -> None:
        self.texts = dict(enumerate(texts))
        self.trying = threading.Semaphore(0)
        self.answer = threading.Semaphore(0)

    def articles(self):
        return [ArticleInfo(str(n), "", "", None, "", 9) for n in self.texts]

    def article(self, article_id):
        return Article(article_id, self.texts[int(article_id)])

    def stream(self, question, **filters):
        self.trying.release()
        assert self.answer.acquire(timeout=30)
        citation = Citation(Span("0", 0, 4), "Yes.", 1.0)
        yield Done(replace(ANSWER, sentences=(Sentence("Yes.", (citation,), "supported"),)))


def settle(desk):
    deadline = time.monotonic() + 30
    while not desk.settled and time.monotonic() < deadline:
        time.sleep(0.01)
    return desk.starters


def test_of_two_searches_for_starters_the_later_one_counts():
    text = "{0} Moor said no, {0} Gray said no, {0} Lamb said no, {0} Reed said no."
    assistant = Shrinking(text.format("Ada"), text.format("Bob"))
    desk = Desk(Settings.load, assistant)
    desk.look_again()
    assert assistant.trying.acquire(timeout=30)  # the first search is under way
    del assistant.texts[0]
    desk.look_again()
    assert assistant.trying.acquire(timeout=30)
    assistant.answer.release(50)
    starters = settle(desk)
    time.sleep(0.3)  # the first search is over, too
    assert desk.starters == starters
    assert len(set(starters)) == len(starters) == 3
    assert not [question for question in starters if "Ada" in question]


def test_a_message_names_the_index_without_its_folders(tmp_path):
    folder = tmp_path / "anna" / "index"
    settings = Settings.load(index=folder)
    desk = Desk(lambda: settings)
    said = desk.said(IndexMissing(f"{folder} is damaged: {folder}/catalog.sqlite3 is gone"))
    assert said == "index is damaged: index/catalog.sqlite3 is gone"
    desk.wait(60)
    page_shown = page.look(desk, Visit())["current"]
    assert "anna" not in page_shown
    assert '<code dir="auto">index</code>' in page_shown
