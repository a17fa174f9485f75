"""Reads `devcontainer.json`: the image to build, the commands that follow, and the environment.

Only what can be had without a running editor is taken (https://containers.dev/implementors/json_reference/); mounts,
run arguments and privileges are never looked at.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sweagent.core.errors import BadInput

PLACES = (".devcontainer/devcontainer.json", ".devcontainer.json")
_COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand")
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}")


@dataclass(frozen=True, slots=True)
class Devcontainer:
    """What a `devcontainer.json` asks for.

    Attributes:
        image: an image to start from; empty where there is a Dockerfile.
        dockerfile: path of the Dockerfile in the repository.
        args: its build arguments.
        target: the stage to stop at.
        commands: shell commands to run once.
        env: environment inside.
        ignored: keys that asked for something which is not done here.
    """

    image: str = ""
    dockerfile: str = ""
    args: dict[str, str] = field(default_factory=dict)
    target: str = ""
    commands: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def parse_devcontainer(text: str, place: str, names: Iterable[str]) -> Devcontainer:
    """The devcontainer in `text`, found at `place` in a repository with the files `names`.

    Raises:
        BadInput: it is no devcontainer that can be used here.
    """
    try:
        data = json.loads(_plain(text))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{place} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise BadInput(f"{place} does not hold an object")
    build: dict[str, Any] = data["build"] if isinstance(data.get("build"), dict) else {}
    dockerfile = build.get("dockerfile") or data.get("dockerFile") or ""
    image = "" if dockerfile else data.get("image", "")
    if image and not (isinstance(image, str) and _IMAGE.fullmatch(image)):
        raise BadInput(f"{place}: image is not the name of an image")
    path = _path(place, dockerfile, set(names)) if dockerfile else ""
    if not image and not path:
        raise BadInput(f"{place} names neither image nor build.dockerfile")
    return Devcontainer(
        image=image,
        dockerfile=path,
        args=_texts(build.get("args")),
        target=build["target"] if isinstance(build.get("target"), str) else "",
        commands=tuple(command for key in _COMMANDS for command in _command(data.get(key))),
        env={**_texts(data.get("containerEnv")), **_texts(data.get("remoteEnv"))},
        ignored=tuple(key for key in ("features", "mounts", "runArgs", "privileged", "capAdd") if data.get(key)),
    )


def _path(place: str, dockerfile: Any, names: set[str]) -> str:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place), str(dockerfile)))
    if path not in names:
        raise BadInput(f"{place}: there is no file {path[:200]!r} in the repository")
    return path


def _plain(text: str) -> str:
    """JSON without the comments and trailing commas that editors allow."""
    bare = _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)
    return re.sub(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', lambda found: found[1] or "", bare)


def _texts(value: Any) -> dict[str, str]:
    """The plain strings of a table; what refers to the editor's variables is left out."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {str(key): item for key, item in pairs if isinstance(item, str) and "${" not in item}


def _command(value: Any) -> list[str]:
    """A lifecycle command: a shell line, a list of words, or a table of either."""
    match value:
        case str() if value.strip():
            return [value]
        case list() if value and all(isinstance(word, str) for word in value):
            return [shlex.join(value)]
        case dict():
            return [command for item in value.values() if not isinstance(item, dict) for command in _command(item)]
        case _:
            return []
