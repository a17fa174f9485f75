"""Every error that the trusted host raises on purpose.

    SweagentError
    ├── BadInput          the user can mend it: one line that says what to do; exit status 2
    ├── LimitReached      a budget, step, token or time limit ended the work; exit status 3
    ├── ModelError        the model could not answer
    │   ├── ModelUnavailable   after all retries: rate limit, server error, time-out, connection
    │   ├── ModelRefused       the request itself is wrong: key, model name, bad request
    │   └── ContextOverflow    the conversation no longer fits the model's window
    ├── RepoError         git said no
    └── StoreError        the event log cannot be read or written

A failing *tool* is a result, never an exception; a failing *wall* is a `sandboxes.errors.SandboxError`.
"""

from __future__ import annotations


class SweagentError(Exception):
    """Root of the host's errors. Its text is meant for the user."""


class BadInput(SweagentError):
    """Something the user gave or set up is wrong; the message says in one line what to do."""


class LimitReached(SweagentError):
    """A budget or limit ended the work.

    Attributes:
        limit: which one: ``cost``, ``tokens``, ``steps`` or ``seconds``.
    """

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class ModelError(SweagentError):
    """The model could not answer."""


class ModelUnavailable(ModelError):
    """Every retry failed: rate limit, server error, time-out or lost connection."""


class ModelRefused(ModelError):
    """The request can never succeed as it is: wrong key, unknown model, rejected parameters."""


class ContextOverflow(ModelError):
    """The conversation no longer fits the model's context window."""


class RepoError(SweagentError):
    """A git operation on the host failed."""


class StoreError(SweagentError):
    """The event log could not be read or written."""
