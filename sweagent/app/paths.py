"""Where things lie on the host: state that must last, and caches that may go."""

from __future__ import annotations

import os
from pathlib import Path

from sweagent.core.errors import BadInput


def home() -> Path:
    """The state folder (event log, mirrors, workspaces), made private to this user on first use.

    `$SWEAGENT_HOME`, else `$XDG_STATE_HOME/sweagent`, else `~/.local/state/sweagent`.

    Raises:
        BadInput: it cannot be made.
    """
    given = os.environ.get("SWEAGENT_HOME")
    state = os.environ.get("XDG_STATE_HOME")
    path = Path(given) if given else (Path(state) if state else Path.home() / ".local/state") / "sweagent"
    path = path.expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInput(f"cannot make the state folder {path}: {error.strerror}; set SWEAGENT_HOME to another") from None
    return path
