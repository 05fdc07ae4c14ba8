"""What stands between the network and Gradio's server: headers, closed doors, a body limit.

An ASGI middleware around the whole web chat. It lets through only the paths that the page and
`gradio_client` need, so that Gradio's file proxy, monitoring, run history and editing routes
do not exist for anyone. It refuses large bodies before they are read into memory, requests by
a name that is not its own (which is how a web page elsewhere reaches a server on this machine)
and requests sent by pages of other sites. It slows the guessing of passwords, and adds the
security headers, with a fresh nonce for the page's own scripts.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from rag.owner import renewed_cookie

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
        "/pwa_icon",
        "/robots.txt",
        "/theme.css",
        f"{_API}/app_id",
        f"{_API}/info",
        f"{_API}/login_check",
        f"{_API}/queue/data",
        f"{_API}/startup-events",
        f"{_API}/theme.css",
        f"{_API}/user",
        "/logout",
    }
)
_GET_BELOW = ("/assets/", "/static/", f"{_API}/heartbeat/", f"{_API}/call/ask/")
_POST = frozenset(
    {f"{_API}/queue/join", f"{_API}/cancel", f"{_API}/reset", f"{_API}/call/ask", "/login"}
)
_UPLOAD = f"{_API}/upload"
_FORM = 16_000  # bytes that an upload's form may have around the file

_LOGINS = 10  # attempts from one address
_LOGINS_S = 60.0
_ADDRESSES = 10_000  # remembered at once


class Guard:
    """Wraps an ASGI app.

    | option          | what it is                                                               |
    |-----------------|--------------------------------------------------------------------------|
    | frame_ancestors | a CSP source list: who may embed the page                                |
    | max_body        | bytes of a request, uploads apart                                        |
    | max_upload      | bytes of an uploaded file; 0 closes the upload                           |
    | hosts           | names it answers to; "*" is any; none: addresses and this machine's name |
    | first           | a script for every HTML page with a head, before those that it has       |
    """

    def __init__(
        self,
        app: App,
        *,
        frame_ancestors: str = "'self'",
        max_body: int = MAX_BODY,
        max_upload: int = 0,
        hosts: Collection[str] = (),
        first: str = "",
    ) -> None:
        self.app = app
        self.frame_ancestors = frame_ancestors
        self.max_body = max_body
        self.max_upload = max_upload
        self.hosts = frozenset(host.lower() for host in hosts)
        if "<script" in first.lower() or "</script" in first.lower():
            raise ValueError("the first script must not hold a tag that begins or ends one")
        self.first = f"<script>{first}</script>".encode() if first else b""
        self._attempts = _Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await _refuse(scope, send, *refusal)
            return
        if _path(scope) == "/logout":
            scope = {**scope, "headers": _both_tokens(scope["headers"])}
        nonce = secrets.token_urlsafe(16)
        headers = [*_headers(nonce, self.frame_ancestors), *_owner_cookie(scope)]
        page = _Page(send, nonce, headers, self.first)
        await self.app(scope, _limited(receive, self._limit(scope)), page)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and reason to refuse a request with; None lets it through."""
        if scope["type"] != "http":
            return 404, "Not found"
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if not self._is_ours(_hostname(host)):
            return 421, "This is not a name of this server; its setting allowed_hosts lists them"
        if origin and not self._is_same(origin, host):
            return 403, "Sent by a page of another site"
        if not self._is_open(scope):
            return 404, "Not found"
        if _declared_length(scope) > self._limit(scope):
            return 413, "The message is too long"
        if _path(scope) == "/login" and not self._attempts.allow(scope):
            return 429, "Too many attempts; wait a minute"
        return None

    def _is_ours(self, name: str) -> bool:
        if self.hosts:
            return name in self.hosts or "*" in self.hosts
        # A name that an attacker registered can be made to point here; an address cannot.
        return _is_address(name) or name in ("localhost", socket.gethostname().lower())

    def _is_same(self, origin: str, host: str) -> bool:
        """Whether a page's origin is this server, seen directly or through the operator's proxy."""
        scheme, _, place = origin.lower().partition("://")
        return scheme in ("http", "https") and (
            place == host.lower() or _hostname(place) in self.hosts
        )

    def _is_open(self, scope: Scope) -> bool:
        path = _path(scope)
        if scope["method"] in ("GET", "HEAD"):
            return path in _GET or (path.startswith(_GET_BELOW) and ".." not in path)
        if path == _UPLOAD and not self.max_upload:
            return False
        return scope["method"] == "POST" and (path in _POST or path == _UPLOAD)

    def _limit(self, scope: Scope) -> int:
        return self.max_upload + _FORM if _path(scope) == _UPLOAD else self.max_body


class _Attempts:
    """Logins from each address in the last minute."""

    def __init__(self) -> None:
        self._at: dict[str, deque[float]] = {}

    def allow(self, scope: Scope) -> bool:
        """Counts one attempt, and says whether it is one too many."""
        now = time.monotonic()
        address = (scope.get("client") or ("",))[0]
        if len(self._at) > _ADDRESSES:
            self._at = {a: at for a, at in self._at.items() if at[-1] > now - _LOGINS_S}
        times = self._at.setdefault(address, deque(maxlen=_LOGINS))
        allowed = len(times) < _LOGINS or times[0] < now - _LOGINS_S
        if allowed:
            times.append(now)
        return allowed


class _Page:
    """Sends a response on, with the headers; an HTML page whole, its scripts given the nonce.

    `first` is put before them.
    """

    def __init__(
        self, send: Send, nonce: str, headers: list[tuple[bytes, bytes]], first: bytes
    ) -> None:
        self.send = send
        self.nonce = nonce
        self.headers = headers
        self.first = first
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
        body = self.body.replace(b"<head>", b"<head>" + self.first, 1)
        body = body.replace(b"<script", f'<script nonce="{self.nonce}"'.encode())
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


def _owner_cookie(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The cookie by which a browser finds its conversations again, with the page and questions."""
    if _path(scope) not in ("/", f"{_API}/queue/join"):
        return []
    cookie = renewed_cookie(
        _header(scope, b"cookie"),
        _header(scope, b"sec-fetch-site"),
        secure=scope.get("scheme") == "https",
        path=f"{scope.get('root_path', '')}/",
    )
    return [(b"set-cookie", cookie.encode())] if cookie else []


def _both_tokens(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A request to sign out by which Gradio ends the session of a browser without TLS, too.

    It gives each login two cookies of one token, and looks for the one that only TLS brings.
    """
    bare = rb"(access-token-)unsecure-([^=;]+=[^;]*)"
    return [
        (name, re.sub(bare, rb"\1\2; \g<0>", value) if name == b"cookie" else value)
        for name, value in headers
    ]


def _path(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.rstrip("/") or "/"


def _header(scope: Scope, wanted: bytes) -> str:
    return next((v.decode("latin-1") for name, v in scope["headers"] if name == wanted), "")


def _hostname(place: str) -> str:
    """The host of "host:port", in lower case, without the brackets of an IPv6 address."""
    if place.startswith("["):
        return place[1:].partition("]")[0].lower()
    return place.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _declared_length(scope: Scope) -> int:
    value = _header(scope, b"content-length")
    return int(value) if value.isdecimal() else 0


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
