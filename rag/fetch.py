"""Downloads one page for a person who asked for it, and can be made to reach nothing else.

A server that fetches what it is told to is a way into the network it stands in. So:

- http and https only, no user name in the URL, no proxy from the environment;
- a name is resolved once; if any of its addresses is not a public one the page is refused,
  and the connection goes to the very address that was checked (no second look-up to rebind);
- every redirect is checked as if it were the first;
- bytes are capped as they arrive and again as they unpack, and one clock runs for all of it.

Every failure is a LoadError that names the URL.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from rag.errors import LoadError
from rag.load.limits import Limits

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Policy = Callable[[Address], bool]
"""Whether an address may be connected to."""

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HEADERS = (
    (b"user-agent", b"Footnote/0.1"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8,*/*;q=0.5"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"close"),
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "fec0::/10", "5f00::/16"),
    )
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: the URL it came from in the end, its bytes, its media type and stated encoding."""

    url: str
    content: bytes
    media_type: str = ""
    encoding: str = ""


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, looking inside IPv6 forms of IPv4 ones."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in block for block in _NEVER if block.version == address.version)
    )


def fetch(url: str, limits: Limits | None = None, *, allowed: Policy = is_public) -> Fetched:
    """Downloads a page, following redirects. Raises LoadError.

    `allowed` decides on each address before it is connected to; leave it as it is unless the
    server is a test's own.
    """
    limits = limits or Limits()
    stop = time.monotonic() + limits.seconds
    address = url
    for _ in range(limits.redirects + 1):
        result = _get(url, _checked(url, address), limits, stop, allowed)
        if isinstance(result, Fetched):
            return result
        address = result
    raise LoadError(url, f"more than {limits.redirects} redirects")


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _checked(url: str, address: str) -> httpx.URL:
    try:
        parsed = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise LoadError(url, "not a URL") from error
    if parsed.scheme not in _PORTS:
        raise LoadError(url, f"{parsed.scheme or 'no scheme'}: only http and https are fetched")
    if parsed.userinfo:
        raise LoadError(url, "a URL with a user name in it is not fetched")
    if not parsed.host:
        raise LoadError(url, "a URL without a host")
    return parsed


def resolve(url: str, host: str, port: int, allowed: Policy) -> list[str]:
    """Every address of a host, each one allowed, in the resolver's order. Raises LoadError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LoadError(url, f"{host} cannot be found") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if "%" in address or not allowed(ipaddress.ip_address(address)):
            raise LoadError(url, f"{host} is at {address}, no public address; refused")
    return addresses


def _get(url: str, target: httpx.URL, limits: Limits, stop: float, allowed: Policy) -> Any:
    """The page, or as text the URL it redirects to."""
    port = target.port or _PORTS[target.scheme]
    backend = _Pinned(resolve(url, target.raw_host.decode("ascii"), port, allowed), stop)
    host = target.netloc
    request = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=port, target=target.raw_path
    )
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream("GET", request, headers=[(b"host", host), *_HEADERS]) as response,
        ):
            fields = {k.lower().decode("latin-1"): v.decode("latin-1") for k, v in response.headers}
            if response.status in _REDIRECTS and fields.get("location"):
                return _joined(url, target, fields["location"])
            if response.status != 200:
                raise LoadError(url, f"the server answered {response.status}")
            content = _body(url, response.iter_stream(), fields, limits)
    except httpcore.TimeoutException as error:
        raise LoadError(url, f"took more than {limits.seconds:g} s") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
        raise LoadError(url, f"the connection failed ({error or type(error).__name__})") from error
    media_type, encoding = _media(fields.get("content-type", ""))
    return Fetched(str(target), content, media_type, encoding)


def _joined(url: str, base: httpx.URL, location: str) -> str:
    try:
        return str(base.join(location.encode("latin-1").decode("utf-8", "replace")))
    except (httpx.InvalidURL, ValueError) as error:
        raise LoadError(url, "redirects to what is no URL") from error


def _media(content_type: str) -> tuple[str, str]:
    media_type, _, parameters = content_type.partition(";")
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            return media_type.strip().lower(), value.strip(" \"'")
    return media_type.strip().lower(), ""


def _body(url: str, pieces: Iterable[bytes], fields: dict[str, str], limits: Limits) -> bytes:
    encoding = fields.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise LoadError(url, f"packed as {encoding!r}, which was not asked for")
    if int(fields["content-length"] if fields.get("content-length", "").isdigit() else 0) > (
        limits.file_bytes
    ):
        raise LoadError(url, f"too large: more than {limits.file_bytes:,} bytes")
    pieces = _capped(url, pieces, limits.file_bytes, "too large: more than {:,} bytes")
    if encoding in ("", "identity"):
        return b"".join(pieces)
    try:
        unpacked = _unpack(pieces, encoding)
        return b"".join(_capped(url, unpacked, limits.expanded_bytes, "unpacks to over {:,} bytes"))
    except zlib.error as error:
        raise LoadError(url, "packed data that cannot be unpacked") from error


def _capped(url: str, pieces: Iterable[bytes], most: int, reason: str) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most:
            raise LoadError(url, reason.format(most))
        yield piece


def _unpack(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """At most a megabyte at a time, however far a few bytes expand."""
    unpacker: Any = None
    for piece in pieces:
        if unpacker is None:
            raw = encoding == "deflate" and piece[:1] != b"\x78"  # some servers leave out the frame
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)
        rest = piece
        while rest:
            yield unpacker.decompress(rest, 1 << 20)
            rest = unpacker.unconsumed_tail
    if unpacker is not None:
        yield unpacker.flush()
        if not unpacker.eof:
            raise zlib.error("cut off")


class _Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever name it is asked for."""

    def __init__(self, addresses: list[str], stop: float) -> None:
        self._addresses = addresses
        self._stop = stop
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        failed: Exception | None = None
        for address in self._addresses:
            try:
                left = min(_left(self._stop), 10.0)
                stream = self._sockets.connect_tcp(address, port, left, local_address)
            except httpcore.TimeoutException as error:
                failed = error
            except httpcore.NetworkError as error:
                failed = error
            else:
                return _Timed(stream, self._stop)
        raise failed or httpcore.ConnectError("no address")


class _Timed(httpcore.NetworkStream):
    """A connection whose every step must end before one moment: a slow drip is cut off too."""

    def __init__(self, stream: httpcore.NetworkStream, stop: float) -> None:
        self._stream = stream
        self._stop = stop

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._stop))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._stop))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, _left(self._stop))
        return _Timed(secure, self._stop)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(stop: float) -> float:
    left = stop - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("out of time")
    return left
