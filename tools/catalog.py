"""All tools of all rooms, by name."""

from __future__ import annotations

import importlib
import importlib.util

from tools.registry import Tool

ROOMS = (
    "tools.shell",
    "tools.look.catalog",
    "tools.edit.catalog",
    "tools.testing.run_tests",
    "tools.index.catalog",
    "tools.repair.catalog",
)
"""Modules that export ``TOOLS: tuple[Tool, ...]``. They must import fast: grammars load on first use."""


def load() -> dict[str, Tool]:
    """Every tool, in the order of the rooms.

    Raises:
        ValueError: two tools have one name.
    """
    tools: dict[str, Tool] = {}
    for room in ROOMS:
        if not _exists(room):
            continue
        for tool in importlib.import_module(room).TOOLS:
            if tool.name in tools:
                raise ValueError(f"two tools are called {tool.name!r}")
            tools[tool.name] = tool
    return tools


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
