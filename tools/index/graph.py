"""The graph of files: who uses whose names, aggregated at build time, and how central each file is in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

_DEFINERS = 4
"""A name defined in more files than this says nothing of which one is meant."""
_USERS = 250
"""A name used in more files than this is a hub's: every file would look related."""
_LINKS = 12
"""Links kept for each file, the heaviest ones."""
_ROUNDS = 8
_DAMPING = 0.7
IMPORT = 3.0
"""Weight of an import beside names in common."""


def links(
    count: int,
    uses: Mapping[bytes, Sequence[int]],
    definers: Mapping[bytes, Sequence[int]],
    imports: Sequence[Sequence[int]],
) -> list[dict[int, float]]:
    """For each of `count` files the files it depends on, with weights.

    `uses` maps a name to ``file, times, file, times, …``; `definers` maps it to the files that define it; `imports`
    has for each file the files it imports.
    """
    edges: list[dict[int, float]] = [dict.fromkeys(targets, IMPORT) for targets in imports]
    for name, files in definers.items():
        if len(files) > _DEFINERS or len(name) < 3:
            continue
        users = uses.get(name)
        if users is None or len(users) > 2 * _USERS or len(users) <= 2:
            continue
        weight = math.log(1 + count / (len(users) >> 1)) / len(files)
        if name.startswith(b"_"):
            weight *= 0.3
        for at in range(0, len(users), 2):
            user = users[at]
            out = edges[user]
            for file in files:
                if file != user:
                    out[file] = out.get(file, 0.0) + weight
    return [_heaviest(out) for out in edges]


def _heaviest(out: dict[int, float]) -> dict[int, float]:
    if len(out) <= _LINKS:
        return out
    kept = sorted(out, key=out.__getitem__, reverse=True)[:_LINKS]
    return {file: out[file] for file in kept}


def ranks(edges: Sequence[Mapping[int, float]]) -> list[float]:
    """How central each file is (PageRank by power iteration over the pruned links); the mean is 1."""
    count = len(edges)
    flat = [(user, list(out.items()), sum(out.values())) for user, out in enumerate(edges) if out]
    rank = [1.0] * count
    for _ in range(_ROUNDS):
        fresh = [1.0 - _DAMPING] * count
        for user, out, total in flat:
            share = _DAMPING * rank[user] / total
            for file, weight in out:
                fresh[file] += share * weight
        lost = count - sum(fresh)
        rank = [value + lost / count for value in fresh] if count else []
    return rank
