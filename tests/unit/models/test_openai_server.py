"""The loopback server is the protocol that the official client speaks, not merely what LiteLLM bears."""

from __future__ import annotations

import openai
import pytest

from tests.servers.openai_server import MODEL, Behaviour, OpenAIServer, Say, Status


async def test_the_official_client_talks_to_it() -> None:
    calls = (("bash", '{"command": "ls -la"}'), ("view", '{"path": "a"}'))
    script: list[Behaviour] = [Say("hello"), Say("hi", calls), Say("hi there", calls), Status(429, "slow")]
    with OpenAIServer(script) as server:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client:
            assert [model.id async for model in client.models.list()] == [MODEL]
            chat = client.chat.completions
            plain = await chat.create(model=MODEL, messages=[{"role": "user", "content": "q"}])
            assert plain.choices[0].message.content == "hello"
            assert plain.usage is not None and plain.usage.total_tokens == 110
            whole = await chat.create(model=MODEL, messages=[{"role": "user", "content": "q"}])
            assert [call.id for call in whole.choices[0].message.tool_calls or ()] == ["id_0", "id_1"]
            async with chat.stream(
                model=MODEL, messages=[{"role": "user", "content": "q"}], stream_options={"include_usage": True}
            ) as stream:
                final = await stream.get_final_completion()
            made = final.choices[0].message.tool_calls or []
            assert [(call.function.name, call.function.arguments) for call in made] == list(calls)
            assert final.choices[0].message.content == "hi there"
            with pytest.raises(openai.RateLimitError):
                await chat.create(model=MODEL, messages=[{"role": "user", "content": "q"}])
    assert len(server.requests) == 4
