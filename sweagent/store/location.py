"""Where the event log lives: one SQLite file of the user's own, or a database named by `SWEAGENT_STORE`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sweagent.core.errors import BadInput


def state_home(env: Mapping[str, str] = os.environ) -> Path:
    """The folder of everything that must survive: `SWEAGENT_HOME`, else the XDG state folder.

    Raises:
        BadInput: the path is not absolute, so that it would depend on where the program was started.
    """
    for name, tail in (("SWEAGENT_HOME", ""), ("XDG_STATE_HOME", "sweagent")):
        value = env.get(name)
        if not value:
            continue
        path = Path(value).expanduser() / tail
        if path.is_absolute():
            return path
        if name == "SWEAGENT_HOME":
            raise BadInput(f"SWEAGENT_HOME must be an absolute path, not {value!r}")
        # The XDG base directory specification says to ignore a relative path.
    return Path.home() / ".local" / "state" / "sweagent"


def store_url(env: Mapping[str, str] = os.environ) -> str | Path:
    """The database URL in `SWEAGENT_STORE` (for example ``postgresql+psycopg://…``), else the path of the SQLite file.

    Raises:
        BadInput: see `state_home`.
    """
    return env.get("SWEAGENT_STORE") or state_home(env) / "events.db"
