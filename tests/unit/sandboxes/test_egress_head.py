"""Heads of proxy requests: what is forwarded and how it is written anew, and all that is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.egress.head import BadRequest, chunk_size, read_head


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def test_connect() -> None:
    request = read_head(head("CONNECT a.test:443 HTTP/1.1", "Host: other.test:443", "Proxy-Connection: keep-alive"))
    assert (request.host, request.port, request.tunnel, request.head, request.length) == ("a.test", 443, True, b"", 0)


def test_a_url_is_written_anew_with_the_host_that_was_judged() -> None:
    request = read_head(
        head(
            "GET http://A.test:8080/x?y=1 HTTP/1.1",
            "Host: other.test",
            "Accept: */*",
            "Connection: keep-alive, X-Drop",
            "X-Drop: 1",
            "Proxy-Authorization: Basic eA==",
            "Upgrade: websocket",
            "TE: trailers",
        )
    )
    assert (request.host, request.port, request.tunnel, request.length) == ("a.test", 8080, False, 0)
    assert request.head == head("GET /x?y=1 HTTP/1.1", "Host: a.test:8080", "Accept: */*", "Connection: close")


@pytest.mark.parametrize(
    ("url", "port", "first"),
    [
        ("http://a.test", 80, "GET / "),
        ("http://a.test?q", 80, "GET /?q "),
        ("HTTP://a.test/", 80, "GET / "),
        ("http://a.test//evil.test/", 80, "GET //evil.test/ "),
        ("http://a.test:81/@b", 81, "GET /@b "),
    ],
)
def test_paths(url: str, port: int, first: str) -> None:
    request = read_head(head(f"GET {url} HTTP/1.0"))
    assert (request.host, request.port) == ("a.test", port)
    assert request.head.decode().startswith(first)


def test_bodies() -> None:
    post = "POST http://a.test/ HTTP/1.1"
    assert read_head(head(post, "Content-Length: 12")).length == 12
    chunked = read_head(head(post, "Transfer-Encoding: chunked", "Connection: transfer-encoding"))
    assert chunked.length is None
    assert b"Transfer-Encoding: chunked\r\n" in chunked.head


@pytest.mark.parametrize(
    "lines",
    [
        ["GET / HTTP/1.1", "Host: a.test"],
        ["GET https://a.test/ HTTP/1.1"],
        ["GET ftp://a.test/ HTTP/1.1"],
        ["GET http://u:p@a.test/ HTTP/1.1"],
        ["GET http://a.test@b.test/ HTTP/1.1"],
        ["GET http://a.test\\@b.test/ HTTP/1.1"],
        ["GET http://a.test#@b.test/ HTTP/1.1"],
        ["GET http://a.test/#x HTTP/1.1"],
        ["GET http:///x HTTP/1.1"],
        ["GET http://127.1/ HTTP/1.1"],
        ["GET http://0x7f000001/ HTTP/1.1"],
        ["GET http://b\xfccher.test/ HTTP/1.1"],
        ["GET http://a.test:99999/ HTTP/1.1"],
        ["GET  http://a.test/ HTTP/1.1"],
        ["GET http://a.test/ HTTP/1.1 "],
        ["GET http://a.test/\tx HTTP/1.1"],
        ["GET http://a.test/ HTTP/2.0"],
        ["GET http://a.test/"],
        ["G(T http://a.test/ HTTP/1.1"],
        [""],
        ["", "GET http://a.test/ HTTP/1.1"],
        ["CONNECT a.test HTTP/1.1"],
        ["CONNECT a.test:443/ HTTP/1.1"],
        ["CONNECT u@a.test:443 HTTP/1.1"],
        ["CONNECT http://a.test:443 HTTP/1.1"],
        ["CONNECT a.test:443 HTTP/1.1", "Content-Length: 3"],
        ["CONNECT a.test:443 HTTP/1.1", "Transfer-Encoding: chunked"],
        ["CONNECT a..test:443 HTTP/1.1"],
        ["CONNECT a.test:0443 HTTP/1.1"],
    ],
)
def test_requests_that_are_refused(lines: list[str]) -> None:
    with pytest.raises(BadRequest):
        read_head(head(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 3", "Content-Length: 3"],
        ["Content-Length: 3", "Transfer-Encoding: chunked"],
        ["Content-Length: +3"],
        ["Content-Length: 3, 3"],
        ["Content-Length: 0x3"],
        ["Content-Length: -1"],
        ["Content-Length:"],
        ["Content-Length: " + "9" * 40],
        ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Host: a.test", "Host: b.test"],
        ["Host : a.test"],
        [" folded: 1"],
        ["X: 1", "\tfolded"],
        ["X: a\rY: b"],
        ["X: a\nY: b"],
        ["X: a\0b"],
        ["no colon"],
        [": nameless"],
        ["Content-Length\x0b: 3"],
        [f"X-{n}: 1" for n in range(200)],
    ],
)
def test_headers_that_are_refused(lines: list[str]) -> None:
    with pytest.raises(BadRequest):
        read_head(head("POST http://a.test/ HTTP/1.1", *lines))


def test_an_old_version_has_no_chunks() -> None:
    with pytest.raises(BadRequest):
        read_head(head("POST http://a.test/ HTTP/1.0", "Transfer-Encoding: chunked"))


@given(
    st.binary(max_size=200) | st.text(st.characters(max_codepoint=255), max_size=200).map(lambda t: t.encode("latin-1"))
)
def test_no_bytes_smuggle_a_second_request(noise: bytes) -> None:
    for raw in (noise, b"GET http://a.test/" + noise + b" HTTP/1.1", b"GET http://a.test/ HTTP/1.1\r\nX: " + noise):
        try:
            request = read_head(raw + b"\r\n\r\n")
        except BadRequest:
            continue
        assert request.head.count(b"\r\n\r\n") == (0 if request.tunnel else 1)
        assert request.head.lower().count(b"\r\nhost:") == (0 if request.tunnel else 1)
        assert b"\n" not in request.head.replace(b"\r\n", b"") and b"\r" not in request.head.replace(b"\r\n", b"")


def test_chunk_sizes() -> None:
    assert chunk_size(b"1a;x=y\r\n") == 26
    for bad in (
        b"\r\n",
        b"-1\r\n",
        b"0x5\r\n",
        b"+5\r\n",
        b" 5\r\n",
        b"5\n\r\n",
        b"fffffffff\r\n",
        b"ffffffff\r\n",
        b"5;\x00\r\n",
    ):
        with pytest.raises(BadRequest):
            chunk_size(bad)
