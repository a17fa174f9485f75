"""The proxy against real servers on loopback: what gets through, what does not, and that all of it is told."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes.contract import NetworkUse, OnNetwork
from sandboxes.egress.allow import Address, Allow
from sandboxes.egress.proxy import Bounds, Proxy

HERE = "127.0.0.2"  # loopback, but not the address that programs reach without a proxy


@dataclass
class Site:
    """A server that keeps what it was sent; it answers a request by its head, and echoes what is no request."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def connections(self) -> int:
        return len(self.writers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        place = len(self.heard)
        self.heard.append(b"")
        try:
            while data := await reader.read(1 << 16):
                self.heard[place] += data
                if b" HTTP/1.1\r\n" not in self.heard[place]:
                    writer.write(data)
                elif self.heard[place].endswith((b"\r\n\r\n", b"END")):
                    writer.write(self.answer)
                    break
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.serve, HERE, 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await gone(made.writers)


async def gone(writers: list[asyncio.StreamWriter]) -> None:
    """Drop connections, and let the loop see it."""
    for writer in writers:
        writer.transport.abort()
    await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 (what is waited for happens in another task that knows no tests)
        await asyncio.sleep(0.005)


@dataclass
class Outlet:
    """A proxy on a socket, as a sandbox sees it, and what it told."""

    path: Path
    proxy: Proxy
    told: list[NetworkUse]
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self.path)
        self.writers.append(writer)
        return reader, writer

    async def ask(self, request: str | bytes) -> bytes:
        """Everything that comes back for `request`."""
        reader, writer = await self.open()
        writer.write(request.encode("latin-1") if isinstance(request, str) else request)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""

    async def tunnel(self, authority: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self.open()
        writer.write(f"CONNECT {authority} HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    async def uses(self, count: int = 1) -> list[NetworkUse]:
        """What was told, once it is `count` uses."""
        await until(lambda: len(self.told) >= count)
        return self.told


Make = Callable[..., Awaitable[Outlet]]
Names = dict[str, list[list[str]]]


@pytest_asyncio.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[Outlet] = []

    async def build(
        *patterns: str, bounds: Bounds | None = None, names: Names | None = None, tell: OnNetwork | None = None
    ) -> Outlet:
        """A proxy; each question for a name takes the next of its answers, and the last one stays."""
        told: list[NetworkUse] = []

        async def keep(use: NetworkUse) -> None:
            told.append(use)

        async def resolve(name: str, port: int) -> Sequence[Address]:
            if name not in (names or {}):
                raise OSError(-2, "no such name")
            answers = (names or {})[name]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            return [ip_address(text) for text in answer]

        proxy = Proxy(Allow.read(patterns), tell or keep, bounds=bounds or Bounds(), resolve=resolve)
        listening = socket.socket(socket.AF_UNIX)
        path = tmp_path / f"{len(made)}"
        listening.bind(str(path))
        listening.listen()
        listening.setblocking(False)
        proxy.serve(listening)
        made.append(Outlet(path, proxy, told))
        return made[-1]

    yield build
    for outlet in made:
        await gone(outlet.writers)
        await outlet.proxy.close()


async def test_a_tunnel_carries_bytes_both_ways_and_they_are_counted(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}")
    reader, writer = await outlet.tunnel(f"{HERE}:{site.port}")
    writer.write(b"x" * 300_000)
    writer.write_eof()
    assert await reader.read() == b"x" * 300_000
    writer.close()
    assert await outlet.uses() == [NetworkUse(True, HERE, site.port, HERE, 300_000, 300_000)]


async def test_a_slow_reader_gets_all_and_is_told_of(make: Make, site: Site) -> None:
    site.answer = b"y" * 3_000_000
    outlet = await make(f"{HERE}:{site.port}")
    reader, writer = await outlet.open()
    writer.write(f"GET http://{HERE}:{site.port}/ HTTP/1.1\r\n\r\n".encode())
    await asyncio.sleep(0.05)  # until every buffer in between is full
    assert len(await reader.read()) == 3_000_000
    assert (await outlet.uses())[0].received == 3_000_000


async def test_a_url_is_fetched_with_the_host_that_was_judged(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}")
    answer = await outlet.ask(f"GET http://{HERE}:{site.port}/x HTTP/1.1\r\nHost: secret.test\r\n\r\n")
    assert answer == site.answer
    assert site.heard == [f"GET /x HTTP/1.1\r\nHost: {HERE}:{site.port}\r\nConnection: close\r\n\r\n".encode()]
    use = (await outlet.uses())[0]
    assert use.allowed and use.received == len(answer) and use.sent == len(site.heard[0])


async def test_nothing_follows_a_request_not_even_another_one(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}")
    post = f"POST http://{HERE}:{site.port}/ HTTP/1.1\r\nContent-Length: 6\r\n\r\nabcEND"
    assert await outlet.ask(f"{post}GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n") == site.answer
    assert site.heard[0].endswith(b"\r\n\r\nabcEND")


async def test_chunks_are_bounded_and_written_anew(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}")
    start = f"POST http://{HERE}:{site.port}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    site.answer = b"done"
    assert await outlet.ask(f"{start}4;x=y\r\nwiki\r\n0003\r\nEND\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n") == b"done"
    assert site.heard[0].partition(b"\r\n\r\n")[2].startswith(b"4\r\nwiki\r\n3\r\nEND")
    assert b"hidden" not in site.heard[0]
    for bad in ("4\r\nwikiX\r\n", "0x4\r\nwiki\r\n", "4\nwiki\r\n", "0\r\nTrailer: 1\r\n\r\n", "-1\r\n\r\n"):
        await outlet.ask(start + bad)
    assert all(b"Trailer" not in heard and b"X\r\n" not in heard for heard in site.heard)
    assert [bool(use.reason) for use in await outlet.uses(6)] == [False, *[True] * 5]


@pytest.mark.parametrize(
    "request_line",
    [
        "CONNECT other.test:443",
        "GET http://other.test/",
        "CONNECT 169.254.169.254:80",
        "GET http://169.254.169.254/",
        "CONNECT good.test:22",
        "CONNECT [fd00:ec2::254]:80",
        "GET http://good.test.evil.test/",
        "CONNECT 127.0.0.1:443",
    ],
)
async def test_what_is_not_named_is_refused_before_any_name_is_resolved(make: Make, request_line: str) -> None:
    outlet = await make("good.test", names={"other.test": [["127.0.0.1"]], "good.test.evil.test": [["127.0.0.1"]]})
    answer = await outlet.ask(f"{request_line} HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    use = (await outlet.uses())[0]
    assert (use.allowed, use.address, use.reason) == (False, "", "not allowed by the policy")
    assert use.host and use.port


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "fd00:ec2::254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "0.0.0.0",  # noqa: S104
        "100.64.0.1",
        "224.0.0.1",
    ],
)
async def test_an_allowed_name_does_not_lead_to_an_address_that_is_not_public(make: Make, address: str) -> None:
    outlet = await make("good.test", names={"good.test": [[address]]})
    assert (await outlet.ask("CONNECT good.test:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
    assert (await outlet.uses())[0].reason == "its address is not public"


async def test_the_address_that_was_judged_is_the_one_connected_to(make: Make, site: Site) -> None:
    """A name whose every answer is another one: the first is judged, and no second is ever asked for."""
    names = {"good.test": [["127.0.0.9", HERE], ["127.0.0.1"]]}
    outlet = await make(f"good.test:{site.port}", f"{HERE}:{site.port}", names=names)
    assert await outlet.ask(f"GET http://good.test:{site.port}/ HTTP/1.1\r\n\r\n") == site.answer
    assert (await outlet.ask(f"CONNECT good.test:{site.port} HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
    assert [use.address for use in await outlet.uses(2)] == [HERE, ""]
    assert site.connections == 1


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"\x16\x03\x01hello\r\n\r\n", b"400"),
        (b"A" * 40_000, b"431"),
        (b"GET http://a.test/ HTTP/1.1\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", b"431"),
        (b"CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", b"400"),
    ],
)
async def test_what_is_no_request(make: Make, request_bytes: bytes, status: bytes) -> None:
    outlet = await make("a.test")
    assert (await outlet.ask(request_bytes)).startswith(b"HTTP/1.1 " + status)
    use = (await outlet.uses())[0]
    assert not use.allowed and use.host == "" and use.reason


async def test_a_name_that_does_not_exist_and_a_port_where_nobody_listens(make: Make) -> None:
    with socket.socket() as unused:
        unused.bind((HERE, 0))
        port = unused.getsockname()[1]
        outlet = await make("nowhere.test", f"{HERE}:{port}")
        assert (await outlet.ask("CONNECT nowhere.test:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 502 ")
        assert (await outlet.ask(f"CONNECT {HERE}:{port} HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 502 ")
    assert [use.allowed for use in await outlet.uses(2)] == [False, False]


async def test_a_silent_client_and_a_silent_tunnel_are_ended(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}", bounds=Bounds(head_seconds=0.05, idle_seconds=0.05))
    assert (await outlet.ask("CONNECT")).startswith(b"HTTP/1.1 408 ")
    reader, _ = await outlet.tunnel(f"{HERE}:{site.port}")
    assert await reader.read() == b""
    assert [use.reason for use in await outlet.uses(2)] == ["no request came", "silent for 0.05 s"]


async def test_the_bytes_of_a_sandbox_are_bounded_over_all_its_connections(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}", bounds=Bounds(total_bytes=100_000))
    for _ in range(2):
        reader, writer = await outlet.tunnel(f"{HERE}:{site.port}")
        writer.write(b"x" * 30_000)
        writer.write_eof()
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
    uses = await outlet.uses(2)
    assert sum(use.sent + use.received for use in uses) <= 100_000 and "bytes of network" in uses[1].reason
    assert (await outlet.ask(f"CONNECT {HERE}:{site.port} HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 503 ")


async def test_more_connections_than_may_be_open_wait_for_their_turn(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}", bounds=Bounds(connections=2))
    opened = [await outlet.tunnel(f"{HERE}:{site.port}") for _ in range(2)]
    waiting = asyncio.create_task(outlet.ask(f"GET http://{HERE}:{site.port}/ HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0.05)
    assert site.connections == 2 and not waiting.done()
    opened[0][1].close()
    assert await waiting == site.answer


async def test_after_the_last_request_nobody_answers_any_more(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}", bounds=Bounds(requests=2))
    for _ in range(2):
        assert await outlet.ask(f"GET http://{HERE}:{site.port}/ HTTP/1.1\r\n\r\n") == site.answer
    with pytest.raises(OSError):
        await outlet.open()
    uses = await outlet.uses(3)
    assert [use.allowed for use in uses].count(False) == 1 and "too many requests" in str(uses)


async def test_closing_ends_connections_and_tells_of_them(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}")
    await outlet.open()
    await outlet.tunnel(f"{HERE}:{site.port}")
    await until(lambda: site.connections == 1)
    await outlet.proxy.close()
    assert {use.reason for use in outlet.told} == {"the sandbox was closed"} and len(outlet.told) == 2
    with pytest.raises(OSError):
        await outlet.open()


async def test_closing_waits_for_what_is_being_told(make: Make, site: Site) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def tell(use: NetworkUse) -> None:
        begun.set()
        await go_on.wait()
        done.set()

    outlet = await make(f"{HERE}:{site.port}", tell=tell)
    await outlet.ask(f"GET http://{HERE}:{site.port}/ HTTP/1.1\r\n\r\n")
    await begun.wait()
    closing = asyncio.create_task(outlet.proxy.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    go_on.set()
    await closing
    assert done.is_set()


async def test_a_server_that_answers_before_it_was_told_all_is_heard(make: Make, site: Site) -> None:
    outlet = await make(f"{HERE}:{site.port}")
    head = f"POST http://{HERE}:{site.port}/ HTTP/1.1\r\nContent-Length: 30000000\r\n\r\n"
    assert await outlet.ask(head) == site.answer
    use = (await outlet.uses())[0]
    assert (use.allowed, use.reason, use.received) == (True, "", len(site.answer))


async def test_what_cannot_be_told_may_not_go_on(make: Make, site: Site) -> None:
    async def tell(use: NetworkUse) -> None:
        raise RuntimeError("the log is full")

    outlet = await make(f"{HERE}:{site.port}", tell=tell)
    shown: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: shown.append(context.get("exception")))
    reader, _ = await outlet.tunnel(f"{HERE}:{site.port}")
    await outlet.ask("CONNECT other.test:443 HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    with pytest.raises(OSError):
        await outlet.open()
    await outlet.proxy.close()
    gc.collect()
    assert "the log is full" in str(shown)


OWN = """
import asyncio, fcntl, socket, struct, sys
from ipaddress import ip_address
from sandboxes.egress.allow import Allow
from sandboxes.egress.proxy import Proxy

def set_up(name, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        place = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(s, 0x8916, place)  # SIOCSIFADDR
        fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", name, 1))  # SIOCSIFFLAGS: up

async def main(patterns):
    set_up(b"lo", "127.0.0.1")
    set_up(b"lo:1", "8.8.4.4")
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "8.8.4.4", 443)
    told = []
    async def tell(use): told.append(use)
    async def resolve(name, port): return [ip_address("8.8.4.4")]
    ours, theirs = socket.socketpair()
    proxy = Proxy(Allow.read(patterns), tell, resolve=resolve)
    ours.setblocking(False)
    proxy._begin(ours)
    theirs.sendall(b"CONNECT a.test:443 HTTP/1.1\\r\\n\\r\\n")
    theirs.settimeout(20)
    print((await asyncio.to_thread(theirs.recv, 99))[:12].decode())
    server.close()
    theirs.close()
    await proxy.close()

asyncio.run(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace of one's own needs root")
@pytest.mark.parametrize(
    ("patterns", "status"), [(["a.test"], "HTTP/1.1 403"), (["a.test", "8.8.4.4:443"], "HTTP/1.1 200")]
)
def test_a_public_address_of_this_machine_is_no_way_to_its_services(patterns: list[str], status: str) -> None:
    command = ["unshare", "-n", sys.executable, "-c", OWN, *patterns]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == status, done.stderr
