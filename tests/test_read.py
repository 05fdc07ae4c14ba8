"""Reading: the order worked by hand, what is handed on, and what the trace says of the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Article, Assistant, Settings
from rag.errors import InputError
from rag.read import SHARE, read, wanted
from rag.reader import Reading
from rag.retrieve import Retrieval
from rag.types import Candidate, Passage, Span


class Told:
    """A reader that says what it is told to, of passages named by their texts."""

    name = "told"

    def __init__(self, answerable: dict[str, float]) -> None:
        self._answerable = answerable

    def read(
        self, question: str, passages: Sequence[str], headers: Sequence[str] | None = None
    ) -> list[Reading]:
        return [Reading(0, 1, 0.0, self._answerable[text]) for text in passages]


def found(scores: dict[str, float]) -> Retrieval:
    passages = tuple(
        Passage(Span(text, 0, len(text), "v"), text, score) for text, score in scores.items()
    )
    candidates = tuple(Candidate(span=passage.span, used=True) for passage in passages)
    unread = Candidate(span=Span("unread", 0, 1, "v"), dropped="not among the 3 best")
    return Retrieval(passages, (*candidates, unread), {})


def test_the_order_is_the_retrievals_score_and_a_share_of_the_readers() -> None:
    # ln(.9/.1) = 2.197 and ln(.01/.99) = -4.595, of which three tenths count:
    # a 1.0 + 0, b 0.9 + .659 = 1.559, c 0.5 - 1.379 = -0.879.
    assert SHARE == 0.3
    retrieved = found({"a": 1.0, "b": 0.9, "c": 0.5})
    reader = Told({"a": 0.5, "b": 0.9, "c": 0.01})

    handed_on, readings = read("Who?", retrieved, reader, k=2)

    assert [passage.text for passage in handed_on.passages] == ["b", "a"]
    assert [passage.score for passage in handed_on.passages] == pytest.approx(
        [1.559, 1.0], abs=1e-3
    )
    assert [reading.answerable for reading in readings] == [0.9, 0.5]
    marked = {c.span.article_id: c for c in handed_on.candidates}
    assert [(marked[n].read_rank, marked[n].used) for n in "abc"] == [
        (2, True),
        (1, True),
        (3, False),
    ]
    assert marked["c"].dropped == "not among the 2 best"
    assert marked["c"].read_score == 0.01
    assert marked["unread"].read_rank is None
    # Where something else has the last word, the order stays.
    as_it_was, _ = read("Who?", retrieved, reader, 2, share=0.0)
    assert [(p.text, p.score) for p in as_it_was.passages] == [("a", 1.0), ("b", 0.9)]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.floats(-3, 3), st.floats(0, 1))),
    st.integers(1, 9),
)
def test_the_best_are_handed_on_with_their_readings(
    told: dict[str, tuple[float, float]], k: int
) -> None:
    retrieved = found({text: score for text, (score, _) in told.items()})
    reader = Told({text: answerable for text, (_, answerable) in told.items()})

    handed_on, readings = read("Who?", retrieved, reader, k)

    assert len(handed_on.passages) == len(readings) == min(k, len(told))
    scores = [passage.score for passage in handed_on.passages]
    assert scores == sorted(scores, reverse=True)
    assert all(math.isfinite(score) for score in scores)
    for passage, reading in zip(handed_on.passages, readings, strict=True):
        assert reading.answerable == told[passage.text][1]
    used = {c.span for c in handed_on.candidates if c.used}
    assert used == {passage.span for passage in handed_on.passages}


def test_more_is_read_than_is_handed_on() -> None:
    assert [wanted(k) for k in (1, 2, 8)] == [2, 3, 12]


def test_of_two_summers_the_later_one_answers_unless_the_question_is_older() -> None:
    articles = [
        Article(
            id=str(year),
            title="Regatta",
            text=f"The summer regatta at Vardholm was won by {boat} after a close race.",
            published=f"{year}-07-01",
        )
        for year, boat in ((2021, "the Heron"), (2024, "the Plover"))
    ]
    with Assistant.from_articles(articles, settings=Settings.load(passages=1)) as assistant:
        question = "Which boat won the summer regatta at Vardholm?"

        assert assistant.ask(question).citations[0].span.article_id == "2024"
        earlier = assistant.ask(question, asked="2021-08-01")
        assert earlier.citations[0].span.article_id == "2021"
        assert len(earlier.passages) == 1
        with pytest.raises(InputError, match="not a date"):
            next(assistant.stream(question, asked="last week"))
        named = assistant.ask("Which boat won the summer regatta at Vardholm in 2021?")
        assert named.citations[0].span.article_id == "2021"
