"""Prices: arithmetic on entries of the price map, and an estimate that is never below the true cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.core.message import Message, Usage
from sweagent.models import gateway, library, price
from sweagent.models.gateway import Gateway
from sweagent.models.options import ModelOptions

ENTRY = {
    "input_cost_per_token": 3e-6,
    "output_cost_per_token": 15e-6,
    "cache_read_input_token_cost": 0.3e-6,
    "cache_creation_input_token_cost": 3.75e-6,
    "input_cost_per_token_above_200k_tokens": 6e-6,
    "input_cost_per_token_batches": 1.5e-6,
}


def test_cost() -> None:
    assert price.cost(ENTRY, Usage(prompt=1000, completion=100)) == pytest.approx(0.0045)
    assert price.cost(ENTRY, Usage(prompt=1000, completion=100, cached=1000)) == pytest.approx(0.0018)
    assert price.cost(ENTRY, Usage(prompt=300_000)) == pytest.approx(1.8)
    assert price.cost(None, Usage(prompt=1)) is None
    assert price.cost({"mode": "chat"}, Usage(prompt=1)) is None


@given(st.integers(0, 2_000_000), st.integers(0, 10_000), st.integers(0, 100))
def test_the_estimate_is_never_below_the_cost(size: int, output: int, share: int) -> None:
    prompt = int(size / 3)  # what a tokenizer would at most find in `size` bytes of ordinary text
    usage = Usage(prompt=prompt, completion=output * share // 100, cached=prompt * share // 100)
    assert price.worst(ENTRY, size, output) >= (price.cost(ENTRY, usage) or 0.0)
    assert price.worst(None, size, output) == 0.0


def test_our_arithmetic_agrees_with_the_library() -> None:
    litellm = library.load()
    for name in ("gpt-4o", "claude-sonnet-4-5", "gemini/gemini-2.5-pro"):
        entry = gateway.price_entry(litellm, name)
        assert entry is not None
        theirs = sum(litellm.cost_per_token(model=name, prompt_tokens=1234, completion_tokens=567))
        assert price.cost(entry, Usage(prompt=1234, completion=567)) == pytest.approx(theirs)


def test_a_known_model_has_a_price_and_a_window_without_any_request() -> None:
    model = Gateway("anthropic/claude-sonnet-4-5", ModelOptions(api_key="unused"))
    assert model.context_window == 200_000
    assert 0.06 < model.worst_cost([Message(role="user", content="x" * 1000)], [], 4096) < 0.07
    local = Gateway("some-local-thing", ModelOptions(base_url="http://127.0.0.1:9/v1", context_window=4096))
    assert (local.name, local.context_window) == ("openai/some-local-thing", 4096)
    assert local.worst_cost([Message(role="user", content="x" * 1000)], [], 4096) == 0.0
