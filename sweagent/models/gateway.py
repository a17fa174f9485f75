"""A model behind LiteLLM, the gateway to every provider."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sweagent.core.message import Message, Reply, ToolSchema, Usage
from sweagent.models import library, price
from sweagent.models.clean import clean
from sweagent.models.options import PLAIN, ModelOptions
from sweagent.models.parse import get, parse_message, parse_usage, used_ids
from sweagent.models.payload import messages_of, size_of, tools_of
from sweagent.models.protocol import Retried
from sweagent.models.retry import Action, Failure, classify, patiently, retry_after
from sweagent.models.stream import Fold, TooLongError

_SECRET = re.compile(r"(?:_KEY|_TOKEN|_SECRET|_PASSWORD)\Z")
_WRAPPING = re.compile(r"\A(?:(?:litellm\.)?\w+(?:Error|Exception|Timeout)(?::| -) )+")
_CHATTER = re.compile(r" Original exception:|This looks like a bug in LiteLLM")


def full_name(name: str, options: ModelOptions) -> str:
    """The provider string that LiteLLM takes; a bare name behind a base URL speaks OpenAI's protocol."""
    if options.base_url is None or name.split("/", 1)[0] in ("openai", "hosted_vllm", "litellm_proxy"):
        return name
    if name.split("/", 1)[0] in library.load().provider_list:
        return name
    return f"openai/{name}"


def key_for(full: str, options: ModelOptions) -> str | None:
    """The key to send; None leaves it to LiteLLM to find the provider's own in the environment.

    Local servers want no key, yet OpenAI's client insists on some text. As with OpenAI's client, its key from the
    environment goes to whatever server the person named.
    """
    if options.api_key is None and options.base_url is not None and full.startswith("openai/"):
        return os.environ.get("OPENAI_API_KEY") or "none"
    return options.api_key


def price_entry(litellm: Any, name: str) -> Mapping[str, Any] | None:
    """The price map's entry for a model, looked up without any request."""
    for key in (name, name.split("/", 1)[-1]):
        entry = litellm.model_cost.get(key)
        if isinstance(entry, dict):
            return entry
    return None


