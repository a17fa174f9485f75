"""Finds the syntax errors of a source by one grammar, and those that an edit brought.

Errors are compared as multisets of (kind, symbol, text), so that a file that was broken before stays editable.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools import text
from tools.edit.languages import load

_KEY = 120
_WITH_REGEX = ("javascript", "typescript", "tsx")
_WITHOUT_SCRIPT = ("c", "cpp")
_ENDED = frozenset({";", "declaration", "function_definition", "type_definition", "struct_specifier", "enum_specifier"})
_NO_HEAD = "a block outside of any function: {"
_CSS_WORDS = re.compile(rb"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\burl\([^)\n]*\)", re.S)
_TWO_DECLARATIONS = re.compile(rb"(?<=[{;\n])[ \t]*([-a-z]+):(?![^;{}\n]*\()[^;{}\n]*\n\s*[-a-z]+:[ \t][^;{}\n]*[;}]")
_MOST = 500
"""Errors collected of one file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A syntax error: bytes `start` to `end`, on `line` (from 1); `key` compares it with those of another version."""

    key: tuple[str, str, str]
    line: int
    start: int
    end: int
    message: str


def new_faults(grammar: str, old: bytes, new: bytes) -> list[Fault]:
    """The errors of `new` that `old` did not have, by one grammar; both as `as_utf8` gives them."""
    now = list(faults(grammar, new))
    if not now:
        return []
    before = list(faults(grammar, old))
    known = Counter(fault.key for fault in before)
    fresh = []
    for fault in now:
        if known[fault.key]:
            known[fault.key] -= 1
        else:
            fresh.append(fault)
    if len(now) <= len(before) and _touched(before, old, new):
        return []  # an edit of what was broken anyway, and it is no more broken than it was
    return fresh


def faults(grammar: str, source: bytes) -> Iterator[Fault]:
    """Errors of `source`, outermost ones only, in order."""
    from tree_sitter import Parser

    cursor = Parser(load(grammar)).parse(source).walk()
    yield from _taken_for_right(grammar, cursor.node, source)
    for _ in range(_MOST):
        node = cursor.node
        while node is not None and not (node.is_error or node.is_missing):
            if node.has_error and cursor.goto_first_child():
                node = cursor.node
                continue
            node = cursor.node if _forward(cursor) else None
        if node is None:
            return
        parent = node.parent.type if node.parent is not None else ""
        piece = source[node.start_byte : node.start_byte + _KEY * 4].decode("utf-8", "replace")
        piece = " ".join(piece[: max(0, node.end_byte - node.start_byte)].split())[:_KEY]
        kind = "missing" if node.is_missing else "error"
        symbol = node.type if node.is_missing else parent
        message = f"missing {node.type!r}" if node.is_missing else f"does not parse: {piece[:80]}"
        line = node.start_point[0] + 1
        yield Fault((kind, symbol, piece), line, node.start_byte, node.end_byte, message)
        if not _forward(cursor):
            return


def _taken_for_right(grammar: str, root: Any, source: bytes) -> Iterator[Fault]:
    """What is wrong although the grammar takes it."""
    if grammar in _WITH_REGEX:
        yield from _comments_without_end(root, source)
    if grammar == "javascript":
        yield from _constants_without_value(root, source)
    if grammar == "css":
        yield from _declarations_without_end(source)
    if grammar in _WITHOUT_SCRIPT and not root.has_error:
        yield from _bodies_without_head(root)


def _declarations_without_end(source: bytes) -> Iterator[Fault]:
    """Declarations of CSS that go on into the next one, as a semicolon is lost."""
    plain = _CSS_WORDS.sub(lambda match: re.sub(rb"[^\n]", b"x", match[0]), source)
    for match in itertools.islice(_TWO_DECLARATIONS.finditer(plain), _MOST):
        line = source.count(b"\n", 0, match.start(1)) + 1
        name = match[1].decode("ascii", "replace")
        message = f"missing ';' after the value of {name!r}"
        yield Fault(("missing", ";", name), line, match.start(1), match.end(), message)


def _constants_without_value(root: Any, source: bytes) -> Iterator[Fault]:
    """Names that ``const`` declares and never sets, as when the line was cut off (ECMA-262, 14.3.1.1)."""
    for match in itertools.islice(re.finditer(rb"\bconst\b", source), 10 * _MOST):
        word = root.descendant_for_byte_range(*match.span())
        declaration = word.parent if word is not None and word.type == "const" else None
        if declaration is None or declaration.type != "lexical_declaration":
            continue
        for node in declaration.named_children:
            if node.type == "variable_declarator" and node.child_by_field_name("value") is None:
                name = source[node.start_byte : node.end_byte].decode("utf-8", "replace")[:_KEY]
                message = f"const {name[:60]} is given no value"
                yield Fault(("missing", "=", name), node.start_point[0] + 1, node.start_byte, node.end_byte, message)


def _bodies_without_head(root: Any) -> Iterator[Fault]:
    """The first block in braces outside of any function, as when the line with the function's name is lost."""
    before = ";"
    for node in root.children:
        if node.type == "compound_statement" and before in _ENDED:
            yield Fault(("error", "block", "{"), node.start_point[0] + 1, node.start_byte, node.end_byte, _NO_HEAD)
            return
        if node.type != "comment":
            before = node.type


def _comments_without_end(root: Any, source: bytes) -> Iterator[Fault]:
    """Comments that never end and were read as regular expressions up to the next slash: none begins with a star."""
    for match in itertools.islice(re.finditer(rb"/\*", source), _MOST):
        start = match.start()
        node = root.descendant_for_byte_range(start, start + 1)
        while node is not None and node.start_byte == start and node.type != "regex":
            node = node.parent
        if node is not None and node.type == "regex" and node.start_byte == start:
            line = node.start_point[0] + 1
            yield Fault(("error", "comment", "/*"), line, start, node.end_byte, "a comment without an end: /*")


def _forward(cursor: Any) -> bool:
    """Go to the next node that is not below this one; False at the end. Iterative: trees may be very deep."""
    while not cursor.goto_next_sibling():
        if not cursor.goto_parent():
            return False
    return True


def _touched(before: list[Fault], old: bytes, new: bytes) -> bool:
    """Whether the edit from `old` to `new` lies in or at an error of `old`."""
    low, high = changed(old, new)
    high -= len(new) - len(old)
    return any(fault.start <= high and low <= fault.end for fault in before)


def changed(old: bytes, new: bytes) -> tuple[int, int]:
    """The bytes of `new` outside of which it is as `old`: start and end."""
    low = _common(old, new)
    return low, len(new) - _common(old[low:][::-1], new[low:][::-1])


def _common(a: bytes, b: bytes) -> int:
    """Length of the common prefix, by halving."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def as_utf8(data: bytes) -> bytes:
    """The text in the encoding that parsers want; a lone ``\\r`` as line end (which they do not know) as ``\\n``."""
    decoded = text.decode(data)
    content = decoded.content.removeprefix("\ufeff")
    if decoded.eol == "\r":
        content = content.replace("\r", "\n")
    return content.encode("utf-8", "replace")
