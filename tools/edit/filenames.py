"""Reads the names of files in the headers of a diff: prefixes, git's quoting, modes. Pure."""

from __future__ import annotations

import re

from tools.edit.filepatch import BadPatchError

_PREFIXED = re.compile(r"^([abciow12])/(.+)$", re.DOTALL)
_NULL = "/dev/null"


def header_names(old: str, new: str) -> tuple[str, str]:
    """The two names of the ``---`` and ``+++`` lines, without the prefixes that git puts before them."""
    return _without_prefixes(bare_path(old), bare_path(new))


def git_names(names: str) -> tuple[str, str]:
    """The two names of a line ``diff --git``, which may hold blanks.

    Raises:
        BadPatchError: it cannot be told where the second begins.
    """
    splits = [(names[:at], names[at + 1 :]) for at, char in enumerate(names) if char == " "]
    pairs = [_without_prefixes(bare_path(old), bare_path(new)) for old, new in splits]
    same = [pair for pair in pairs if pair[0] == pair[1]]
    if len(same) == 1 or len(pairs) == 1:
        return (same or pairs)[0]
    parts = [pair for pair, (_, new) in zip(pairs, splits, strict=True) if new.startswith(("b/", '"b/'))]
    if len(parts) != 1:
        raise BadPatchError(f"the names in 'diff --git {names[:80]}' cannot be told apart")
    return parts[0]


def bare_path(raw: str) -> str:
    """A path without the time behind it, and without quotes: git writes it in C's manner where it holds odd bytes."""
    raw = raw.split("\t")[0].strip()
    if not (raw.startswith('"') and raw.endswith('"') and len(raw) > 1):
        return raw
    data = re.sub(
        rb"\\([0-7]{3}|.)",
        lambda m: bytes([int(m[1], 8) & 255]) if len(m[1]) == 3 else {b"n": b"\n", b"t": b"\t"}.get(m[1], m[1]),
        raw[1:-1].encode("utf-8", "surrogateescape"),
    )
    return data.decode("utf-8", "surrogateescape")


def mode_of(given: str | None) -> int | None:
    """What a mode of git means here: only its executable bit counts.

    Raises:
        BadPatchError: it is that of a link or a submodule.
    """
    if given is None:
        return None
    if given.startswith(("120", "160")):
        raise BadPatchError("links and submodules cannot be patched")
    return 0o755 if given.endswith("755") else 0o644


def _without_prefixes(old: str, new: str) -> tuple[str, str]:
    """``a/x`` and ``b/y`` as x and y; other pairs of git's prefixes only where the rest is the same."""
    left, right = _PREFIXED.match(old), _PREFIXED.match(new)
    if _NULL in (old, new):
        return (left[2] if left and left[1] == "a" else old), (right[2] if right and right[1] == "b" else new)
    if left and right and left[1] != right[1] and (left[1] + right[1] == "ab" or left[2] == right[2]):
        return left[2], right[2]
    return old, new
