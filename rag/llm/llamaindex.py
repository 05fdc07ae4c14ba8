"""Any LlamaIndex `LLM` object as a `Drafter`.

LlamaIndex has no common name for a limit of tokens or for stop texts, so both are kept here, and
no common sign that a reply is whole: where the reply's raw form is one that tells (OpenAI,
Ollama, Anthropic, Gemini), it must say so, and elsewhere the end of the stream is believed.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError, ModelOutput, ModelTimeout, ModelUnavailable
from rag.llm.base import Draft, Message, Worker, wait_for_slot
from rag.llm.cause import wordless
from rag.llm.reply import CUT, WHOLE
from rag.llm.text import StopFilter, ThinkingFilter
from rag.types import Usage

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, LLMMetadata

log = logging.getLogger(__name__)

BYTES_PER_TOKEN = 3  # as for an endpoint: an estimate on the high side
MOST_BYTES_PER_TOKEN = 12  # a reply longer than this for each token allowed is cut


class LlamaIndexModel:
    """`llm.stream_chat` behind the promises of `Drafter`.

    Its own key, address and retries are the LLM's affair. Closing a draft ends it at the
    LLM's next token. Errors of the LLM become ModelErrors that name their kind only, also as
    their cause, because their words may hold a key.
    """

    def __init__(self, llm: LLM, *, total_seconds: float = 180.0, max_concurrent: int = 4) -> None:
        self._llm = llm
        self._total_seconds = total_seconds
        self._slots = threading.BoundedSemaphore(max_concurrent)

    def __repr__(self) -> str:
        return f"LlamaIndexModel({type(self._llm).__name__})"

    @property
    def name(self) -> str:
        """The LLM's model name, or its class where it has none."""
        return self._metadata.model_name or type(self._llm).__name__

    @property
    def context_tokens(self) -> int:
        """The LLM's own context window."""
        return self._metadata.context_window

    @property
    def _metadata(self) -> LLMMetadata:
        try:
            return self._llm.metadata
        except Exception as error:  # some look the model up here, and do not know it
            raise _translated(type(self._llm).__name__, error) from wordless(error)

    def count_tokens(self, text: str) -> int:
        """An estimate on the high side, for LlamaIndex tells no tokenizer: bytes / 3."""
        return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)

    def draft(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Draft:
        """Stream the reply; see `Drafter.draft`."""
        deadline = time.monotonic() + self._total_seconds
        reply = _Reply(self.name, max_tokens, stop)
        yield from wait_for_slot(self._slots, deadline)
        return (yield from self._stream(messages, reply, deadline))

    def _stream(self, messages: Sequence[Message], reply: _Reply, deadline: float) -> Draft:
        """The reply's text. The slot is free when the call is over, not when nobody reads it."""
        stopped = threading.Event()
        worker: Worker[Any] = Worker(
            lambda put: self._produce(messages, stopped, put), "footnote-llamaindex"
        )
        try:
            for response in worker.items(deadline):
                yield "" if response is None else reply.read(response)
                if reply.stopped:
                    break
            yield reply.end()
        finally:
            stopped.set()
            if not worker.join(seconds=1):
                log.info("%s is still busy with a draft that is no longer wanted", self.name)
        prompt = sum(self.count_tokens(message.content) for message in messages)
        return Usage(prompt, math.ceil(reply.size / BYTES_PER_TOKEN))

    def _produce(
        self,
        messages: Sequence[Message],
        stopped: threading.Event,
        put: Callable[[Any], None],
    ) -> None:
        try:
            from llama_index.core.llms import ChatMessage

            chat = [ChatMessage(role=message.role, content=message.content) for message in messages]
            for response in self._llm.stream_chat(chat):
                put(response)
                if stopped.is_set():
                    return
        except Exception as error:  # any library's, translated at the border
            raise _translated(self.name, error) from wordless(error)
        finally:
            self._slots.release()


class _Reply:
    """What the responses of one stream add up to."""

    def __init__(self, name: str, max_tokens: int, stop: Sequence[str]) -> None:
        self._name = name
        self._max_tokens = max_tokens
        self._stop = StopFilter(stop)
        self._thinking = ThinkingFilter()
        self._tells = False
        self._finish = ""
        self._blank = True
        self.size = 0

    @property
    def stopped(self) -> bool:
        return self._stop.stopped

    def read(self, response: Any) -> str:
        """The text that one response adds."""
        tells, finish = find_finish(response.raw)
        self._tells = self._tells or tells
        self._finish = finish or self._finish
        return self._shown(self._stop.feed(self._thinking.feed(response.delta or "")))

    def end(self) -> str:
        """The text that was held back. Raises ModelOutput unless the reply is whole."""
        text = self._shown(self._stop.feed(self._thinking.flush()) + self._stop.flush())
        if not self._stop.stopped and self._tells:
            self._require_end()
        if self._blank:
            raise ModelOutput(f"{self._name} answered nothing; ask in other words")
        return text

    def _require_end(self) -> None:
        if self._finish in CUT:
            raise ModelOutput(f"{self._name} stopped at its limit of tokens")
        if self._finish not in WHOLE:
            raise ModelOutput(f"{self._name} broke off ({self._finish or 'no end was sent'})")

    def _shown(self, text: str) -> str:
        self.size += len(text.encode("utf-8", "replace"))
        if self.size > self._max_tokens * MOST_BYTES_PER_TOKEN:
            raise ModelOutput(f"{self._name} wrote more than {self._max_tokens} tokens")
        self._blank = self._blank and not text.strip()
        return text


def find_finish(raw: Any) -> tuple[bool, str]:
    """Whether a raw reply is of a kind that tells its end, and the reason if this is the end.

    Reads OpenAI's choices[0].finish_reason, Ollama's done and done_reason, Anthropic's
    stop_reason (also inside delta), Gemini's candidates[0].finish_reason.
    """
    for name in ("choices", "candidates"):
        listed = _get(raw, name)
        if isinstance(listed, Sequence):
            return True, _reason(_get(listed[0], "finish_reason")) if listed else ""
    if _get(raw, "done") is not None:
        return True, _reason(_get(raw, "done_reason") or "stop") if _get(raw, "done") else ""
    reason = _get(raw, "stop_reason") or _get(_get(raw, "delta"), "stop_reason")
    return reason is not None, _reason(reason)


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _reason(value: Any) -> str:
    """A reason in small letters, whether it comes as text or as a member of an Enum."""
    text = str(getattr(value, "name", value) or "").lower()
    return "" if text == "finish_reason_unspecified" else text


def _translated(name: str, error: Exception) -> ModelError:
    if isinstance(error, ModelError):
        return error
    kind, status = type(error).__name__, getattr(error, "status_code", None)
    about = f"{kind}, {status}" if isinstance(status, int) else kind
    if isinstance(error, TimeoutError) or "timeout" in kind.lower():
        return ModelTimeout(f"{name} did not answer in time ({about}); ask again")
    return ModelUnavailable(f"{name} failed ({about}): look at its settings, or ask again")
