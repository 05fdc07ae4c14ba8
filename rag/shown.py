"""Many of a noun, and how a notebook shows them: passages, articles, the events of an answer.

Passages   a tuple of Passage     shown as a list, to_pandas()
Articles   a list of ArticleInfo  shown as a table, to_pandas()
Stream     a generator of Event   shown while it runs, .answer
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec

from rag.errors import InputError
from rag.types import Answer, ArticleInfo, Done, Event, Passage

Given = ParamSpec("Given")


class Passages(tuple[Passage, ...]):
    """The passages of one question, best first: a tuple that a notebook shows as a list.

    `articles` describes the articles they come from, by id.
    """

    articles: Mapping[str, ArticleInfo]

    def __new__(
        cls, passages: Iterable[Passage] = (), articles: Mapping[str, ArticleInfo] | None = None
    ) -> Passages:
        made = super().__new__(cls, passages)
        made.articles = articles or {}
        return made

    def to_pandas(self) -> Any:
        """A DataFrame with a row a passage. Raises InputError where pandas is not installed."""
        from rag.notebook import passages_to_frame

        return passages_to_frame(self, self.articles)

    def _repr_html_(self) -> str:
        from rag.notebook import passages_to_html

        return passages_to_html(self, self.articles)


class Articles(list[ArticleInfo]):
    """Every article without its text: a list that a notebook shows as a table."""

    def to_pandas(self) -> Any:
        """A DataFrame with a row an article. Raises InputError where pandas is not installed."""
        from rag.notebook import articles_to_frame

        return articles_to_frame(self)

    def to_html(self, heading: str = "") -> str:
        """The table as HTML, under a heading."""
        from rag.notebook import articles_to_html

        return articles_to_html(self, heading)

    def _repr_html_(self) -> str:
        return self.to_html()


class Stream(Generator[Event, None, None]):
    """The events of one answer, as they come. As the value of a notebook's cell it shows live.

    Closing it stops the model. Iterate over it once, or ask for `answer`.
    """

    def __init__(self, events: Generator[Event | None, None, None]) -> None:
        self._events = events
        self._answer: Answer | None = None

    @property
    def answer(self) -> Answer:
        """The whole answer; what has not been read of the stream is read first.

        Raises what the stream raises, and InputError if it was closed before its end.
        """
        for _ in self:
            pass
        if self._answer is None:
            raise InputError("the stream was closed before its answer was whole")
        return self._answer

    def with_beats(self) -> Iterator[Event | None]:
        """The events, and None while a model is at work: several times a second, to close it at.

        A thread that waits for an event cannot close the stream, nor can any other.
        """
        for event in self._events:
            self._note(event)
            yield event

    def send(self, value: None) -> Event:
        while (event := self._events.send(value)) is None:
            pass
        self._note(event)
        return event

    def _note(self, event: Event | None) -> None:
        if isinstance(event, Done):
            self._answer = event.answer

    def throw(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Event:
        error = kind if isinstance(kind, BaseException) else value or kind()
        assert isinstance(error, BaseException)
        event = self._events.throw(error)
        self._note(event)
        return self.send(None) if event is None else event

    def close(self) -> None:
        self._events.close()

    def _ipython_display_(self) -> None:
        from rag.notebook.live import show_live

        show_live(self)


def as_stream(
    make: Callable[Given, Generator[Event | None, None, None]],
) -> Callable[Given, Stream]:
    """Makes a function that yields events, and None while it works, give them as a Stream."""

    @wraps(make)
    def made(*args: Given.args, **kwargs: Given.kwargs) -> Stream:
        return Stream(make(*args, **kwargs))

    return made
