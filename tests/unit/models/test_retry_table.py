"""The retry table knows every error of the installed LiteLLM, and patience has bounds."""

from __future__ import annotations

import inspect
import time

import pytest

from sweagent.core.errors import ContextOverflow, ModelRefused, ModelUnavailable
from sweagent.models import library
from sweagent.models.retry import TABLE, Action, Failure, RetryPolicy, by_status, classify, patiently, retry_after


def test_table_knows_every_error_class_of_the_library() -> None:
    exceptions = library.load().exceptions
    known = {
        name
        for name, thing in vars(exceptions).items()
        if inspect.isclass(thing) and issubclass(thing, Exception) and thing.__module__ == "litellm.exceptions"
    }
    assert known, "the library moved its exceptions"
    assert known - set(TABLE) == set(), "the library has new errors: say in TABLE what they mean"
    assert set(TABLE) - known == set(), "the library dropped errors: drop them in TABLE"


def test_real_errors_are_classified() -> None:
    errors = library.load().exceptions
    common = {"llm_provider": "openai", "model": "m"}
    cases = [
        (errors.RateLimitError("slow down", **common), Action.RETRY),
        (errors.RateLimitError("insufficient_quota", **common), Action.REFUSE),
        (errors.AuthenticationError("no", **common), Action.REFUSE),
        (errors.ContextWindowExceededError("long", **common), Action.OVERFLOW),
        (errors.BadRequestError("prompt is too long: 9 tokens", **common), Action.OVERFLOW),
        (errors.BadRequestError("odd", **common), Action.REFUSE),
        (errors.Timeout("late", **common), Action.RETRY),
        (errors.APIError(402, "pay", "openai", "m"), Action.REFUSE),
        (errors.APIError(529, "overloaded", "anthropic", "m"), Action.RETRY),
        (KeyError("choices"), Action.RETRY),
    ]
    assert [(error, classify(error, str(error))) for error, _ in cases] == cases


@pytest.mark.parametrize(
    ("status", "text", "action"),
    [
        (None, "connection reset", Action.RETRY),
        (408, "", Action.RETRY),
        (429, "slow", Action.RETRY),
        (429, "You exceeded your current quota", Action.REFUSE),
        (500, "", Action.RETRY),
        (500, "the request exceeds the available context size", Action.OVERFLOW),
        (503, "", Action.RETRY),
        (400, "bad", Action.REFUSE),
        (400, "context_length_exceeded", Action.OVERFLOW),
        (401, "maximum context length", Action.REFUSE),
        (404, "", Action.REFUSE),
    ],
)
def test_by_status(status: int | None, text: str, action: Action) -> None:
    assert by_status(status, text) is action


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "Thu, 01 Jan 1970 00:01:40 GMT"}, 90.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=10.0) == seconds


def test_waits_grow_and_stay_bounded() -> None:
    policy = RetryPolicy(first=1, longest=8)
    for tried in (1, 2, 3, 10, 10_000):
        wait = policy.wait(tried, None)
        assert wait is not None and min(8, 2.0 ** min(tried - 1, 3)) / 2 <= wait <= 8
    asked = policy.wait(1, 5.0)
    assert asked is not None and asked >= 5.0
    assert policy.wait(1, 9.0) is None


async def failing(answers: list[Failure | str], policy: RetryPolicy) -> tuple[str, list[tuple[str, int]]]:
    told: list[tuple[str, int]] = []

    async def call() -> Failure | str:
        return answers.pop(0)

    async def retried(error: str, wait: float, tries: int) -> None:
        assert wait >= 0
        told.append((error, tries))

    return await patiently(call, policy, retried), told


QUICK = RetryPolicy(tries=3, first=0.001, longest=0.01)


async def test_retries_are_told_and_end_well() -> None:
    busy = Failure(Action.RETRY, "busy")
    assert await failing([busy, busy, "yes"], QUICK) == ("yes", [("busy", 1), ("busy", 2)])


async def test_tries_are_bounded() -> None:
    with pytest.raises(ModelUnavailable, match=r"busy \(tried 3 times\)"):
        await failing([Failure(Action.RETRY, "busy")] * 9, QUICK)


async def test_a_total_wait_too_long_is_not_begun() -> None:
    started = time.monotonic()
    with pytest.raises(ModelUnavailable):
        await failing([Failure(Action.RETRY, "busy", wait=50)] * 9, RetryPolicy(total=10))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(("action", "error"), [(Action.REFUSE, ModelRefused), (Action.OVERFLOW, ContextOverflow)])
async def test_hopeless_calls_are_not_repeated(action: Action, error: type[Exception]) -> None:
    answers: list[Failure | str] = [Failure(action, "no"), "never asked"]
    with pytest.raises(error, match="no"):
        await failing(answers, QUICK)
    assert answers == ["never asked"]
