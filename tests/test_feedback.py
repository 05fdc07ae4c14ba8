"""Votes on answers: kept whole, the last one counts, and a failure is an Error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from rag.desk import Desk
from rag.errors import Error
from rag.feedback import Feedback
from rag.settings import Settings
from rag.types import Answer, Citation, Sentence, Span

QUOTE = "Ja 👩‍👩‍👧 \ud800 שלום"
SENTENCE = Sentence(QUOTE, (Citation(Span("a", 0, len(QUOTE)), QUOTE, 1.0),), "supported")
ANSWER = Answer("Why?", "Why?", (SENTENCE,), (), False, "quote")


def test_no_file_has_no_votes(tmp_path):
    assert Feedback(tmp_path / "votes").all() == ()


def test_a_vote_comes_back_with_the_whole_answer(tmp_path):
    votes = Feedback(tmp_path / "votes")
    votes.add(ANSWER, "down", "wrong", voter="v", turn=0)
    (row,) = votes.all()
    assert (row.vote, row.reason) == ("down", "wrong")
    assert row.answer == ANSWER.to_dict()


def test_changing_ones_mind_replaces_the_vote(tmp_path):
    votes = Feedback(tmp_path / "votes")
    votes.add(ANSWER, "up", voter="v", turn=0)
    votes.add(ANSWER, "down", "wrong", voter="v", turn=0)
    votes.add(ANSWER, "up", voter="w", turn=0)
    assert [(row.vote, row.reason) for row in votes.all()] == [("down", "wrong"), ("up", "")]


def test_many_may_vote_at_once(tmp_path):
    votes = Feedback(tmp_path / "votes")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: votes.add(ANSWER, "up", voter=str(n), turn=0), range(40)))
    assert len(votes.all()) == 40


def test_a_vote_that_cannot_be_kept_is_an_error(tmp_path):
    with pytest.raises(Error, match="could not be kept"):
        Feedback(tmp_path / "no such folder" / "votes").add(ANSWER, "up", voter="v", turn=0)


def test_votes_that_cannot_be_read_are_an_error(tmp_path):
    path = tmp_path / "votes"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(Error, match="the votes in votes cannot be read"):
        Feedback(path).all()


def test_every_one_of_many_votes_at_once_becomes_a_case(tmp_path):
    settings = Settings.load(index=tmp_path)
    desk = Desk(lambda: settings)
    answers = [replace(ANSWER, question=f"Why {n}?", query=f"Why {n}?") for n in range(100)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda it: desk.vote(it, "down", "", voter=it.query, turn=0), answers))
    cases = (tmp_path / "disliked.jsonl").read_text("utf-8").splitlines()
    assert len(cases) == 100
    assert not list(tmp_path.glob("*.part"))
