"""Every way a model server goes wrong, seen by who asks: an answer in time that says what it is.

Either quotations stand in, or what the model had said was checked and is kept. Both times the
passages are there, the answer is not called complete, and it is no abstention.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterator

import pytest
from fault_server import MODES, FaultHTTPServer, FaultServer
from test_llm_endpoint import FAULTS, KEY, QUICK

from rag import Answer, Article, Assistant
from rag.draft import NOTHING_HELD, REPEATED
from rag.llm import EndpointModel, choice
from rag.settings import Settings

QUESTION = "Why did the summit end?"
FIRST = "The summit ended without an agreement."
TEXT = f"{FIRST} The hosts blamed the weather. Nobody signed."
BUSY = 15.0  # seconds that retrieval and the check may take where other tests run beside this
REASONS = {"length": "limit of 256 tokens"}  # the assistant allows more


@pytest.fixture(scope="module")
def server() -> Iterator[FaultHTTPServer]:
    with FaultServer("good") as running:
        yield running


@pytest.fixture(scope="module")
def summit(server: FaultHTTPServer) -> Iterator[Assistant]:
    settings = Settings.load(
        answerer="endpoint", model_url=server.url, model_name="any", api_key=KEY
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        Assistant.from_articles([Article("summit", TEXT, "The summit")], settings=settings) as made,
    ):
        # there is no setting for the model's time, and its own is a minute
        patch.setattr(choice, "EndpointModel", functools.partial(EndpointModel, timeouts=QUICK))
        made.ask(QUESTION)  # warm
        yield made


def ask(summit: Assistant, server: FaultHTTPServer, mode: str) -> Answer:
    """What a model answers that knows the server in this mode alone."""
    server.mode = mode
    return Assistant(summit.index).ask(QUESTION)


@pytest.mark.parametrize("mode", sorted(set(FAULTS) - {"flood"}))
def test_a_fault_is_an_answer_that_says_so(
    summit: Assistant, server: FaultHTTPServer, mode: str
) -> None:
    _, reason, _, limit = FAULTS[mode]
    reason = REASONS.get(mode, reason)
    started = time.monotonic()
    answer = ask(summit, server, mode)
    assert time.monotonic() - started < limit + BUSY
    assert not answer.complete
    assert not answer.abstained
    assert answer.passages
    assert answer.model == "any"
    assert re.search(reason, answer.notice)
    assert KEY not in repr(answer.to_dict())
    if mode == "cut_later":
        assert answer.text == f"{FIRST} Nobody signed."
        assert answer.notice.endswith("What it said before was checked.")
    else:
        assert answer.text == Assistant(summit.index, answerer="quote").ask(QUESTION).text
        assert answer.notice.endswith("These are quotations.")
    assert answer.citations[0].quote == FIRST


def test_a_flood_of_one_word_is_stopped_for_going_in_circles(
    summit: Assistant, server: FaultHTTPServer
) -> None:
    answer = ask(summit, server, "flood")
    assert answer.text == Assistant(summit.index, answerer="quote").ask(QUESTION).text
    assert not answer.complete
    assert answer.passages
    assert answer.notice == f"{REPEATED} {NOTHING_HELD}"


@pytest.mark.parametrize("mode", sorted(set(MODES) - set(FAULTS) - {"all_false"}))
def test_a_whole_answer_is_complete(summit: Assistant, server: FaultHTTPServer, mode: str) -> None:
    answer = ask(summit, server, mode)
    assert (answer.text, answer.complete, answer.notice) == (FIRST, True, "")
    assert answer.citations[0].quote == FIRST


def test_a_draft_of_which_nothing_is_true_shows_nothing_of_it(
    summit: Assistant, server: FaultHTTPServer
) -> None:
    answer = ask(summit, server, "all_false")
    assert all(s.text in TEXT for s in answer.sentences)
    assert not answer.abstained
    assert answer.passages
    drafted = [checked.draft for checked in answer.trace.checked]
    assert drafted == ["The summit ended with a treaty.", "A million people signed."]
    assert all(checked.action != "kept" for checked in answer.trace.checked)
