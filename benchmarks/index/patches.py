"""Reads a distribution's patch series as past commits: message, files changed; for the map's quality benchmark.

A Debian source package carries the project's release as it was and, beside it, the later upstream commits that were
taken in, each with its message (DEP-3, ``git format-patch``). That is real history that a package mirror serves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"^(Subject|Description):\s*(.*)$")
_DROP = re.compile(
    r"^(Origin|Bug[\w-]*|Author|From|Date|Forwarded|Last-Update|Reviewed-[Bb]y|Signed-off-by|Cc|Acked-by|Applied-Upstream"
    r"|Tested-by|Reported-by|Patch-Name|Fixes|Closes|Ref|Upstream-commit|Backported-by|Co-authored-by|Suggested-by|X-\S+"
    r"|Gbp-\S+|Approved-by|\(cherry picked|\(backported|https?)\b.*$"
)
_END = re.compile(r"^(---|Index: |diff |\+\+\+ |===)")
_TARGET = re.compile(r"^--- (?:[^/\s]+/)?(\S+)", re.M)


@dataclass(frozen=True, slots=True)
class PastCommit:
    """One commit: where it was read, its message, and the files it changed that existed before."""

    name: str
    message: str
    files: tuple[str, ...]


def series(debian: Path, tree: Path) -> list[PastCommit]:
    """The usable commits of ``debian/patches/series``: with a message, and changing files of `tree`."""
    lines = (debian / "patches" / "series").read_text(encoding="utf-8").split("\n")
    names = [line.split("#")[0].split()[0] for line in lines if line.split("#")[0].strip()]
    commits = []
    for name in names:
        text = (debian / "patches" / name).read_text(encoding="utf-8", errors="replace")
        said = message(text)
        files = tuple(sorted({path for path in _TARGET.findall(text) if (tree / path).is_file()}))
        if len(said) >= 15 and files:
            commits.append(PastCommit(name, said, files))
    return commits


def message(text: str) -> str:
    """The commit message of a patch: subject and body, without trailers, bookkeeping and diffstat."""
    kept: list[str] = []
    begun = False
    for line in text.split("\n"):
        if _END.match(line):
            break
        found = _HEADER.match(line)
        if found:
            begun = True
            kept.append(re.sub(r"^(\[[^\]]*\]\s*)+", "", found[2]))
        elif begun and not _DROP.match(line):
            kept.append(line.strip().removeprefix("."))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
