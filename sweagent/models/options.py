"""What a person may set about a model, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweagent.models.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How to reach and drive a model. Only `base_url` matters to most people."""

    base_url: str | None = None
    """An OpenAI-compatible server, for example ``http://localhost:11434/v1``."""
    api_key: str | None = field(default=None, repr=False)
    """None: from the provider's own environment variable."""
    temperature: float | None = None
    timeout: float = 600.0
    """Wall seconds of one try of one call."""
    stream: bool = False
    context_window: int | None = None
    """Tokens that the model can see; None: what the price map says."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More parameters of the request, passed on as they are."""


PLAIN = ModelOptions()
"""Nothing set."""
