"""Every way in which a wall can fail.

    SandboxError
    ├── BackendUnavailable   no engine, no rights, no binary; `mend` says the command that helps
    ├── ImageMissing         the image is not there; `mend` says how to build it
    ├── StartFailed          the sandbox did not come up
    ├── SandboxLost          it went away in the middle (killed, crashed, engine gone)
    ├── SandboxLimit         a limit of the policy ended it; `limit` says which
    ├── CallTimeout          a call got no answer in time; the sandbox is closed
    └── ProtocolViolation    what came through the wall was not the protocol; the sandbox is closed

A tool that fails is a result (`CallResult.is_error`), never one of these.
"""

from __future__ import annotations


class SandboxError(Exception):
    """Root of all failures of walls."""

    def __init__(self, message: str, *, mend: str | None = None) -> None:
        super().__init__(message)
        self.mend = mend


class BackendUnavailable(SandboxError):
    """This backend cannot work on this machine as it stands."""


class ImageMissing(SandboxError):
    """The image does not exist here."""


class StartFailed(SandboxError):
    """The sandbox or its tool server did not come up."""


class SandboxLost(SandboxError):
    """The sandbox went away while it was needed."""


class SandboxLimit(SandboxError):
    """The sandbox was ended by a limit of its policy.

    Attributes:
        limit: ``memory``, ``pids``, ``disk`` or ``seconds``.
    """

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class CallTimeout(SandboxError):
    """No answer came in time."""


class ProtocolViolation(SandboxError):
    """The other side did not speak the protocol."""
