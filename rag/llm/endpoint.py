"""Any OpenAI-compatible server: streams its chat completions, and believes only a whole answer.

    what the server does                          what comes of it
    refuses, unknown model, wrong key, 4xx        ModelUnavailable
    429, 5xx, hangs up before it answers          tried again after pauses, then ModelUnavailable
    silent before the first token, or between     ModelTimeout
    no finish_reason, cut, garbled, empty         ModelOutput
    stops at the limit of tokens                  ModelOutput, after the text it did write

The key goes into one header and nowhere else: no message, cause, log line or repr holds it,
though the server repeat it, and redirects are not followed. A server on this machine is reached
past any proxy.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from rag.errors import ModelError, ModelOutput, ModelTimeout, ModelUnavailable, SettingsError
from rag.llm import retry
from rag.llm.address import check_key, check_url, find_context
from rag.llm.base import Draft, Message, Worker, wait_for_slot
from rag.llm.cancellable import Cancellable
from rag.llm.cause import without_key, wordless
from rag.llm.listing import list_models
from rag.llm.reply import Reply
from rag.llm.text import EventDecoder
from rag.types import Usage

log = logging.getLogger(__name__)

FALLBACK_CONTEXT = 4096  # where the server does not tell; Ollama cuts longer prompts silently
ASK_AGAIN = 60.0  # seconds after which a server that did not tell is asked again
BYTES_PER_TOKEN = 3  # an estimate on the high side: English has 4 to 5, Chinese 3
UNUSABLE_PROXY = (
    "the proxy of the environment (ALL_PROXY, HTTP_PROXY, HTTPS_PROXY) cannot be used: socks5:// "
    "needs the package socksio, any other begins with http://"
)
LAST_WORDS = 1.0  # seconds for the count of tokens, once the model has finished
LONGEST_EVENT = 1_000_000  # bytes
LONGEST_STREAM = 64_000_000  # bytes, with all the JSON around the text
LONGEST_ERROR = 10_000  # bytes read of an error page


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, to the first token (per try), between two tokens, and in all."""

    connect: float = 5.0
    first_token: float = 60.0
    stall: float = 20.0
    total: float = 180.0


