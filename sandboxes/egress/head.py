"""Reads the head of a proxy request as strictly as can be, and writes it anew for the server it goes to.

What two programs might read differently is refused: that is how requests are smuggled past a proxy.
Reference: RFC 9112 (HTTP/1.1), sections 2 to 7 and 11.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandboxes.egress.allow import Address, BadHost, read_authority

MAX_CHUNK = 1 << 30

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t -~]*)?\r\n")
_MAX_HEADERS = 100
_BOUNDS = frozenset(("content-length", "transfer-encoding"))
_HOP_BY_HOP = frozenset(
    ("connection", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
     "trailer", "upgrade")
)  # fmt: skip


class BadRequest(ValueError):
    """Not a request that this proxy forwards; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """Where a request wants to go, and what is to be sent there.

    Attributes:
        host: as `read_host` gives it.
        tunnel: it was CONNECT: nothing is sent before the bytes of the client.
        head: the head for the server, in absolute form's place the origin form.
        length: bytes of the body that follows; None: it comes in chunks.
    """

    host: str | Address
    port: int
    tunnel: bool
    head: bytes = b""
    length: int | None = 0


def read_head(raw: bytes) -> Request:
    """Read a request's head, which ends with its empty line.

    Raises:
        BadRequest: it is not strictly one, or asks for what is not forwarded.
    """
    first, *rest = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not _TARGET.fullmatch(parts[1]):
        raise BadRequest("malformed request line")
    method, target, version = parts
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise BadRequest("not HTTP/1")
    headers = _headers(rest)
    length = _body_length(headers, version)
    try:
        if method == "CONNECT":
            host, port = read_authority(target)
            if length != 0:
                raise BadRequest("CONNECT with a body")
            return Request(host, port, tunnel=True)
        return _forwarded(method, target, headers, length)
    except BadHost as bad:
        raise BadRequest(f"malformed host: {bad}") from None


def chunk_size(line: bytes) -> int:
    """The size that the first line of a chunk gives.

    Raises:
        BadRequest: it gives none.
    """
    found = _CHUNK.fullmatch(line)
    if found is None or int(found[1], 16) > MAX_CHUNK:
        raise BadRequest("malformed chunk")
    return int(found[1], 16)


def _headers(lines: list[str]) -> list[tuple[str, str]]:
    if len(lines) > _MAX_HEADERS:
        raise BadRequest("too many headers")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        # A line that starts with a space (folding), a space before the colon, a bare CR or LF: none is a header.
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadRequest("malformed header")
        headers.append((name, value.strip(" \t")))
    return headers


def _body_length(headers: list[tuple[str, str]], version: str) -> int | None:
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    codings = [value for name, value in headers if name.lower() == "transfer-encoding"]
    if sum(name.lower() == "host" for name, _ in headers) > 1 or len(lengths) + len(codings) > 1:
        raise BadRequest("contradicting headers")
    if codings:
        if codings[0].lower() != "chunked" or version != "HTTP/1.1":
            raise BadRequest("a transfer coding that is not forwarded")
        return None
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise BadRequest("malformed length")
    return int(lengths[0]) if lengths else 0


def _forwarded(method: str, target: str, headers: list[tuple[str, str]], length: int | None) -> Request:
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() != "http":
        raise BadRequest("only CONNECT and http:// URLs are forwarded")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    if "@" in authority or "#" in path or path.startswith("\\"):
        raise BadRequest("malformed URL")
    host, port = read_authority(authority, 80)
    named = ",".join(value for name, value in headers if name.lower() == "connection").split(",")
    # Where the body ends is not for the client to hide.
    dropped = (_HOP_BY_HOP | {word.strip().lower() for word in named}) - _BOUNDS
    kept = [f"{name}: {value}" for name, value in headers if name.lower() not in dropped]
    origin = path if path.startswith("/") else f"/{path}"
    # Host is what was judged, not what the client says; one request a connection, so that none hides behind another.
    lines = [f"{method} {origin} HTTP/1.1", f"Host: {authority_of(host, port)}", *kept, "Connection: close", "", ""]
    return Request(host, port, False, "\r\n".join(lines).encode("latin-1"), length)


def authority_of(host: str | Address, port: int, usual: int = 80) -> str:
    """Host and port as a URL writes them."""
    text = f"[{host}]" if ":" in str(host) else str(host)
    return text if port == usual else f"{text}:{port}"
