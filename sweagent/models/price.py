"""Prices of models, from an entry of LiteLLM's price map: pure arithmetic, no tokenizer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sweagent.core.message import Usage

BYTES_PER_TOKEN = 2.0
"""A low guess, so that an estimate of tokens is a high one: code has 3 to 4 bytes a token."""

Entry = Mapping[str, Any]
_ABOVE = re.compile(r"_above_(\d+)k_tokens\Z")


def cost(entry: Entry | None, usage: Usage) -> float | None:
    """US dollars of a call, None where the price map does not know the model."""
    if entry is None or _price(entry, "input_cost_per_token", usage.prompt) is None:
        return None
    read = _price(entry, "input_cost_per_token", usage.prompt) or 0.0
    cached = _price(entry, "cache_read_input_token_cost", usage.prompt)
    write = _price(entry, "output_cost_per_token", usage.prompt) or 0.0
    fresh = usage.prompt - usage.cached
    return fresh * read + usage.cached * (read if cached is None else cached) + usage.completion * write


def worst(entry: Entry | None, prompt_bytes: int, max_output_tokens: int) -> float:
    """An upper estimate of a call in US dollars: nothing cached, all of the output used, cache writes paid."""
    if entry is None:
        return 0.0
    tokens = int(prompt_bytes / BYTES_PER_TOKEN)
    read = _price(entry, "input_cost_per_token", tokens) or 0.0
    create = _price(entry, "cache_creation_input_token_cost", tokens) or 0.0
    write = _price(entry, "output_cost_per_token", tokens) or 0.0
    return tokens * max(read, create) + max_output_tokens * write


def _price(entry: Entry, key: str, prompt_tokens: int) -> float | None:
    """Dollars a token; some models cost more once the prompt is longer than a bound (``…_above_200k_tokens``)."""
    price = _number(entry.get(key))
    tiers = sorted(
        (int(bound[1]) * 1000, _number(entry[name]))
        for name in entry
        if name.startswith(key + "_above") and (bound := _ABOVE.search(name)) and name == key + bound[0]
    )
    for bound_tokens, dearer in tiers:
        if prompt_tokens > bound_tokens and dearer is not None:
            price = dearer
    return price


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None
