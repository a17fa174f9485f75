"""Understands globs as ripgrep and `.gitignore` do: ``*`` stays in its folder, ``**`` does not, ``!`` leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WILD = re.compile(r"[*?\[{]|^!")


@dataclass(frozen=True, slots=True)
class Glob:
    """One glob; `wanted` is False where it excludes, `folders` True where only folders are meant."""

    fits: re.Pattern[str]
    wanted: bool
    folders: bool


def split(globs: str) -> list[str]:
    """The single globs of a list with commas (or blanks, where each part is plainly a glob); braces stay whole."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(globs):
        letter = globs[at]
        if letter == "\\":
            at += 1
        elif letter in "{[":
            depth += 1
        elif letter in "}]":
            depth = max(0, depth - 1)
        elif letter == "," and not depth:
            parts.append(globs[start:at])
            start = at + 1
        at += 1
    parts.append(globs[start:])
    found = [part.strip() for part in parts if part.strip()]
    words = [word for part in found for word in part.split()]
    return words if all(_WILD.search(word) for word in words) else found


def compile_glob(text: str, braces: bool = True) -> Glob:
    """A glob for paths relative to the folder that it is meant for; one without a slash fits at any depth.

    Raises:
        ValueError: a bracket or brace is not closed.
    """
    wanted = not text.startswith("!")
    body = text if wanted else text[1:]
    folders = body.endswith("/")
    body = body.rstrip("/") if folders else body
    anchored = "/" in body
    source = _source(body.removeprefix("/"), braces)
    return Glob(re.compile(source if anchored else f"(?:.*/)?{source}", re.S), wanted, folders)


def verdict(globs: Iterable[Glob], path: str, folder: bool) -> bool | None:
    """What the last of `globs` that fits `path` says; None where none fits."""
    said = None
    for glob in globs:
        if (folder or not glob.folders) and glob.fits.fullmatch(path):
            said = glob.wanted
    return said


def _source(glob: str, braces: bool) -> str:
    """The regular expression of a glob."""
    out, at, depth = [], 0, 0
    while at < len(glob):
        letter = glob[at]
        at += 1
        if letter == "*":
            piece, at = _stars(glob, at - 1)
            out.append(piece)
        elif letter == "?":
            out.append("[^/]")
        elif letter == "[":
            piece, at = _choice(glob, at)
            out.append(piece)
        elif letter == "{" and braces:
            depth += 1
            out.append("(?:")
        elif letter == "}" and depth:
            depth -= 1
            out.append(")")
        elif letter == "," and depth:
            out.append("|")
        elif letter == "\\" and at < len(glob):
            out.append(re.escape(glob[at]))
            at += 1
        else:
            out.append(re.escape(letter))
    if depth:
        raise ValueError(f"glob {glob!r}: a brace is not closed")
    return "".join(out)


def _stars(glob: str, at: int) -> tuple[str, int]:
    """What the stars at `at` stand for, and where they end."""
    end = at
    while end < len(glob) and glob[end] == "*":
        end += 1
    begins = at == 0 or glob[at - 1] == "/"
    if end - at >= 2 and begins and end == len(glob):
        return ".+", end
    if end - at >= 2 and begins and glob[end] == "/":
        return "(?:[^/]+/)*", end + 1
    return "[^/]*", end


def _choice(glob: str, at: int) -> tuple[str, int]:
    """The bracket expression that begins before `at`, and where it ends."""
    negated = glob[at : at + 1] in ("!", "^")
    start = at + negated
    end = glob.find("]", start + 1)
    if end < 0:
        raise ValueError(f"glob {glob!r}: a bracket is not closed")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", glob[start:end])
    return f"(?!/)[{'^' * negated}{inside}]", end + 1
