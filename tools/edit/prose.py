"""Tells the text around a patch from lines of the patch itself, so that none of these is passed over. Pure."""

from __future__ import annotations

import re

from tools.edit.filepatch import BadPatchError

_OPENING = re.compile(r"^\s*(`{3,}|~{3,})[\w-]*\s*$")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?\s*$")
_BULLET = re.compile(r"^(?:- \S.*|-+\s*)$")
_VERSION = re.compile(r"^\d[\w.() -]*$")


def closer(line: str) -> str | None:
    """The line that will end what `line` opens: a fence, or a here-document of a shell."""
    if found := _OPENING.match(line):
        return found[1]
    if found := _HEREDOC.search(line):
        return found[1]
    return None


def is_signature(line: str, following: str) -> bool:
    """Whether `line` begins the signature that git writes below a patch: two dashes, and its version."""
    return line.rstrip() == "--" and bool(_VERSION.match(following))


def check_before(line: str, number: int) -> None:
    """Let text pass that stands before the first file of a patch, items of a list too.

    Raises:
        BadPatchError: it looks like a line of a patch.
    """
    if line.startswith("@@"):
        raise BadPatchError(f"line {number}: a hunk without the --- and +++ lines that name its file")
    if line.startswith("+") or (line.startswith("-") and not _BULLET.match(line)):
        raise BadPatchError(f"line {number}: {line[:60]!r} belongs to no file")


def check_after(line: str, number: int) -> None:
    """Let text pass that stands after a patch.

    Raises:
        BadPatchError: it looks like a line of a patch.
    """
    if line.strip() and line.startswith((" ", "\t", "+", "-", "@@", "***", "\\")):
        raise BadPatchError(f"line {number}: {line[:60]!r} belongs to no hunk")
