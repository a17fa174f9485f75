"""What there is to steal: a secret that stands on the host in every form that a case looks for."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandboxes import owner
from sandboxes.docker_engine import LABEL
from tests.redteam.weak import Peer

METADATA = "169.254.169.254"
RESOLVER = "198.51.100.53"  # TEST-NET-2 (RFC 5737)

_HOLDER = """
import ctypes, os, sys
uid, token = int(sys.argv[1]), os.environ["REDTEAM_SECRET"].encode()
os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
libc = ctypes.CDLL(None)
libc.prctl(4, 1, 0, 0, 0)
key = libc.syscall(248, b"user", b"redteam", token, len(token), -4)
libc.syscall(250, 5, key, 0x3F3F0000)
print("ready", flush=True)
sys.stdin.read()
libc.syscall(250, 9, key, -4)
"""
"""A process that holds the secret in its environment, and in the kernel's keyring of its user (x86-64 numbers)."""

_PEER = """
import socket, threading
token = open("/dev/stdin").readline().strip().encode()
def names():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("", 53))
    while True:
        question, who = udp.recvfrom(512)
        udp.sendto(token, who)
threading.Thread(target=names, daemon=True).start()
web = socket.create_server(("", 80))
while True:
    with web.accept()[0] as client:
        client.sendall(token)
"""


@dataclass(frozen=True, slots=True)
class Bait:
    """Where the secret lies. Cases are told all of it but the secret itself."""

    token: str
    file: Path
    pid: int
    port: int
    abstract: str
    shared: int
    peer: Peer | None

    def words(self) -> dict[str, str]:
        """What a case's script may be told, by placeholder."""
        return {
            "@FILE@": str(self.file),
            "@BELOW@": str(self.file.relative_to(tempfile.gettempdir())),
            "@PID@": str(self.pid), "@PORT@": str(self.port), "@ABSTRACT@": self.abstract,
            "@SHARED@": str(self.shared), "@METADATA@": METADATA, "@RESOLVER@": RESOLVER,
        }  # fmt: skip


@contextmanager
def laid(folder: Path, image: str | None) -> Iterator[Bait]:
    """Lay the bait; with an `image`, a network namespace with a metadata service and a resolver too."""
    token = f"stolen-{secrets.token_hex(8)}"
    file = folder / "secret"
    file.write_text(token, encoding="utf-8")
    for place in (file, file.parent):
        place.chmod(place.stat().st_mode | 0o055)
    abstract = f"redteam-{secrets.token_hex(4)}"
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(_serving(socket.create_server(("", 0)), token)).getsockname()[1]
        local = socket.socket(socket.AF_UNIX)
        local.bind(f"\0{abstract}")
        local.listen()
        stack.enter_context(_serving(local, token))
        pids = [stack.enter_context(_holding(uid, token)) for uid in (0, 1000)]
        shared = stack.enter_context(_shared_memory(token))
        peer = stack.enter_context(_peer(image, token)) if image is not None else None
        yield Bait(token, file, pids[1], port, abstract, shared, peer)


@contextmanager
def _serving(server: socket.socket, token: str) -> Iterator[socket.socket]:
    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                with server.accept()[0] as client:
                    client.sendall(token.encode())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()


@contextmanager
def _holding(uid: int, token: str) -> Iterator[int]:
    env = {"PATH": os.environ["PATH"], "REDTEAM_SECRET": token}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(uid)], env=env, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process.pid


@contextmanager
def _shared_memory(token: str) -> Iterator[int]:
    """A System V segment that everybody may read; its key."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    key = 0x5EC0000 + secrets.randbelow(0xFFFF)
    number = libc.shmget(key, 64, 0o1666)
    at = libc.shmat(number, None, 0)
    ctypes.memmove(at, token.encode() + b"\0", len(token) + 1)
    try:
        yield key
    finally:
        libc.shmdt(ctypes.c_void_p(at))
        libc.shmctl(number, 0, None)


@contextmanager
def _peer(image: str, token: str) -> Iterator[Peer]:
    name = f"redteam-peer-{secrets.token_hex(4)}"
    labels = {LABEL: "1", **owner.to_labels(owner.current_owner())}
    marks = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    line = ["docker", "run", "--rm", "-i", "--network", "none", "--name", name, *marks, image, "python3", "-c", _PEER]
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
    with subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.write(token.encode() + b"\n")
        process.stdin.flush()
        try:
            pid = 0
            while not pid:
                assert process.poll() is None
                asked = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
                pid = int(run(asked, capture_output=True, text=True, check=False).stdout.strip() or 0)
            for address in (METADATA, RESOLVER):
                run(["nsenter", "-t", str(pid), "-n", "ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
            yield Peer(name, pid)
        finally:
            run(["docker", "rm", "-f", name], capture_output=True, check=False)
