"""The way out of a sandbox: the hosts that its policy names, by the host's proxy, and nothing else by any way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes import owner
from sandboxes.contract import NetworkUse, Policy, Sandbox, SandboxSpec
from sandboxes.egress import outlet
from sandboxes.errors import StartFailed
from tests.servers.walls import Wall, bash, output

HERE = "127.0.0.2"  # loopback, but none of the addresses that programs reach without their proxy


class Site(BaseHTTPRequestHandler):
    """Answers with the path, or with what it was sent."""

    def do_GET(self) -> None:
        self._answer(f"got {self.path} for {self.headers['Host']}".encode())

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve() -> ThreadingHTTPServer:
    server = ThreadingHTTPServer((HERE, 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def site() -> Iterator[int]:
    """The port of a server of this machine that the policy names."""
    with serve() as server:
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def other() -> Iterator[int]:
    """The port of one that it does not name."""
    with serve() as server:
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def told() -> list[NetworkUse]:
    """What the sandbox's use of the network was told as."""
    return []


@pytest.fixture
def spec(wall: Wall, site: int, told: list[NetworkUse], tmp_path: Path) -> SandboxSpec:
    async def tell(use: NetworkUse) -> None:
        told.append(use)

    policy = Policy(allow=(f"{HERE}:{site}", "*.example.org"))
    return replace(wall.spec(tmp_path / "ws"), policy=policy, on_network=tell)


@pytest_asyncio.fixture
async def connected(wall: Wall, spec: SandboxSpec) -> AsyncIterator[Sandbox]:
    async with await wall.backend.start(spec) as started:
        yield started


def fetch(url: str, more: str = "") -> str:
    """A command that fetches `url` as any program does, and prints the answer or the error."""
    code = f"import urllib.request as u\ntry: print(u.urlopen({url!r}{more}, timeout=20).read().decode())\n"
    return f"python3 -c \"{code}except OSError as error: print(getattr(error, 'read', lambda: error)())\""


def tunnel(host: str, port: int) -> str:
    """A command that fetches ``/t`` through CONNECT."""
    code = f"""
import http.client as h
c = h.HTTPConnection('127.0.0.1', 3128, timeout=20)
c.set_tunnel('{host}', {port})
c.request('GET', '/t')
print(c.getresponse().read().decode())
"""
    return f'python3 -c "{code}" 2>&1'


def own_sockets() -> list[str]:
    """The socket files of this process."""
    home = outlet.home()
    return [path.name for path in home.iterdir() if f".{os.getpid()}." in path.name] if home.exists() else []


async def test_a_named_host_is_reached_by_the_environment_s_proxy(
    connected: Sandbox, site: int, told: list[NetworkUse]
) -> None:
    assert await output(connected, fetch(f"http://{HERE}:{site}/x")) == f"got /x for {HERE}:{site}"
    echo = fetch(f"http://{HERE}:{site}/x", ", b'z' * 100000")
    assert await output(connected, f"{echo} | tr -d '\\n' | wc -c") == "100000"
    assert [(use.allowed, use.host, use.port, use.address) for use in told] == [(True, HERE, site, HERE)] * 2
    assert told[1].sent > 100_000 and told[1].received > 100_000


async def test_a_named_host_is_reached_by_a_tunnel(connected: Sandbox, site: int, told: list[NetworkUse]) -> None:
    assert await output(connected, tunnel(HERE, site)) == f"got /t for {HERE}:{site}"
    assert [(use.allowed, use.port) for use in told] == [(True, site)]


