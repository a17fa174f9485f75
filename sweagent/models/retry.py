"""Decides what a failed model call means (try again, refuse, too long) and tries again with patience.

`TABLE` knows every error class of LiteLLM by name, so that this module needs no LiteLLM; a test fails when the library
gains a class that the table does not know.
"""

from __future__ import annotations

import asyncio
import email.utils
import math
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from sweagent.core.errors import ContextOverflow, ModelError, ModelRefused, ModelUnavailable
from sweagent.models.protocol import Retried

Answer = TypeVar("Answer")


class Action(Enum):
    """What to do about a failed call."""

    RETRY = "retry"
    REFUSE = "refuse"
    OVERFLOW = "overflow"
    BY_STATUS = "by status"
    """The class does not tell: 408, 409, 425, 429, 5xx and no status at all are tried again, other 4xx refused."""


TABLE: Mapping[str, Action] = {
    # The provider is busy, broken or far away.
    "RateLimitError": Action.RETRY,
    "ServiceUnavailableError": Action.RETRY,
    "BadGatewayError": Action.RETRY,
    "InternalServerError": Action.RETRY,
    "Timeout": Action.RETRY,
    "APIConnectionError": Action.RETRY,
    "APIResponseValidationError": Action.RETRY,
    "MidStreamFallbackError": Action.RETRY,
    "JSONSchemaValidationError": Action.RETRY,
    # The class says too little.
    "APIError": Action.BY_STATUS,
    "OpenAIError": Action.BY_STATUS,
    "MockException": Action.BY_STATUS,
    # The request can never succeed as it is.
    "AuthenticationError": Action.REFUSE,
    "PermissionDeniedError": Action.REFUSE,
    "NotFoundError": Action.REFUSE,
    "BadRequestError": Action.REFUSE,
    "InvalidRequestError": Action.REFUSE,
    "UnprocessableEntityError": Action.REFUSE,
    "UnsupportedParamsError": Action.REFUSE,
    "PaymentRequiredError": Action.REFUSE,
    "RejectedRequestError": Action.REFUSE,
    "ContentPolicyViolationError": Action.REFUSE,
    "ImageFetchError": Action.REFUSE,
    "VectorStoreSearchError": Action.REFUSE,
    "ModelNotMappedError": Action.REFUSE,
    "BudgetExceededError": Action.REFUSE,
    "LiteLLMUnknownProvider": Action.REFUSE,
    "GuardrailRaisedException": Action.REFUSE,
    "BlockedPiiEntityError": Action.REFUSE,
    "ModifyResponseException": Action.REFUSE,
    "SensitiveDataRouteException": Action.REFUSE,
    # The conversation is too long.
    "ContextWindowExceededError": Action.OVERFLOW,
}
"""Error class of LiteLLM → what to do."""

_TOO_LONG = re.compile(
    r"context_length_exceeded|maximum context length|context (?:window|length|size) (?:of|is|exceeded)"
    r"|exceeds? (?:the )?(?:available |model'?s? )?context|exceed context limit|prompt is too long"
    r"|input is too long|too many (?:input )?tokens in|longer than the model's context|maximum input length is"
    r"|maximum number of tokens allowed|reduce the length of the (?:messages|prompt)",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(r"insufficient_quota|insufficient (?:balance|credits)|billing|exceeded your current quota", re.I)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call in our words: what to do, one line for people, seconds that the provider asked to wait."""

    action: Action
    message: str
    wait: float | None = None


def classify(error: BaseException, text: str) -> Action:
    """RETRY, REFUSE or OVERFLOW for `error`, whose text is `text`. A class that nobody knows is tried again."""
    action = next((TABLE[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in TABLE), Action.BY_STATUS)
    status = getattr(error, "status_code", None)
    return by_status(status if isinstance(status, int) else None, text, action)


def by_status(status: int | None, text: str, action: Action = Action.BY_STATUS) -> Action:
    """RETRY, REFUSE or OVERFLOW for an HTTP status and the provider's text, where `action` is what is known so far."""
    if action is Action.OVERFLOW or (status in (None, 400, 413, 422, 500) and _TOO_LONG.search(text)):
        return Action.OVERFLOW
    if status == 429 and _NO_MONEY.search(text):
        return Action.REFUSE
    if action is not Action.BY_STATUS:
        return action
    if status is None or status in (408, 409, 425, 429) or status >= 500:
        return Action.RETRY
    return Action.REFUSE


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the provider asks to wait (RFC 9110, section 10.2.3), or None. `now` is seconds since the epoch."""
    lower = {str(key).lower(): str(value).strip() for key, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(lower.get(name, "")) * unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        moment = email.utils.parsedate_to_datetime(lower.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, moment.timestamp() - now)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be: tries in all, seconds of the first wait (doubled each time), longest single and total wait."""

    tries: int = 6
    first: float = 1.0
    longest: float = 60.0
    total: float = 300.0

    def wait(self, tried: int, asked: float | None) -> float | None:
        """Seconds to wait after `tried` failures (1 or more); None where the provider asks for more than `longest`."""
        backoff: float = min(self.longest, self.first * 2.0 ** min(tried - 1, 30)) * random.uniform(0.5, 1.0)  # noqa: S311
        if asked is None:
            return backoff
        if asked > self.longest:
            return None
        return max(asked, backoff)


async def patiently(
    call: Callable[[], Awaitable[Answer | Failure]], policy: RetryPolicy, retried: Retried | None
) -> Answer:
    """Call until it answers, each failure told to `retried` before the wait.

    Raises:
        ModelUnavailable: it failed `policy.tries` times, or waiting on would take longer than the policy allows.
        ModelRefused, ContextOverflow: trying again cannot help.
    """
    started = time.monotonic()
    tried = 0
    while True:
        answer = await call()
        if not isinstance(answer, Failure):
            return answer
        tried += 1
        if answer.action is not Action.RETRY:
            raise _final(answer)
        wait = policy.wait(tried, answer.wait)
        if wait is None:
            raise ModelUnavailable(f"{answer.message} (it asks to wait {answer.wait or 0:.0f} s)")
        if tried >= policy.tries or time.monotonic() - started + wait > policy.total:
            raise ModelUnavailable(f"{answer.message} (tried {tried} times)")
        if retried is not None:
            await retried(answer.message, wait, tried)
        await asyncio.sleep(wait)


def _final(failure: Failure) -> ModelError:
    kind = ContextOverflow if failure.action is Action.OVERFLOW else ModelRefused
    return kind(failure.message)
