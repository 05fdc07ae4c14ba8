"""A real HTTP server on this machine that speaks the chat API, and goes wrong on demand.

    with FaultServer("cut") as server:
        EndpointModel(server.url, "any").draft(…)

`MODES` says what each mode does, `LISTS` what each of `server.listing` makes of the list of models.
`server.requests` holds what was asked, `server.looks` how often the list was, `server.open` the
number of connections that are still being served.
"""

from __future__ import annotations

import contextlib
import json
import select
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SENTENCES = ("The summit ", "ended without ", "an agreement [1].")
ANSWER = "".join(SENTENCES)


def chunk(content: str | None = None, finish: str | None = None, **delta: str) -> bytes:
    """One server-sent event with a piece of a chat completion."""
    body = {**delta, **({} if content is None else {"content": content})}
    choices = [{"index": 0, "delta": body, "finish_reason": finish}]
    return f"data: {json.dumps({'choices': choices}, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


class Handler(BaseHTTPRequestHandler):
    """Serves one request in the server's mode."""

    server: FaultHTTPServer

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        self.server.requests.append(
            {"headers": dict(self.headers), "body": json.loads(self.rfile.read(size))}
        )
        self.serve(MODES[self.server.mode])

    def do_GET(self) -> None:
        self.server.looks += 1
        self.serve(LISTS[self.server.listing])

    def serve(self, mode: Callable[[Handler], None]) -> None:
        self.server.open += 1
        try:
            with contextlib.suppress(ConnectionError):
                mode(self)
        finally:
            self.server.open -= 1

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def reply(self, status: int, body: str, kind: str = "application/json", **headers: str) -> None:
        payload = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(payload)

    @property
    def key(self) -> str:
        """The key that the client sent."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()

    def write(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()

    def stall(self) -> None:
        """Send nothing until the client goes away or the server closes."""
        while not self.server.closing.wait(timeout=0.05):
            if select.select([self.connection], [], [], 0)[0]:  # closed: there is an end to read
                return


def good(handler: Handler) -> None:
    """A whole answer, with usage."""
    usage = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}
    handler.begin()
    handler.write(chunk(role="assistant"), *map(chunk, SENTENCES), chunk(finish="stop"))
    handler.write(f"data: {json.dumps(usage)}\n\n".encode(), DONE)


def unauthorized(handler: Handler) -> None:
    """401, and the server repeats the key it was given."""
    key = handler.headers.get("Authorization", "")
    handler.reply(401, json.dumps({"error": {"message": f"Incorrect API key: {key}"}}))


def unknown_model(handler: Handler) -> None:
    """404."""
    handler.reply(404, json.dumps({"error": {"message": "no such model"}}))


def busy_once(handler: Handler) -> None:
    """429 with Retry-After the first time, then fine."""
    if len(handler.server.requests) == 1:
        handler.reply(429, json.dumps({"error": {"message": "slow down"}}), Retry_After="1")
    else:
        good(handler)


def busy_for_an_hour(handler: Handler) -> None:
    """429, come back in an hour."""
    handler.reply(429, "{}", Retry_After="3600")


def broken(handler: Handler) -> None:
    """500 always."""
    handler.reply(500, json.dumps({"error": "out of memory"}))


def hangs_up(handler: Handler) -> None:
    """Closes the connection without a word."""
    handler.close_connection = True


def stalls_before_headers(handler: Handler) -> None:
    handler.stall()


def stalls_before_first_token(handler: Handler) -> None:
    handler.begin()
    handler.write(chunk(role="assistant"))
    handler.stall()


def pings_for_ever(handler: Handler) -> None:
    """Comments that keep the connection alive, and no token."""
    handler.begin()
    while not handler.server.closing.wait(timeout=0.05):
        handler.write(b": ping\n\n")


def stalls_in_stream(handler: Handler) -> None:
    handler.begin()
    handler.write(chunk(SENTENCES[0]))
    handler.stall()


def drips(handler: Handler) -> None:
    """A token every 50 ms, for ever: never a stall, never an end."""
    handler.begin()
    while not handler.server.closing.wait(timeout=0.05):
        handler.write(chunk("word "))


def cut(handler: Handler) -> None:
    """The connection ends in the middle of the answer."""
    handler.begin()
    handler.write(*map(chunk, SENTENCES[:2]))


def cut_later(handler: Handler) -> None:
    """Two whole sentences, and the connection ends in the middle of the third."""
    handler.begin()
    handler.write(*map(chunk, (*SENTENCES, " Nobody signed", " [1]. The", " hosts")))


def all_false(handler: Handler) -> None:
    """A whole draft of two sentences, neither of them true."""
    handler.begin()
    said = ("The summit ended with", " a treaty [1]. A million", " people signed [1].")
    handler.write(*map(chunk, said), chunk(finish="stop"), DONE)


def cut_in_event(handler: Handler) -> None:
    """The connection ends in the middle of an event."""
    handler.begin()
    handler.write(chunk(SENTENCES[0]), chunk(SENTENCES[1])[:20])


def cut_in_chunked(handler: Handler) -> None:
    """A chunked response that ends without its last chunk."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    piece = chunk(SENTENCES[0])
    handler.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    handler.close_connection = True


