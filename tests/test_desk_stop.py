"""Stop: whatever a model server does at that moment, its connection is closed and its slot free."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from fault_server import FaultHTTPServer, FaultServer

from rag import Article, Assistant
from rag.desk import Desk, answer_turn
from rag.llm import EndpointModel
from rag.turn import Turn
from rag.types import Delta, Done, Retrieved, Rewritten

QUESTION = "Why did the summit end?"
TEXT = "The summit ended without an agreement. The hosts blamed the weather. Nobody signed."
AT_WORK = [
    *("stalls_before_headers", "stalls_before_first_token", "stalls_in_stream"),
    *("pings_for_ever", "drips"),  # not one of its words can be verified
]
SECONDS = 2.0


@pytest.fixture(scope="module")
def summit() -> Iterator[Assistant]:
    with Assistant.from_articles([Article("summit", TEXT, "The summit")]) as assistant:
        yield assistant


@pytest.fixture(params=AT_WORK)
def server(request: pytest.FixtureRequest) -> Iterator[FaultHTTPServer]:
    with FaultServer(request.param) as running:
        yield running


def a_desk(summit: Assistant, server: FaultHTTPServer) -> Desk:
    """A desk whose model would wait for a minute, as it does by default."""
    model = EndpointModel(server.url, "any", context_tokens=4096)
    return Desk(lambda: summit.settings, Assistant(summit.index, llm=model))


def begun(turns: Iterator[Turn], server: FaultHTTPServer) -> None:
    """Follows a turn until the server is at work on it."""
    while not server.open:
        next(turns)


def test_stop_reaches_the_model(summit: Assistant, server: FaultHTTPServer) -> None:
    stop = threading.Event()
    turns = answer_turn(a_desk(summit, server), Turn(QUESTION), stopped=stop.is_set)
    begun(turns, server)
    stop.set()
    *_, last = turns
    assert last.state == "stopped"
    assert server.is_free_within(SECONDS)


def test_closing_the_turn_reaches_the_model(summit: Assistant, server: FaultHTTPServer) -> None:
    turns = answer_turn(a_desk(summit, server), Turn(QUESTION))
    begun(turns, server)
    turns.close()
    assert server.is_free_within(SECONDS)


def test_closing_the_desk_waits_no_longer_than_the_model_takes_to_stop(
    summit: Assistant, server: FaultHTTPServer
) -> None:
    desk = a_desk(summit, server)
    turns = answer_turn(desk, Turn(QUESTION))
    begun(turns, server)
    desk.close(timeout=SECONDS)
    assert server.is_free_within(0.5)
    turns.close()


def test_what_a_stream_shows_has_no_beats() -> None:
    with FaultServer("good") as server:
        model = EndpointModel(server.url, "any", context_tokens=4096)
        with Assistant.from_articles([Article("summit", TEXT)], llm=model) as assistant:
            events = list(assistant.stream(QUESTION))
            beating = list(assistant.stream(QUESTION).with_beats())
    assert [type(event) for event in events] == [Rewritten, Retrieved, Delta, Done]
    assert all(event.text for event in events if isinstance(event, Delta))
    kinds = [type(event) for event in beating if event is not None]
    assert kinds == [Rewritten, Retrieved, Delta, Done]
    assert None in beating