class EndpointModel:
    """A chat model behind `base_url` (usually ends in /v1). Raises SettingsError for a bad URL.

    `context_tokens` is asked of the server where it is not given. At most `max_concurrent`
    requests run at once, the others wait. `max_output_bytes` bounds the text of one reply. A model
    that thinks first may spend `thinking_tokens` on it, beside those of its answer.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: SecretStr | str | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: int = 2,
        max_concurrent: int = 4,
        context_tokens: int | None = None,
        max_output_bytes: int = 100_000,
        thinking_tokens: int = 0,
    ) -> None:
        self._url, self._local = check_url(base_url)
        if not model:
            raise SettingsError("model_name is empty: name the model that the server shall use")
        self._model = model
        self._key = api_key if isinstance(api_key, SecretStr) else SecretStr(api_key or "")
        check_key(self._key)
        self._timeouts = timeouts or Timeouts()
        self._retries = retries
        self._slots = threading.BoundedSemaphore(max_concurrent)
        self._context_tokens = context_tokens
        self._asking = threading.Lock()
        self._ask_at = 0.0  # of the monotonic clock
        self._max_output_bytes = max_output_bytes
        self._thinking_tokens = thinking_tokens
        self._dialect = retry.Dialect()

    def __repr__(self) -> str:
        return f"EndpointModel({self._url!r}, {self._model!r})"

    @property
    def name(self) -> str:
        """The model's name, as the server knows it."""
        return self._model

    @property
    def context_tokens(self) -> int:
        """How many tokens the prompt and the answer may have together: the server's own limit,
        less what is kept for thinking.

        4,096 where the server cannot be asked or does not tell; it may be loading its model, so
        it is asked again after a minute.
        """
        with self._asking:
            if self._context_tokens is None and time.monotonic() >= self._ask_at:
                self._context_tokens = self._ask_context()
                self._ask_at = time.monotonic() + ASK_AGAIN
            reads = self._context_tokens or FALLBACK_CONTEXT
        if self._thinking_tokens >= reads:
            raise ModelUnavailable(
                f"{self._model} reads {reads:,} tokens, which thinking_tokens takes up "
                f"({self._thinking_tokens:,}): make it smaller"
            )
        return reads - self._thinking_tokens

    def count_tokens(self, text: str) -> int:
        """An estimate on the high side, for the server's tokenizer is not known: bytes / 3."""
        return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)

    def draft(
        self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()
    ) -> Draft:
        """Stream the reply; see `Drafter.draft`."""
        deadline = time.monotonic() + self._timeouts.total
        yield from wait_for_slot(self._slots, deadline)
        try:
            return (yield from self._stream(messages, max_tokens, stop, deadline))
        finally:
            self._slots.release()

    def _stream(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str], deadline: float
    ) -> Draft:
        max_tokens += self._thinking_tokens
        request = {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            **({"stop": list(stop)} if stop else {}),
        }
        reply = Reply(stop, max_tokens, self._max_output_bytes, self._key)
        work: Cancellable[str] = Cancellable(
            lambda put: self._produce(request, reply, put, deadline)
        )
        worker: Worker[str] = Worker(work.run, "footnote-endpoint")
        try:
            for piece in worker.items(deadline + 1):  # the thread keeps the time; this is a net
                yield piece or ""
            return reply.usage or self._estimate(messages, reply)
        finally:
            work.cancel()
            if not worker.join(seconds=5):
                log.warning("a request to %s did not end within 5 seconds", self._url)

    def _estimate(self, messages: Sequence[Message], reply: Reply) -> Usage:
        prompt = sum(self.count_tokens(message.content) for message in messages)
        return Usage(prompt, math.ceil(reply.size / BYTES_PER_TOKEN))

    async def _produce(
        self, request: dict[str, Any], reply: Reply, put: Callable[[str], None], deadline: float
    ) -> None:
        try:
            async with asyncio.timeout(deadline - time.monotonic()), self._client() as client:
                async for piece in self._pieces(client, request, reply):
                    put(piece)
        except TimeoutError:
            seconds = f"{self._timeouts.total:g} s"
            raise ModelTimeout(
                f"{self._model} did not finish within {seconds}; ask again"
            ) from None

    async def _pieces(
        self, client: httpx.AsyncClient, request: dict[str, Any], reply: Reply
    ) -> AsyncIterator[str]:
        clock = _Clock(self._model, self._timeouts)
        async with clock.running(), self._open(client, request, clock) as response:
            decoder, received = EventDecoder(LONGEST_EVENT), 0
            try:
                async for chunk in _chunks(response, reply, clock):
                    received += len(chunk)
                    if received > LONGEST_STREAM:
                        raise ModelOutput(f"{self._model} sent more than can be an answer")
                    for event in decoder.feed(chunk):
                        if text := reply.read(event):
                            yield text
                        if reply.alive:
                            clock.alive()
                    if reply.complete:
                        break
            except httpx.HTTPError as error:
                if not reply.finished:
                    broken = ModelOutput(f"{self._model} broke off half way; ask again")
                    raise broken from without_key(error, self._key)
            except ValueError as error:
                raise ModelOutput(f"{self._model} sent garbled text: {error}") from error
            if text := reply.end():
                yield text

    @asynccontextmanager
    async def _open(
        self, client: httpx.AsyncClient, request: dict[str, Any], clock: _Clock
    ) -> AsyncIterator[httpx.Response]:
        """A streaming response with status 200, after as many tries as are allowed."""
        for attempt in range(self._retries + 1):
            clock.restart()
            outcome = await self._try(client, request)
            if isinstance(outcome, httpx.Response):
                try:
                    yield outcome
                finally:
                    await outcome.aclose()
                return
            pause = outcome.pause(attempt)
            if not outcome.again or attempt == self._retries or pause > self._timeouts.first_token:
                raise outcome.error
            log.info("%s; trying again in %.1f s", outcome.error, pause)
            clock.rest()
            await asyncio.sleep(pause)

    async def _try(
        self, client: httpx.AsyncClient, request: dict[str, Any]
    ) -> httpx.Response | retry.Failure:
        try:
            response = await self._send(client, self._dialect.translate(request))
            body = ""
            while response.status_code == 400:
                body = await _body(response)
                if not self._dialect.learn(body, request):
                    break
                response, body = await self._send(client, self._dialect.translate(request)), ""
        except httpx.ConnectTimeout:
            return retry.Failure(self._unreachable(f"no answer in {self._timeouts.connect:g} s"))
        except httpx.ConnectError as error:
            return retry.Failure(self._unreachable(retry.one_line(str(error), self._key)))
        except httpx.TransportError as error:
            problem = f"{self._url} hung up ({type(error).__name__})"
            failed = _caused(ModelUnavailable(problem), without_key(error, self._key))
            return retry.Failure(failed, again=True)
        if response.status_code == 200:
            await _require_stream(response, self._url, self._key)
            return response
        body = body or await _body(response)
        return retry.judge(response, body, self._url, self._model, self._key)

    async def _send(self, client: httpx.AsyncClient, request: dict[str, Any]) -> httpx.Response:
        built = client.build_request("POST", f"{self._url}/chat/completions", json=request)
        return await client.send(built, stream=True)

    def _unreachable(self, why: str) -> ModelError:
        return ModelUnavailable(f"cannot reach {self._url}: {why}; is the model server running?")

    def _client(self) -> httpx.AsyncClient:
        key = self._key.get_secret_value()
        headers = {
            "Accept": "text/event-stream, application/json",
            "Accept-Encoding": "identity",
            **({"Authorization": f"Bearer {key}"} if key else {}),
        }
        timeout = httpx.Timeout(None, connect=self._timeouts.connect)
        try:
            return httpx.AsyncClient(headers=headers, timeout=timeout, trust_env=not self._local)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            # the proxy's address, and so these words, may hold a password
            raise ModelUnavailable(UNUSABLE_PROXY) from wordless(error)

    def _ask_context(self) -> int | None:
        """The context that the server tells, within the seconds that it may take to connect."""
        deadline = time.monotonic() + self._timeouts.connect
        work: Cancellable[int] = Cancellable(lambda put: self._look(put, deadline))
        worker: Worker[int] = Worker(work.run, "footnote-context")
        try:
            # the thread keeps the time, save where the look-up of a name outlasts it
            return next((found for found in worker.items(deadline + 1) if found), None)
        except (ModelError, httpx.HTTPError, ValueError, TimeoutError) as error:
            log.info("%s does not list its models (%s)", self._url, type(error).__name__)
            return None
        finally:
            work.cancel()

    async def _look(self, put: Callable[[int], None], deadline: float) -> None:
        async with asyncio.timeout(deadline - time.monotonic()), self._client() as client:
            put(find_context(await list_models(client, self._url), self._model) or 0)


