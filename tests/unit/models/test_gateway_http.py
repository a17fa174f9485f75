"""The true path, LiteLLM → HTTP → server, for everything that a server may do, streamed and not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from sweagent.core.errors import ContextOverflow, ModelError, ModelRefused, ModelUnavailable
from sweagent.core.message import Message, Reply, ToolCall, ToolSchema, Usage
from sweagent.models.gateway import Gateway
from sweagent.models.options import ModelOptions
from sweagent.models.retry import RetryPolicy
from tests.servers.openai_server import MODEL, Behaviour, Bytes, Hang, OpenAIServer, Reset, Say, Status

BASH = ToolSchema(
    name="bash", description="Run.", parameters={"type": "object", "properties": {"command": {"type": "string"}}}
)
ASK = [Message(role="system", content="s"), Message(role="user", content="hi")]

pytestmark = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


async def ask(
    script: Sequence[Behaviour], stream: bool, messages: Sequence[Message] = ASK, **options: Any
) -> tuple[Reply, list[str], OpenAIServer]:
    told: list[str] = []

    async def retried(error: str, wait: float, tries: int) -> None:
        told.append(error)

    with OpenAIServer(script) as server:
        settings = {"retry": RetryPolicy(tries=3, first=0.001, longest=0.05), "timeout": 20.0, **options}
        model = Gateway(MODEL, ModelOptions(base_url=server.base_url, stream=stream, **settings))
        return await model.complete(messages, [BASH], retried=retried), told, server


async def test_text(stream: bool) -> None:
    reply, told, server = await ask([Say("hello – grüß dich 😀")], stream)
    assert reply.message == Message(role="assistant", content="hello – grüß dich 😀")
    assert (reply.usage, reply.cost_usd, reply.finish_reason) == (Usage(prompt=100, completion=10), None, "stop")
    assert told == []
    sent = server.requests[0]
    assert sent["model"] == MODEL and sent["messages"][1] == {"role": "user", "content": "hi"}
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["bash"]
    assert server.headers[0]["authorization"].startswith("Bearer ")


async def test_tool_calls_good_and_malformed(stream: bool) -> None:
    say = Say("look", (("bash", '{"command": "ls -la /"}'), ("bash", '{"command": "l'), ("bash", "[1]")))
    reply, _, _ = await ask([say], stream)
    good, broken, wrong = reply.message.tool_calls
    assert good == ToolCall(id="id_0", name="bash", arguments={"command": "ls -la /"})
    assert broken.arguments is None and broken.raw == '{"command": "l' and "not JSON" in (broken.error or "")
    assert wrong.arguments is None and wrong.error == "arguments must be a JSON object, not a list"
    assert reply.finish_reason == "tool_calls"


async def test_a_conversation_with_calls_goes_out_as_the_protocol_wants(stream: bool) -> None:
    calls = (ToolCall(id="a", name="bash", arguments={"command": "é"}), ToolCall(id="b", name="bash", arguments=None))
    history = [
        *ASK,
        Message(role="assistant", content="", tool_calls=calls),
        Message(role="tool", content="out", tool_call_id="a"),
        Message(role="tool", content="no", tool_call_id="b"),
    ]
    _, _, server = await ask([Say("ok")], stream, history)
    sent = server.requests[0]["messages"]
    assert [json.loads(call["function"]["arguments"]) for call in sent[2]["tool_calls"]] == [
        {"command": "é"},
        {"unreadable": ""},
    ]
    assert [message.get("tool_call_id") for message in sent[3:]] == ["a", "b"]


async def test_calls_as_text(stream: bool) -> None:
    say = Say('I look.\n<tool_call>{"name": "bash", "arguments": {"command": "ls"}}</tool_call>')
    reply, _, _ = await ask([say], stream)
    assert reply.message.content == "I look."
    assert reply.message.tool_calls[0].arguments == {"command": "ls"}


async def test_cached_tokens(stream: bool) -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 40}}
    reply, _, _ = await ask([Say("ok", usage=usage)], stream)
    assert reply.usage == Usage(prompt=50, completion=5, cached=40)


async def test_no_usage_is_estimated(stream: bool) -> None:
    reply, _, _ = await ask([Say("ok", usage=None)], stream)
    assert reply.usage.prompt > 0 and reply.usage.completion > 0


@pytest.mark.parametrize(
    "fault",
    [
        Status(429, "slow down", headers={"Retry-After": "0.01"}),
        Status(500, "oops"),
        Status(503, "busy"),
        Status(408, "late"),
        Reset(),
        Bytes(b'{"choices": []}'),
        Bytes(b"<html>bad gateway</html>", "text/html"),
        Bytes(b'\xff\xfe{"choices"'),
        Bytes(b""),
    ],
    ids=["429", "500", "503", "408", "reset", "no-choices", "html", "not-utf8", "empty"],
)
async def test_a_passing_fault_is_survived(stream: bool, fault: Behaviour) -> None:
    reply, told, server = await ask([fault, fault, Say("ok")], stream)
    assert reply.message.content == "ok"
    assert len(told) == 2 and len(server.requests) == 3
    assert all(error.startswith(f"openai/{MODEL}: ") and "\n" not in error for error in told)


async def test_a_stream_reset_in_the_middle_is_begun_anew(stream: bool) -> None:
    reply, told, _ = await ask([Say("hello there my friend", drop_after=2), Say("again")], stream)
    assert reply.message.content == ("again" if stream else "hello there my friend")
    assert len(told) == stream


async def test_no_answer_is_a_time_out(stream: bool) -> None:
    with pytest.raises(ModelUnavailable, match=r"no answer within 0\.2 s"):
        await ask([Hang()] * 3, stream, timeout=0.2, retry=RetryPolicy(tries=2, first=0.001))


async def test_a_lasting_fault_ends_unavailable(stream: bool) -> None:
    with pytest.raises(ModelUnavailable, match="busy"):
        await ask([Status(503, "busy")] * 9, stream)


async def test_a_wait_too_long_is_not_waited_for(stream: bool) -> None:
    with pytest.raises(ModelUnavailable, match="900 s"):
        await ask([Status(429, "slow", headers={"Retry-After": "900"})], stream)


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Status(401, "bad key"), ModelRefused, "bad key; .*(?i:key)"),
        (Status(403, "not yours"), ModelRefused, "not yours"),
        (Status(404, "no such model"), ModelRefused, "no such model; .*--model"),
        (Status(400, "odd parameter"), ModelRefused, "odd parameter"),
        (Status(429, "no money", "insufficient_quota"), ModelRefused, "no money"),
        (Status(400, "This model's maximum context length is 10", "context_length_exceeded"), ContextOverflow, "10"),
        (Status(400, "the request exceeds the available context size"), ContextOverflow, "context"),
        (Status(400, "prompt is too long: 9 tokens > 8"), ContextOverflow, "too long"),
    ],
    ids=["401", "403", "404", "400", "quota", "overflow", "overflow-llamacpp", "overflow-anthropic"],
)
async def test_hopeless_calls_are_not_repeated(stream: bool, fault: Status, error: type[ModelError], says: str) -> None:
    script: list[Behaviour] = [fault, Say("never")]
    with pytest.raises(error, match=says):
        await ask(script, stream)


async def test_a_huge_answer_is_bounded(stream: bool) -> None:
    say = Say("x" * 5_000_000, piece=500_000)
    if stream:
        with pytest.raises(ModelRefused, match="1,000,000 characters"):
            await ask([say], stream)
    else:
        reply, _, _ = await ask([say], stream)
        assert len(reply.message.content) == 1_000_000


async def test_a_lone_surrogate_can_be_stored(stream: bool) -> None:
    reply, _, _ = await ask([Say("\ud83d lone", (("bash", '{"command": "\\ud83d"}'),))], stream)
    assert reply.message.content == "� lone"
    reply.model_dump_json().encode()


async def test_options_reach_the_server_and_a_key_never_comes_back(stream: bool) -> None:
    key = "sk-very-secret-key"
    _, _, server = await ask([Say("ok")], stream, temperature=0.3, api_key=key, extra={"seed": 7})
    assert (server.requests[0]["temperature"], server.requests[0]["seed"]) == (0.3, 7)
    assert server.headers[0]["authorization"] == f"Bearer {key}"
    with pytest.raises(ModelRefused) as caught:
        await ask([Status(401, f"wrong key {key}")], stream, api_key=key)
    assert key not in str(caught.value) and "***" in str(caught.value)
