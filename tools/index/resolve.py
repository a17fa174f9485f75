"""Finds the file that an import means, by path alone: relative where the language says so, else by the path's end."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from tools.index.outline.extract import Import

_ENTRY = ("__init__", "index", "mod", "lib", "main")
_MOST = 8
"""A module that could be more files than this is not told apart, and so not resolved."""


class Resolver:
    """Looks up modules among the `paths` of a repository; answers are positions in `paths`."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._exact: dict[str, int] = {}
        self._by_last: dict[str, list[tuple[str, int]]] = {}
        for number, path in enumerate(paths):
            stem = _stem(path)
            self._exact[path] = number
            self._exact.setdefault(stem, number)
            folder, _, last = stem.rpartition("/")
            self._by_last.setdefault(last, []).append((stem, number))
            if last in _ENTRY and folder:
                self._by_last.setdefault(folder.rpartition("/")[2], []).append((folder, number))
        self._cache: dict[str, list[int]] = {}

    def files(self, path: str, item: Import) -> list[int]:
        """The files that `item`, imported in the file `path`, may come from; none where it is not of the repository."""
        language_dots = path.endswith((".py", ".pyi", ".pyw"))
        module = item.module
        if language_dots:
            return self._python(path, module, item.name)
        if module.startswith("."):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), module))
            found = self._file(target)
            return [found] if found is not None else []
        if path.endswith((".c", ".h", ".cc", ".cpp", ".hpp", ".cxx", ".hh", ".rb", ".sh", ".css", ".html", ".php")):
            beside = self._file(posixpath.normpath(posixpath.join(posixpath.dirname(path), module)))
            if beside is not None:
                return [beside]
        return self._by_end(module.replace("::", "/").replace("\\", "/") if "/" not in module else module, path)

    def _python(self, path: str, module: str, name: str) -> list[int]:
        base, rest = python_module(path, module)
        if base is not None:
            target = posixpath.join(base, rest) if rest else base
            found = self._file(f"{target}/{name}".lstrip("/")) if name and name != "*" else None
            found = self._file(target.rstrip("/")) if found is None else found
            return [found] if found is not None else []
        deeper = self._ending(f"{rest}/{name}") if name and name != "*" else []
        return deeper or self._ending(rest)

    def _file(self, stem: str) -> int | None:
        found = self._exact.get(stem)
        if found is None and "." in stem.rpartition("/")[2]:
            found = self._exact.get(_stem(stem))
        if found is None:
            for entry in _ENTRY:
                found = self._exact.get(f"{stem}/{entry}")
                if found is not None:
                    break
        return found

    def _by_end(self, module: str, path: str) -> list[int]:
        extension = posixpath.splitext(module)[1]
        has_file = extension and posixpath.splitext(path)[1][:2] == extension[:2]
        text = _stem(module) if has_file else module
        if path.endswith((".java", ".cs", ".kt", ".scala", ".rs", ".php")) and "/" not in text:
            text = text.replace(".", "/")
        return self._ending(text.strip("/;* {}"))

    def _ending(self, stem: str) -> list[int]:
        """Files whose path without extension ends in `stem`."""
        known = self._cache.get(stem)
        if known is None:
            known = self._cache[stem] = self._search(stem)
        return known

    def _search(self, stem: str) -> list[int]:
        if not stem:
            return []
        if stem in self._exact:
            return [self._exact[stem]]
        entry = self._file(stem)
        if entry is not None:
            return [entry]
        ending = "/" + stem
        found = [number for path, number in self._by_last.get(stem.rpartition("/")[2], ()) if path.endswith(ending)]
        return found if len(found) <= _MOST else []


def python_module(path: str, module: str) -> tuple[str | None, str]:
    """The folder that the dots before `module` mean in the file `path` (None: no dots), and the rest as a path."""
    name = module.lstrip(".")
    dots = len(module) - len(name)
    base = path
    for _ in range(dots):
        base = posixpath.dirname(base)
    return (base if dots else None), name.replace(".", "/")


def _stem(path: str) -> str:
    head, dot, tail = path.rpartition(".")
    return head if dot and "/" not in tail else path
