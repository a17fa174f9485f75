"""The server as PID 1 of a namespace: nothing inside can end it, and it buries what others leave."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
CODE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tools.server import main; main()"
UNSHARE = ["unshare", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child"]


def allowed() -> bool:
    if shutil.which("unshare") is None or os.geteuid() != 0:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not allowed(), reason="needs the right to make a process namespace")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = {"PATH": os.environ["PATH"], "SWEAGENT_WORKSPACE": str(tmp_path)}
    command = [*UNSHARE, sys.executable, "-I", "-B", "-c", CODE]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def call(server: subprocess.Popen[bytes], tool: str, **arguments: Any) -> str:
    assert server.stdin is not None and server.stdout is not None
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    server.stdin.write(json.dumps(message).encode() + b"\n")
    server.stdin.flush()
    return str(json.loads(server.stdout.readline())["result"]["content"][0]["text"])


def test_no_signal_from_inside_ends_it(server: subprocess.Popen[bytes]) -> None:
    assert call(server, "bash", command="cat /proc/1/cmdline | tr '\\0' ' ' | grep -c tools.server") == "1"
    signals = "for n in $(seq 1 64); do kill -$n 1 2>/dev/null; done; echo sent"
    assert "sent" in call(server, "bash", command=signals)
    call(server, "bash", command="kill -9 -1")
    assert call(server, "bash", command="echo alive") == "alive"


def test_it_edits_after_everything_was_killed(server: subprocess.Popen[bytes]) -> None:
    assert "created" in call(server, "create", path="a.py", file_text="x = 1\n")
    call(server, "bash", command="kill -9 -1")
    assert "would break" in call(server, "create", path="a.py", file_text="x = (\n")


def test_orphans_do_not_fill_the_process_table(server: subprocess.Popen[bytes]) -> None:
    call(server, "bash", command="for i in $(seq 200); do (setsid true &); done; sleep 0.2")
    for _ in range(200):
        left = call(server, "bash", command="grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l")
        if int(left) == 0:
            return
    assert int(left) < 40


def test_a_time_limit_reaches_who_left_the_group(server: subprocess.Popen[bytes]) -> None:
    call(server, "bash", command="(setsid sleep 999 &); (setsid setsid sleep 999 &); sleep 999", timeout=0.3)
    assert call(server, "bash", command="pgrep -c -r S,R,D sleep; true") == "0"
