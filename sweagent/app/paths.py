"""Where things lie on the host."""

from __future__ import annotations

from pathlib import Path

from sweagent.core.errors import BadInput
from sweagent.store.location import state_home


def home() -> Path:
    """The state folder (event log, mirrors, workspaces), made private to this user on first use.

    Raises:
        BadInput: it cannot be made.
    """
    path = state_home()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInput(f"cannot make the state folder {path}: {error.strerror}; set SWEAGENT_HOME to another") from None
    return path
