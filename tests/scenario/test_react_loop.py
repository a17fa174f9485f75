"""ReAct through LiteLLM against a loopback server, with the real tool server: thirty steps with faults on the way."""

from __future__ import annotations

import itertools
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from sweagent.agent.react import React
from sweagent.agent.strategy import AttemptContext
from sweagent.core import event as ev
from sweagent.core.budget import Budget, Meter
from sweagent.core.message import Usage
from sweagent.core.report import TestFailure, TestReport
from sweagent.core.task import Issue, Task
from sweagent.models.resolve import ModelOptions, open_model
from sweagent.models.retry import RetryPolicy
from tests.servers.local_sandbox import local_sandbox
from tests.servers.openai_server import MODEL, OpenAIServer, Say, Status

BUGGY = "def middle(values):\n    return values[len(values) // 2 + 1]\n"
TEST = (
    "import unittest\nfrom calc import middle\n\n\nclass TestMiddle(unittest.TestCase):\n"
    "    def test_middle(self):\n        self.assertEqual(middle([1, 2, 3]), 2)\n"
)
COMMAND = f"{shlex.quote(sys.executable)} -m unittest -q test_calc"
STEPS = 30


def repository(folder: Path) -> Path:
    workspace = folder / "ws"
    workspace.mkdir()
    (workspace / "calc.py").write_text(BUGGY)
    (workspace / "test_calc.py").write_text(TEST)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "-C", str(workspace)]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "start"]):
        subprocess.run([*git, *arguments], check=True)
    return workspace


def brain(request: dict[str, Any]) -> Say:
    """Reads for a long while, mends the fault at step 27, tests at 28 and 29, submits at 30."""
    step = sum(message["role"] == "assistant" for message in request["messages"]) + 1
    if step < 27:
        return Say(f"step {step}", (("bash", json.dumps({"command": f"sed -n {step}p calc.py; echo looked {step}"})),))
    if step == 27:
        return Say(None, (("bash", json.dumps({"command": "sed -i 's| // 2 + 1| // 2|' calc.py"})),))
    if step < STEPS:
        return Say(None, (("bash", json.dumps({"command": COMMAND})),))
    return Say("done", (("submit", json.dumps({"summary": "middle was off by one"})),))


async def play(tmp_path: Path, stream: bool) -> tuple[Path, OpenAIServer, list[ev.Body], Meter, str]:
    workspace = repository(tmp_path)
    fine = iter(range(1000))

    def policy(request: dict[str, Any]) -> Any:
        turn = next(fine)
        if turn == 14:
            return Status(429, "slow down", headers={"Retry-After": "0.01"})
        if turn == 15:
            return Say(None, (("bash", '{"command": "ls'),))
        return brain(request)

    server = OpenAIServer(policy=policy)
    events: list[ev.Body] = []

    async def emit(body: ev.Body) -> None:
        events.append(body)

    task = Task(id="t", title="middle", issue=Issue(title="middle", text="wrong"), base="0", test_command=COMMAND)
    failure = TestFailure(id="test_calc.TestMiddle.test_middle", message="3 != 2")
    before = TestReport(command=COMMAND, exit_code=1, tests={failure.id: "failed"}, failures=(failure,))
    meter = Meter(Budget(steps=40, seconds=240))
    with server:
        options = ModelOptions(base_url=server.base_url, stream=stream, retry=RetryPolicy(first=0.01))
        async with local_sandbox(workspace, COMMAND) as sandbox:
            model = open_model(MODEL, options)
            context = AttemptContext("a1", task, before, sandbox, meter, emit, model)
            result = await React().run(context)
    return workspace, server, events, meter, f"{result.status}: {result.summary}"


async def test_thirty_steps_with_faults_end_submitted(tmp_path: Path) -> None:
    workspace, server, events, meter, ending = await play(tmp_path, stream=False)
    assert ending == "submitted: middle was off by one"
    assert (workspace / "calc.py").read_text() == BUGGY.replace(" // 2 + 1", " // 2")
    assert meter.steps == STEPS
    assert len(server.requests) == STEPS + 1  # the 429 took one more
    check_log(events)
    check_append_only(server.requests)
    assert meter.usage == sum((b.usage for b in events if isinstance(b, ev.ModelCalled)), Usage())


async def test_the_same_streamed(tmp_path: Path) -> None:
    _, server, events, _, ending = await play(tmp_path, stream=True)
    assert ending == "submitted: middle was off by one"
    assert all(request["stream"] for request in server.requests)
    check_log(events)
    check_append_only(server.requests)


def check_log(events: list[ev.Body]) -> None:
    """Everything that happened is there, in the order in which it happened."""
    retries = [body for body in events if isinstance(body, ev.ModelRetried)]
    assert len(retries) == 1 and "slow down" in retries[0].error
    calls = [body for body in events if isinstance(body, ev.ToolCalled)]
    answers = {body.call_id: body for body in events if isinstance(body, ev.ToolReturned)}
    assert [body.step for body in calls] == list(range(1, STEPS + 1))
    assert len({body.call.id for body in calls}) == STEPS == len(answers)
    malformed = [body.call for body in calls if body.call.arguments is None]
    assert len(malformed) == 1 and malformed[0].raw == '{"command": "ls'
    assert answers[malformed[0].id].result.is_error
    assert "command" in answers[malformed[0].id].result.text
    kinds = [body.kind for body in events]
    assert kinds[:2] == ["message_added", "message_added"]
    assert [kind for kind in kinds[2:] if kind != "model_retried"] == [
        "model_called",
        "message_added",
        "tool_called",
        "tool_returned",
        "message_added",
    ] * STEPS


def check_append_only(requests: list[dict[str, Any]]) -> None:
    """Each request's messages start with the messages of the one before, so that prompt caches stay warm."""
    for earlier, later in itertools.pairwise(requests):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]
        assert later["tools"] == earlier["tools"]
