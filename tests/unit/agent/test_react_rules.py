"""The rules of the tool-calling loop, each with a scripted model and a sandbox of plain functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from sandboxes.contract import CallResult, Progress, ToolInfo
from sandboxes.errors import SandboxLost
from sweagent.agent.react import Limits, React
from sweagent.agent.strategy import AttemptContext
from sweagent.core import event as ev
from sweagent.core.budget import Budget, Meter
from sweagent.core.errors import BadInput, LimitReached, ModelUnavailable
from sweagent.core.message import Message, ToolSchema, Usage
from sweagent.core.report import TestReport
from sweagent.core.task import AttemptResult, Issue, Task
from sweagent.models.options import ModelOptions
from sweagent.models.retry import RetryPolicy
from sweagent.models.scripted import Fault, Scripted, ScriptedCall, ScriptedReply

TEXT = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
TOOLS = tuple(
    ToolInfo(name, name, TEXT, audience)
    for name, audience in [
        ("bash", "agent"),
        ("edit", "agent"),
        ("run_tests", "agent"),
        ("submit", "agent"),
        ("rank", "host"),
    ]
)
Answer = Callable[[str, Mapping[str, Any]], CallResult | None]


class FakeSandbox:
    """Answers by a function; what it does not answer is answered plainly."""

    def __init__(self, answer: Answer = lambda tool, arguments: None) -> None:
        self.name, self.tools, self._answer = "fake", TOOLS, answer
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.timeouts: list[float] = []

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        timeout: float = 120.0,  # noqa: ASYNC109
        progress: Progress | None = None,
    ) -> CallResult:
        self.calls.append((tool, dict(arguments)))
        self.timeouts.append(timeout)
        given = self._answer(tool, arguments)
        if given is not None:
            return given
        if tool == "submit":
            return CallResult("Submitted.", data={"submitted": True, "summary": str(arguments.get("summary", ""))})
        if arguments.get("command", "").startswith("git status"):
            return CallResult("(no output)", data={"exit_code": 0})
        if tool not in {known.name for known in self.tools}:
            return CallResult(f"no tool {tool}; did you mean bash?", is_error=True)
        return CallResult(f"{tool} ok", data={"exit_code": 0})

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> FakeSandbox:
        return self

    async def __aexit__(self, *exc: object) -> None:
        pass


class World:
    """One attempt with all around it."""

    def __init__(self, replies: Any, sandbox: FakeSandbox | None = None, window: int | None = None, **budget: Any):
        self.sandbox = sandbox or FakeSandbox()
        self.events: list[ev.Body] = []
        self.meter = Meter(Budget(**budget))
        self.model = Scripted(replies, ModelOptions(retry=RetryPolicy(tries=2, first=0.001), context_window=window))

    async def emit(self, body: ev.Body) -> None:
        self.events.append(body)

    async def run(self, limits: Limits | None = None) -> AttemptResult:
        task = Task(id="t", title="t", issue=Issue(title="T", text="x"), base="0", test_command="pytest -q")
        before = TestReport(command="pytest -q", exit_code=1)
        context = AttemptContext("a1", task, before, self.sandbox, self.meter, self.emit, self.model, test_seconds=33)
        return await React(limits).run(context)

    def results(self) -> list[str]:
        return [body.result.text for body in self.events if isinstance(body, ev.ToolReturned)]

    def said(self) -> list[str]:
        messages = [body.message for body in self.events if isinstance(body, ev.MessageAdded)]
        return [message.content for message in messages[2:] if message.role == "user"]


def do(*calls: tuple[str, Any], content: str = "", **more: Any) -> ScriptedReply:
    return ScriptedReply(
        content=content, tool_calls=tuple(ScriptedCall(name=name, arguments=given) for name, given in calls), **more
    )


EDIT = do(("edit", {"command": "e"}))
TESTS = do(("run_tests", {}))
SUBMIT = do(("submit", {"summary": "mended"}))


async def test_edit_test_submit() -> None:
    world = World([EDIT, TESTS, SUBMIT])
    assert await world.run() == AttemptResult(status="submitted", reason="the agent submitted", summary="mended")
    assert world.sandbox.calls[0][0] == "bash"  # the facts
    assert world.sandbox.calls[2] == ("run_tests", {"command": "pytest -q", "timeout": 33})
    assert world.sandbox.timeouts[2] > 33


async def test_only_the_agents_tools_are_offered() -> None:
    seen: list[str] = []

    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        seen.extend(tool.name for tool in tools)
        return SUBMIT

    await World(brain).run()
    assert set(seen) == {"bash", "edit", "run_tests", "submit"}


async def test_too_early_submissions_are_sent_back_once_each() -> None:
    world = World([SUBMIT, EDIT, SUBMIT, SUBMIT])
    assert (await world.run()).status == "submitted"
    assert "no file" in world.results()[0] and "tests were not run" in world.results()[2]
    world = World([SUBMIT, SUBMIT])
    assert (await world.run()).status == "gave_up" or len(world.results()) == 2


async def test_an_edit_by_the_shell_counts_as_a_change() -> None:
    def answer(tool: str, arguments: Mapping[str, Any]) -> CallResult | None:
        if str(arguments.get("command", "")).startswith("git status"):
            return CallResult(" M calc.py", data={"exit_code": 0})
        return None

    world = World([do(("bash", {"command": "sed -i x; pytest"})), SUBMIT], FakeSandbox(answer))
    assert (await world.run()).status == "submitted"


async def test_malformed_and_unknown_calls_are_answered() -> None:
    world = World([do(("bash", '{"command": "l'), ("nosuch", "{"), ("bsh", {})), EDIT, TESTS, SUBMIT])
    await world.run()
    first, second, third = world.results()[:3]
    assert "not JSON" in first and "bash wants one JSON object with: command" in first
    assert "no tool 'nosuch'" in second and "run_tests" in second and "rank" not in second
    assert "did you mean bash" in third
    assert [tool for tool, _ in world.sandbox.calls[1:3]] == ["bsh", "edit"]


async def test_calls_of_one_reply_run_in_order_and_every_call_is_answered() -> None:
    calls = [("bash", {"command": str(number)}) for number in range(20)]
    world = World([do(*calls), EDIT, TESTS, SUBMIT])
    await world.run(Limits(calls=16))
    assert [arguments["command"] for tool, arguments in world.sandbox.calls[1:17]] == [str(n) for n in range(16)]
    assert sum("Not run: at most 16" in text for text in world.results()) == 4
    made = [body.call.id for body in world.events if isinstance(body, ev.ToolCalled)]
    assert made == [body.call_id for body in world.events if isinstance(body, ev.ToolReturned)]


async def test_answers_without_a_call_are_nudged_then_given_up() -> None:
    world = World([do(content="thinking"), do(content="cut", finish_reason="length"), *[do(content="hm")] * 9])
    result = await world.run()
    assert (result.status, result.summary) == ("gave_up", "hm")
    assert ["called no tool" in text for text in world.said()] == [True, False, True]
    assert "cut off" in world.said()[1]


async def test_a_call_in_between_starts_the_count_anew() -> None:
    world = World([do(content="1"), do(content="2"), do(content="3"), EDIT, do(content="4"), TESTS, SUBMIT])
    assert (await world.run()).status == "submitted"


async def test_going_in_circles_is_nudged_then_given_up() -> None:
    world = World([do(("bash", {"command": "ls"}))] * 50)
    result = await world.run()
    assert result.status == "gave_up" and "same call" in result.reason
    assert len(world.results()) == 6
    assert len(world.said()) == 1 and "3 times" in world.said()[0]


async def test_the_same_call_after_edits_is_no_circle() -> None:
    world = World([TESTS, EDIT] * 12 + [TESTS, SUBMIT])
    assert (await world.run()).status == "submitted"


@pytest.mark.parametrize(
    ("budget", "limit"), [({"steps": 3}, "steps"), ({"tokens": 1}, "tokens"), ({"usd": 0.5}, "cost")]
)
async def test_limits(budget: dict[str, Any], limit: str) -> None:
    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        return do(("bash", {"command": str(len(messages))}), cost_usd=0.3, usage=Usage(prompt=10, completion=1))

    world = World(brain, **budget)
    with pytest.raises(LimitReached) as caught:
        await world.run()
    assert caught.value.limit == limit
    assert len(world.results()) == {"steps": 3, "tokens": 1, "cost": 2}[limit]


async def test_the_loop_has_a_step_limit_of_its_own() -> None:
    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        return do(("bash", {"command": str(len(messages))}))

    with pytest.raises(LimitReached, match="step limit of 5"):
        await World(brain).run(Limits(steps=5))


async def test_the_time_limit_stops_a_call_under_way() -> None:
    class Stuck(FakeSandbox):
        async def call(self, tool: str, arguments: Mapping[str, Any], **more: Any) -> CallResult:
            if tool == "edit":
                await asyncio.Event().wait()
            return await super().call(tool, arguments, **more)

    with pytest.raises(LimitReached) as caught:
        await World([EDIT], Stuck(), seconds=0.1).run()
    assert caught.value.limit == "seconds"


async def test_a_reservation_never_stays_behind() -> None:
    world = World([ScriptedReply(error=Fault(status=503))] * 2)
    with pytest.raises(ModelUnavailable):
        await world.run()
    world.meter.reserve(0.0)
    assert world.meter.spent_usd == 0.0 and world.meter._reserved_usd == 0.0
    assert len([body for body in world.events if isinstance(body, ev.ModelRetried)]) == 1


async def test_a_failing_wall_passes_up() -> None:
    def answer(tool: str, arguments: Mapping[str, Any]) -> CallResult | None:
        if tool == "edit":
            raise SandboxLost("gone")
        return None

    with pytest.raises(SandboxLost):
        await World([EDIT], FakeSandbox(answer)).run()


async def test_hostile_answers_are_bounded_and_storable() -> None:
    def answer(tool: str, arguments: Mapping[str, Any]) -> CallResult | None:
        deep: dict[str, Any] = {}
        for _ in range(500):
            deep = {"a": deep}
        return CallResult("\ud800" + "x" * 1_000_000, data=deep) if tool == "edit" else None

    world = World([EDIT, TESTS, SUBMIT], FakeSandbox(answer))
    await world.run(Limits(observation=1000))
    assert len(world.results()[0]) < 1100
    for body in world.events:
        body.model_dump_json().encode()


async def test_overflow_compacts_and_goes_on() -> None:
    fault = ScriptedReply(error=Fault(status=400, code="context_length_exceeded"))
    looks = [do(("bash", {"command": f"look {number} {'far ' * 100}"})) for number in range(12)]
    world = World([*looks, fault, EDIT, fault, TESTS, SUBMIT])
    assert (await world.run()).status == "submitted"
    compacted = [body for body in world.events if isinstance(body, ev.Compacted)]
    assert len(compacted) == 2 and compacted[0].dropped > 0 and "look 9 " in compacted[0].summary


async def test_overflow_without_end_is_a_limit() -> None:
    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        return ScriptedReply(error=Fault(status=400, code="context_length_exceeded"))

    with pytest.raises(LimitReached) as caught:
        await World(brain).run()
    assert caught.value.limit == "tokens"


async def test_nearing_the_window_compacts_before_the_model_complains() -> None:
    seen: list[int] = []

    def brain(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> ScriptedReply:
        size = sum(len(message.content) for message in messages)
        seen.append(size)
        done = len(seen)
        if done == 40:
            return EDIT
        if done >= 41:
            return TESTS if done == 41 else SUBMIT
        return do(("bash", {"command": f"look {done}"}), usage=Usage(prompt=size // 3 + 1, completion=5))

    def answer(tool: str, arguments: Mapping[str, Any]) -> CallResult | None:
        looked = str(arguments.get("command", "")).startswith("look")
        return CallResult(f"{arguments['command']} " + "word " * 500) if looked else None

    world = World(brain, FakeSandbox(answer), window=12_000)
    assert (await world.run()).status == "submitted"
    assert max(seen) < 12_000 * 3
    assert any(isinstance(body, ev.Compacted) for body in world.events)


async def test_no_model_is_bad_input() -> None:
    world = World([])
    task = Task(id="t", title="t", issue=Issue(title="T", text="x"), base="0", test_command="t")
    context = AttemptContext("a", task, TestReport(command="t", exit_code=1), world.sandbox, world.meter, world.emit)
    with pytest.raises(BadInput, match="--model"):
        await React().run(context)


async def test_test_runs_are_logged() -> None:
    report = {"command": "pytest -q", "exit_code": 0, "tests": {"t::a": "passed"}, "output": "x" * 50_000}

    def answer(tool: str, arguments: Mapping[str, Any]) -> CallResult | None:
        return CallResult("1 passed", data=report) if tool == "run_tests" else None

    world = World([EDIT, TESTS, SUBMIT], FakeSandbox(answer))
    await world.run()
    (ran,) = [body for body in world.events if isinstance(body, ev.TestsRan)]
    assert (ran.phase, ran.attempt, ran.report.tests) == ("attempt", "a1", {"t::a": "passed"})
    assert len(ran.report.output) < 5_000
    returned = [body for body in world.events if isinstance(body, ev.ToolReturned)][1]
    assert returned.result.data is None  # not the same bytes twice in the log
