"""What stands between the network and Gradio's server: headers, closed doors, a body limit.

An ASGI middleware around the whole web chat. It lets through only the paths that the page and
`gradio_client` need, so that Gradio's file proxy, upload, monitoring, run history and editing
routes do not exist for anyone; it refuses large bodies before they are read into memory; and
it adds the security headers, with a fresh nonce for the page's own scripts.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 4_000_000  # bytes; the longest question allowed gets a clear answer, not a dropped line

_API = "/gradio_api"
_GET = frozenset(
    {
        "/",
        "/config",
        "/favicon.ico",
        "/manifest.json",
        "/robots.txt",
        "/theme.css",
        f"{_API}/app_id",
        f"{_API}/info",
        f"{_API}/login_check",
        f"{_API}/queue/data",
        f"{_API}/startup-events",
        f"{_API}/theme.css",
        f"{_API}/user",
    }
)
_GET_BELOW = ("/assets/", "/static/", f"{_API}/heartbeat/", f"{_API}/call/ask/")
_POST = frozenset(
    {f"{_API}/queue/join", f"{_API}/cancel", f"{_API}/reset", f"{_API}/call/ask", "/login"}
)


class Guard:
    """Wraps an ASGI app. `frame_ancestors` is a CSP source list: who may embed the page."""

    def __init__(
        self, app: App, *, frame_ancestors: str = "'self'", max_body: int = MAX_BODY
    ) -> None:
        self.app = app
        self.frame_ancestors = frame_ancestors
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http" or not _is_open(scope):
            await _refuse(scope, send, 404, "Not found")
        elif _declared_length(scope) > self.max_body:
            await _refuse(scope, send, 413, "The message is too long")
        else:
            nonce = secrets.token_urlsafe(16)
            page = _Page(send, nonce, _headers(nonce, self.frame_ancestors))
            await self.app(scope, _limited(receive, self.max_body), page)


class _Page:
    """Sends a response on, with the headers; an HTML page whole, its scripts given the nonce."""

    def __init__(self, send: Send, nonce: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.send = send
        self.nonce = nonce
        self.headers = headers
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *self.headers]
            if _is_html(message):
                self.start = message
                return
        elif message["type"] == "http.response.body" and self.start is not None:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page()
            return
        await self.send(message)

    async def _send_page(self) -> None:
        assert self.start is not None
        body = self.body.replace(b"<script", f'<script nonce="{self.nonce}"'.encode())
        kept = [(name, value) for name, value in self.start["headers"] if name != b"content-length"]
        self.start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


def content_policy(nonce: str, frame_ancestors: str) -> str:
    """The Content-Security-Policy of the page.

    Gradio compiles the templates of its HTML component in the browser and writes style
    attributes, hence 'unsafe-eval' and inline styles. Inline scripts run only with the nonce.
    """
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "media-src 'none'",
            "object-src 'none'",
            "frame-src 'none'",
            "worker-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        ]
    )


def _headers(nonce: str, frame_ancestors: str) -> list[tuple[bytes, bytes]]:
    values = {
        "content-security-policy": content_policy(nonce, frame_ancestors),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
        "cross-origin-opener-policy": "same-origin",
    }
    return [(name.encode(), value.encode()) for name, value in values.items()]


def _is_open(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    path = path.rstrip("/") or "/"
    if scope["method"] in ("GET", "HEAD"):
        return path in _GET or (path.startswith(_GET_BELOW) and ".." not in path)
    return scope["method"] == "POST" and path in _POST


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _is_html(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in message["headers"]
    )


def _limited(receive: Receive, limit: int) -> Receive:
    """A body sent without its length is cut off at the limit, as if the sender had gone."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > limit else message

    return receive_limited


async def _refuse(scope: Scope, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_headers("none", "'none'")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})
