"""Votes on answers: kept whole, the last one counts, and a failure is an Error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.errors import Error
from rag.feedback import Feedback
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
