"""One streamed chat completion: events in, text out, and the verdict whether it is whole. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from rag.errors import ModelError, ModelOutput, ModelUnavailable
from rag.llm.retry import one_line
from rag.llm.text import StopFilter, ThinkingFilter
from rag.types import Usage

WHOLE = {"stop", "eos", "eos_token", "end_turn", "stop_sequence"}
CUT = {"length", "max_tokens"}
ONLY_REASONED = (
    "the model only reasoned and gave no answer; turn its thinking off, or give it room for it "
    "(thinking_tokens)"
)


class Reply:
    """What the events of one reply add up to. Raises ModelOutput for one that cannot be used.

    No error holds `key`, though some servers repeat it.
    """

    def __init__(
        self, stop: Sequence[str], max_tokens: int, max_bytes: int, key: SecretStr
    ) -> None:
        self._key = key
        self._stop = StopFilter(stop)
        self._thinking = ThinkingFilter()
        self._max_tokens = max_tokens
        self._max_bytes = max_bytes
        self._finish = ""
        self._reasoned = False
        self._blank = True
        self.size = 0
        self.alive = False
        self.complete = False
        self.usage: Usage | None = None

    @property
    def finished(self) -> bool:
        """Whether the model has said that it is done, or a stop text has been met."""
        return bool(self._finish) or self._stop.stopped

    def read(self, event: str) -> str:
        """The text that one event adds."""
        self.alive = False
        if event.strip() == "[DONE]":
            self.complete = True
            return ""
        chunk = _parse(event)
        if error := chunk.get("error") or (chunk.get("object") == "error" and chunk):
            raise _error(error, self._key)
        self._read_usage(chunk.get("usage"))
        return self._read_choice(_first(chunk))

    def end(self) -> str:
        """The text that was held back. Raises ModelOutput unless the reply is whole."""
        text = self._shown(self._stop.feed(self._thinking.flush()) + self._stop.flush())
        if self._blank and self._finish and (self._reasoned or self._thinking.thought):
            raise ModelOutput(ONLY_REASONED)
        if not self._stop.stopped:
            self._require_end()
        if self._blank:
            raise ModelOutput("the model answered nothing; ask in other words")
        return text

    def _require_end(self) -> None:
        if self._finish in CUT:
            raise ModelOutput(f"the model stopped at its limit of {self._max_tokens} tokens")
        if not self._finish:
            raise ModelOutput("the model broke off half way: it did not say that it was done")
        if self._finish not in WHOLE:
            said = one_line(self._finish, self._key)
            raise ModelOutput(f"the model ended with {said!r} and not an answer")

    def _read_choice(self, choice: Mapping[str, Any]) -> str:
        delta = choice.get("delta") or {}
        if not isinstance(delta, Mapping):
            raise ModelOutput("the model server sent an event of an unknown shape")
        content, reasoning = delta.get("content"), _reasoning(delta)
        self.alive = bool(content or reasoning)
        self._reasoned = self._reasoned or bool(reasoning)
        self._finish = str(choice.get("finish_reason") or self._finish).lower()
        if not content:
            return ""
        if not isinstance(content, str):
            raise ModelOutput("the model server sent content that is not text")
        text = self._shown(self._stop.feed(self._thinking.feed(content)))
        self.complete = self.complete or self._stop.stopped
        return text

    def _shown(self, text: str) -> str:
        self.size += len(text.encode("utf-8", "replace"))
        if self.size > self._max_bytes:
            raise ModelOutput(f"the model wrote more than {self._max_bytes:,} bytes")
        self._blank = self._blank and not text.strip()
        return text

    def _read_usage(self, usage: Any) -> None:
        if isinstance(usage, Mapping):
            counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
            self.usage = Usage(*(count if isinstance(count, int) else 0 for count in counts))


def _parse(event: str) -> dict[str, Any]:
    try:
        chunk = json.loads(event)
    except (ValueError, RecursionError) as error:
        raise ModelOutput("the model server sent garbled text instead of JSON") from error
    if not isinstance(chunk, dict):
        raise ModelOutput("the model server sent an event of an unknown shape")
    return chunk


def _first(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = chunk.get("choices") or [{}]
    if not isinstance(choices, list) or not isinstance(choices[0], Mapping):
        raise ModelOutput("the model server sent an event of an unknown shape")
    return choices[0]


def _reasoning(delta: Mapping[str, Any]) -> Any:
    return delta.get("reasoning_content") or delta.get("reasoning")


def _error(error: Any, key: SecretStr) -> ModelError:
    said = error.get("message") if isinstance(error, Mapping) else error
    return ModelUnavailable(f"the model server failed: {one_line(str(said or 'no reason'), key)}")
