"""Constants: numbers, strings, and regular expressions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from tools.repair.rule import Change, Site


def change_integer(node: Any, site: Site) -> Iterator[Change]:
    """Another whole number: one off, the usual ones, one from the file."""
    text = site.text(node)
    start, end = node.start_byte, node.end_byte
    try:
        value = int(text.replace("_", ""), 0)
    except ValueError:
        return
    if site.has("unary", node.parent):
        start, value = node.parent.start_byte, -value if site.text(node.parent).startswith("-") else value
    yield start, end, str(value + 1), 1.0
    yield start, end, str(value - 1) if value else "-1", 1.0
    for other, weight in site.facts.language.constants["integer"]:
        if other != text:
            yield start, end, other, weight * 0.7
    if value not in (0, 1):
        yield start, end, str(-value), 0.3
        yield start, end, str(value * 10), 0.3
        yield start, end, str(value // 10), 0.3
        yield start, end, str(value * 2), 0.3
        yield start, end, str(value // 2), 0.3
    for other, _ in site.facts.integers.most_common(12):
        if other != text:
            yield start, end, other, 0.25
    for other in site.facts.asserted:
        if other != text and other.isdigit():
            yield start, end, other, 0.3


def change_constant(node: Any, site: Site) -> Iterator[Change]:
    """Another constant of the usual ones."""
    kind = "float" if site.has("float", node) else "string" if site.has("string", node) else node.type
    for other, weight in site.facts.language.constants.get(kind, ()):
        yield node.start_byte, node.end_byte, other, weight
    if kind == "float":
        text = site.text(node)
        for other in (
            f"-{text}",
            f"({text} * 10)",
            f"({text} / 10)",
            f"({text} + 1)",
            f"({text} - 1)",
            f"({text} * 2)",
        ):
            yield node.start_byte, node.end_byte, other, 0.3
    if kind == "none":
        for name in site.names()[:8]:
            yield node.start_byte, node.end_byte, name, 0.35


def change_string(node: Any, site: Site) -> Iterator[Change]:
    """Another string of the file, or this one a little different."""
    if node.end_byte - node.start_byte > 300:
        return
    text = site.text(node)
    others = [other for other, _ in site.facts.strings.most_common(400) if other != text]
    near = difflib.get_close_matches(text, others, n=6, cutoff=0.4)
    for rank, other in enumerate(near):
        yield node.start_byte, node.end_byte, other, 0.7 - 0.08 * rank
    for other in others[:10]:
        if other not in near:
            yield node.start_byte, node.end_byte, other, 0.2
    for other in site.facts.asserted:
        if other[-1] in "\"'" and other != text:
            yield node.start_byte, node.end_byte, other, 0.25
    for content in node.children:
        if site.has("string_content", content):
            yield from _string_content(content, site, text)


_ESCAPE = re.compile(r"\\[dDwWsSbB]")


_FLIP = {"d": "D", "D": "d", "w": "W", "W": "w", "s": "S", "S": "s", "b": "B", "B": "b"}


def _string_content(content: Any, site: Site, whole: str) -> Iterator[Change]:
    start, end = content.start_byte, content.end_byte
    raw = site.facts.source[start:end]
    if not raw.isascii() or b"\n" in raw:
        return
    text = raw.decode()
    for other, weight in (
        (text.strip(), 0.4),
        (text.lower(), 0.3),
        (text.upper(), 0.3),
        (text + " ", 0.3),
        (" " + text, 0.2),
    ):
        if other != text:
            yield start, end, other, weight
    if text in ("r", "w", "rb", "wb", "a"):
        for other in ("r", "w", "rb", "wb", "a"):
            if other != text:
                yield start, end, other, 0.5
    for a, b in (
        ("%s", "%r"),
        ("%r", "%s"),
        ("%d", "%s"),
        ("%s", "%d"),
        ("{}", "{!r}"),
        ("\\n", "\\r\\n"),
        ("/", "\\\\"),
    ):
        for match in re.finditer(re.escape(a), text):
            yield start + match.start(), start + match.end(), b, 0.3
    if len(text) <= 40:
        for index in range(len(text)):
            if text[index] != "\\" and (index == 0 or text[index - 1] != "\\"):
                yield start + index, start + index + 1, "", 0.2
    if re.search(r"[\\\[\](){}*+?^$|]", text) and ("r" in whole[:2] or "\\" in text or "[" in text):
        yield from _regex(text, start)


def _regex(text: str, start: int) -> Iterator[Change]:
    for match in _ESCAPE.finditer(text):
        letter = match.group()[1]
        yield start + match.start(), start + match.end(), "\\" + _FLIP[letter], 0.4
        for other in "dws":
            if other not in (letter, _FLIP[letter]):
                yield start + match.start(), start + match.end(), "\\" + other, 0.4
    for index, char in enumerate(text):
        escaped = index > 0 and text[index - 1] == "\\"
        if char in "+*?" and not escaped:
            for other in ("+", "*", "?", "+?", "*?"):
                if other != char:
                    yield start + index, start + index + 1, other, 0.6
        if char in ")]" and not escaped:
            for other in "*+?":
                yield start + index + 1, start + index + 1, other, 0.5
        if char == "[" and not escaped:
            if text[index + 1 : index + 2] == "^":
                yield start + index + 1, start + index + 2, "", 0.4
            else:
                yield start + index + 1, start + index + 1, "^", 0.2
        if char == "]" and not escaped:
            for extra in ("_", "-", ".", "+", "0-9", "a-z", "A-Z", "\\w", "\\s", "\\d"):
                yield start + index, start + index, extra, 0.25
        if char == "." and not escaped:
            yield start + index, start + index + 1, "\\.", 0.4
        if char == "(" and not escaped:
            yield start + index + 1, start + index + 1, "?:", 0.15
    yield start, start, "^", 0.3
    yield start + len(text), start + len(text), "$", 0.4
    yield start + len(text), start + len(text), "\\Z", 0.2
