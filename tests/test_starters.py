"""Starter questions: made from names and events of the articles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.starters import candidates

TEXT = """The engagement ended after the 2019 Hanoi summit in Vietnam.

Ada Lovelace, who lived in London, said the engine would weave patterns.

The plan was welcomed by Charles Babbage, and the North Korean leader stayed away."""


def test_events_come_first_then_people_by_what_they_do():
    assert candidates([TEXT]) == (
        "What happened at the Hanoi summit?",
        "What did Ada Lovelace say?",
        "What do the articles say about Charles Babbage?",
    )


@given(st.lists(st.text()))
def test_any_text_gives_few_and_different_questions(texts):
    found = candidates(texts, limit=4)
    assert len(found) <= 4
    assert len(set(found)) == len(found)
