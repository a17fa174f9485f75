"""What every `Model` must do, asked of each implementation: the scripted one, and LiteLLM over loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from sweagent.core.errors import ContextOverflow, ModelRefused, ModelUnavailable
from sweagent.core.message import Message, Reply, ToolSchema, Usage
from sweagent.models.gateway import Gateway
from sweagent.models.options import ModelOptions
from sweagent.models.protocol import Model
from sweagent.models.retry import RetryPolicy
from sweagent.models.scripted import Fault, Scripted, ScriptedReply
from tests.servers.openai_server import MODEL, Behaviour, OpenAIServer, Reset, Say, Status

QUICK = RetryPolicy(tries=3, first=0.001, longest=0.05)
BASH = ToolSchema(name="bash", description="Run.", parameters={"type": "object", "properties": {}})
ASK = [Message(role="user", content="hi")]
Open = Callable[[Sequence[dict[str, Any]]], AbstractAsyncContextManager[Model]]


@asynccontextmanager
async def scripted(replies: Sequence[dict[str, Any]]) -> AsyncIterator[Model]:
    yield Scripted([ScriptedReply.model_validate(reply) for reply in replies], ModelOptions(retry=QUICK))


def over_http(stream: bool) -> Open:
    @asynccontextmanager
    async def opened(replies: Sequence[dict[str, Any]]) -> AsyncIterator[Model]:
        with OpenAIServer([_behaviour(ScriptedReply.model_validate(reply)) for reply in replies]) as server:
            yield Gateway(MODEL, ModelOptions(base_url=server.base_url, stream=stream, retry=QUICK))

    return opened


def _behaviour(reply: ScriptedReply) -> Behaviour:
    fault = reply.error
    if isinstance(fault, Fault):
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return Reset() if fault.status is None else Status(fault.status, fault.message, fault.code or None, headers)
    calls = [
        {
            "id": call.id or f"id_{number}",
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments),
            },
        }
        for number, call in enumerate(reply.tool_calls)
    ]
    usage = reply.usage or Usage(prompt=9, completion=3)
    counts = {"prompt_tokens": usage.prompt, "completion_tokens": usage.completion}
    details = {"prompt_tokens_details": {"cached_tokens": usage.cached}}
    return Say(reply.content, tuple(calls), usage=counts | details, finish=reply.finish_reason)


@pytest.fixture(params=["scripted", "litellm", "litellm-stream"])
def opened(request: pytest.FixtureRequest) -> Open:
    kinds: dict[str, Open] = {
        "scripted": scripted,
        "litellm": over_http(False),
        "litellm-stream": over_http(True),
    }
    return kinds[request.param]


async def ask(model: Model, messages: Sequence[Message] = ASK) -> tuple[Reply, list[int]]:
    tries: list[int] = []

    async def retried(error: str, wait: float, tried: int) -> None:
        assert error and "\n" not in error and wait >= 0
        tries.append(tried)

    return await model.complete(messages, [BASH], max_output_tokens=100, retried=retried), tries


async def test_text(opened: Open) -> None:
    usage = {"prompt": 40, "completion": 4, "cached": 30}
    async with opened([{"content": "höllo", "usage": usage}]) as model:
        assert model.name
        assert model.worst_cost(ASK, [BASH], 100) >= 0.0
        reply, tries = await ask(model)
    assert reply.message == Message(role="assistant", content="höllo")
    assert (reply.model, reply.usage, reply.finish_reason, tries) == (model.name, Usage(**usage), "stop", [])
    assert reply.seconds >= 0


async def test_calls_in_order_with_ids_of_their_own(opened: Open) -> None:
    calls = [{"name": "bash", "arguments": {"n": n}, "id": "same"} for n in range(3)]
    async with opened([{"content": "go", "tool_calls": calls}, {"tool_calls": calls}]) as model:
        first, _ = await ask(model)
        second, _ = await ask(model, [*ASK, first.message])
    assert [call.arguments for call in first.message.tool_calls] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert first.finish_reason == "tool_calls"
    ids = [call.id for reply in (first, second) for call in reply.message.tool_calls]
    assert len(set(ids)) == 6


@pytest.mark.parametrize("raw", ['{"command": "ls', "[1, 2]", "nonsense", '{"a": NaN}'])
async def test_malformed_arguments_come_back_as_they_were(opened: Open, raw: str) -> None:
    async with opened([{"tool_calls": [{"name": "bash", "arguments": raw}]}]) as model:
        reply, _ = await ask(model)
    (call,) = reply.message.tool_calls
    assert (call.name, call.arguments, call.raw) == ("bash", None, raw)
    assert call.error


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 0.01}, {"status": 500}, {"status": 503}, {}])
async def test_passing_faults_are_tried_again(opened: Open, fault: dict[str, Any]) -> None:
    async with opened([{"error": fault}, {"error": fault}, {"content": "ok"}]) as model:
        reply, tries = await ask(model)
    assert (reply.message.content, tries) == ("ok", [1, 2])


async def test_lasting_faults_end_unavailable(opened: Open) -> None:
    async with opened([{"error": {"status": 503}}] * 3 + [{"content": "too late"}]) as model:
        with pytest.raises(ModelUnavailable):
            await ask(model)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_hopeless_faults_are_refused_at_once(opened: Open, status: int) -> None:
    async with opened([{"error": {"status": status, "message": "no way"}}, {"content": "next"}]) as model:
        with pytest.raises(ModelRefused, match="no way"):
            await ask(model)
        reply, _ = await ask(model)  # and the model can be used again
    assert reply.message.content == "next"


async def test_overflow(opened: Open) -> None:
    fault = {"status": 400, "code": "context_length_exceeded", "message": "maximum context length is 10 tokens"}
    async with opened([{"error": fault}]) as model:
        with pytest.raises(ContextOverflow):
            await ask(model)


async def test_many_at_once(opened: Open) -> None:
    async with opened([{"content": str(number)} for number in range(8)]) as model:
        replies = await asyncio.gather(*(ask(model) for _ in range(8)))
    assert sorted(reply.message.content for reply, _ in replies) == [str(number) for number in range(8)]


async def test_cancelling_leaves_the_model_usable(opened: Open) -> None:
    waits = [{"error": {"status": 429, "retry_after": 0.05}}]
    async with opened([*waits, {"content": "ok"}]) as model:
        told = asyncio.Event()

        async def retried(error: str, wait: float, tried: int) -> None:
            told.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(model.complete(ASK, [BASH], retried=retried))
        await told.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        reply, _ = await ask(model)
    assert reply.message.content == "ok"
