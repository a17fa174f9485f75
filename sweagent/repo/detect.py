"""How a repository is tested and on what path its code is found, guessed from the files of its base commit alone."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from sweagent.core.errors import BadInput
from sweagent.repo.mirror import Mirror
from sweagent.repo.tree import Tree

_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests)\.py$")
_MAKE_TARGET = re.compile(r"^test\s*:(?!=)", re.MULTILINE)
PYTEST = "python3 -m pytest -q"


@dataclass(frozen=True, slots=True)
class Project:
    """What was detected: the test command, why it was chosen, and environment that commands inside need."""

    test_command: str
    why: str
    env: dict[str, str] = field(default_factory=dict)


async def detect(mirror: Mirror, commit: str, tree: Tree, given: str | None) -> Project:
    """The test command for `commit`: `given` where the user named one, else the first convention that fits.

    Raises:
        BadInput: no convention fits.
    """
    names = {path.decode("utf-8", "replace") for path in tree}
    env = _python_path(names)
    if given:
        return Project(given, "given by --test", env)
    for look in (_own_word, _python, _node, _plain):
        found = await look(mirror, commit, names)
        if found:
            return Project(found[0], found[1], env)
    raise BadInput('no test command found for this repository: say how its tests run, for example --test "make test"')


def _python_path(names: set[str]) -> dict[str, str]:
    """A `src` layout is importable without installation where `src` is on the path."""
    if any(re.match(r"src/[^/]+(/__init__)?\.py$", name) for name in names):
        return {"PYTHONPATH": "/workspace/src"}
    return {}


async def _table(mirror: Mirror, commit: str, name: str) -> dict[str, Any]:
    text = await mirror.read(commit, name)
    try:
        return tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


async def _own_word(mirror: Mirror, commit: str, names: set[str]) -> tuple[str, str] | None:
    """The project's own word: `[sandbox] test` of sweagent.toml."""
    if "sweagent.toml" not in names:
        return None
    table = (await _table(mirror, commit, "sweagent.toml")).get("sandbox", {})
    command = table.get("test") if isinstance(table, dict) else None
    return (command, "[sandbox] test in sweagent.toml") if isinstance(command, str) and command.strip() else None


async def _python(mirror: Mirror, commit: str, names: set[str]) -> tuple[str, str] | None:
    tool = (await _table(mirror, commit, "pyproject.toml")).get("tool", {})
    if isinstance(tool, dict) and "pytest" in tool:
        return PYTEST, "[tool.pytest] in pyproject.toml"
    for name in ("pytest.ini", "conftest.py", "tests/conftest.py"):
        if name in names:
            return PYTEST, f"{name} is there"
    tests = sorted(name for name in names if _TEST_FILE.search(name))
    return (PYTEST, f"{tests[0]} looks like a Python test") if tests else None


async def _node(mirror: Mirror, commit: str, names: set[str]) -> tuple[str, str] | None:
    if "package.json" not in names:
        return None
    try:
        package = json.loads(await mirror.read(commit, "package.json") or "{}")
        script = package["scripts"]["test"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return None if "no test specified" in str(script) else ("npm test", "scripts.test in package.json")


async def _plain(mirror: Mirror, commit: str, names: set[str]) -> tuple[str, str] | None:
    if "Cargo.toml" in names:
        return "cargo test", "Cargo.toml is there"
    if "go.mod" in names:
        return "go test ./...", "go.mod is there"
    if "Makefile" in names and _MAKE_TARGET.search(await mirror.read(commit, "Makefile") or ""):
        return "make test", "the Makefile has the target `test`"
    return None
