"""Reads consecutive patch releases as past changes: the new release notes are the message, the code changed the truth.

Where no history can be had, source archives tell it in larger steps. Usage: ``python -m benchmarks.index.notes FOLDER
OUTPUT``: FOLDER holds source archives (see `benchmarks.edits.releases`); for every minor series (same first two
numbers) OUTPUT gets a git checkout of its first release and ``NAME.jsonl`` with a line for each later one, for
`quality`.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from benchmarks.edits.releases import files_of, projects
from benchmarks.index.patches import PastCommit

_NOTES = re.compile(
    r"(^|/)(change(s|log)?[^/]*|history|news|release[^/]*)\.(md|rst|txt)$|(^|/)docs?/.*(release|changelog)",
    re.IGNORECASE,
)
_CODE = re.compile(r"\.(py|pyx|js|jsx|mjs|cjs|ts|tsx|c|h|cc|cpp|go|rs|rb|php|java)$")
_DATED = re.compile(r"^[\s=*#~-]*$|^\W*v?\d+(\.\d+)+\b.{0,40}$|copyright|release ?date|:released:")
_MOST_FILES = 12
"""A release that changes more is no single task."""
_EVERY = 0.4
"""Files changed in more than this share of a series carry the version, and say nothing."""


def series_of(archives: list[Path]) -> list[list[Path]]:
    """The archives of each minor series, oldest first."""
    numbers = [re.search(r"-v?(\d+)\.(\d+)", path.name) for path in archives]
    keyed = [(match.groups() if match else (), path) for match, path in zip(numbers, archives, strict=True)]
    return [[path for _, path in group] for _, group in itertools.groupby(keyed, key=lambda item: item[0])]


def changes(archives: list[Path]) -> list[PastCommit]:
    """What each release of one series changed in files that its first one has."""
    first = files_of(archives[0], every=True)
    found: list[PastCommit] = []
    for old, new in itertools.pairwise(archives):
        before, after = files_of(old, every=True), files_of(new, every=True)
        changed = [path for path in after if before.get(path) != after[path] and path in first and _CODE.search(path)]
        said = [line for path in after if _NOTES.search(path) for line in _added(before.get(path, ""), after[path])]
        message = "\n".join(line for line in said if not _DATED.search(line.lower()))
        found.append(PastCommit(new.name, message.strip(), tuple(sorted(changed))))
    often = Counter(path for item in found for path in item.files)
    usual = {path for path, times in often.items() if times > max(2, _EVERY * len(found))}
    kept = [PastCommit(item.name, item.message, tuple(p for p in item.files if p not in usual)) for item in found]
    return [item for item in kept if len(item.message) >= 15 and 0 < len(item.files) <= _MOST_FILES]


def _added(old: str, new: str) -> list[str]:
    if len(new) - len(old) > 50_000:
        return []  # notes of other series that came along
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), n=0, lineterm="")
    return [line[1:] for line in itertools.islice(lines, 2, None) if line.startswith("+")]


def checkout(archive: Path, folder: Path) -> None:
    """Unpack `archive` as a git repository of one commit."""
    for path, text in files_of(archive, every=True).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    identity = ["-c", "user.name=u", "-c", "user.email=u@example.org"]
    for arguments in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", archive.name]):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def main() -> None:
    """Write a checkout and a list of changes for every series."""
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    for archives in projects(folder).values():
        for series in series_of(archives):
            if len(series) < 2:
                continue
            name = re.sub(r"\.(tar\.gz|tgz)$", "", series[0].name)
            found = changes(series)
            if found:
                checkout(series[0], output / name)
                (output / f"{name}.jsonl").write_text("\n".join(json.dumps(asdict(item)) for item in found))
            print(f"{name}: {len(found)} changes of {len(series) - 1} releases")


if __name__ == "__main__":
    main()
