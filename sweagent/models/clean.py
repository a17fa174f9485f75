"""Makes text from a model or a sandbox fit to store: no lone surrogates, bounded length, JSON that is JSON."""

from __future__ import annotations

import math
from typing import Any

MAX_TEXT = 1_000_000
"""Characters kept of any one text of a reply; what is longer is no answer but a fault."""
MAX_DEPTH = 64


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """`text` cut to `limit` characters, surrogate pairs joined and lone surrogates replaced (UTF-8 has none)."""
    text = text[:limit]
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_json(value: Any, depth: int = 0) -> Any:
    """A JSON value with every text in it cleaned.

    Raises:
        ValueError: it is nested more than 64 deep, or holds a number that JSON cannot write (1e999).
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(str(key)): clean_json(item, depth + 1) for key, item in value.items()}
        case list():
            return [clean_json(item, depth + 1) for item in value]
        case float() if not math.isfinite(value):
            raise ValueError("a number is too large")
        case _:
            return value
