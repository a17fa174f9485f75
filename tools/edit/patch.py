"""Reads a patch as models write it: ``*** Begin Patch`` blocks or a unified diff. Pure: text in, values out."""

from __future__ import annotations

from tools.edit.envelope import BEGIN, END, names_a_file, parse_envelope
from tools.edit.filepatch import BadPatchError, FilePatch
from tools.edit.unified import parse_unified


def parse(patch: str) -> list[FilePatch]:
    """All file patches of `patch`, in order.

    Raises:
        BadPatchError: it holds none, or something that cannot be understood.
    """
    lines = patch.replace("\r\n", "\n").removesuffix("\n").split("\n")
    marks = [line for line in lines if line.rstrip() == BEGIN or names_a_file(line) or _names_diff(line)]
    named = any(map(names_a_file, marks)) or not any(map(_names_diff, marks))
    if marks and named and not _names_diff(marks[0]):
        files = parse_envelope(lines)
    else:  # a diff may stand in a block that names no file
        files = parse_unified(["" if line.rstrip() in (BEGIN, END) else line for line in lines])
    if not files:
        raise BadPatchError(
            "no file is changed: expected '*** Begin Patch' or a unified diff with ---, +++ and @@ lines"
        )
    return files


def _names_diff(line: str) -> bool:
    return line.startswith(("--- ", "diff --git "))
