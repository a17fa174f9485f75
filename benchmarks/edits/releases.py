"""Reads real hunks out of consecutive releases of a project: what changed between two source archives.

Histories need a forge; source archives (``pip download --no-binary :all: --no-deps NAME==VERSION``, ``npm pack
NAME@VERSION``) need only a package index, and what differs between two of them was written by the project's people.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import text

SUFFIXES = frozenset(
    {".py", ".pyi", ".pyx", ".js", ".ts", ".json", ".toml", ".cfg", ".rst", ".md", ".txt", ".yml", ".html"}
)
_RELEASE = re.compile(r"^(?P<name>.+?)-v?(?P<version>\d[\w.]*?)\.(?:tar\.gz|tgz)$")
_HEADER = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `start` to `end` (from 0, end excluded) of `lines` became `fresh`. Lines carry their ends."""

    project: str
    path: str
    lines: tuple[str, ...]
    start: int
    end: int
    fresh: tuple[str, ...]

    @property
    def before(self) -> str:
        """The file as it was."""
        return "".join(self.lines)

    @property
    def after(self) -> str:
        """The file with this hunk alone applied: the truth."""
        return "".join([*self.lines[: self.start], *self.fresh, *self.lines[self.end :]])


def hunks_of(folder: Path) -> Iterator[Hunk]:
    """The hunks between neighbouring releases of every project whose archives are in `folder`."""
    for name, releases in sorted(projects(folder).items()):
        for old, new in itertools.pairwise(releases):
            for path, before, after in _changed(old, new):
                yield from _between(name, path, before, after)


def changed_files(folder: Path, *, every: bool = False) -> Iterator[tuple[str, str, str]]:
    """Path, old and new content of every file that two neighbouring releases both have and that differs.

    `every` takes files of any kind, not only the common ones.
    """
    for releases in projects(folder).values():
        for old, new in itertools.pairwise(releases):
            yield from _changed(old, new, every=every)


def newest(folder: Path) -> dict[str, Path]:
    """The newest archive of every project."""
    return {name: releases[-1] for name, releases in sorted(projects(folder).items())}


def projects(folder: Path) -> dict[str, list[Path]]:
    """The archives of every project, oldest first."""
    found: dict[str, list[tuple[tuple[int, ...], Path]]] = {}
    for archive in sorted(folder.iterdir()):
        if match := _RELEASE.match(archive.name):
            numbers = tuple(int(part) for part in re.findall(r"\d+", match["version"]))
            found.setdefault(match["name"].lower().replace("_", "-"), []).append((numbers, archive))
    return {name: [archive for _, archive in sorted(releases)] for name, releases in found.items()}


def _changed(old: Path, new: Path, *, every: bool = False) -> Iterator[tuple[str, str, str]]:
    before, after = files_of(old, every=every), files_of(new, every=every)
    for path in sorted(before.keys() & after.keys()):
        if before[path] != after[path]:
            yield path, before[path], after[path]


def files_of(archive: Path, *, every: bool = False) -> dict[str, str]:
    """The text files of a source archive by path below its top folder; only UTF-8, which all sides can read.

    `every` takes files of any kind, not only the common ones.
    """
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            file = tar.extractfile(member) if member.isfile() and (every or Path(path).suffix in SUFFIXES) else None
            if file is not None and "dist-info" not in path and "egg-info" not in path:
                data = file.read()
                decoded = text.decode(data)
                if (
                    decoded.encoding == "utf-8"
                    and not decoded.binary
                    and decoded.content.encode(errors="replace") == data
                ):
                    found[path] = decoded.content
    return found


def _between(project: str, path: str, old: str, new: str) -> Iterator[Hunk]:
    lines, fresh = text.split_lines(old), text.split_lines(new)
    for a, count_a, b, count_b in _ranges(old, new):
        added = tuple(fresh[b : b + count_b])
        # New text takes the line ends of its file, so a change that brings others cannot be asked for.
        foreign = any("\r" in line for line in added) and "\r" not in old
        if max(count_a, count_b) <= _LONGEST and not foreign:
            yield Hunk(project, path, tuple(lines), a, a + count_a, added)


def _ranges(old: str, new: str) -> list[tuple[int, int, int, int]]:
    """Start (from 0) and number of lines, old and new, of each hunk that git finds; close ones are one."""
    with tempfile.TemporaryDirectory() as folder:
        sides = [Path(folder, "old"), Path(folder, "new")]
        for side, content in zip(sides, (old, new), strict=True):
            side.write_bytes(content.encode())
        command = ["git", "diff", "--no-index", "--no-color", "--no-ext-diff", "-U0", "--inter-hunk-context=2"]
        done = subprocess.run([*command, *map(str, sides)], capture_output=True, check=False)
    ranges = []
    for match in _HEADER.finditer(done.stdout.decode("utf-8", "replace")):
        at, size, new_at, new_size = (1 if group is None else int(group) for group in match.groups())
        ranges.append((at - 1 if size else at, size, new_at - 1 if new_size else new_at, new_size))
    return ranges
