"""Reads what the manifests of a Python project declare, without running any of them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from sweagent.repo.detect.files import Files, strings, table

TESTS = ("test", "tests", "testing")
DEV = ("dev", "develop", "development")
"""Names of extras and dependency groups, those for tests before those for development."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What one manifest says of the project: `unknown` where only running it would tell."""

    requires: tuple[str, ...] = ()
    extras: tuple[tuple[str, tuple[str, ...]], ...] = ()
    loose: tuple[str, ...] = ()
    unknown: bool = False
    plugin: bool = False


def read_pyproject(data: dict[str, Any]) -> Declared:
    """What `pyproject.toml` declares, Poetry and uv included."""
    project = table(data, "project")
    groups = table(data, "dependency-groups")
    chosen = next((name for name in (*TESTS, *DEV) if name in groups), None)
    loose = _group(groups, chosen, 0) if chosen else []
    loose += strings(table(data, "tool", "uv").get("dev-dependencies"))
    dynamic = set(strings(project.get("dynamic")))
    poetry = {**table(data, "tool", "poetry", "dependencies")}
    poetry.pop("python", None)
    for name in ("test", "tests", "dev"):
        loose += [_caret(item, version) for item, version in _poetry_group(data, name).items()]
    return Declared(
        (*strings(project.get("dependencies")), *(_caret(name, version) for name, version in poetry.items())),
        tuple((name, tuple(strings(items))) for name, items in table(project, "optional-dependencies").items()),
        tuple(loose),
        # setup.py and setup.cfg are read below, and usually tell what is dynamic for setuptools
        unknown="dependencies" in dynamic and "hatch" in str(table(data, "build-system").get("build-backend")),
        plugin=bool(table(project, "entry-points", "pytest11")),
    )


def _group(groups: dict[str, Any], name: str, depth: int) -> list[str]:
    """The requirements of a dependency group with those that it includes (PEP 735)."""
    items = groups.get(name)
    found = strings(items)
    if depth < 10 and isinstance(items, list):
        for item in items:
            if isinstance(item, dict) and isinstance(other := item.get("include-group"), str):
                found += _group(groups, other, depth + 1)
    return found


def _poetry_group(data: dict[str, Any], name: str) -> dict[str, Any]:
    modern = table(data, "tool", "poetry", "group", name, "dependencies")
    return modern or (table(data, "tool", "poetry", "dev-dependencies") if name == "dev" else {})


def _caret(name: str, version: Any) -> str:
    """Poetry's `^1.2` as `>=1.2`, the part that matters for tests to start."""
    text = version if isinstance(version, str) else table({"v": version}, "v").get("version", "")
    found = re.match(r"[\^~]?\s*(\d[\w.]*)$", text if isinstance(text, str) else "")
    return f"{name}>={found[1]}" if found else name


async def read_setup_cfg(files: Files) -> Declared:
    """What `setup.cfg` declares."""
    config = await files.ini("setup.cfg")

    def rows(section: str, key: str) -> list[str]:
        return lines_of(config.get(section, key, fallback=""))

    extras = config["options.extras_require"] if config.has_section("options.extras_require") else {}
    return Declared(
        tuple(rows("options", "install_requires")),
        tuple((name, tuple(lines_of(text))) for name, text in extras.items()),
        tuple(rows("options", "tests_require")),
        plugin="pytest11" in config.get("options.entry_points", "pytest11", fallback="") or
        config.has_option("options.entry_points", "pytest11"),
    )  # fmt: skip


def lines_of(text: str) -> list[str]:
    """The rows of a list of requirements, without comments."""
    rows = (row.split(" #")[0].strip() for row in text.split("\n"))
    return [row for row in rows if row and not row.startswith(("#", "file:"))]


def read_setup_py(source: str) -> Declared:
    """What the call of `setup` names as literals; anything else can only be known by running it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Declared()
    names = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    words: dict[str, Any] = {}
    unknown = False
    for keyword in _setup_words(tree):
        value = names.get(keyword.value.id, keyword.value) if isinstance(keyword.value, ast.Name) else keyword.value
        try:
            words[str(keyword.arg)] = ast.literal_eval(value)
        except (ValueError, TypeError, RecursionError, MemoryError):
            unknown = unknown or keyword.arg in (None, "install_requires")
    return Declared(
        tuple(_listed(words.get("install_requires"))),
        tuple((str(name), tuple(_listed(items))) for name, items in table(words, "extras_require").items()),
        tuple(_listed(words.get("tests_require"))),
        unknown=unknown,
        plugin="pytest11" in str(words.get("entry_points", "")),
    )


def _setup_words(tree: ast.AST) -> list[ast.keyword]:
    """The keyword arguments of every call of something named `setup`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup"]
    return [keyword for call in named for keyword in call.keywords]


def _listed(value: Any) -> list[str]:
    return lines_of(value) if isinstance(value, str) else strings(list(value) if isinstance(value, tuple) else value)
