"""Downloads: what they bring, and what they refuse, against a real server on this machine.

The server is on a loopback address, which is refused unless a test's own policy allows it.
"""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from load_samples import REPAIRS, STORM, page, pdf

from rag.errors import LoadError
from rag.fetch import Address, fetch, is_public
from rag.load import Limits, Skipped, load
from rag.types import Article

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A web server that answers as a test tells it to, and remembers what it was asked."""

    port: int = 0
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.replies[self.path](self)

        def log_message(self, *_: Any) -> None:
            pass

    # On every address of the machine, so that 127.0.0.2 reaches it as well.
    with ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:
        site.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield site
        server.shutdown()


def only(*addresses: str) -> Callable[[Address], bool]:
    return lambda address: str(address) in addresses


HERE = only("127.0.0.1")


def reply(
    body: bytes | str, content_type: str = "text/html; charset=utf-8", **fields: str
) -> Reply:
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", content_type)
        handler.send_header("content-length", str(len(data)))
        for name, value in fields.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def redirect(location: str, status: int = 302) -> Reply:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("location", location)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return answer


# -- What it brings -----------------------------------------------------------------------------


def test_a_page_is_loaded_from_its_url(site: Site) -> None:
    head = '<meta property="article:published_time" content="2024-07-26">'
    site.replies["/storm"] = reply(page(f"<p>{STORM}</p><p>{REPAIRS}</p>", head))
    url = site.url("/storm")
    (article,) = load(url, allow_url=True, addresses=HERE)
    assert isinstance(article, Article)
    assert article.id == article.source == url
    assert article.text == f"{STORM}\n\n{REPAIRS}"
    assert str(article.published) == "2024-07-26"


def test_what_a_url_gives_is_told_by_its_media_type(site: Site) -> None:
    site.replies["/a"] = reply(pdf([[STORM[:60]]]), "application/pdf")
    site.replies["/b"] = reply(
        "Der Damm brach früh.".encode("cp1252"), "text/plain; charset=cp1252"
    )
    site.replies["/c"] = reply(
        "<rss><channel><item><link>https://a.example/1</link><description>Hello there."
        "</description></item></channel></rss>",
        "text/xml",
    )
    site.replies["/d"] = reply(b"\x89PNG", "image/png")
    loaded = [
        next(load(site.url(path), allow_url=True, addresses=HERE))
        for path in ("/a", "/b", "/c", "/d")
    ]
    assert [item.text for item in loaded if isinstance(item, Article)] == [
        STORM[:60],
        "Der Damm brach früh.",
        "Hello there.",
    ]
    assert isinstance(loaded[2], Article)
    assert loaded[2].id == "https://a.example/1"
    assert isinstance(loaded[3], Skipped)
    assert "image/png" in loaded[3].reason


def test_a_pdf_without_a_name_or_type_is_told_by_its_bytes(site: Site) -> None:
    site.replies["/download?id=7"] = reply(
        pdf([[STORM[:60], STORM[60:]]]), "application/octet-stream"
    )
    (article,) = load(site.url("/download?id=7"), allow_url=True, addresses=HERE)
    assert isinstance(article, Article)
    assert article.text.startswith(STORM[:50])


def test_redirects_are_followed(site: Site) -> None:
    site.replies["/old"] = redirect("new?x=1", 301)
    site.replies["/new?x=1"] = reply("Hello.")
    fetched = fetch(site.url("/old"), allowed=HERE)
    assert (fetched.url, fetched.content) == (site.url("/new?x=1"), b"Hello.")
    assert (fetched.media_type, fetched.encoding) == ("text/html", "utf-8")


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzip.compress(b"Hello.", mtime=0)),
        ("deflate", zlib.compress(b"Hello.")),
        ("deflate", zlib.compress(b"Hello.", wbits=-15)),
    ],
)
def test_packed_pages_are_unpacked(site: Site, name: str, packed: bytes) -> None:
    site.replies["/"] = reply(packed, content_encoding=name)
    assert fetch(site.url(), allowed=HERE).content == b"Hello."


# -- Where it may not go ------------------------------------------------------------------------

PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
    *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
)
def test_public_addresses_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0.0.0.0", "127.0.0.2"),
        *("[::ffff:127.0.0.1]", "[::1]", "LOCALHOST."),
    ],
)
def test_this_machine_is_refused_however_it_is_written(site: Site, host: str) -> None:
    site.replies["/"] = reply("Secret.")
    (skipped,) = load(site.url(host=host), allow_url=True)
    assert isinstance(skipped, Skipped)
    assert "no public address; refused" in skipped.reason or "cannot be found" in skipped.reason
    assert site.asked == []


def test_every_redirect_is_checked(site: Site) -> None:
    site.replies["/"] = redirect(site.url("/secret", host="127.0.0.2"))
    site.replies["/secret"] = reply("Secret.")
    with pytest.raises(LoadError, match=r"127\.0\.0\.2, no public address; refused"):
        fetch(site.url(), allowed=HERE)
    assert site.asked == ["/"]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a.example/", "gopher://x:1/"])
def test_a_redirect_to_anything_but_the_web_is_refused(site: Site, location: str) -> None:
    site.replies["/"] = redirect(location)
    with pytest.raises(LoadError, match="only http and https"):
        fetch(site.url(), allowed=HERE)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("http://user:secret@127.0.0.1/", "a user name"),
        ("http:///path", "without a host"),
        ("http://[::1/", "not a URL"),
        ("http://no-such-host.invalid/", "cannot be found"),
    ],
)
def test_odd_urls_are_refused(url: str, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        fetch(url)


def test_a_name_is_looked_up_once_and_that_address_is_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that points elsewhere at the second look-up: there is no second look-up."""
    looked_up: list[str] = []
    answers = iter(["127.0.0.1", "127.0.0.2"])
    real = socket.getaddrinfo

    def rebinding(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host == "news.example":
            looked_up.append(host)
            host = next(answers)
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    reached: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        reached.append(handler.connection.getsockname()[0])
        assert handler.headers["host"] == f"news.example:{site.port}"
        reply("Hello.")(handler)

    site.replies["/"] = answer
    fetched = fetch(site.url(host="news.example"), allowed=HERE)
    assert fetched.content == b"Hello."
    assert looked_up == ["news.example"]
    assert reached == ["127.0.0.1"]


def test_the_name_that_is_looked_up_is_the_one_the_server_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []

    def nowhere(host: str, *_: Any, **__: Any) -> Any:
        looked_up.append(host)
        raise OSError("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(LoadError, match="cannot be found"):
        fetch("http://straße.example/", Limits())
    assert looked_up == ["xn--strae-oqa.example"]  # "strasse.example" may be another's


def test_a_name_with_one_private_address_among_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(*_: Any, **__: Any) -> Any:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
            for address in ("93.184.216.34", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(LoadError, match=r"10\.0\.0\.1"):
        fetch("http://news.example/")


def test_no_proxy_of_the_environment_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    site.replies["/"] = reply("Hello.")
    assert fetch(site.url(), allowed=HERE).content == b"Hello."


# -- How much, and for how long -----------------------------------------------------------------


def test_redirects_in_a_circle_end(site: Site) -> None:
    site.replies["/"] = redirect("/")
    with pytest.raises(LoadError, match="more than 3 redirects"):
        fetch(site.url(), Limits(redirects=3), allowed=HERE)
    assert len(site.asked) == 4


def test_too_many_bytes_are_refused_before_and_while_they_arrive(site: Site) -> None:
    site.replies["/said"] = reply(b"x" * 2000)

    def unsaid(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 2000)

    site.replies["/unsaid"] = unsaid
    for path in ("/said", "/unsaid"):
        with pytest.raises(LoadError, match="more than 1,000 bytes"):
            fetch(site.url(path), Limits(file_bytes=1000), allowed=HERE)


def test_a_page_that_unpacks_to_too_much_is_refused(site: Site) -> None:
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 50_000
    site.replies["/"] = reply(bomb, content_encoding="gzip")
    with pytest.raises(LoadError, match="unpacks to over 1,000,000 bytes"):
        fetch(site.url(), Limits(expanded_bytes=1_000_000), allowed=HERE)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_packing_that_was_not_asked_for_is_refused(site: Site, encoding: str) -> None:
    site.replies["/"] = reply(b"x", content_encoding=encoding)
    with pytest.raises(LoadError, match="which was not asked for"):
        fetch(site.url(), allowed=HERE)


def test_a_page_cut_off_is_an_error_and_no_half_article(site: Site) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        handler.wfile.write(b"Half an art")

    site.replies["/"] = cut
    site.replies["/gzip"] = reply(gzip.compress(b"Hello." * 99)[:-9], content_encoding="gzip")
    with pytest.raises(LoadError, match="the connection failed"):
        fetch(site.url(), allowed=HERE)
    with pytest.raises(LoadError, match="cannot be unpacked"):
        fetch(site.url("/gzip"), allowed=HERE)


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_drips_is_cut_off_in_time(site: Site, where: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        if where == "body":
            handler.send_response(200)
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        try:
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            pass  # the client hung up, as it should

    site.replies["/"] = drip
    start = time.monotonic()
    with pytest.raises(LoadError, match=r"took more than 0\.5 s"):
        fetch(site.url(), Limits(seconds=0.5), allowed=HERE)
    assert time.monotonic() - start < 3


def test_an_error_of_the_server_is_named(site: Site) -> None:
    site.replies["/"] = lambda handler: handler.send_error(503)
    with pytest.raises(LoadError, match="the server answered 503"):
        fetch(site.url(), allowed=HERE)


def test_a_port_where_nobody_listens_and_one_without_tls(site: Site) -> None:
    site.replies["/"] = reply("Hello.")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        with pytest.raises(LoadError, match="the connection failed"):
            fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/", allowed=HERE)
    with pytest.raises(LoadError, match="the connection failed"):
        fetch(site.url().replace("http:", "https:"), allowed=HERE)
