"""Loads LiteLLM late and keeps it in order: the only file that imports it, and only when a model is first used."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import os
import threading
import warnings
import weakref
from collections.abc import AsyncGenerator
from typing import Any

from sweagent.core.errors import BadInput

_ENVIRONMENT = {
    # Its import asks the network for prices otherwise.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    # Its import reads a `.env` file of the current folder otherwise: an untrusted checkout must not choose our keys.
    "LITELLM_MODE": "PRODUCTION",
}
_lock = threading.Lock()
_loaded: Any = None
_closers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None]] = weakref.WeakKeyDictionary()


def load() -> Any:
    """The LiteLLM module, set to be quiet and to retry nothing. The first call takes seconds of CPU.

    Raises:
        BadInput: it is not installed.
    """
    global _loaded
    with _lock:
        if _loaded is not None:
            return _loaded
        os.environ.update(_ENVIRONMENT)
        if importlib.util.find_spec("litellm") is None:
            raise BadInput("--model needs LiteLLM: pip install 'sweagent-lead[models]'")
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            litellm: Any = importlib.import_module("litellm")
            # Its pydantic models are built at first use, with warnings that are no business of ours.
            litellm.ModelResponse(choices=[{"message": {"role": "assistant", "content": ""}}])
            litellm.ModelResponseStream(choices=[{"index": 0, "delta": {}}])
        litellm.suppress_debug_info = True
        litellm.disable_hf_tokenizer_download = True
        litellm.disable_aiohttp_transport = True
        litellm.callbacks = []
        _loaded = litellm
        return litellm


def _hush() -> None:
    """Ignore warnings whose source is a module of LiteLLM; setting the same filter again changes nothing."""
    warnings.filterwarnings("ignore", module=r"litellm(\.|\Z)")


async def enter_loop() -> None:
    """Keep the library quiet, and have its HTTP clients of this event loop closed when the loop ends.

    A loop closes its live asynchronous generators before it ends (`loop.shutdown_asyncgens`): the one hook there is
    that needs no cooperation of the caller.
    """
    _hush()
    loop = asyncio.get_running_loop()
    if loop not in _closers:
        _closers[loop] = _closer(loop)
        await anext(_closers[loop])


async def _closer(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await close_clients(loop)


async def close_clients(loop: asyncio.AbstractEventLoop) -> None:
    """Close LiteLLM's HTTP clients that belong to `loop` and make it forget them: a later loop may get the same id."""
    cache = load().in_memory_llm_clients_cache
    clients: dict[str, Any] = getattr(cache, "cache_dict", {})
    for key in [key for key in clients if str(key).endswith(f"-{id(loop)}")]:
        client = clients.pop(key)
        close = getattr(client, "close", None) or getattr(client, "aclose", None)
        answer = close() if close is not None else None
        if asyncio.iscoroutine(answer):
            await answer