def garbage(handler: Handler) -> None:
    """Server-sent events that are not JSON."""
    handler.begin()
    handler.write(b"data: {oops\n\n", DONE)


def binary(handler: Handler) -> None:
    """Bytes that are not UTF-8."""
    handler.begin()
    handler.write(b"data: \xff\xfe\xfa\n\n")


def wrong_shape(handler: Handler) -> None:
    """JSON, but not of a chat completion."""
    handler.begin()
    handler.write(b'data: {"choices": [17]}\n\n', DONE)


def html(handler: Handler) -> None:
    """A login page with status 200."""
    handler.reply(200, "<html><body>Please log in</body></html>", "text/html")


def empty(handler: Handler) -> None:
    """Done without a word."""
    handler.begin()
    handler.write(chunk(""), chunk(finish="stop"), DONE)


def no_finish(handler: Handler) -> None:
    """[DONE], but no finish_reason."""
    handler.begin()
    handler.write(*map(chunk, SENTENCES), DONE)


def length(handler: Handler) -> None:
    """Cut at the limit of tokens."""
    handler.begin()
    handler.write(*map(chunk, SENTENCES[:2]), chunk(finish="length"), DONE)


def filtered(handler: Handler) -> None:
    """Stopped by a content filter."""
    handler.begin()
    handler.write(chunk(SENTENCES[0]), chunk(finish="content_filter"), DONE)


def reasoning_only(handler: Handler) -> None:
    """The whole reply is in reasoning_content."""
    handler.begin()
    handler.write(chunk(reasoning_content="Let me think: " + ANSWER), chunk(finish="stop"), DONE)


def reasoning_then_answer(handler: Handler) -> None:
    handler.begin()
    handler.write(chunk(reasoning_content="Hm. "), *map(chunk, SENTENCES), chunk(finish="stop"))


def thinking_in_text(handler: Handler) -> None:
    """<think>…</think> at the head of the text."""
    handler.begin()
    handler.write(*map(chunk, ("<th", "ink>Hm", ".</thi", "nk>\n\n", *SENTENCES)))
    handler.write(chunk(finish="stop"), DONE)


def reasons_too_long(handler: Handler) -> None:
    """It reaches its limit while it reasons, in reasoning_content."""
    handler.begin()
    handler.write(chunk(reasoning_content="Let me think: "), chunk(finish="length"), DONE)


def thinks_too_long(handler: Handler) -> None:
    """It reaches its limit while it thinks, in the text."""
    handler.begin()
    handler.write(chunk("<think>Let me see"), chunk(finish="length"), DONE)


def stays_open(handler: Handler) -> None:
    """A whole answer, after which the server neither says [DONE] nor hangs up, but pings."""
    handler.begin()
    handler.write(*map(chunk, SENTENCES), chunk(finish="STOP"))
    while not handler.server.closing.wait(timeout=0.1):
        handler.write(b": ping\n\n")


def error_object(handler: Handler) -> None:
    """An error as some servers shape it, in the stream."""
    handler.begin()
    handler.write(chunk(SENTENCES[0]), b'data: {"object": "error", "message": "GPU on fire"}\n\n')


def flood(handler: Handler) -> None:
    """10 MB of tokens."""
    handler.begin()
    piece = chunk("word " * 200)
    for _ in range(10_000):
        handler.write(piece)
    handler.write(chunk(finish="stop"), DONE)


def endless_event(handler: Handler) -> None:
    """One event that never ends."""
    handler.begin()
    handler.write(b"data: ")
    for _ in range(10_000):
        handler.write(b"x" * 1000)


def error_in_stream(handler: Handler) -> None:
    handler.begin()
    handler.write(chunk(SENTENCES[0]), b'data: {"error": {"message": "GPU on fire"}}\n\n')


