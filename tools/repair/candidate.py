"""A candidate: one or more byte-span edits, the operator that made them, and how likely it is thought to be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace bytes `start`..`end` of the file at `path` by `new`."""

    path: str
    start: int
    end: int
    new: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible repair. `prior` is in 0..1; `score` is prior times suspicion of `line` (counted from 1)."""

    edits: tuple[Edit, ...]
    operator: str
    line: int
    prior: float
    score: float

    @property
    def path(self) -> str:
        """The file of the first edit."""
        return self.edits[0].path

    def by_file(self) -> dict[str, list[tuple[int, int, bytes]]]:
        """The edits as byte spans, by path."""
        files: dict[str, list[tuple[int, int, bytes]]] = {}
        for edit in self.edits:
            files.setdefault(edit.path, []).append((edit.start, edit.end, edit.new))
        return files


def splice(source: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """`source` with spans (of the original) replaced; spans must not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        source = source[:start] + new + source[end:]
    return source


def overlap(left: Candidate, right: Candidate) -> bool:
    """Whether two candidates touch the same bytes."""
    return any(a.path == b.path and a.start <= b.end and b.start <= a.end for a in left.edits for b in right.edits)