class Gateway:
    """A model behind LiteLLM."""

    def __init__(self, name: str, options: ModelOptions = PLAIN) -> None:
        self._options = options
        self._litellm = library.load()
        self._name = full_name(name, options)
        self._entry = price_entry(self._litellm, self._name)

    @property
    def name(self) -> str:
        """The full provider string."""
        return self._name

    @property
    def context_window(self) -> int | None:
        """Tokens of input that the model takes, from the options, else from the price map."""
        known = (self._entry or {}).get("max_input_tokens")
        return self._options.context_window or (known if isinstance(known, int) else None)

    def worst_cost(self, messages: Sequence[Message], tools: Sequence[ToolSchema], max_output_tokens: int) -> float:
        """An upper estimate in US dollars from the size of the texts; 0.0 where no price is known."""
        return price.worst(self._entry, size_of(messages, tools), self._most(max_output_tokens))

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSchema],
        *,
        max_output_tokens: int = 4096,
        retried: Retried | None = None,
    ) -> Reply:
        """Continue the conversation; see `Model.complete`."""
        await library.enter_loop()
        request = self._request(messages, tools, self._most(max_output_tokens))
        started = time.monotonic()

        async def once() -> Reply | Failure:
            try:
                async with asyncio.timeout(self._options.timeout):
                    fold = await self._ask(request)
            except TimeoutError:
                return Failure(Action.RETRY, f"{self._name}: no answer within {self._options.timeout:g} s")
            except TooLongError as error:
                return Failure(Action.REFUSE, f"{self._name}: {error}")
            except Exception as error:  # noqa: BLE001 (the library lets providers' odd answers out as any exception)
                return self._failure(error)
            if fold is None:
                return Failure(Action.RETRY, f"{self._name}: the server sent an empty answer")
            return self._reply(fold, messages, tools, time.monotonic() - started)

        return await patiently(once, self._options.retry, retried)

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolSchema], output: int) -> dict[str, Any]:
        options = self._options
        request: dict[str, Any] = {
            "model": self._name,
            "messages": messages_of(messages, mark_cache="claude" in self._name.lower()),
            "max_tokens": output,
            "timeout": options.timeout,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            "stream": options.stream,
        }
        if tools:
            request["tools"] = tools_of(tools)
        if options.stream:
            request["stream_options"] = {"include_usage": True}
        if options.temperature is not None:
            request["temperature"] = options.temperature
        if options.base_url is not None:
            request["api_base"] = options.base_url
        key = key_for(self._name, options)
        if key is not None:
            request["api_key"] = key
        return {**request, **options.extra}

    async def _ask(self, request: Mapping[str, Any]) -> Fold | None:
        """One request; None where the answer holds no choice at all."""
        response = await self._litellm.acompletion(**request)
        fold = Fold()
        if not request["stream"]:
            choice = next(iter(get(response, "choices") or ()), None)
            if choice is None or get(choice, "message") is None:
                return None
            fold.whole(get(choice, "message"), get(choice, "finish_reason"), get(response, "usage"))
            return fold
        try:
            async for chunk in response:
                fold.add(chunk)
        finally:
            close = getattr(response, "aclose", None)
            if close is not None:
                await close()
        # LiteLLM makes a reply with finish reason and all even of a page of HTML: without tokens it is none.
        return None if fold.empty and parse_usage(fold.usage) is None else fold

    def _reply(self, fold: Fold, messages: Sequence[Message], tools: Sequence[ToolSchema], seconds: float) -> Reply:
        message = parse_message(fold.message(), tools, used_ids(messages))
        usage = parse_usage(fold.usage) or Usage(
            prompt=int(size_of(messages, tools) / price.BYTES_PER_TOKEN),
            completion=int(size_of([message], ()) / price.BYTES_PER_TOKEN),
        )
        return Reply(
            message=message,
            model=self._name,
            usage=usage,
            cost_usd=price.cost(self._entry, usage),
            finish_reason=clean(str(fold.finish_reason or "stop"), 40),
            seconds=seconds,
        )

    def _failure(self, error: Exception) -> Failure:
        text = str(error)
        if isinstance(error, ImportError):
            return Failure(Action.REFUSE, self._line(f"needs a package that is not installed: {text}"))
        marks = " ".join(str(getattr(error, name, None) or "") for name in ("code", "type", "body"))
        return Failure(classify(error, f"{text} {marks}"), self._explained(error, text), _asked_wait(error))

    def _explained(self, error: Exception, text: str) -> str:
        kind = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ADVICE), None)
        advice = f"; {_ADVICE[kind]}" if kind else ""
        if kind == "AuthenticationError":
            missing = self._litellm.validate_environment(self._name).get("missing_keys") or ()
            advice = f"; set {' or '.join(missing)}" if missing else advice
        return self._line(text) + advice

    def _line(self, text: str) -> str:
        """The first lines of `text` as one, without any secret of ours that a server may echo."""
        secrets = [value for key, value in os.environ.items() if _SECRET.search(key) and len(value) >= 8]
        for secret in (self._options.api_key, *secrets):
            if secret:
                text = text.replace(secret, "***")
        text = _WRAPPING.sub("", _CHATTER.split(text)[0])
        return f"{self._name}: {clean(' '.join(text.split()), 300) or 'the connection broke off'}"

    def _most(self, max_output_tokens: int) -> int:
        known = (self._entry or {}).get("max_output_tokens")
        return min(max_output_tokens, known) if isinstance(known, int) and known > 0 else max_output_tokens


_ADVICE = {
    "AuthenticationError": "the server does not accept the key: check the provider's key in the environment",
    "PermissionDeniedError": "the key may not use this model",
    "NotFoundError": "the server does not know this model: check --model and --base-url",
}


def _asked_wait(error: Exception) -> float | None:
    response = getattr(error, "response", None)
    for headers in (getattr(response, "headers", None), getattr(error, "litellm_response_headers", None)):
        if headers:
            wait = retry_after(dict(headers), time.time())
            if wait is not None:
                return wait
    return None
