"""The files of a commit, read one by one where a guess needs them."""

from __future__ import annotations

import configparser
import json
import tomllib
from dataclasses import dataclass
from typing import Any

from sweagent.repo.mirror import Mirror


@dataclass(frozen=True, slots=True)
class Files:
    """All paths of a commit, and their text on demand. Whatever cannot be parsed reads as empty."""

    mirror: Mirror
    commit: str
    names: frozenset[str]

    async def text(self, name: str) -> str:
        """The text of a file; empty where it is absent, larger than a mebibyte or not UTF-8."""
        return (await self.mirror.read(self.commit, name) or "") if name in self.names else ""

    async def toml(self, name: str) -> dict[str, Any]:
        """A TOML file."""
        try:
            return tomllib.loads(await self.text(name))
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}

    async def json(self, name: str) -> dict[str, Any]:
        """A JSON file that holds an object."""
        try:
            found = json.loads(await self.text(name) or "{}")
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    async def ini(self, name: str) -> configparser.ConfigParser:
        """An INI file."""
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(await self.text(name))
        except (configparser.Error, RecursionError):
            return configparser.ConfigParser(interpolation=None)
        return parser

    def first(self, *names: str) -> str | None:
        """The first of `names` that is there."""
        return next((name for name in names if name in self.names), None)

    def any_with(self, *suffixes: str) -> bool:
        """Whether a file ends with one of `suffixes`."""
        return any(name.endswith(suffixes) for name in self.names)


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The table at `keys` inside `value`; empty where something else stands there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def strings(value: Any) -> list[str]:
    """The strings of a list; empty where it is none."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