async def test_the_proxy_s_settings_are_all_that_the_environment_gains(connected: Sandbox) -> None:
    names = set((await output(connected, "env | cut -d= -f1 | sort")).split())
    assert {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"} <= names
    assert not [name for name in names if name.startswith("SWEAGENT")]


async def test_others_are_refused_and_told(connected: Sandbox, other: int, told: list[NetworkUse]) -> None:
    for url in (
        f"http://{HERE}:{other}/",
        "http://example.org/",
        "http://169.254.169.254/latest",
        "http://[fd00:ec2::254]/",
    ):
        assert "not allowed by the policy" in await output(connected, fetch(url))
    for host, port in ((HERE, other), ("127.0.0.1", 22), ("169.254.169.254", 80), ("0x7f000002", 80)):
        assert "got /t" not in (await bash(connected, tunnel(host, port))).text
    assert len(told) == 8 and not any(use.allowed or use.address or use.sent or use.received for use in told)
    assert [use.host for use in told][:4] == [HERE, "example.org", "169.254.169.254", "fd00:ec2::254"]


async def test_there_is_no_other_way_out(connected: Sandbox, site: int, told: list[NetworkUse]) -> None:
    code = f"""
import socket
for address in (("{HERE}", {site}), ("169.254.169.254", 80), ("192.0.2.1", 80)):
    try:
        socket.create_connection(address, 5)
        print("connected", address)
    except OSError:
        print("refused")
for name in ("example.org", "a.example.org"):
    try:
        print(socket.getaddrinfo(name, 80))
    except OSError:
        print("no name")
print([line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]])
"""
    assert await output(connected, f"python3 -c '{code}'") == "\n".join([*["refused"] * 3, *["no name"] * 2, "['lo']"])
    assert told == []


async def test_the_socket_itself_is_judged_the_same(connected: Sandbox, other: int, told: list[NetworkUse]) -> None:
    code = f"""
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("{outlet.SOCKET}")
s.sendall(b"CONNECT {HERE}:{other} HTTP/1.1\\r\\n\\r\\n")
print(s.recv(99).split(b"\\r")[0].decode())
"""
    assert await output(connected, f"python3 -c '{code}'") == "HTTP/1.1 403 Forbidden"
    result = await bash(
        connected, f"rm -f {outlet.SOCKET}; mv {outlet.SOCKET} /tmp; chmod 0 {outlet.SOCKET}; ls {outlet.SOCKET}"
    )
    assert result.text.splitlines()[-1] == outlet.SOCKET
    assert [use.allowed for use in told] == [False]


async def test_many_connections_at_once(connected: Sandbox, site: int, told: list[NetworkUse]) -> None:
    code = f"""
from concurrent.futures import ThreadPoolExecutor as T
import urllib.request as u
print(sum(len(x) for x in T(40).map(lambda n: u.urlopen("http://{HERE}:{site}/", timeout=60).read(), range(80))))
"""
    assert int(await output(connected, f"python3 -c '{code}'")) == 80 * len(f"got / for {HERE}:{site}")
    assert len(told) == 80 and all(use.allowed for use in told)


async def test_without_a_policy_nothing_listens(sandbox: Sandbox) -> None:
    assert await output(sandbox, f"env | grep -ci proxy; ls {outlet.SOCKET} 2>/dev/null; :") == "0"
    assert "refused" in (await bash(sandbox, tunnel(HERE, 80))).text


async def test_the_socket_is_private_and_gone_with_the_sandbox(wall: Wall, spec: SandboxSpec) -> None:
    async with await wall.backend.start(spec) as sandbox:
        assert len(own_sockets()) == 1
        assert outlet.home().stat().st_mode & 0o077 == 0
        await output(sandbox, "true")
    assert own_sockets() == []


async def test_what_was_under_way_at_the_end_is_told(
    wall: Wall, spec: SandboxSpec, site: int, told: list[NetworkUse]
) -> None:
    code = f"""
import pathlib, socket, time
s = socket.create_connection(("127.0.0.1", 3128))
s.sendall(b"CONNECT {HERE}:{site} HTTP/1.1\\r\\n\\r\\n")
pathlib.Path("answer").write_bytes(s.recv(99))
time.sleep(600)
"""
    async with await wall.backend.start(spec) as sandbox:
        await output(
            sandbox, f"python3 -c '{code}' >/dev/null 2>&1 & until grep -q 200 answer; do sleep 0.05; done 2>&1"
        )
        assert told == []
    assert [(use.allowed, use.host) for use in told] == [(True, HERE)]


async def test_a_pattern_that_is_none_and_a_start_that_fails_leave_nothing(wall: Wall, spec: SandboxSpec) -> None:
    for broken in (
        replace(spec, policy=Policy(allow=("https://example.org",))),
        replace(spec, uid=0),
    ):
        with pytest.raises(StartFailed):
            await wall.backend.start(broken)
    assert own_sockets() == []


HOLDER = """
import asyncio, sys
from pathlib import Path
from dataclasses import replace
from sandboxes.backends import get_backend
from sandboxes.contract import Policy, SandboxSpec

async def main(kind, image, uid):
    spec = SandboxSpec(image=image, workspace=None, uid=uid, gid=uid, policy=Policy(allow=("a.example.org",)))
    sandbox = await get_backend(kind).start(spec)
    print("started", flush=True)
    await sandbox.call("bash", {"command": "sleep 600"}, timeout=600)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_a_killed_owner_s_socket_is_swept(wall: Wall, spec: SandboxSpec) -> None:
    if wall.kind == "pool":
        pytest.skip("a pool starts these as Docker does")
    command = [sys.executable, "-c", HOLDER, wall.kind, wall.image, str(spec.uid)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"

        def left() -> list[Path]:
            return [path for path in outlet.home().iterdir() if f".{process.pid}." in path.name]

        assert len(left()) == 1
        await wall.backend.reap(owner.is_alive)
        assert len(left()) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        await wall.backend.reap(owner.is_alive)
        assert left() == []
