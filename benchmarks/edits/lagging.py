"""Edits in languages whose grammars lag behind them: real code put back into its file, and brackets taken out. Pure.

No independent parser reads all of these without headers and settings. Real code is right because it was published; a
bracket or a quotation mark that stands in code, by a reading that knows strings and comments only, cannot be missed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from benchmarks.edits.mutations import MUTATIONS
from tools import text

BRACED = frozenset({".c", ".cc", ".cpp", ".cs", ".css", ".go", ".java", ".rs", ".ts"})
"""Kinds of files with code in braces."""

_CERTAIN = ("bracket lost", "bracket too many", "quote lost", "body elided")
_NO_CODE = re.compile(
    r"\bR\"(\w*)\(.*?\)\1\"|//[^\n]*|/\*.*?\*/|^[ \t]*#[ \t]*if[ \t]+0\b.*?^[ \t]*#[ \t]*endif|"
    r"^[ \t]*#(?:[^\n\\]|\\.)*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\burl\([^)\n]*\)",
    re.S | re.M,
)
_LEAST, _MOST = 3, 80
"""Lines of a piece of code that is put back."""


def put_back(content: str, times: int, rng: random.Random) -> Iterator[str]:
    """The file without one of its paragraphs of code, whose brackets balance: putting it back is a sound edit."""
    pieces = text.split_lines(content)
    plain = text.split_lines(without_words(content))
    starts = [at for at, line in enumerate(pieces) if line.strip() and (at == 0 or not pieces[at - 1].strip())]
    spans = []
    for start in starts:
        end = next((at for at in range(start, len(pieces)) if not pieces[at].strip()), len(pieces))
        code = "".join(plain[start:end])
        directives = "#" in "".join(pieces[start:end])
        if _LEAST <= end - start <= _MOST and code.strip() and _balanced(code) and not directives:
            spans.append((start, end))
    for start, end in rng.sample(spans, min(times, len(spans))):
        yield "".join([*pieces[:start], *pieces[end:]])


def broken(suffix: str, content: str, times: int, rng: random.Random) -> Iterator[tuple[str, int, str]]:
    """Operator, line (from 0) and result of edits that break a file of a language with braces for certain."""
    if suffix not in BRACED:
        return
    pieces, plain = text.split_lines(content), text.split_lines(without_words(content))
    for name in _CERTAIN:
        places = [at for at, line in enumerate(plain) if _has_place(name, line, pieces[at])]
        for at in rng.sample(places, min(times, len(places))):
            mutant = "".join(MUTATIONS[name](pieces, at))
            if mutant != content:
                yield name, at, mutant


def _has_place(name: str, code: str, line: str) -> bool:
    """Whether an operator hits code: `code` is `line` without the insides of strings and comments."""
    match name:
        case "bracket lost":
            found = re.search(r"[)\]}]", line)
            return found is not None and code[found.start() : found.end()] == found[0]
        case "quote lost":
            found = re.search(r"[\"'`]", line)
            return found is not None and code[found.start() : found.end()] == found[0] and "'" not in line
        case "bracket too many":
            return bool(code.strip()) and code.rstrip() == line.rstrip()
        case _:
            return code.rstrip().endswith("{")


def without_words(content: str) -> str:
    """`content` with blanks inside of its strings and comments and in lines of the preprocessor."""

    def blanked(match: re.Match[str]) -> str:
        found = match[0]
        keep = 1 if found[0] in "\"'`" else 0
        inner = re.sub(r"[^\n]", " ", found[keep : len(found) - keep])
        return found[:keep] + inner + found[len(found) - keep :]

    return _NO_CODE.sub(blanked, content)


def _balanced(code: str) -> bool:
    open_ones: list[str] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for sign in code:
        if sign in "([{":
            open_ones.append(sign)
        elif sign in pairs and (not open_ones or open_ones.pop() != pairs[sign]):
            return False
    return not open_ones
