"""Where the event log lives: one SQLite file of the user's own, or a database named by `SWEAGENT_STORE`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def state_home(env: Mapping[str, str] = os.environ) -> Path:
    """The folder of everything that must survive: `SWEAGENT_HOME`, else `$XDG_STATE_HOME/sweagent`.

    A relative `XDG_STATE_HOME` is ignored, as the XDG base directory specification says; by default it is
    ``~/.local/state``.
    """
    given, xdg = env.get("SWEAGENT_HOME"), env.get("XDG_STATE_HOME", "")
    if given:
        return Path(given).expanduser().absolute()
    base = Path(xdg) if xdg.startswith("/") else Path.home() / ".local" / "state"
    return base / "sweagent"


def store_url(env: Mapping[str, str] = os.environ) -> str | Path:
    """The database URL in `SWEAGENT_STORE` (such as ``postgresql+psycopg://…``), else the path of the SQLite file."""
    return env.get("SWEAGENT_STORE") or state_home(env) / "events.db"
