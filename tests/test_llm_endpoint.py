"""Endpoints: every way a model server goes wrong, served for real by tests/fault_server.py."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator

import pytest
from fault_server import ANSWER, LISTS, MODES, FaultHTTPServer, FaultServer

from rag.errors import ModelError, ModelOutput, ModelTimeout, ModelUnavailable, SettingsError
from rag.llm import Draft, EndpointModel, Message, Timeouts, endpoint
from rag.llm.address import find_context
from rag.types import Usage

ASKED = [Message("system", "Be brief."), Message("user", "Why did the summit end?")]
KEY = "sk-very-secret-1234567890"
QUICK = Timeouts(connect=1, first_token=1, stall=1, total=3)
SLACK = 3.0  # seconds a busy machine may take beyond a limit

# mode -> the error, a word of its message, the text that had arrived, the seconds it may take
FAULTS: dict[str, tuple[type[ModelError], str, str, float]] = {
    "unauthorized": (ModelUnavailable, "check api_key", "", 0),
    "unknown_model": (ModelUnavailable, "check model_name", "", 0),
    "busy_for_an_hour": (ModelUnavailable, "ask again later", "", 0),
    "broken": (ModelUnavailable, "out of memory", "", 2),
    "hangs_up": (ModelUnavailable, "hung up", "", 2),
    "redirect": (ModelUnavailable, "307", "", 0),
    "error_in_stream": (ModelUnavailable, "GPU on fire", "The summit ", 0),
    "stalls_before_headers": (ModelTimeout, "sent nothing for 1 s", "", 1),
    "stalls_before_first_token": (ModelTimeout, "sent nothing for 1 s", "", 1),
    "pings_for_ever": (ModelTimeout, "sent nothing for 1 s", "", 1),
    "stalls_in_stream": (ModelTimeout, "stopped sending for 1 s", "The summit ", 1),
    "drips": (ModelTimeout, "did not finish within 3 s", "word word", 3),
    "cut": (ModelOutput, "broke off", "The summit ended without ", 0),
    "cut_later": (ModelOutput, "broke off", f"{ANSWER} Nobody signed [1]. The hosts", 0),
    "cut_in_event": (ModelOutput, "broke off", "The summit ", 0),
    "cut_in_chunked": (ModelOutput, "broke off", "The summit ", 0),
    "garbage": (ModelOutput, "garbled", "", 0),
    "binary": (ModelOutput, "garbled", "", 0),
    "wrong_shape": (ModelOutput, "unknown shape", "", 0),
    "html": (ModelOutput, "text/html", "", 0),
    "empty": (ModelOutput, "answered nothing", "", 0),
    "no_finish": (ModelOutput, "broke off", ANSWER, 0),
    "length": (ModelOutput, "limit of 50 tokens", "The summit ended without ", 0),
    "filtered": (ModelOutput, "content_filter", "The summit ", 0),
    "reasoning_only": (ModelOutput, "only reasoned", "", 0),
    "reasons_too_long": (ModelOutput, "turn its thinking off", "", 0),
    "thinks_too_long": (ModelOutput, "thinking_tokens", "", 0),
    "error_object": (ModelUnavailable, "GPU on fire", "The summit ", 0),
    "flood": (ModelOutput, "more than 100,000 bytes", "word ", 2),
    "key_in_error": (ModelUnavailable, "Incorrect API key provided: …", "The summit ", 0),
    "key_in_finish": (ModelOutput, "ended with 'bad …'", "The summit ", 0),
    "key_in_type": (ModelOutput, "answered with … instead", "", 0),
    "key_in_status": (ModelUnavailable, "hung up", "", 2),
    "endless_event": (ModelOutput, "1,000,000 bytes", "", 2),
}
WHOLE = {
    "good",
    "busy_once",
    "old_server",
    "reasoning_then_answer",
    "thinking_in_text",
    "stays_open",
}


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[FaultHTTPServer]:
    with FaultServer(request.param) as running:
        yield running


def drain(draft: Draft) -> tuple[str, Usage]:
    """The whole text of a draft, and its usage."""
    text = ""
    while True:
        try:
            text += next(draft)
        except StopIteration as stop:
            return text, stop.value


def ask(server: FaultHTTPServer, **options: object) -> EndpointModel:
    return EndpointModel(server.url, "any", KEY, timeouts=QUICK, max_concurrent=1, **options)


def test_every_mode_of_the_fault_server_is_tested() -> None:
    assert set(MODES) == set(FAULTS) | WHOLE | {"ignores_stop", "all_false"}


@pytest.mark.parametrize("server", sorted(FAULTS), indirect=True)
def test_a_fault_is_an_error_in_time_and_never_a_whole_answer(server: FaultHTTPServer) -> None:
    error, message, arrived, limit = FAULTS[server.mode]
    model = ask(server)
    pieces: list[str] = []
    started = time.monotonic()
    with pytest.raises(error, match=message) as raised:
        pieces.extend(model.draft(ASKED, max_tokens=50))
    assert time.monotonic() - started < limit + SLACK
    assert "".join(pieces).startswith(arrived)
    assert "\n" not in str(raised.value)

    # the slot is free: of one slot, the next question gets it at once
    server.mode = "good"
    assert drain(model.draft(ASKED, max_tokens=50))[0] == ANSWER


@pytest.mark.parametrize("server", sorted(WHOLE), indirect=True)
def test_a_whole_answer_arrives(server: FaultHTTPServer) -> None:
    text, usage = drain(ask(server).draft(ASKED, max_tokens=50))
    assert text == ANSWER
    assert usage.completion_tokens > 0


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_what_is_asked_and_what_it_cost(server: FaultHTTPServer) -> None:
    model = ask(server)
    _, usage = drain(model.draft(ASKED, max_tokens=50, stop=["\n\n"]))
    assert usage == Usage(prompt_tokens=11, completion_tokens=7)
    sent = server.requests[0]
    assert sent["headers"]["Authorization"] == f"Bearer {KEY}"
    assert sent["body"]["messages"][1] == {"role": "user", "content": "Why did the summit end?"}
    assert sent["body"]["model"] == "any"
    assert sent["body"]["max_tokens"] == 50
    assert sent["body"]["stop"] == ["\n\n"]
    assert sent["body"]["temperature"] == 0


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_a_model_that_thinks_has_room_for_it(server: FaultHTTPServer) -> None:
    model = ask(server, thinking_tokens=1000, context_tokens=8192)
    drain(model.draft(ASKED, max_tokens=50))
    assert server.requests[0]["body"]["max_tokens"] == 1050
    assert model.context_tokens == 7192  # 8,192 - 1,000
    with pytest.raises(ModelUnavailable, match="thinking_tokens"):
        _ = ask(server, thinking_tokens=8192, context_tokens=8192).context_tokens


@pytest.mark.parametrize("server", ["ignores_stop"], indirect=True)
def test_a_stop_text_ends_the_answer_though_the_server_ignores_it(server: FaultHTTPServer) -> None:
    text, _ = drain(ask(server).draft(ASKED, max_tokens=50, stop=["\n\nQuestion:"]))
    assert text == ANSWER


@pytest.mark.parametrize("server", ["busy_once"], indirect=True)
def test_a_busy_server_is_asked_again_when_it_says(server: FaultHTTPServer) -> None:
    started = time.monotonic()
    drain(ask(server).draft(ASKED, max_tokens=50))
    assert time.monotonic() - started >= 1  # its Retry-After
    assert len(server.requests) == 2


@pytest.mark.parametrize("server", ["broken"], indirect=True)
def test_tries_are_bounded(server: FaultHTTPServer) -> None:
    with pytest.raises(ModelUnavailable):
        drain(ask(server, retries=1).draft(ASKED, max_tokens=50))
    assert len(server.requests) == 2


@pytest.mark.parametrize("server", ["stalls_in_stream"], indirect=True)
def test_nothing_is_tried_again_after_the_first_token(server: FaultHTTPServer) -> None:
    with pytest.raises(ModelTimeout):
        drain(ask(server).draft(ASKED, max_tokens=50))
    assert len(server.requests) == 1


@pytest.mark.parametrize("server", ["old_server"], indirect=True)
def test_a_server_that_knows_fewer_parameters_is_asked_in_its_own_way(
    server: FaultHTTPServer,
) -> None:
    model = ask(server)
    drain(model.draft(ASKED, max_tokens=50))
    asked = len(server.requests)
    drain(model.draft(ASKED, max_tokens=50))
    assert len(server.requests) == asked + 1  # it has learnt
    assert server.requests[-1]["body"]["max_completion_tokens"] == 50


@pytest.mark.parametrize("server", ["drips", "pings_for_ever", "stalls_before_headers"])
def test_closing_a_draft_ends_the_request_within_a_second(
    server: str, request: pytest.FixtureRequest
) -> None:
    slow = Timeouts(connect=5, first_token=60, stall=60, total=60)
    with FaultServer(server) as running:
        draft = EndpointModel(running.url, "any", timeouts=slow).draft(ASKED, max_tokens=50)
        next(draft)
        started = time.monotonic()
        draft.close()
        assert time.monotonic() - started < 1
        assert running.is_free_within(SLACK)


@pytest.mark.parametrize("server", ["drips"], indirect=True)
def test_no_more_requests_at_once_than_allowed(server: FaultHTTPServer) -> None:
    model = ask(server)
    first = model.draft(ASKED, max_tokens=50)
    next(first)
    second = model.draft(ASKED, max_tokens=50)
    assert [next(second) for _ in range(3)] == ["", "", ""]  # it waits
    assert len(server.requests) == 1
    first.close()
    assert "word" in "".join(next(second) for _ in range(5))
    second.close()


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_many_threads_share_one_model(server: FaultHTTPServer) -> None:
    model = EndpointModel(server.url, "any", timeouts=Timeouts(), max_concurrent=3)
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(drain(model.draft(ASKED, max_tokens=5))[0]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert texts == [ANSWER] * 8


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailable, match="is the model server running"):
            drain(EndpointModel(url, "any", timeouts=QUICK).draft(ASKED, max_tokens=5))


def test_a_server_that_never_accepts() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        fillers = [socket.socket() for _ in range(4)]  # fill its queue, so that nobody else fits
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            started = time.monotonic()
            model = EndpointModel(f"http://127.0.0.1:{address[1]}/v1", "any", timeouts=QUICK)
            with pytest.raises((ModelUnavailable, ModelTimeout)):
                drain(model.draft(ASKED, max_tokens=5))
            assert time.monotonic() - started < QUICK.total + SLACK
        finally:
            for filler in fillers:
                filler.close()


REPEATING = [mode for mode in MODES if mode.startswith("key_in_")]


@pytest.mark.parametrize(
    "server", ["unauthorized", "broken", "redirect", "good", *REPEATING], indirect=True
)
def test_the_key_is_in_no_message_log_or_repr(
    server: FaultHTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    model = ask(server, retries=0)
    caplog.set_level(logging.DEBUG)
    shown = [repr(model), str(vars(model))]
    try:
        drain(model.draft(ASKED, max_tokens=50))
    except ModelError as error:
        shown += [str(error), repr(error), str(vars(error)), *traceback.format_exception(error)]
    # httpcore, set to DEBUG, writes down what a server sends in its headers
    logged = [record.getMessage() for record in caplog.records]
    shown += [line for line in logged if "receive_response_headers" not in line]
    assert KEY not in "\n".join(shown)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("localhost:8080/v1", "http"),
        ("file:///etc/passwd", "http"),
        ("ftp://127.0.0.1/v1", "http"),
        ("http://", "host"),
        ("http://user:secret@127.0.0.1/v1", "api_key"),
        ("http://127.0.0.1/v1?key=secret", "api_key"),
        ("http://127.0.0.1:99999/v1", "not a URL"),
    ],
)
def test_a_bad_url_is_refused_without_showing_it(url: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as raised:
        EndpointModel(url, "any")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("key", ["sk-1\n2", " sk-1", "sk-ключ"])
def test_a_key_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SettingsError, match="api_key") as raised:
        EndpointModel("http://127.0.0.1/v1", "any", key)
    assert key not in str(raised.value)


def test_a_url_may_be_given_with_a_slash_or_whole() -> None:
    for url in ("http://h/v1/", "http://h/v1", "http://h/v1/chat/completions"):
        assert repr(EndpointModel(url, "any")) == "EndpointModel('http://h/v1', 'any')"


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_the_context_is_the_servers_own(server: FaultHTTPServer) -> None:
    assert ask(server).context_tokens == 12345
    assert ask(server, context_tokens=777).context_tokens == 777


def test_the_context_where_nobody_tells() -> None:
    model = EndpointModel("http://127.0.0.1:1/v1", "any", timeouts=QUICK)
    assert model.context_tokens == 4096


@pytest.mark.parametrize("server", ["good"], indirect=True)
@pytest.mark.parametrize("listing", sorted(set(LISTS) - {"listed"}))
def test_a_list_of_models_that_goes_wrong_holds_nobody_up(
    server: FaultHTTPServer, listing: str
) -> None:
    server.listing = listing
    model = ask(server)
    started = time.monotonic()
    assert model.context_tokens == 4096
    assert model.context_tokens == 4096
    assert time.monotonic() - started < QUICK.connect + SLACK
    assert server.looks == 1  # not again for the next question
    assert server.is_free_within(SLACK)


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_a_list_without_end_is_left_before_its_time_is_up(server: FaultHTTPServer) -> None:
    server.listing = "list_floods"
    model = EndpointModel(server.url, "any", timeouts=Timeouts(connect=60))
    started = time.monotonic()
    assert model.context_tokens == 4096
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_a_server_that_was_loading_is_asked_again(
    server: FaultHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.listing = "loading"
    model = ask(server)
    monkeypatch.setattr(endpoint, "ASK_AGAIN", 0.0)
    assert model.context_tokens == 4096
    server.listing = "listed"
    assert [model.context_tokens, model.context_tokens] == [12345, 12345]
    assert server.looks == 2  # once it has told, no more


@pytest.mark.parametrize("proxy", ["socks5://user:hidden@127.0.0.1:1", "gopher://hidden:1"])
def test_a_proxy_that_cannot_be_used_is_a_model_error(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    model = EndpointModel("http://model.example/v1", "any", timeouts=QUICK, retries=0)
    assert model.context_tokens == 4096
    with pytest.raises(ModelUnavailable) as raised:
        drain(model.draft(ASKED, max_tokens=5))
    assert "hidden" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("server", ["good"], indirect=True)
def test_a_server_on_this_machine_needs_no_proxy(
    server: FaultHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    assert ask(server).context_tokens == 12345
    assert drain(ask(server).draft(ASKED, max_tokens=5))[0] == ANSWER


@pytest.mark.parametrize(
    ("listed", "tokens"),
    [
        ({"data": [{"id": "m", "meta": {"n_ctx": 2048, "n_ctx_train": 8192}}]}, 2048),
        ({"data": [{"id": "x", "context_length": 1}, {"id": "m", "context_window": 9}]}, 9),
        ({"data": [{"id": "only", "max_model_len": 5}]}, 5),
        ({"data": [{"id": "m"}]}, None),
        ({"data": []}, None),
        ({"models": 3}, None),
        ([], None),
    ],
)
def test_the_context_is_found_under_the_names_servers_use(
    listed: object, tokens: int | None
) -> None:
    assert find_context(listed, "m") == tokens
