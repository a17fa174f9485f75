"""The server as a process: the protocol, what hostile children can reach, and its end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client

ROOT = Path(__file__).resolve().parents[3]
CODE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tools.server import main; main()"
COMMAND = [sys.executable, "-I", "-B", "-c", CODE]


class Wire:
    """A server on pipes, spoken to line by line."""

    def __init__(self, workspace: Path) -> None:
        env = {"PATH": os.environ["PATH"], "HOME": "/tmp", "SWEAGENT_WORKSPACE": str(workspace), "SWEAGENT_X": "secret"}
        self.process = subprocess.Popen(
            COMMAND, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._number = 0

    def raw(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def send(self, method: str, params: dict[str, Any] | None = None, *, number: int | None = None) -> int:
        self._number += 1
        number = number or self._number
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}
        self.raw(json.dumps(message).encode() + b"\n")
        return number

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n")

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        message = json.loads(self.process.stdout.readline())
        assert isinstance(message, dict)
        return message

    def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        self.send(method, params)
        return self.read()

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]
        assert isinstance(answer, dict)
        return answer

    def text(self, tool: str, **arguments: Any) -> str:
        return str(self.call(tool, **arguments)["content"][0]["text"])

    def close(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        status = self.process.wait(30)
        self.process.stdout.close()
        return status


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    made = Wire(tmp_path)
    yield made
    if made.process.stdin is not None and not made.process.stdin.closed:
        made.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_the_official_client_can_drive_it(tmp_path: Path) -> None:
    parameters = StdioServerParameters(
        command=COMMAND[0], args=COMMAND[1:], env={"PATH": os.environ["PATH"], "SWEAGENT_WORKSPACE": str(tmp_path)}
    )
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with stdio_client(parameters) as (reader, writer), ClientSession(reader, writer) as session:
        hello = await session.initialize()
        assert hello.protocol_version == "2025-06-18"
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert {"bash", "view", "search", "str_replace", "insert", "create", "apply_patch", "undo"} <= set(tools)
        assert {"run_tests", "submit"} <= set(tools)
        assert (tools["bash"].meta or {})["sweagent/audience"] == "agent"
        result = await session.call_tool("bash", {"command": "echo hello"}, progress_callback=hear)
        assert result.structured_content is not None and result.structured_content["exit_code"] == 0
        assert not result.is_error
        assert (await session.call_tool("view", {"path": "missing"})).is_error
        await session.send_ping()


def test_handshake_and_methods(wire: Wire) -> None:
    hello = wire.ask("initialize", {"protocolVersion": "2999-01-01", "capabilities": {}})["result"]
    assert hello["protocolVersion"] == "2025-06-18" and hello["capabilities"]["tools"] == {"listChanged": False}
    wire.notify("notifications/initialized", {})
    assert wire.ask("ping")["result"] == {}
    assert wire.ask("no/such")["error"]["code"] == -32601
    assert wire.ask("tools/call", {"name": 3})["error"]["code"] == -32602
    assert wire.ask("tools/call", {"name": "nope"})["result"]["isError"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json\n", -32700),
        (b"[" * 100_000 + b"\n", -32700),
        (b"\xff\xfe\n", -32700),
        (b"[]\n", -32600),
        (b"3\n", -32600),
        (b"{}\n", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}\n', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}\n', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}\n', None),
        (b"x" * (17 << 20) + b"\n", -32700),
    ],
)
def test_bad_lines_do_not_end_the_server(wire: Wire, line: bytes, code: int | None) -> None:
    wire.raw(line)
    answer = wire.read()
    if code is not None:
        assert answer["error"]["code"] == code
    wire.raw(b"\n")
    assert wire.ask("ping")["result"] == {}


def test_calls_run_at_once_and_a_busy_id_is_refused(wire: Wire, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    slow = wire.send("tools/call", {"name": "bash", "arguments": {"command": "cat fifo"}})
    assert wire.call("submit")["isError"] is False
    wire.send("tools/call", {"name": "submit", "arguments": {}}, number=slow)
    assert wire.read()["error"]["code"] == -32600
    (tmp_path / "fifo").write_text("done")
    answer = wire.read()
    assert (answer["id"], answer["result"]["content"][0]["text"]) == (slow, "done")


def test_a_cancelled_call_is_killed_and_not_answered(wire: Wire, tmp_path: Path) -> None:
    number = wire.send("tools/call", {"name": "bash", "arguments": {"command": "echo $$ > pid; sleep 1000"}})
    pid = wait_for_pid(tmp_path / "pid")
    wire.notify("notifications/cancelled", {"requestId": number})
    end = time.monotonic() + 20
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(pid)
    assert wire.ask("ping")["result"] == {}


def wait_for_pid(path: Path) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


def test_the_end_of_input_ends_everything(wire: Wire, tmp_path: Path) -> None:
    wire.call("bash", command="setsid sleep 1000 & echo $! > pid")
    wire.send("tools/call", {"name": "bash", "arguments": {"command": "echo $$ > other; sleep 1000"}})
    pids = [wait_for_pid(tmp_path / "pid"), wait_for_pid(tmp_path / "other")]
    assert wire.close() == 0
    assert not any(alive(pid) for pid in pids)


def test_commands_cannot_reach_the_channel(wire: Wire) -> None:
    forged = '{"jsonrpc":"2.0","id":1,"result":{}}'
    said = wire.text(
        "bash", command=f"echo '{forged}'; echo '{forged}' >&2; ls /proc/self/fd | wc -l; readlink /proc/self/fd/0"
    )
    assert said.startswith(f"{forged}\n{forged}\n")
    assert said.endswith("/dev/null")
    assert wire.ask("ping")["result"] == {}


def test_commands_see_nothing_of_the_servers_environment(wire: Wire) -> None:
    assert "SWEAGENT" not in wire.text("bash", command="env")


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/usr/bin/python3").exists(), reason="needs root and a system Python")
def test_a_child_of_the_same_user_cannot_open_the_servers_descriptors() -> None:
    """PR_SET_DUMPABLE 0 holds against the same user, not against root: so the server runs as nobody here."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        code = f"import sys; sys.path.insert(0, {name!r}); from tools.server import main; main()"
        process = subprocess.Popen(
            ["/usr/bin/python3", "-I", "-B", "-c", code],
            env={"PATH": os.environ["PATH"], "SWEAGENT_WORKSPACE": name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            user=65534,
            group=65534,
            extra_groups=[],
        )
        assert process.stdin is not None and process.stdout is not None
        command = f"id -u; cat /proc/{process.pid}/environ; ls /proc/{process.pid}/fd/"
        params = {"name": "bash", "arguments": {"command": command}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())["result"]["content"][0]["text"]
        process.stdin.close()
        process.wait(30)
        process.stdout.close()
    assert said.startswith("65534\n")
    assert said.count("Permission denied") == 2


def test_a_storm_of_kills_leaves_the_checker_replaceable(wire: Wire) -> None:
    assert not wire.call("create", path="a.py", file_text="x = 1\n")["isError"]
    wire.text("bash", command=f"pkill -9 -P {wire.process.pid} -f tools.edit.syntax; true")
    assert wire.call("create", path="a.py", file_text="x = (\n")["isError"]


def test_orphans_are_buried(wire: Wire) -> None:
    wire.call("bash", command="for i in $(seq 60); do (setsid true &); done")
    end = time.monotonic() + 20
    count = "1"
    while time.monotonic() < end and count != "0":
        count = wire.text("bash", command=f"ps -o stat= --ppid {wire.process.pid} | grep -c Z; true").split("\n")[0]
        time.sleep(0.1)
    assert count == "0"


def test_answers_are_bounded_and_one_line(wire: Wire) -> None:
    wire.call("bash", command="printf 'needle\\xe2\\x80\\xa8\\n%.0s' $(seq 3000) > big.txt")
    answer = wire.ask("tools/call", {"name": "search", "arguments": {"pattern": "needle", "max_results": 2000}})
    assert len(answer["result"]["structuredContent"]["matches"]) == 2000
    assert len(json.dumps(answer)) < 4 << 20


def test_many_calls_at_once(wire: Wire) -> None:
    numbers = {wire.send("tools/call", {"name": "bash", "arguments": {"command": f"echo {n}"}}) for n in range(40)}
    answers: dict[int, str] = {}
    while len(answers) < 40:
        answer = wire.read()
        answers[answer["id"]] = answer["result"]["content"][0]["text"]
    assert set(answers) == numbers
    assert sorted(map(int, answers.values())) == list(range(40))


def test_it_says_so_when_there_is_no_workspace(tmp_path: Path) -> None:
    env = {"SWEAGENT_WORKSPACE": str(tmp_path / "none")}
    done = subprocess.run(COMMAND, env=env, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and b"no workspace" in done.stderr


def test_hello_does_not_load_the_grammars() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tools.server; from tools import catalog; catalog.load()"
    )
    probe = f"{code}; print([m for m in sys.modules if m.startswith('tree_sitter')])"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_threads_end_with_their_calls(wire: Wire) -> None:
    for _ in range(5):
        wire.call("submit")
    status = Path(f"/proc/{wire.process.pid}/status").read_text()
    threads = int(next(line for line in status.splitlines() if line.startswith("Threads:")).split()[1])
    assert threads <= 4
    assert threading.active_count() >= 1
