"""The guard around the web server: closed doors, a body limit, security headers."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from rag.guard import Guard

PAGE = b"<html><head><script>one()</script><script type=module src=./a.js></script></head></html>"


async def a_site(scope, receive, send):
    """Answers every request: the page on /, else the length of the body it was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    html = scope["path"] == "/"
    body = PAGE if html else str(size).encode()
    kind = b"text/html; charset=utf-8" if html else b"text/plain"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def fetch(method: str, path: str, guard: Guard | None = None, **request) -> httpx.Response:
    guard = guard or Guard(a_site, frame_ancestors="'self' https://news.example", max_body=1000)

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=guard)
        base = "http://127.0.0.1:7860"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **request)

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/config"),
        ("GET", "/manifest.json"),
        ("GET", "/pwa_icon"),
        ("GET", "/assets/index.js"),
        ("GET", "/gradio_api/queue/data?session_hash=x"),
        ("GET", "/logout"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/call/ask"),
    ],
)
def test_what_the_page_and_the_client_need_is_open(method, path):
    assert fetch(method, path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=http://192.0.2.1/x"),
        ("HEAD", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://192.0.2.1/x"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/run/on_ask"),
        ("POST", "/gradio_api/api/on_ask"),
        ("POST", "/gradio_api/call/on_ask"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/docs"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/assets/../gradio_api/file=/etc/passwd"),
        ("GET", "/assets/%2e%2e/secrets"),
        ("DELETE", "/"),
    ],
)
def test_every_other_door_is_closed(method, path):
    assert fetch(method, path).status_code == 404


def test_a_long_body_is_refused_before_it_is_read():
    assert fetch("POST", "/gradio_api/queue/join", content=b"x" * 1000).text == "1000"
    assert fetch("POST", "/gradio_api/queue/join", content=b"x" * 1001).status_code == 413


def test_a_long_body_without_a_length_is_cut_off():
    async def chunks():
        for _ in range(20):
            yield b"x" * 100

    with pytest.raises((httpx.HTTPError, AssertionError)):
        fetch("POST", "/gradio_api/queue/join", content=chunks())


def test_scripts_of_the_page_run_by_a_nonce_that_is_never_used_twice():
    nonces = set()
    for _ in range(2):
        response = fetch("GET", "/")
        policy = response.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        assert response.text.count(f'<script nonce="{nonce}"') == 2
        assert int(response.headers["content-length"]) == len(response.content)
        nonces.add(nonce)
    assert len(nonces) == 2


def test_the_first_script_runs_before_those_of_the_page():
    page = fetch("GET", "/", Guard(a_site, first="zero()"))
    scripts = re.findall("<script nonce=[^>]+>(.*?)</script>", page.text)
    assert scripts == ["zero()", "one()", ""]
    assert int(page.headers["content-length"]) == len(page.content)


@pytest.mark.parametrize("first", ["a()</script><b>", "'<SCRIPT>'"])
def test_a_first_script_cannot_end_itself(first):
    with pytest.raises(ValueError, match="first script"):
        Guard(a_site, first=first)


@pytest.mark.parametrize("path", ["/", "/config", "/monitoring"])
def test_every_response_carries_the_security_headers(path):
    headers = fetch("GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "img-src 'self' data:" in policy
    assert "object-src 'none'" in policy
    assert "'unsafe-inline'" not in re.search("script-src[^;]*", policy).group()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_who_may_embed_the_page_is_the_operators_choice():
    policy = fetch("GET", "/").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://news.example" in policy


def test_the_life_of_the_server_passes_through():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Guard(app)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


# ---------------------------------------------------------------- uploads


def test_an_upload_is_open_only_where_articles_may_be_added_and_no_larger_than_allowed():
    guard = Guard(a_site, max_body=1000, max_upload=50_000)
    path = "/gradio_api/upload"
    assert fetch("POST", path, content=b"x").status_code == 404
    assert fetch("GET", path, guard).status_code == 404
    assert fetch("POST", path, guard, content=b"x" * 50_000).text == "50000"
    assert fetch("POST", path, guard, content=b"x" * 70_000).status_code == 413
    assert fetch("POST", "/gradio_api/queue/join", guard, content=b"x" * 1001).status_code == 413


# ---------------------------------------------------------------- other sites


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200),
        ("localhost:7860", 200),
        ("[::1]:7860", 200),
        ("192.168.1.20", 200),
        ("LOCALHOST", 200),
        ("attacker.example", 421),
        ("attacker.example:7860", 421),
        ("127.0.0.1.attacker.example", 421),
        ("", 421),
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(host, status):
    assert fetch("GET", "/", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        (["news.example"], "news.example", 200),
        (["news.example"], "News.Example:443", 200),
        (["news.example"], "127.0.0.1", 421),
        (["*"], "any.example", 200),
    ],
)
def test_the_operator_says_by_which_names_it_is_reached(hosts, host, status):
    guard = Guard(a_site, hosts=hosts)
    assert fetch("GET", "/", guard, headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:7860", 200),
        ("http://127.0.0.1:8888", 403),
        ("http://localhost:7860", 403),
        ("https://attacker.example", 403),
        ("null", 403),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/gradio_api/queue/join"), ("GET", "/config"), ("POST", "/login")]
)
def test_a_page_of_another_site_can_ask_nothing(method, path, origin, status):
    assert fetch(method, path, headers={"origin": origin}).status_code == status


def test_behind_a_proxy_the_page_comes_from_a_name_the_operator_gave():
    guard = Guard(a_site, hosts=["chat.example", "10.0.0.5"])
    sent = {"host": "10.0.0.5:7860", "origin": "https://chat.example"}
    assert fetch("POST", "/gradio_api/queue/join", guard, headers=sent).status_code == 200
    sent["origin"] = "https://other.example"
    assert fetch("POST", "/gradio_api/queue/join", guard, headers=sent).status_code == 403


def test_passwords_cannot_be_guessed_quickly(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("rag.guard.time.monotonic", lambda: clock[0])
    guard = Guard(a_site)
    assert [fetch("POST", "/login", guard).status_code for _ in range(11)] == [200] * 10 + [429]
    assert fetch("GET", "/", guard).status_code == 200
    clock[0] += 61
    assert fetch("POST", "/login", guard).status_code == 200


@pytest.mark.parametrize(
    ("path", "cookie", "expected"),
    [
        (
            "/logout",
            "a=1; access-token-unsecure-X1=t_-k",
            "a=1; access-token-X1=t_-k; access-token-unsecure-X1=t_-k",
        ),
        ("/logout", "a=1", "a=1"),
        ("/config", "access-token-unsecure-X1=t", "access-token-unsecure-X1=t"),
    ],
)
def test_signing_out_is_heard_without_tls_too(path, cookie, expected):
    heard = []

    async def listen(scope, receive, send):
        heard.extend(v.decode() for name, v in scope["headers"] if name == b"cookie")
        await a_site(scope, receive, send)

    fetch("GET", path, Guard(listen), headers={"cookie": cookie})
    assert heard == [expected]