async def _chunks(response: httpx.Response, reply: Reply, clock: _Clock) -> AsyncIterator[bytes]:
    """What the server sends. A reply that is finished needs no end of the stream: after it there is
    a moment for the count of its tokens, and then no more is waited for."""
    chunks, left, now = response.aiter_raw(), None, asyncio.get_running_loop().time
    until = 0.0
    while True:
        if reply.finished:
            clock.rest()
            until = until or now() + LAST_WORDS
            left = max(0.0, until - now())
        try:
            yield await asyncio.wait_for(anext(chunks), left)
        except (StopAsyncIteration, TimeoutError):
            return


class _Clock:
    """Watches for the first token and for stalls; every token winds it up again."""

    def __init__(self, model: str, timeouts: Timeouts) -> None:
        self._model = model
        self._timeouts = timeouts
        self._timeout = asyncio.timeout(None)
        self._started = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with self._timeout:
                yield
        except TimeoutError:
            if not self._timeout.expired():
                raise
            raise ModelTimeout(self._message()) from None

    def restart(self) -> None:
        self._wind(self._timeouts.first_token)

    def rest(self) -> None:
        self._timeout.reschedule(None)

    def alive(self) -> None:
        self._started = True
        self._wind(self._timeouts.stall)

    def _wind(self, seconds: float) -> None:
        self._timeout.reschedule(asyncio.get_running_loop().time() + seconds)

    def _message(self) -> str:
        if self._started:
            return f"{self._model} stopped sending for {self._timeouts.stall:g} s; ask again"
        return f"{self._model} sent nothing for {self._timeouts.first_token:g} s; is it overloaded?"


async def _body(response: httpx.Response) -> str:
    """The first bytes of an error page, as text; the response is closed."""
    body = b""
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LONGEST_ERROR:
                break
    except httpx.HTTPError as error:
        log.debug("the error page broke off: %s", type(error).__name__)
    finally:
        await response.aclose()
    return body[:LONGEST_ERROR].decode("utf-8", "replace")


async def _require_stream(response: httpx.Response, url: str, key: SecretStr) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() == "text/event-stream":
        return
    await response.aclose()
    kind = retry.one_line(kind, key).lower()
    raise ModelOutput(
        f"{url} answered with {kind or 'no type'} instead of a stream of tokens; is this the "
        "base URL of an OpenAI-compatible server? It often ends in /v1"
    )


def _caused(error: ModelError, cause: BaseException) -> ModelError:
    error.__cause__ = cause
    return error
