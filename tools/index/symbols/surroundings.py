"""Fits a new text between what stays around a symbol: its head, what shares its lines, separators, a last comment.

A symbol is shown by its lines, so a body often repeats what stands on them besides the symbol; and often it leaves out
the decorators and comments above, which then stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.index.symbols.comments import is_comment, leading, split_last
from tools.registry import ToolFailure

MARKS: Mapping[str, tuple[str, ...]] = {
    "c": ("[[",),
    "c-sharp": ("[",),
    "cpp": ("[[",),
    "java": ("@",),
    "javascript": ("@",),
    "php": ("#[",),
    "python": ("@",),
    "rust": ("#[",),
    "tsx": ("@",),
    "typescript": ("@",),
}
"""How decorators, attributes and annotations begin."""
_ENDLESS = re.compile(r"^\s*[^\s#].*[\w)\]}\"'`]$|^\s*[\w)\]}\"'`]$")
"""The last line of a statement that lacks its semicolon; no directive."""
_TAIL = re.compile(r"\s*(?P<separator>[,;])?\s*(?P<comment>\S.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The text around a symbol. `before` and `after` share its first and its last line; `core` is it without its head.

    `head` are the lines of comments and marks above, `marks` the latter alone, `marking` how such begin. `comments` are
    the beginnings of comments. `next_char` is the first character behind the symbol that is no blank.
    """

    before: str
    head: str
    core: str
    after: str
    marks: tuple[str, ...] = ()
    marking: tuple[str, ...] = ()
    inline: str = ""
    keyword: str = ""
    comments: tuple[str, ...] = ()
    next_char: str = ""
    indents: bool = False
    terminated: bool = False
    """Whether a semicolon ends it, and has to even behind a closing brace."""


@dataclass(slots=True)
class Fitted:
    """A new text for a symbol: what stays above it as it is, its lines, what is written for the rest of the last one.

    `kept` are lines that stay although the body has them not.
    """

    head: str
    lines: list[str]
    tail: str
    kept: list[str] = field(default_factory=list)

    def body(self, tail_stays: bool) -> str:
        """All below the head that is to be written."""
        return "\n".join(self.lines) + ("" if tail_stays else self.tail)


def unshared(body: str, around: Surroundings) -> str:
    """`body` without what it repeats of the text before and after the symbol on its lines."""
    before, after = around.before.strip(), around.after.strip()
    if not before and (not after or _tail(after, around) is not None):
        return body
    bare = body.strip()
    repeats = bare.startswith(before) and bare.endswith(after) and len(bare) > len(before) + len(after)
    if not repeats or _balance(before) + _balance(around.core) + _balance(after) != _balance(bare):
        return body
    lead = "" if before else body[: len(body) - len(body.lstrip(" \t"))]
    return lead + bare[len(before) : len(bare) - len(after)].strip()


def _balance(text: str) -> int:
    return sum((char in "([{") - (char in ")]}") for char in text)


def fit(lines: Sequence[str], around: Surroundings, indent: str, *, in_string: bool) -> Fitted:
    """The `lines` of a body that is at the place of the symbol, with what stays around it.

    `in_string` tells that the last line begins inside a string.

    Raises:
        ToolFailure: its last comment would swallow what follows on the line.
    """
    fitted = Fitted("", list(lines), around.after)
    _fit_tail(fitted, around, in_string=in_string)
    _fit_head(fitted, around, indent)
    return fitted


def unkeyed(lines: list[str], around: Surroundings) -> list[str]:
    """`lines` without the keyword of a statement in which the symbol stands beside others."""
    count = leading(lines, around.comments, around.marking)
    word = around.keyword
    if not word or count >= len(lines) or _begins(around.core, word):
        return lines
    line = lines[count]
    core = line.lstrip(" \t")
    rest = core[len(word) :].lstrip(" \t")
    if not _begins(core, word) or rest.startswith("("):
        return lines
    lines = [*lines[:count], line[: len(line) - len(core)] + rest, *lines[count + 1 :]]
    if around.next_char == ",":
        lines[-1] = lines[-1].removesuffix(";")
    return lines


def _begins(text: str, word: str) -> bool:
    return re.match(rf"{re.escape(word)}\s", text.lstrip()) is not None


def _fit_head(fitted: Fitted, around: Surroundings, indent: str) -> None:
    fitted.lines = lines = unkeyed(fitted.lines, around)
    count = leading(lines, around.comments, around.marking)
    if count >= len(lines):
        return
    core = lines[count].lstrip(" \t")
    missing = _missing(core, around)
    if missing:
        lines[count] = lines[count][: len(lines[count]) - len(core)] + missing + core
        fitted.kept.append(missing.strip())
    if not around.head.strip() or _is_mark(core, around.marking):
        return
    if not count:
        fitted.head = around.head
        fitted.kept += [line.strip() for line in around.head.split("\n") if line.strip()]
    elif around.marks:
        marks = [line for mark in around.marks for line in (indent + mark).split("\n")]
        fitted.lines = [*lines[:count], *marks, *lines[count:]]
        fitted.kept += [line.strip() for line in marks]


def _missing(core: str, around: Surroundings) -> str:
    """The first words of what stands before the symbol on its line that `core` leaves out, as if they were not its."""
    words = around.inline.split()
    if not words or _begins(core, words[0]) or _is_mark(core, around.marking):
        return ""
    following = [*words[1:], *around.core[len(around.inline) :].split()[:1]]
    count = next((n for n, word in enumerate(following, 1) if core.split()[0] == word), 0)
    if not count and words[0] == "export":
        count = 2 if words[1:2] == ["default"] else 1
    return "".join(f"{word} " for word in words[:count])


def _is_mark(text: str, marking: tuple[str, ...]) -> bool:
    return text.startswith(marking) and not text.startswith("@interface")


def _fit_tail(fitted: Fitted, around: Surroundings, *, in_string: bool) -> None:
    last = fitted.lines[-1]
    tail = _tail(around.after, around)
    old = (tail["comment"] or "").rstrip() if tail is not None else ""
    if not in_string:
        code, gap, comment = split_last(last, around.comments)
    elif old and last.endswith(old):
        code, gap, comment = last[: -len(old)].rstrip(), "", old
    else:
        code, gap, comment = last, "", ""
    if tail is None:
        if comment and not comment.endswith(("*/", "-->")):
            raise ToolFailure(
                f"the last line of body ends in a comment, but {around.after.strip()[:80]!r} follows on that line and "
                "would be part of it; leave the comment out, or use str_replace"
            )
        separator = around.after.lstrip()[:1]
    else:
        separator = tail["separator"] or ("," if around.next_char == "," else "")
    if separator in (",", ";") and code.endswith(separator):
        code = code.removesuffix(separator)
    elif around.core.endswith(";") and _ENDLESS.search(code) and (around.terminated or not code.endswith("}")):
        code += ";"
    if tail is None:
        fitted.lines[-1] = code + gap + comment
        return
    fitted.lines[-1] = code
    several = len(fitted.lines) - leading(fitted.lines, around.comments, around.marking)
    if comment and comment != old:
        fitted.tail = (tail["separator"] or "") + gap + comment
    elif old and not comment and around.indents and "\n" not in around.core and several > 1:
        fitted.tail = tail["separator"] or ""  # a remark on one line, which is no more


def _tail(after: str, around: Surroundings) -> re.Match[str] | None:
    """The separator and the comment that `after` consists of; None where it holds more."""
    found = _TAIL.fullmatch(after)
    if found is None or (found["comment"] and not is_comment(found["comment"], around.comments)):
        return None
    return found
