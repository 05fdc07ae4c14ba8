"""What to ask next: questions about the articles that were tried and are answered.

    follow_ups(assistant, turns, stopped, shelf) -> at most three, none asked before, none that
                                                    would only show again what was shown

Trying is done by quoting, which needs no model: one may be slow and may cost money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.shelf import ALL, Shelf
from rag.starters import candidates
from rag.turn import Turn
from rag.types import Answer, Done, Span

if TYPE_CHECKING:
    from rag.assistant import Assistant

MOST = 3
_TRIES = 8


class Searches:
    """The newest search of each session for what to ask next."""

    def __init__(self) -> None:
        self._newest: dict[str, object] = {}

    def begin(self, session: str) -> object:
        """A new search, which ends the one before it."""
        mine = self._newest[session] = object()
        return mine

    def forget(self, session: str) -> None:
        """Ends the search of a session: what it finds is not asked for any more."""
        self._newest.pop(session, None)

    def is_newest(self, session: str, search: object) -> bool:
        return self._newest.get(session) is search


def is_answered(assistant: Assistant, question: str) -> bool:
    """Whether the articles answer a question."""
    return bool(_quoted(assistant, question))


def follow_ups(
    assistant: Assistant,
    turns: Sequence[Turn],
    stopped: Callable[[], bool] = lambda: False,
    shelf: Shelf = ALL,
) -> tuple[str, ...]:
    """Questions that follow from the last answer; none where it is no answer or `stopped`.

    They are about what its articles say near the quoted words, and each brings something new.
    They are tried on the articles that `shelf` leaves, from which they will be answered.
    Raises the Error of an index that fails.
    """
    answer = turns[-1].answer if turns else None
    if answer is None:
        return ()
    seen = {citation.span for turn in turns if turn.answer for citation in turn.answer.citations}
    found: list[str] = []
    for question in _worth_trying(answer, turns):
        if stopped() or len(found) == MOST:
            break
        spans = _quoted(assistant, question, shelf)
        if spans and not spans <= seen:
            found.append(question)
            seen |= spans
    return tuple(found)


def _worth_trying(answer: Answer, turns: Sequence[Turn]) -> Iterator[str]:
    """Questions made from the passages of an answer, the quoted ones first."""
    asked = {_plain(text) for turn in turns for text in (turn.question, turn.query)}
    spans = [citation.span for citation in answer.citations]
    passages = sorted(
        answer.passages, key=lambda passage: not any(_holds(passage.span, span) for span in spans)
    )
    made = candidates((passage.text for passage in passages), limit=_TRIES + len(asked))
    fresh = (question for question in made if _plain(question) not in asked)
    return (question for question, _ in zip(fresh, range(_TRIES), strict=False))


def _quoted(assistant: Assistant, question: str, shelf: Shelf = ALL) -> set[Span]:
    """The words that the articles answer a question with; none where they do not."""
    *_, done = assistant.stream(
        question,
        articles=shelf.ticked,
        since=shelf.since,
        until=shelf.until,
        answerer="quote",
    )
    assert isinstance(done, Done)
    return {citation.span for citation in done.answer.citations}


def _holds(outer: Span, inner: Span) -> bool:
    return outer.article_id == inner.article_id and outer.start <= inner.start < outer.end


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?!. ")
