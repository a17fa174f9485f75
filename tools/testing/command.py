"""Puts test files or ids at the end of a test command, where the shell would hand them to the test runner."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from tools.registry import ToolFailure

_RUNNER = re.compile(r"(?:^|/|^-m)(?:pytest|py\.test|unittest)(?:-?\d[\d.]*)?$")
_OPERATORS = frozenset("&|;()<>\n")
_REDIRECTIONS = frozenset({">", ">>", ">&", "&>", "&>>", ">|", "<", "<&", "<>"})
"""After these, further arguments are still those of the command before."""


def with_paths(command: str, paths: Sequence[str]) -> str:
    """`command` with `paths` as further arguments of its pytest or unittest.

    Raises:
        ToolFailure: they would not reach it: another command follows, or it is not plainly there.
    """
    if not paths:
        return command
    whole = f"cannot add paths to {command!r}"
    words = _words(command)
    at = next((at for at, word in enumerate(words) if _RUNNER.search(word)), None)
    if at is None:
        raise ToolFailure(f"{whole}; give the whole command instead")
    if any(set(word) <= _OPERATORS and word not in _REDIRECTIONS for word in words[at:]):
        raise ToolFailure(f"{whole}: they would not reach the test runner, for more follows it; give the whole command")
    return " ".join([command, *(shlex.quote(path) for path in paths)])


def _words(command: str) -> list[str]:
    """The words and operators of a command line; quoted ones are not told apart from runs of the same letters.

    Raises:
        ToolFailure: it is no single line that ends where it seems to.
    """
    lexer = shlex.shlex(command, posix=False, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        words = []
    if not words or any(word.startswith("#") for word in words) or command.endswith("\\"):
        raise ToolFailure(f"cannot add paths to {command!r}: it has a comment or an open quote; give the whole command")
    return words
