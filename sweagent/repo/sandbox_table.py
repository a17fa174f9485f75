"""The `[sandbox]` table of `sweagent.toml`: what a repository asks of its sandboxes, within what the host allows.

It comes from the repository under work and is untrusted: it chooses an image that the host knows, or the repository's
own; it asks for less than the host's most; it cannot ask for mounts, privileges, or a network for the agent.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sandboxes.contract import Limits
from sandboxes.images.build import reaching
from sandboxes.images.recipe import recipe_names
from sweagent.core.errors import BadInput
from sweagent.repo.mirror import Mirror

FILE = "sweagent.toml"
OWN_IMAGES = ("Dockerfile", "devcontainer")
"""Names that stand for the repository's own image."""

_PACKAGE = r"^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?$"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 4096

_WORDS = {
    "model_type": "should be a table",
    "dict_type": "should be a table",
    "list_type": "should be a list",
    "string_type": "should be a string",
    "string_too_short": "should not be empty",
    "string_pattern_mismatch": "should be the name of a Debian package",
}
"""pydantic's error types in the words of a TOML file."""

Command = Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LimitsTable(_Table):
    """What one sandbox may use; unset: the host's default."""

    memory: str | int | None = None
    pids: Annotated[int, Field(ge=16)] | None = None
    cpus: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None

    @field_validator("memory")
    @classmethod
    def _size(cls, value: str | int | None) -> int | None:
        if value is None or isinstance(value, int):
            size = value
        else:
            found = _SIZE.fullmatch(value.strip())
            if found is None:
                raise ValueError("should be a size such as 512MiB or 2GiB")
            size = int(float(found[1]) * _UNITS[found[2].upper()])
        if size is not None and size < 64 << 20:
            raise ValueError("should be at least 64MiB")
        return size


class SandboxTable(_Table):
    """The table as written. `setup` None: nothing was said; an empty list: nothing is to be done."""

    image: str | None = None
    packages: list[Annotated[str, Field(pattern=_PACKAGE, max_length=200)]] = []
    setup: Command | list[Command] | None = None
    test: Command | None = None
    env: dict[str, str] = {}
    limits: LimitsTable = LimitsTable()

    @field_validator("image")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        names = (*recipe_names(), *OWN_IMAGES)
        if value is not None and value not in names:
            raise ValueError(f"should be one of {', '.join(names)}{_near(value, names)}")
        return value

    @field_validator("env")
    @classmethod
    def _harmless(cls, value: dict[str, str]) -> dict[str, str]:
        check_env(value)
        return value

    @property
    def commands(self) -> tuple[str, ...] | None:
        """The set-up commands; None where nothing was said."""
        return None if self.setup is None else (self.setup,) if isinstance(self.setup, str) else tuple(self.setup)


@dataclass(frozen=True, slots=True)
class Most:
    """The most that the host gives to one sandbox, whatever a repository asks for. Bytes, processes, cores, seconds."""

    memory: int
    pids: int
    cpus: float
    seconds: float


async def read_table(mirror: Mirror, commit: str, names: Iterable[bytes]) -> SandboxTable:
    """The table at `commit`; an empty one where there is none.

    Raises:
        BadInput: it is not what it may be; one line that names the key.
    """
    if FILE.encode() not in names:
        return SandboxTable()
    text = await mirror.read(commit, FILE)
    if text is None:
        raise BadInput(f"{FILE} cannot be read: it must be UTF-8 text of at most 1 MiB")
    return parse_table(text)


def parse_table(text: str) -> SandboxTable:
    """The table in the text of a `sweagent.toml`.

    Raises:
        BadInput: it is not what it may be; one line that names the key.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{FILE} is not TOML: {error}") from None
    for key in data:
        if key != "sandbox" and difflib.get_close_matches(key, ["sandbox"], cutoff=0.75):
            raise BadInput(f"{FILE} has no table [{key[:40]}]; did you mean [sandbox]?")
    try:
        return SandboxTable.model_validate(data.get("sandbox", {}))
    except ValidationError as error:
        raise BadInput(f"{FILE}: {_complaint(error.errors()[0])}") from None


def limits_of(table: LimitsTable, most: Most, defaults: Limits) -> Limits:
    """The limits that a table asks for.

    Raises:
        BadInput: one is above the host's most.
    """
    for name in ("memory", "pids", "cpus", "seconds"):
        asked, allowed = getattr(table, name), getattr(most, name)
        if asked is not None and asked > allowed:
            shown = f"{allowed / (1 << 30):.1f}GiB" if name == "memory" else f"{allowed:g}"
            raise BadInput(f"{FILE}: sandbox.limits.{name} may be {shown} at most on this machine")
    return Limits(
        memory_bytes=int(table.memory) if table.memory is not None else defaults.memory_bytes,
        pids=table.pids or defaults.pids,
        cpus=table.cpus or defaults.cpus,
        tmp_bytes=defaults.tmp_bytes,
        disk_bytes=defaults.disk_bytes,
        file_bytes=defaults.file_bytes,
        seconds=table.seconds or defaults.seconds,
    )


def check_env(env: Mapping[str, str]) -> None:
    """Refuse variables that are none, or that would reach into the tool server, which shares the environment.

    Raises:
        ValueError: says which.
    """
    wrong = [name for name in env if not _VARIABLE.fullmatch(name)]
    if wrong:
        raise ValueError(f"should have names of letters, digits and _, not {wrong[0][:40]!r}")
    taken = [name for name in env if name.startswith("SWEAGENT_")] + reaching(env)
    if taken:
        raise ValueError(f"should not set {taken[0]}, which belongs to the sandbox itself")
    if any("\0" in value or len(value) > _LONGEST for value in env.values()):
        raise ValueError(f"should have values of at most {_LONGEST} characters, without NUL")


def _complaint(error: Any) -> str:
    """One line from one of pydantic's errors: which key, and what it may be."""
    typed = ("list[", "constrained-", "str", "int", "function-")  # steps into one member of a union
    place = [str(part) for part in error["loc"] if not str(part).startswith(typed)]
    name = ".".join(["sandbox", *place])
    if error["type"] == "extra_forbidden":
        keys = LimitsTable.model_fields if place[0] == "limits" else SandboxTable.model_fields
        parent = "sandbox.limits" if place[0] == "limits" else "sandbox"
        return f"[{parent}] has no key {place[-1][:40]!r}{_near(place[-1], keys)} (keys: {', '.join(keys)})"
    words = _WORDS.get(error["type"], str(error["msg"])).removeprefix("Value error, ").removeprefix("Input ")
    words = "should be a command or a list of commands" if place[:1] == ["setup"] else words
    return f"{name} {words}"


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
