"""Knows which files ripgrep would leave out: those that `.gitignore`, `.ignore` and `.git/info/exclude` name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tools.look.globs import Glob, compile_glob, verdict

_BIGGEST = 1 << 20


class Ignored:
    """The ignore files in effect in one folder; `inside` gives those of a folder below."""

    def __init__(self, folder: Path, above: Ignored | None = None, git: bool = False) -> None:
        self._folder, self._above = str(folder), above
        self._git = git or os.path.lexists(folder / ".git")
        names = [".git/info/exclude", ".gitignore"] if self._git else []
        self._globs = [glob for name in [*names, ".ignore", ".rgignore"] for glob in _read(folder / name)]

    @classmethod
    def at(cls, folder: Path) -> Ignored:
        """The rules for `folder`, with those of the folders above it."""
        real = Path(os.path.realpath(folder))
        above = [*reversed(real.parents), real]
        roots = [place for place in above if os.path.lexists(place / ".git")]
        first, *rest = above[above.index(roots[-1]) if roots else 0 :]
        found = cls(first, git=bool(roots))
        for place in rest:
            found = cls(place, found, git=bool(roots))
        return found

    def inside(self, name: str) -> Ignored:
        """The rules of the folder `name` in this one."""
        return Ignored(Path(self._folder, name), self, self._git)

    def ignores(self, name: str, folder: bool) -> bool:
        """Whether the entry `name` of this folder is left out."""
        place: Ignored | None = self
        path = name
        while place is not None:
            said = verdict(place._globs, path, folder)
            if said is not None:
                return said
            path = f"{os.path.basename(place._folder)}/{path}"  # noqa: PTH119  (of a string, thousands of times)
            place = place._above
        return False


def _read(path: Path) -> Iterator[Glob]:
    try:
        if not path.is_file():
            return
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read(_BIGGEST).split("\n")
    except OSError:
        return
    for line in lines:
        text = line.rstrip()
        if text and not text.startswith("#"):
            try:
                yield compile_glob(text, braces=False)
            except ValueError:
                continue
