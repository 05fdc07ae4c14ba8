"""Any LlamaIndex LLM: what it promises through `LlamaIndexModel`, with real LLM classes."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fault_server import ANSWER, FaultServer
from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CustomLLM,
    LLMMetadata,
    MockLLM,
)
from llama_index.core.llms.callbacks import llm_chat_callback

from rag.errors import ModelError, ModelOutput, ModelTimeout, ModelUnavailable
from rag.llm import Draft, Drafter, LlamaIndexModel, Message
from rag.llm.llamaindex import find_finish

ASKED = [Message("system", "Be brief."), Message("user", "Why did the summit end?")]


class Scripted(CustomLLM):
    """A LlamaIndex LLM of one's own, as people write them: it streams what `script` yields."""

    script: Callable[[], Iterator[tuple[str, Any]]]

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", context_window=1234)

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        raise NotImplementedError

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        raise NotImplementedError

    @llm_chat_callback()
    def stream_chat(self, messages: Any, **_: Any) -> Iterator[ChatResponse]:
        return (
            ChatResponse(message=ChatMessage(role="assistant", content=""), delta=delta, raw=raw)
            for delta, raw in self.script()
        )


def scripted(*parts: tuple[str, Any]) -> LlamaIndexModel:
    return LlamaIndexModel(Scripted(script=lambda: iter(parts)))


def drain(draft: Draft) -> str:
    return "".join(draft)


def openai_like(url: str) -> Any:
    """OpenAI's client for other servers, where it is installed; else the test is skipped."""
    module = pytest.importorskip(
        "llama_index.llms.openai_like", reason="needs llama-index-llms-openai-like"
    )
    return module.OpenAILike(
        model="any", api_base=url, api_key="sk-secret-123", is_chat_model=True, max_retries=0
    )


def test_it_is_a_drafter_that_knows_its_llm() -> None:
    model = scripted()
    assert isinstance(model, Drafter)
    assert (model.name, model.context_tokens) == ("scripted", 1234)
    assert "Scripted" in repr(model)


def test_an_llm_that_does_not_know_its_own_model_is_unavailable() -> None:
    words = "Unknown model 'sk-secret'"

    class Unknowing(Scripted):
        """As OpenAI's, which looks the model up in a list."""

        @property
        def metadata(self) -> LLMMetadata:
            raise ValueError(words)

    model = LlamaIndexModel(Unknowing(script=lambda: iter(())))
    assert "Unknowing" in repr(model)
    with pytest.raises(ModelUnavailable, match=r"Unknowing failed \(ValueError\)") as raised:
        _ = model.context_tokens
    assert "sk-secret" not in "".join(traceback.format_exception(raised.value))


def test_an_llm_of_llamaindex_itself_streams() -> None:
    text = drain(LlamaIndexModel(MockLLM(max_tokens=3)).draft(ASKED, max_tokens=50))
    assert text == "text text text"


@pytest.mark.parametrize("mode", ["good", "reasoning_then_answer"])
def test_a_whole_answer_over_http_arrives(mode: str) -> None:
    with FaultServer(mode) as server:
        model = LlamaIndexModel(openai_like(server.url))
        assert drain(model.draft(ASKED, max_tokens=50)) == ANSWER
        assert server.requests[0]["body"]["messages"][0]["content"] == "Be brief."


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("unauthorized", ModelUnavailable),
        ("unknown_model", ModelUnavailable),
        ("broken", ModelUnavailable),
        ("cut", ModelOutput),  # OpenAILike itself calls these three a success
        ("no_finish", ModelOutput),
        ("html", ModelOutput),
        ("length", ModelOutput),
        ("filtered", ModelOutput),
        ("empty", ModelOutput),
    ],
)
def test_what_the_llm_calls_a_success_is_looked_at(mode: str, error: type[ModelError]) -> None:
    with FaultServer(mode) as server:
        model = LlamaIndexModel(openai_like(server.url), max_concurrent=1)
        with pytest.raises(error) as raised:
            drain(model.draft(ASKED, max_tokens=50))
        assert "sk-secret" not in str(raised.value)
        server.mode = "good"
        assert drain(model.draft(ASKED, max_tokens=50)) == ANSWER


def test_a_stop_text_and_the_limit_of_tokens_are_kept() -> None:
    model = scripted(("It ended.\n", None), ("\nQuestion: more?", None))
    assert drain(model.draft(ASKED, max_tokens=50, stop=["\n\n"])) == "It ended."
    endless = scripted(*[("word " * 10, None)] * 100)
    with pytest.raises(ModelOutput, match="more than 20 tokens"):
        drain(endless.draft(ASKED, max_tokens=20))


def test_errors_of_any_library_are_translated_without_their_words() -> None:
    def fails(error: Exception) -> LlamaIndexModel:
        def script() -> Iterator[tuple[str, Any]]:
            yield "It ", None
            raise error

        return LlamaIndexModel(Scripted(script=script))

    class ReadTimeout(Exception):
        pass

    for error, expected in (
        (RuntimeError("bad key sk-secret"), ModelUnavailable),
        (ReadTimeout("slow"), ModelTimeout),
        (TimeoutError(), ModelTimeout),
    ):
        with pytest.raises(expected) as raised:
            drain(fails(error).draft(ASKED, max_tokens=50))
        printed = "".join(traceback.format_exception(raised.value))
        assert "sk-secret" not in printed
        assert type(error).__name__ in str(raised.value)
        assert "in script" in printed  # where it was raised is not lost


@pytest.mark.parametrize("delta", ["", "hm "])
def test_an_llm_that_says_nothing_as_fast_as_it_can_is_given_up(delta: str) -> None:
    until = time.monotonic() + 10

    def script() -> Iterator[tuple[str, Any]]:
        yield "<think>", None
        while time.monotonic() < until:
            yield delta, None
            time.sleep(0.001)

    model = LlamaIndexModel(Scripted(script=script), total_seconds=0.5)
    with pytest.raises(ModelTimeout):
        drain(model.draft(ASKED, max_tokens=50))
    assert time.monotonic() < until


def test_how_long_the_reader_takes_is_not_the_models_time() -> None:
    draft = LlamaIndexModel(
        Scripted(script=lambda: iter([("It ", None), ("ended.", None)])), total_seconds=1.0
    ).draft(ASKED, max_tokens=50)
    first = next(draft)
    while not first:
        first = next(draft)
    time.sleep(1.2)  # a sentence being checked
    assert first + drain(draft) == "It ended."


def test_closing_stops_at_the_next_token() -> None:
    told = []

    def script() -> Iterator[tuple[str, Any]]:
        try:
            while True:
                yield "word ", None
        finally:
            told.append("stopped")

    draft = LlamaIndexModel(Scripted(script=script)).draft(ASKED, max_tokens=10_000)
    next(draft)
    draft.close()
    assert told == ["stopped"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, (False, "")),
        ({"choices": [{"finish_reason": "stop"}]}, (True, "stop")),
        ({"choices": [{"finish_reason": None}]}, (True, "")),
        ({"choices": []}, (True, "")),
        ({"done": False}, (True, "")),
        ({"done": True, "done_reason": "length"}, (True, "length")),
        ({"done": True}, (True, "stop")),
        ({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, (True, "end_turn")),
        ({"candidates": [{"finish_reason": "MAX_TOKENS"}]}, (True, "max_tokens")),
        ({"text": "…"}, (False, "")),
    ],
)
def test_the_end_is_read_where_the_raw_reply_tells(raw: Any, expected: tuple[bool, str]) -> None:
    assert find_finish(raw) == expected
