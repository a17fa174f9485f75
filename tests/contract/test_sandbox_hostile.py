"""A server that has gone over to the enemy: whatever it sends ends in a named error or in nothing, never in a crash."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sandboxes.errors import ProtocolViolation, SandboxLost, StartFailed
from tests.servers.walls import Wall

SERVER = r"""
import json, os, sys, time

def raw(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()

def send(**message):
    raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

def text(value):
    return {"content": [{"type": "text", "text": value}]}

def play(number, name, token):
    match name:
        case "garbage": raw(b"\x00\xffnot json\n")
        case "bare": raw(b"[1,2,3]\n")
        case "endless": raw(b"x" * (9 << 20))
        case "endless json": raw(b'"' + b"x" * (9 << 20) + b'"\n')
        case "deep": raw(b"[" * 200000 + b"\n")
        case "old": raw(b'{"id": %d, "result": {}}\n' % number)
        case "shapeless": send(id=number, result={"content": "text"})
        case "textless": send(id=number, result={"content": [{"type": "text"}]})
        case "structureless": send(id=number, result={"content": [], "structuredContent": [1]})
        case "unsure": send(id=number, result={"content": [], "isError": "yes"})
        case "both": send(id=number, result=text("a"), error={"code": 1, "message": "b"})
        case "neither": send(id=number)
        case "boolean": send(id=True, result=text("a"))
        case "textual": send(id=str(number), result=text("a"))
        case "surrogate":
            part = b'{"type":"text","text":"\\ud800"}'
            raw(b'{"jsonrpc":"2.0","id":%d,"result":{"content":[%s]}}\n' % (number, part))
        case "infinite": send(method="notifications/progress", params={"progressToken": float("nan"), "progress": 1})
        case "flood":
            for other in range(5000, 9000): send(id=other, result=text("nobody asked"))
        case "ask flood":
            for other in range(3000): send(id=other, method="roots/list")
        case "exit": os._exit(7)
        case "silent": pass
        case "strays":
            for other in range(5000, 5100): send(id=other, result=text("nobody asked"))
            send(method="notifications/unheard-of", params={})
            send(id="mine", method="ping")
            send(id="other", method="sampling/createMessage", params={})
            send(id=number, result=text("still fine"))
        case "picture":
            send(id=number, result={"content": [{"type": "image", "data": "x"}, {"type": "text", "text": "y"}]})
        case "refuse": send(id=number, error={"code": -32602, "message": "no such thing"})
        case "steps":
            for step in range(5):
                news = {"progressToken": token, "progress": step, "total": 5, "message": f"step {step}"}
                send(method="notifications/progress", params=news)
            send(id=number, result=text("done"))
        case "chatter":
            for step in range(20000):
                send(method="notifications/progress", params={"progressToken": number, "progress": step})
            send(id=number, result=text("done"))
        case "late":
            time.sleep(0.5)
            send(id=number, result=text("too late"))
        case _: send(id=number, result=text("fine"))

def main():
    for line in sys.stdin.buffer:
        message = json.loads(line)
        number, method = message.get("id"), message.get("method")
        if method == "initialize":
            send(id=number, result={"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {}})
        elif method == "tools/list":
            send(id=number, result={"tools": [{"name": "x", "description": "", "inputSchema": {"type": "object"}}]})
        elif method == "tools/call":
            play(number, message["params"]["name"], (message["params"].get("_meta") or {}).get("progressToken"))
"""

BROKEN = [
    "garbage", "bare", "endless", "endless json", "deep", "old", "shapeless", "textless", "structureless", "unsure",
    "both", "neither", "boolean", "textual", "surrogate", "infinite", "flood", "ask flood",
]  # fmt: skip


@pytest.mark.parametrize("trick", BROKEN)
async def test_what_is_not_the_protocol_ends_the_sandbox(wall: Wall, tmp_path: Path, trick: str) -> None:
    backend = wall.with_server(SERVER, tmp_path / "server")
    async with await backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        other = asyncio.create_task(sandbox.call("silent", {}))
        with pytest.raises(ProtocolViolation):
            await sandbox.call(trick, {}, timeout=60)
        with pytest.raises(ProtocolViolation):
            await other
        with pytest.raises((ProtocolViolation, SandboxLost)):
            await sandbox.call("x", {})


@pytest.mark.parametrize(
    ("trick", "answer"),
    [("strays", "still fine"), ("picture", "[image]\ny"), ("chatter", "done"), ("x", "fine")],
)
async def test_what_is_odd_but_harmless_is_survived(wall: Wall, tmp_path: Path, trick: str, answer: str) -> None:
    backend = wall.with_server(SERVER, tmp_path / "server")
    async with await backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        assert (await sandbox.call(trick, {}, timeout=60)).text == answer
        assert (await sandbox.call("x", {})).text == "fine"


async def test_an_error_of_the_protocol_is_a_result(wall: Wall, tmp_path: Path) -> None:
    backend = wall.with_server(SERVER, tmp_path / "server")
    async with await backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        result = await sandbox.call("refuse", {})
        assert result.is_error and result.text == "no such thing"


async def test_progress_is_told_in_order(wall: Wall, tmp_path: Path) -> None:
    told: list[tuple[float, float | None, str]] = []

    async def listen(done: float, total: float | None, message: str) -> None:
        told.append((done, total, message))

    backend = wall.with_server(SERVER, tmp_path / "server")
    async with await backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        assert (await sandbox.call("steps", {}, progress=listen)).text == "done"
    assert told == [(float(step), 5.0, f"step {step}") for step in range(5)]


async def test_an_answer_after_cancelling_is_dropped(wall: Wall, tmp_path: Path) -> None:
    backend = wall.with_server(SERVER, tmp_path / "server")
    async with await backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        call = asyncio.create_task(sandbox.call("late", {}))
        await asyncio.sleep(0.05)
        call.cancel()
        assert (await sandbox.call("x", {})).text == "fine"


async def test_a_server_that_ends_is_a_lost_sandbox(wall: Wall, tmp_path: Path) -> None:
    backend = wall.with_server(SERVER, tmp_path / "server")
    async with await backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        with pytest.raises(SandboxLost, match="status 7"):
            await sandbox.call("exit", {})
        with pytest.raises(SandboxLost):
            await sandbox.call("x", {})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def main(): raise SystemExit('last words')", "last words"),
        ("def main(): print('hello?', flush=True); input()", "protocol"),
        ("import sys, json\ndef main():\n m = json.loads(input()); print(json.dumps({'jsonrpc': '2.0', 'id': m['id'], "
         "'result': {'protocolVersion': '1999-01-01'}}), flush=True); input()", "1999-01-01"),
        ("raise ImportError('broken tools')", "broken tools"),
    ],
)  # fmt: skip
async def test_a_server_that_does_not_come_up(wall: Wall, tmp_path: Path, code: str, words: str) -> None:
    backend = wall.with_server(code, tmp_path / "server")
    with pytest.raises(StartFailed, match=words):
        await backend.start(wall.spec(tmp_path / "ws"))
