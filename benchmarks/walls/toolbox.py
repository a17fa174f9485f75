"""The toolbox: its size, and from the server's start to its hello beside the same interpreter doing nothing.

Measured inside a sandbox, where the toolbox is mounted as it is always used, by a script on the toolbox's own Python.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from benchmarks.walls.report import Report
from sandboxes.contract import SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.images import require_image
from sandboxes.toolbox import Toolbox, ensure_toolbox

BARE, HELLO, LISTED = "python3 -I -S -B -c pass", "server, start to hello", "server, start to list of tools"
_SCRIPT = r"""
import json, subprocess, sys, time
python, server, rounds = json.loads(sys.argv[1])
hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}}
tools = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
asked = json.dumps(hello).encode() + b"\n" + json.dumps(tools).encode() + b"\n"
def bare():
    began = time.perf_counter()
    subprocess.run(python + ["-c", "pass"], check=True)
    return [time.perf_counter() - began]
def served():
    began = time.perf_counter()
    process = subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    process.stdin.write(asked)
    lines = process.stdout
    first = b""
    while not first.endswith(b"\n"):
        first += lines.read(1)
    met = time.perf_counter() - began
    rest = b""
    while not rest.endswith(b"\n"):
        rest += lines.read(1 << 16)
    listed = time.perf_counter() - began
    assert b'"result"' in first, first
    process.stdin.close()
    process.wait()
    return [met, listed]
bare(), served()
print(json.dumps([bare() + served() for _ in range(rounds)]))
"""


async def measure(rounds: int) -> Report:
    """Milliseconds from start to each answer, in turn; and megabytes on disk."""
    report = Report("Toolbox: start of the server (in a sandbox, in turn)", "ms")
    toolbox = ensure_toolbox()
    python = list(toolbox.command[:-1])
    image = await require_image("docker")
    backend = DockerBackend(toolbox=toolbox)
    async with await backend.start(SandboxSpec(image=image, workspace=None)) as sandbox:
        what = json.dumps([python, list(toolbox.command), rounds])
        command = f"{shlex.join(python)} -c {shlex.quote(_SCRIPT)} {shlex.quote(what)}"
        result = await sandbox.call("bash", {"command": command}, timeout=300)
        for bare, hello, listed in json.loads(result.text):
            for name, seconds in zip((BARE, HELLO, LISTED), (bare, hello, listed), strict=True):
                report.add(name, seconds * 1e3)
    await backend.drain()
    report.facts["added to the interpreter"] = f"{report.p50(HELLO) - report.p50(BARE):.1f} ms until hello"
    report.facts["size"] = _sizes(toolbox)
    return report


def _sizes(toolbox: Toolbox) -> str:
    parts = {"bin": toolbox.runtime / "bin", "lib": toolbox.runtime / "lib", "site": toolbox.runtime / "site"}
    sizes = {name: _bytes(folder) for name, folder in parts.items()} | {"tools": _bytes(toolbox.app)}
    each = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in sizes.items())
    return f"{sum(sizes.values()) / 1e6:.1f} MB ({each})"


def _bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
