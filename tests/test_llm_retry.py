"""What a server says of a request, how long to wait, and work that outlasts its time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from rag.llm import EndpointModel
from rag.llm.cancellable import Cancellable
from rag.llm.retry import Dialect, retry_after


def test_tokens_are_estimated_on_the_high_side() -> None:
    model = EndpointModel("http://h/v1", "any")
    assert model.count_tokens("") == 0
    assert model.count_tokens("abcd") == 2  # 4 bytes / 3, rounded up
    assert model.count_tokens("中文") == 2  # 6 bytes / 3


def test_a_limit_that_is_too_large_is_no_unknown_parameter() -> None:
    request = {"max_tokens": 9000, "stop": ["x"]}
    dialect = Dialect()
    assert not dialect.learn("'max_tokens' or 'max_completion_tokens' is too large: 9000", request)
    assert dialect.translate(request) == request
    assert dialect.learn("Unsupported parameter: 'max_tokens'", request)
    assert "max_completion_tokens" in dialect.translate(request)


def test_work_is_over_though_a_thread_of_it_is_not() -> None:
    over = threading.Event()

    async def look_up(put: Callable[[str], None]) -> None:
        """As a name server that does not answer: the thread that waits for it cannot be stopped."""
        async with asyncio.timeout(0.1):
            await asyncio.get_running_loop().run_in_executor(None, over.wait)

    with pytest.raises(TimeoutError):
        Cancellable(look_up).run(print)
    assert not over.is_set()
    over.set()


def test_retry_after_is_read_as_seconds_or_date() -> None:
    assert retry_after(None) is None
    assert retry_after("7") == 7
    assert retry_after("-7") == 0
    assert retry_after("soon") is None
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0  # long past
