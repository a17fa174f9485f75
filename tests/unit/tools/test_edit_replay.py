"""Small changes of real files as calls with models' usual mistakes: applied right, or refused; never applied wrong."""

from __future__ import annotations

import argparse
import inspect
import json.decoder
import random
import textwrap
from pathlib import Path

import pytest

from benchmarks.edits.__main__ import outcome
from benchmarks.edits.mistakes import KINDS
from benchmarks.edits.releases import Hunk
from benchmarks.edits.sides import as_patch, names_the_place
from tools.edit.hunks import apply_hunks
from tools.edit.ladder import RefusedError, replace
from tools.edit.patch import parse

MUST_APPLY = ("clean", "indent: too deep", "trailing blanks added", "line ends differ", "line numbers, tab")
FILES = [Path(inspect.getfile(module)) for module in (json.decoder, textwrap, argparse)]


def changes(count: int, seed: int) -> list[Hunk]:
    """Lines replaced, added, removed or moved further in, in files of the standard library."""
    rng = random.Random(seed)
    hunks = []
    for path in FILES:
        lines = tuple(path.read_text().splitlines(keepends=True))
        for _ in range(count):
            start = rng.randrange(len(lines) - 6)
            end = start + rng.randint(0, 3)
            fresh = rng.choice(
                (
                    [line.replace("e", "E", 1) for line in lines[start : end + 1]],
                    [*lines[start:end], "    added = 1\n"],
                    [],
                    ["    " + line if line.strip() else line for line in lines[start:end]],
                    ["if x:\n", "\n", *lines[start:end]],
                )
            )
            if list(lines[start:end]) != fresh:
                hunks.append(Hunk("stdlib", path.name, lines, start, end, tuple(fresh)))
    return hunks


@pytest.mark.parametrize("kind", KINDS)
def test_no_call_is_applied_wrong(kind: str) -> None:
    calls = right = useful = 0
    for number, hunk in enumerate(changes(25, seed=11)):
        request = KINDS[kind](hunk, random.Random(number))
        if request is None or not request.old or request.old == request.new:
            continue
        calls += 1
        try:
            after = replace(request.before, request.old, request.new).content
        except RefusedError as refused:
            after = request.before
            useful += names_the_place(request, str(refused))
        ended = outcome(request, after.encode())
        assert ended != "wrong", f"{hunk.path}:{request.line}\n{request.old}\n-->\n{request.new}"
        right += ended == "right"
    assert calls >= 5
    assert right >= 0.95 * calls or kind not in MUST_APPLY
    assert right + useful >= 0.9 * calls


@pytest.mark.parametrize("kind", KINDS)
def test_no_patch_is_applied_wrong(kind: str) -> None:
    for number, hunk in enumerate(changes(10, seed=12)):
        request = KINDS[kind](hunk, random.Random(number))
        if request is None or not request.old or request.old == request.new:
            continue
        try:
            (file,) = parse(as_patch(request, "a.py").decode())
            after = apply_hunks(request.before, file.hunks)[0]
        except RefusedError:
            after = request.before
        assert outcome(request, after.encode()) != "wrong", f"{hunk.path}:{request.line}"
