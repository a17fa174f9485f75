"""Finds brackets, quotation marks and comments that nothing closes, by reading a source word by word. Pure.

It knows no grammar, so it can tell a lost bracket from syntax that a grammar does not know. What it takes for loose in
an odd file it takes for loose before and after an edit; only the difference counts. Sources are bytes read as Latin-1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PAIRS = {")": "(", "]": "[", "}": "{"}
_STRING = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_REGEX = r"(?<=[=(,:\[!&|?{};\n])[ \t]*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"
_C = re.compile(
    r"""(?P<skip>//(?:\\\r?\n|[^\n])*|/\*.*?\*/
        |\bR"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
        |(?<![\w"'])\d(?:'?[\w.])*
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')
     |(?P<directive>^[ \t]*\#[ \t]*(?P<word>\w*)(?:/\*.*?\*/|\\\r?\n|[^\n])*)
     |(?P<bracket>[()\[\]{}])
     |(?P<lone>["']|/\*)""",
    re.X | re.M | re.S,
)
_CSS = re.compile(rf"(?P<skip>/\*.*?\*/|{_STRING}|\\.)|(?P<bracket>[()\[\]{{}}])|(?P<lone>[\"']|/\*)", re.S)
_SCRIPT = re.compile(
    rf"(?P<skip>//[^\n]*|/\*.*?\*/|(?<=\w)'(?=\w)|{_STRING}|{_REGEX}|`(?:\\.|[^`\\])*`)|(?P<bracket>[()\[\]{{}}])|(?P<lone>[\"'`]|/\*)",
    re.S,
)
_HTML = re.compile(
    r"""(?P<skip><!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?P<raw>script|style)\b[^>]*>.*?</(?P=raw)\s*>
        |<(?P<tag>[!/]?[A-Za-z][^\s>"'<]*)(?:"[^"<]*"|'[^'<]*'|[^"'<>])*>)
     |(?P<lone><(?=[A-Za-z/!]))""",
    re.X | re.S | re.I,
)
_WORDS: Mapping[str, re.Pattern[str]] = {
    "c": _C,
    "cpp": _C,
    "css": _CSS,
    "html": _HTML,
    "javascript": _SCRIPT,
    "tsx": _SCRIPT,
}
ALWAYS_BALANCED = frozenset({"css"})
"""Grammars that take loose quotation marks for right."""
OPENERS = frozenset({"(", "[", "{", '"', "'", "`", "/*", "<", "#if", "<script>", "<style>"})


@dataclass(slots=True)
class _Reader:
    """What is open at a place, and what is loose so far: kinds and offsets."""

    open: list[tuple[str, int]] = field(default_factory=list)
    loose: list[tuple[str, int]] = field(default_factory=list)
    branches: list[tuple[list[tuple[str, int]], list[tuple[str, int]] | None]] = field(default_factory=list)

    def bracket(self, sign: str, at: int) -> None:
        """Open, or close the nearest one of its kind; what lies between is loose."""
        if sign not in _PAIRS:
            self.open.append((sign, at))
            return
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth][0] == _PAIRS[sign]:
                self.loose += self.open[depth + 1 :]
                del self.open[depth:]
                return
        self.loose.append((sign, at))

    def directive(self, word: str, at: int) -> None:
        """Follow the branches of the preprocessor: each starts with what was open before, and the first one counts."""
        if word in {"if", "ifdef", "ifndef"}:
            self.branches.append((list(self.open), None))
        elif not self.branches:
            if word == "endif":
                self.loose.append(("#endif", at))
        elif word in {"else", "elif", "elifdef", "elifndef", "endif"}:
            before, first = self.branches[-1]
            if first is not None and _kinds(self.open) != _kinds(first):
                self.loose.append(("#else", at))
            first = list(self.open) if first is None else first
            self.branches[-1] = (before, first)
            self.open = list(before)
            if word == "endif":
                self.branches.pop()
                self.open = first


def _kinds(found: list[tuple[str, int]]) -> list[str]:
    return [kind for kind, _ in found]


def loose_ends(grammar: str, source: str) -> Iterator[tuple[str, int]]:
    """What nothing closes, or what closes nothing: its kind and offset. A grammar without a reader has none."""
    pattern = _WORDS.get(grammar)
    if pattern is None:
        return
    reader = _Reader()
    for match in pattern.finditer(source):
        groups = match.groupdict()
        if groups.get("bracket"):
            reader.bracket(match[0], match.start())
        elif groups.get("directive"):
            reader.directive(groups["word"], match.start())
        elif groups.get("lone"):
            reader.loose.append((match[0], match.start()))
        elif groups.get("tag") and groups["tag"].lower() in {"script", "style"}:
            reader.loose.append((f"<{groups['tag'].lower()}>", match.start()))
    yield from reader.loose
    yield from reader.open
    yield from (("#if", 0) for _ in reader.branches)


def first_new_loose_end(grammar: str, old: str, new: str) -> tuple[str, int] | None:
    """Kind and offset in `new` of something loose that `old` had less often; None where it is as balanced as before."""
    known = Counter(kind for kind, _ in loose_ends(grammar, old))
    for kind, at in sorted(loose_ends(grammar, new), key=lambda end: end[1]):
        known[kind] -= 1
        if known[kind] < 0:
            return kind, at
    return None