def key_in_error(handler: Handler) -> None:
    """200, and an error inside the stream that repeats the key."""
    handler.begin()
    said = {"error": {"message": f"Incorrect API key provided: {handler.key}"}}
    handler.write(chunk(SENTENCES[0]), f"data: {json.dumps(said)}\n\n".encode())


def key_in_finish(handler: Handler) -> None:
    """The reason for the end is the key."""
    handler.begin()
    handler.write(chunk(SENTENCES[0]), chunk(finish=f"bad {handler.key}"), DONE)


def key_in_type(handler: Handler) -> None:
    """The content type is the key."""
    handler.reply(200, "", handler.key)


def key_in_status(handler: Handler) -> None:
    """A status line that is none, with the key in it."""
    handler.write(f"HTTP/1.1 Incorrect key {handler.key}\r\n\r\n".encode())


def redirect(handler: Handler) -> None:
    """Sends the client, and its key, elsewhere."""
    handler.reply(307, "", Location="http://localhost:1/steal")


def old_server(handler: Handler) -> None:
    """Refuses stream_options and max_tokens, as some servers do, then answers."""
    body = handler.server.requests[-1]["body"]
    for name in ("stream_options", "max_tokens"):
        if name in body:
            handler.reply(400, json.dumps({"error": {"message": f"unknown parameter '{name}'"}}))
            return
    good(handler)


def ignores_stop(handler: Handler) -> None:
    """Writes on after the stop text."""
    handler.begin()
    handler.write(*map(chunk, (ANSWER, "\n", "\nQuestion", ": and?")), chunk(finish="stop"), DONE)


MODES: dict[str, Callable[[Handler], None]] = {
    mode.__name__: mode
    for mode in (
        *(good, unauthorized, unknown_model, busy_once, busy_for_an_hour, broken, hangs_up),
        *(stalls_before_headers, stalls_before_first_token, pings_for_ever, stalls_in_stream),
        *(drips, cut, cut_in_event, cut_in_chunked, garbage, binary, wrong_shape, html, empty),
        *(no_finish, length, filtered, reasoning_only, reasoning_then_answer, thinking_in_text),
        *(flood, endless_event, error_in_stream, redirect, old_server, ignores_stop),
        *(reasons_too_long, thinks_too_long, stays_open, error_object),
        *(key_in_error, key_in_finish, key_in_type, key_in_status, cut_later, all_false),
    )
}


def listed(handler: Handler) -> None:
    """A list of two models, each with its context."""
    entries = [{"id": "other", "max_model_len": 1}, {"id": "any", "max_model_len": 12345}]
    handler.reply(200, json.dumps({"data": entries}))


def loading(handler: Handler) -> None:
    """503, as llama.cpp's server until it has read its model."""
    handler.reply(503, json.dumps({"error": {"message": "Loading model"}}))


def list_drips(handler: Handler) -> None:
    """A list that grows by a byte every 50 ms, for ever."""
    handler.begin()
    while not handler.server.closing.wait(timeout=0.05):
        handler.write(b" ")


def list_headers_drip(handler: Handler) -> None:
    """Headers that grow by a byte every 50 ms, for ever."""
    handler.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.closing.wait(timeout=0.05):
        handler.write(b"x")


def list_floods(handler: Handler) -> None:
    """A list without end, as fast as it is read."""
    handler.begin()
    while not handler.server.closing.is_set():
        handler.write(b" " * 100_000)


def list_is_html(handler: Handler) -> None:
    handler.reply(200, "<html>Please log in</html>", "text/html")


LISTS: dict[str, Callable[[Handler], None]] = {
    mode.__name__: mode
    for mode in (listed, loading, list_drips, list_headers_drip, list_floods, list_is_html)
}


class FaultHTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, mode: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mode = mode
        self.listing = "listed"
        self.looks = 0  # at the list
        self.requests: list[dict[str, Any]] = []
        self.open = 0
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def is_free_within(self, seconds: float) -> bool:
        """Whether it sees every connection closed in time."""
        until = time.monotonic() + seconds
        while self.open and time.monotonic() < until:
            time.sleep(0.02)
        return not self.open


@contextlib.contextmanager
def FaultServer(mode: str) -> Iterator[FaultHTTPServer]:  # noqa: N802  (reads as a class)
    """A server in this mode, running until the block ends."""
    server = FaultHTTPServer(mode)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
