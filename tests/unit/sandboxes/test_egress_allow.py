"""Which hosts may be reached: patterns, names in all disguises, and addresses that are nobody's business."""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.egress.allow import Allow, BadHost, BadPattern, is_public, read_authority, read_host, read_pattern

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAME = st.builds(
    lambda labels, last: ".".join([*labels, last]), st.lists(LABEL, min_size=1, max_size=3), st.just("test")
)


def allowed(patterns: list[str], authority: str) -> bool:
    return Allow.read(patterns).host(*read_authority(authority))


@pytest.mark.parametrize(
    ("pattern", "authority", "wanted"),
    [
        ("a.test", "a.test:443", True),
        ("a.test", "a.test:80", True),
        ("a.test", "a.test:22", False),
        ("a.test:22", "a.test:22", True),
        ("a.test:22", "a.test:443", False),
        ("A.Test.", "a.tEST.:443", True),
        ("a.test", "b.a.test:443", False),
        ("a.test", "aa.test:443", False),
        ("a.test", "a.test.evil.test:443", False),
        ("*.a.test", "b.a.test:443", True),
        ("*.a.test", "c.b.a.test:443", True),
        ("*.a.test", "a.test:443", False),
        ("*.a.test", "ba.test:443", False),
        ("*.a.test:8443", "b.a.test:8443", True),
        ("*.a.test:8443", "b.a.test:443", False),
        ("127.0.0.1:80", "127.0.0.1:80", True),
        ("127.0.0.1:80", "127.0.0.1:81", False),
        ("127.0.0.1:80", "[::ffff:127.0.0.1]:80", False),
        ("127.0.0.1:80", "localhost:80", False),
        ("[::1]:80", "[::1]:80", True),
        ("[::1]:80", "[0:0:0:0:0:0:0:1]:80", True),
        ("8.8.8.8", "8.8.8.8:443", True),
        ("2606:4700::1", "[2606:4700::1]:443", True),
        ("*.8.8.test", "8.8.8.8:443", False),
        ("xn--bcher-kva.test", "XN--bcher-kva.test:443", True),
    ],
)
def test_patterns(pattern: str, authority: str, wanted: bool) -> None:
    assert allowed([pattern], authority) is wanted


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "*",
        "*.",
        "*.com",
        "https://a.test",
        "a.test/x",
        "u@a.test",
        "a.test:",
        "a.test:0",
        "a.test:65536",
        "a.test:+80",
        "a.test:080",
        "a.test:x",
        "a b.test",
        "-a.test",
        "a-.test",
        "a..test",
        ".a.test",
        "a.*.test",
        "*a.test",
        "büch.test",
        "127.0.0.1",
        "10.0.0.1",
        "0x7f.1:80",
        "127.1:80",
        "2130706433:80",
        "0177.0.0.1:80",
        "[::1]",
        "::1",
        "[::1",
        "fe80::1%1",
        "*.8.8.8.8",
        "x" * 64 + ".test",
        "a." * 130 + "test",
        "a.test\n",
        "a\x00.test",
        "a.test\u3002",
        "169.254.169.254",
    ],
)
def test_what_is_no_pattern_is_told_in_one_line(pattern: str) -> None:
    with pytest.raises(BadPattern) as caught:
        read_pattern(pattern)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.0x1",
        "1.2.3",
        "a.0x",
        "a.1",
        "1.2.3.4.5",
        "256.1.1.1",
        "[127.0.0.1]",
        "[::1",
        "::1]",
        "fe80::1%eth0",
        "a.test..",
        "..",
        "a\x00b.test",
        "a.test ",
        " a.test",
        "a%2etest",
        "a_\n.test",
        "\u0661.test",
        "\u212a.test",
        "ＡＢ.test",
        "a@b.test",
        "a\\b.test",
        "",
    ],
)
def test_disguises_are_refused(text: str) -> None:
    with pytest.raises(BadHost):
        read_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "4000::1",
    ],
)
def test_addresses_that_are_not_public(text: str) -> None:
    address = ip_address(text)
    assert not is_public(address)
    assert not Allow.read(["*.a.test", "a.test:80"]).address(address, 80)


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_what_the_library_calls_private_is_never_public(number: int) -> None:
    address = IPv4Address(number)
    assert not (is_public(address) and (address.is_private or address.is_multicast or address.is_reserved))
    for disguise in (IPv6Address(f"::ffff:{address}"), IPv6Address(f"64:ff9b::{address}"), IPv6Address(f"::{address}")):
        assert not is_public(disguise)


def test_an_address_is_let_through_where_it_is_named_with_its_port_and_nowhere_else() -> None:
    allow = Allow.read(["127.0.0.2:8080", "8.8.8.8", "a.test"])
    assert allow.address(IPv4Address("127.0.0.2"), 8080)
    assert not allow.address(IPv4Address("127.0.0.2"), 80)
    assert not allow.address(IPv4Address("127.0.0.3"), 8080)
    assert not allow.address(IPv6Address("::ffff:127.0.0.2"), 8080)
    assert not allow.names(IPv4Address("8.8.8.8"), 443)


@given(NAME, NAME)
def test_a_name_allows_itself_and_its_subdomains_pattern_only_what_is_below(name: str, other: str) -> None:
    assert allowed([name], f"{name.upper()}.:443")
    assert allowed([f"*.{name}"], f"{other}.{name}:443")
    assert not allowed([f"*.{name}"], f"{name}:443")
    assert not allowed([name], f"{other}{name}:443")
    assert allowed([name], f"{other}:443") is (name == other)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-fx.:\[\]%*@-]{0,30}", fullmatch=True))
def test_any_text_is_a_plain_host_or_refused(text: str) -> None:
    with contextlib.suppress(BadHost):
        host = read_host(text)
        # What was read, written and read again, is the same: no second program can see another host in it.
        assert read_host(str(host)) == host
        assert str(host).isascii() and str(host) == str(host).lower()
    with contextlib.suppress(BadPattern):
        read_pattern(text)


def test_no_pattern_allows_nothing() -> None:
    assert not Allow.read([]).host("a.test", 443)
