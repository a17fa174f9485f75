"""Unified diffs as models mangle them: applied exactly right, or refused; never applied in part or elsewhere."""

from __future__ import annotations

import argparse
import difflib
import inspect
import json.decoder
import random
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.edit.filepatch import BadPatchError
from tools.edit.hunks import apply_hunks
from tools.edit.ladder import RefusedError
from tools.edit.patch import parse

Rows = list[str]
Mangle = Callable[[Rows, random.Random], Rows]
COMMON = ["", "", "    ", "    return x", "}", "    pass", "- item", "--flag", "++n", "@property", "x = 1", "x = 1 "]


def diff(before: str, after: str, context: int) -> Rows:
    """What git writes, without its own headers."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    rows: Rows = []
    for row in difflib.unified_diff(old, new, "a/f", "b/f", n=context):
        rows += [row[:-1]] if row.endswith("\n") else [row, "\\ No newline at end of file"]
    return rows


def blanks_stripped(rows: Rows, _: random.Random) -> Rows:
    """An editor took the blank of empty lines that stay."""
    return ["" if row == " " else row for row in rows]


def counts_wrong(rows: Rows, rng: random.Random) -> Rows:
    """The lines of a hunk were miscounted."""

    def other(found: re.Match[str]) -> str:
        return f",{max(0, int(found[1]) + rng.randint(-3, 3))}"

    return [re.sub(r",(\d+)", other, row) if row.startswith("@@") else row for row in rows]


def bare(rows: Rows, rng: random.Random) -> Rows:
    """The headers of hunks have no numbers."""
    return [rng.choice(("@@", "@@ @@", "@@ ... @@")) if row.startswith("@@") else row for row in rows]


def headers_missing(rows: Rows, rng: random.Random) -> Rows:
    """Some headers of hunks are missing, an empty line in their place or nothing."""
    first = next((at for at, row in enumerate(rows) if row.startswith("@@")), 0)
    result: Rows = []
    for at, row in enumerate(rows):
        if row.startswith("@@") and at > first and rng.random() < 0.6:
            result += rng.choice(([], [""]))
        else:
            result.append(row)
    return result


def blank_lines_added(rows: Rows, rng: random.Random) -> Rows:
    """Empty lines stand at the end, and between hunks."""
    result: Rows = []
    for at, row in enumerate(rows):
        if row.startswith("@@") and at > 2:
            result += [""] * rng.randint(0, 2)
        result.append(row)
    return [*result, *[""] * rng.randint(1, 3)]


def wrapped(rows: Rows, rng: random.Random) -> Rows:
    """The patch stands in prose, in a fence or in a shell command."""
    head, tail = rng.choice(
        (
            (["Here is the patch:", "", "```diff"], ["```"]),
            (["I change two things:", "- the name", "- the rest", ""], []),
            (["```", ""], ["", "```", "", "That is all."]),
            (["git apply <<'EOF'"], ["EOF"]),
            (["diff --git a/f b/f", "index 0000000..1111111 100644"], ["-- ", "2.43.0", ""]),
            (["*** Begin Patch"], ["*** End Patch"]),
        )
    )
    return [*head, *rows, *tail]


MANGLES: dict[str, Mangle] = {
    mangle.__name__: mangle
    for mangle in (blanks_stripped, counts_wrong, bare, headers_missing, blank_lines_added, wrapped)
}


def outcome(before: str, after: str, patch: str) -> str:
    """``right``, ``wrong``, or why it was refused."""
    try:
        (file,) = parse(patch)
        return "right" if apply_hunks(before, file.hunks)[0] == after else "wrong"
    except (BadPatchError, RefusedError) as refused:
        return str(refused)


LINE = st.one_of(st.sampled_from(COMMON), st.integers(0, 60).map(lambda n: f"line {n}"))


@settings(max_examples=600, deadline=None)
@given(
    lines=st.lists(LINE, min_size=1, max_size=50),
    edits=st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 2), st.lists(LINE, max_size=2)), min_size=1, max_size=4
    ),
    ends=st.tuples(st.booleans(), st.booleans()),
    context=st.sampled_from([1, 3, 3]),
    chosen=st.sets(st.sampled_from(sorted(MANGLES))),
    rng=st.randoms(use_true_random=False),
)
def test_a_mangled_diff_is_applied_right_or_refused(
    lines: list[str],
    edits: list[tuple[int, int, list[str]]],
    ends: tuple[bool, bool],
    context: int,
    chosen: set[str],
    rng: random.Random,
) -> None:
    if "headers_missing" in chosen and chosen & {"bare", "counts_wrong"}:
        # Nothing tells two hunks from one then, but that the lines of both do not stand together anywhere.
        lines = [f"{line} {number}" for number, line in enumerate(lines)]
    fresh = list(lines)
    for at, gone, come in sorted(edits, reverse=True):
        fresh[at : at + gone] = come
    before = "\n".join(lines) + ("\n" if ends[0] else "")
    after = "\n".join(fresh) + ("\n" if fresh and ends[1] else "")
    rows = diff(before, after, context)
    if not rows:
        return
    for name in MANGLES:  # in one order: what wraps the whole comes last
        if name in chosen:
            rows = MANGLES[name](rows, rng)
    assert outcome(before, after, "\n".join(rows) + "\n") != "wrong", "\n".join(rows)


@pytest.mark.parametrize("module", [json.decoder, textwrap, argparse], ids=lambda module: module.__name__)
@pytest.mark.parametrize("name", MANGLES)
def test_a_mangled_diff_of_a_real_file_is_applied(module: object, name: str) -> None:
    path = Path(inspect.getfile(module))  # type: ignore[arg-type]  # modules, by the parameters above
    lines, rng = path.read_text().splitlines(), random.Random(5)
    right = 0
    for _ in range(30):
        fresh = list(lines)
        for at in rng.sample([at for at, line in enumerate(lines) if line.strip()], 4):
            fresh[at] += "  # edited"
        before, after = "\n".join(lines) + "\n", "\n".join(fresh) + "\n"
        rows = MANGLES[name](blanks_stripped(diff(before, after, 3), rng), rng)
        ended = outcome(before, after, "\n".join(rows) + "\n")
        assert ended != "wrong"
        assert ended == "right" or "hunk" in ended or "line" in ended
        right += ended == "right"
    assert right >= 27 or name == "headers_missing"
