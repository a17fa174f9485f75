"""Which hosts a sandbox may reach: patterns as a person writes them, and the judgement of names and addresses.

A name is judged as text before anything is resolved, an address after. A pattern is a host name (`example.org`), its
subdomains (`*.example.org`), or an address, each with an optional port; without one, ports 80 and 443. Addresses that
are not public are refused, whatever name led to them, but for an address that a pattern names together with its port.

References: RFC 1123 (names), RFC 6890 and the IANA special-purpose registries (addresses), RFC 6052 (NAT64).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Self

PORTS = (80, 443)
"""What a pattern without a port means."""
Address = IPv4Address | IPv6Address

_LONGEST_NAME = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # what some resolvers take for (part of) an address as a last label
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_SECOND_LEVEL = 2

_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",  # a public address by which a cloud's machines reach the cloud's own services
        ),
    )
)  # fmt: skip
_PUBLIC_6 = IPv6Network("2000::/3")  # so not loopback, ULA, link-local, multicast, IPv4-mapped, nor NAT64's prefixes
_NOT_PUBLIC_6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))  # Teredo, 6to4: IPv4 in disguise
)


class BadPattern(ValueError):
    """A pattern that names no host; the message is one line for the person who wrote it."""


class BadHost(ValueError):
    """What a sandbox asked for is no host and port; the message says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern. `host` is a name in lower case or an address; `port` None means 80 and 443."""

    host: str | Address
    port: int | None = None
    subdomains: bool = False

    def covers(self, host: str | Address, port: int) -> bool:
        """Whether this rule speaks of `host` (as `read_host` gives it) at `port`."""
        if port not in (PORTS if self.port is None else (self.port,)):
            return False
        if self.subdomains:
            return isinstance(host, str) and host.endswith(f".{self.host}")
        return type(host) is type(self.host) and host == self.host


@dataclass(frozen=True, slots=True)
class Allow:
    """All rules of a policy."""

    rules: tuple[Rule, ...]

    @classmethod
    def read(cls, patterns: Iterable[str]) -> Self:
        """Read the patterns of a policy.

        Raises:
            BadPattern: one of them names no host.
        """
        return cls(tuple(read_pattern(pattern) for pattern in patterns))

    def host(self, host: str | Address, port: int) -> bool:
        """Whether a sandbox may ask for `host` (as `read_host` gives it) at `port`. Addresses are judged besides."""
        return any(rule.covers(host, port) for rule in self.rules)

    def address(self, address: Address, port: int) -> bool:
        """Whether a connection to `address` may be made: it is public, or named with this very port."""
        return is_public(address) or self.names(address, port)

    def names(self, address: Address, port: int) -> bool:
        """Whether a rule names this very address and port."""
        return any(rule.port == port and rule.covers(address, port) for rule in self.rules)


def read_pattern(pattern: str) -> Rule:
    """One pattern of a policy.

    Raises:
        BadPattern: it names no host.
    """
    what = f"{pattern!r:.120} is no host to allow"
    if "/" in pattern or "@" in pattern:
        raise BadPattern(f"{what}: write the name alone, without scheme, user or path")
    if not pattern.isascii():
        raise BadPattern(f"{what}: write an international name in its ASCII form (xn--...)")
    subdomains = pattern.startswith("*.")
    try:
        name, port = _split(pattern[2:] if subdomains else pattern)
        host = read_host(name)
    except BadHost as bad:
        raise BadPattern(f"{what}: {bad}") from None
    if isinstance(host, str):
        if subdomains and host.count(".") + 1 < _SECOND_LEVEL:
            raise BadPattern(f"{what}: a pattern may not cover a whole top-level domain")
        return Rule(host, port, subdomains)
    if subdomains:
        raise BadPattern(f"{what}: an address has no subdomains")
    if port is None and not is_public(host):
        raise BadPattern(f"{what}: an address that is not public needs its port (ADDRESS:PORT)")
    return Rule(host, port)


def read_host(text: str) -> str | Address:
    """A host as a name in lower case without a final dot, or as an address (IPv6 with or without brackets).

    Raises:
        BadHost: it is neither, or an address in one of the forms that programs read differently.
    """
    if not text.isascii():
        raise BadHost("a name that is not ASCII")
    if text.startswith("[") or ":" in text:
        bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        if "%" in bare:
            raise BadHost("an address with a zone")
        try:
            return IPv6Address(bare)
        except ValueError:
            raise BadHost("not an IPv6 address") from None
    name = text.lower().removesuffix(".")
    if not name or len(name) > _LONGEST_NAME:
        raise BadHost("an empty or too long name")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            address = ip_address(text)  # dotted decimal without leading zeros and nothing else
        except ValueError:
            raise BadHost("an address that is not in its plain form") from None
        return address
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise BadHost("not a host name")
    return name


def read_authority(text: str, default: int | None = None) -> tuple[str | Address, int]:
    """Host and port of an authority (RFC 3986, 3.2) without user; `default` is the port where it names none.

    Raises:
        BadHost: it is none.
    """
    name, port = _split(text)
    if port is None:
        port = default
    if port is None:
        raise BadHost("no port")
    return read_host(name), port


def is_public(address: Address) -> bool:
    """Whether `address` is one of the public Internet's."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _split(text: str) -> tuple[str, int | None]:
    """Host and port. An IPv6 address without brackets has no port."""
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadHost("not an IPv6 address")
        return host + bracket, _port(rest[1:]) if rest else None
    if text.count(":") != 1:
        return text, None
    host, _, port = text.partition(":")
    return host, _port(port)


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or int(text) > 0xFFFF:
        raise BadHost("not a port")
    return int(text)
