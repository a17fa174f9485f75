"""Finds the one file or folder that an import certainly means; where that is not certain, it finds none.

The loose search by the end of a path is `tools.index.resolve`.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import sys
from collections.abc import Iterator, Sequence

from tools.index.index import Index
from tools.index.resolve import python_module

_ECMA = (".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".json")
_COMPILED = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""What a file with the first ending may be compiled from."""
_CONFIGS = ("tsconfig.json", "jsconfig.json")
_HEADERS = ("", "include", "src", "inc")
_RUST_ROOTS = frozenset({"lib.rs", "main.rs", "mod.rs"})
_OWN_CRATE = re.compile(r"(^|/)(bin|tests|examples|benches)/[^/]+\.rs$")
_COMMENTS = re.compile(r"\"(?:\\.|[^\"\\])*\"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])", re.DOTALL)
_MODULE = re.compile(rb"^module[ \t]+\"?([^\s\"]+)", re.MULTILINE)


class Strict:
    """Modules of one workspace, as its importers are run or compiled."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._paths = index.paths()
        self._known = frozenset(self._paths)
        self._folders = frozenset(_folders(self._paths))
        self._by_name: dict[str, list[str]] = {}
        for path in self._paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._go: dict[str, tuple[str, str] | None] = {}
        self._aliases: dict[str, list[tuple[str, str]]] = {}

    # Python

    def python(self, path: str, module: str) -> str | None:
        """The file, or the folder without one, of the Python module `module` in the file `path`."""
        base, rest = python_module(path, module)
        if base is not None:
            return self.python_at(_join(base, rest))
        top = rest.partition("/")[0]
        if top in sys.stdlib_module_names or top == "__future__":
            return None
        found = {file for root in self._python_roots(path) if (file := self.python_at(_join(root, rest)))}
        if len(found) > 1:
            found = {file for file in found if file.endswith((".py", ".pyi"))} or found
        return found.pop() if len(found) == 1 else None

    def python_at(self, stem: str) -> str | None:
        """The module at the path `stem`."""
        for file in (
            f"{stem}/__init__.py".lstrip("/"),
            f"{stem}.py",
            f"{stem}/__init__.pyi".lstrip("/"),
            f"{stem}.pyi",
        ):
            if file in self._known:
                return file
        return stem if stem in self._folders else None

    def _python_roots(self, path: str) -> Iterator[str]:
        """Folders from which Python may import, for the file `path`."""
        yield from ("", "src")
        folder = posixpath.dirname(path)
        while folder and f"{folder}/__init__.py" in self._known:
            folder = posixpath.dirname(folder)
        yield folder  # of a script its own folder, of a package's module the one the package is in
        while folder:
            folder = posixpath.dirname(folder)
            if any(_join(folder, name) in self._known for name in ("setup.py", "pyproject.toml")):
                yield from (folder, _join(folder, "src"))

    # JavaScript and TypeScript

    def ecma(self, path: str, module: str) -> str | None:
        """The file of a relative specifier, or of one that a ``tsconfig.json`` maps."""
        if module.startswith("."):
            return self.ecma_at(posixpath.normpath(_join(posixpath.dirname(path), module)))
        found = {file for place in self._mapped(path, module) if (file := self.ecma_at(place))}
        return found.pop() if len(found) == 1 else None

    def ecma_at(self, place: str) -> str | None:
        """The file that the path `place` of an import means."""
        if place.startswith("../") or place == "..":
            return None
        place = "" if place == "." else place
        if place in self._known and posixpath.splitext(place)[1]:
            return place
        stem, ending = posixpath.splitext(place)
        tries = [stem + other for other in _COMPILED.get(ending, ())]
        tries += [place + ending for ending in _ECMA] + [_join(place, "index" + ending) for ending in _ECMA]
        return next((file for file in tries if file in self._known), None)

    def _mapped(self, path: str, module: str) -> Iterator[str]:
        folder = path
        while folder:
            folder = posixpath.dirname(folder)
            for name in _CONFIGS:
                config = _join(folder, name)
                if config in self._known:
                    for pattern, target in self._alias(config):
                        head, star, tail = pattern.partition("*")
                        if star and module.startswith(head) and module.endswith(tail):
                            yield target.replace("*", module[len(head) : len(module) - len(tail)])
                        elif pattern == module:
                            yield target
                    return

    def _alias(self, config: str) -> list[tuple[str, str]]:
        if config not in self._aliases:
            self._aliases[config] = list(_aliases(config, self._index.source(config)))
        return self._aliases[config]

    # Go

    def go(self, path: str, module: str) -> str | None:
        """The folder of the package `module`, by the ``go.mod`` above the file `path`."""
        folder = posixpath.dirname(path)
        while True:
            named = self._go_module(folder)
            if named is not None:
                inside = module[len(named) :].lstrip("/") if (module + "/").startswith(named + "/") else None
                found = _join(folder, inside) if inside is not None else ""
                return found if found in self._folders or (inside == "" and not folder) else None
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def _go_module(self, folder: str) -> str | None:
        if folder not in self._go:
            text = _small_file(f"{self._index.workspace}/{_join(folder, 'go.mod')}")
            found = _MODULE.search(text)
            self._go[folder] = (found[1].decode("utf-8", "replace"), folder) if found else None
        named = self._go[folder]
        return named[0] if named else None

    # Rust

    def rust(self, path: str, parts: Sequence[str]) -> tuple[str, list[str]] | None:
        """The file of the module path `parts` (``crate.a.b``), and what of it is no file; None where unknown."""
        rest = list(parts)
        first = rest.pop(0) if rest and rest[0] in ("crate", "self", "super") else ""
        at: str | None = path
        if first == "crate":
            at = self._crate(path)
        elif first == "super":
            at = self._rust_parent(path)
            while rest[:1] == ["super"] and at is not None:
                rest.pop(0)
                at = self._rust_parent(at)
        elif not first:
            return None
        while at is not None and rest:
            inner = self._rust_child(at, rest[0])
            if inner is None:
                break
            at = inner
            rest.pop(0)
        twins = {_join(posixpath.dirname(at or ""), name) for name in ("lib.rs", "main.rs")}
        if at is None or (first == "crate" and at != path and twins <= self._known and at in twins):
            return None
        return at, rest

    def _crate(self, path: str) -> str | None:
        """The root of the crate that `path` is in; where a library and a program share a folder, one of the two."""
        if _OWN_CRATE.search(path):
            return None
        folder = path
        while folder:
            folder = posixpath.dirname(folder)
            roots = [file for name in ("lib.rs", "main.rs") if (file := _join(folder, name)) in self._known]
            if len(roots) == 1:
                return roots[0]
            if roots:
                return path if path in roots else roots[0]
            if _join(folder, "Cargo.toml") in self._known:
                return None
        return None

    def _rust_folder(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        return folder if name in _RUST_ROOTS else path.removesuffix(".rs")

    def _rust_child(self, path: str, name: str) -> str | None:
        base = _join(self._rust_folder(path), name)
        found = [file for file in (f"{base}.rs", f"{base}/mod.rs") if file in self._known]
        return found[0] if len(found) == 1 else None

    def _rust_parent(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        if name in ("lib.rs", "main.rs"):
            return None
        folder = posixpath.dirname(folder) if name == "mod.rs" else folder
        tries = [_join(folder, root) for root in ("lib.rs", "main.rs", "mod.rs")] + [f"{folder}.rs"]
        found = [file for file in tries if file in self._known]
        return found[0] if len(found) == 1 else None

    # Files that are imported whole

    def file(self, path: str, module: str, *, angle: bool = False) -> str | None:
        """The file that ``#include``, ``require``, ``source`` and the like of `module` mean."""
        if "$" in module or not module:
            return None
        suffixes = ("", ".rb") if path.endswith((".rb", ".rake", ".gemspec")) else ("",)
        beside = posixpath.normpath(_join(posixpath.dirname(path), module.lstrip("/")))
        places = [] if angle else [beside]
        places += [_join(root, module) for root in (*_HEADERS, "lib")]
        for place in places:
            for suffix in suffixes:
                if place + suffix in self._known:
                    return place + suffix
        if angle or module.startswith("."):
            return None
        ending = "/" + module
        same = [file for file in self._by_name.get(module.rpartition("/")[2], ()) if file.endswith(ending)]
        return same[0] if len(same) == 1 else None


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}".strip("/") if folder and name else folder or name


def _folders(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]


def _small_file(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(fd, "rb") as stream:
        try:
            return stream.read(1 << 16) or b""
        except OSError:
            return b""


def _aliases(config: str, source: bytes) -> Iterator[tuple[str, str]]:
    """The ``paths`` of a ``tsconfig.json``, as patterns and paths from the root of the workspace."""
    text = source.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        options = json.loads(_COMMENTS.sub(lambda found: found[0] if found[0][0] == '"' else "", text))[
            "compilerOptions"
        ]
        base, paths = options.get("baseUrl"), options.get("paths", {})
        folder = posixpath.dirname(config)
        root = posixpath.normpath(_join(folder, base or "."))
        for pattern, targets in paths.items():
            for target in targets:
                yield pattern, posixpath.normpath(_join("" if root == "." else root, target))
        if base is not None:
            yield "*", _join("" if root == "." else root, "*")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
