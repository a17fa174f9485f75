"""Says in a line each what a definition is: its signature, and what its author wrote of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.index.languages import Language

if TYPE_CHECKING:
    import tree_sitter

_SIGNATURE = 200
_DOC = 100
_MOST_LINES = 200
"""Longer comments are no docs of what follows; a file may be one comment."""
_CODE = ("#!", "#[", "#include", "#define", "#if")
_ATTRIBUTES = ("#[", "@", "[[", "template <", "template<")
"""What may stand between a comment and its definition."""
_REFERENCE = re.compile(r"""<\w+ \w+=["'](?:\w:)?([^"']*)["'] */>""")
_TAG = re.compile(r"</?[A-Za-z]\w*(?: \w+=(?:\"[^\"]*\"|'[^']*'))* */?>")
_STRING = re.compile(rb"[rRuUbB]{0,2}(\"\"\"|'''|\"|')")


def signature(source: bytes, node: tree_sitter.Node, name_at: int, body: tree_sitter.Node | None) -> str:
    """The definition `node` up to its body, on one line; its name begins at byte `name_at`."""
    start, end = node.start_byte, node.end_byte
    if end - start > _SIGNATURE // 2:
        if body is None:
            value = node.child_by_field_name("value")
            body = (value.child_by_field_name("body") or value) if value is not None else None
        end = body.start_byte if body is not None and body.start_byte > name_at else end
        if body is None:
            line = source.find(b"\n", name_at)
            end = line if 0 <= line < end else end
    text = source[start : min(end, start + 3 * _SIGNATURE)].decode("utf-8", "replace")
    text = " ".join(text.split()).rstrip("{=:").rstrip()
    return text if len(text) <= _SIGNATURE else text[: _SIGNATURE - 1] + "…"


def doc(source: bytes, language: Language, start: int, body: tree_sitter.Node | None) -> str:
    """The first line of a definition's docstring, or of the comment above byte `start`; empty where there is none."""
    if language.name == "python":
        if body is None:
            return ""
        quote = _STRING.match(source, body.start_byte)
        if quote is None:
            return ""
        begin = quote.end()
        end = source.find(quote[1], begin, begin + 2000)
        return _first_line(source[begin : end if end >= 0 else begin + 2000])
    if language.data or source.find(b"\n", 0, start) < 0:
        return ""
    return _comment_above(source, language, start)


def _first_line(text: bytes) -> str:
    for line in text[:2000].decode("utf-8", "replace").split("\n"):
        if line.strip():
            return line.strip()[:_DOC].replace("\t", " ")
    return ""


def _comment_above(source: bytes, language: Language, start: int) -> str:
    """The first line of the comment that ends on the line above `start`, or above the attributes there."""
    line_start = source.rfind(b"\n", 0, start) + 1
    found = ""
    commented = block = False
    blocks = "/*" in language.comments
    for _ in range(_MOST_LINES):
        if line_start == 0:
            break
        above = source.rfind(b"\n", 0, line_start - 1) + 1
        line = source[above : line_start - 1].strip().decode("utf-8", "replace")
        if not block and blocks and line.endswith("*/") and (line.startswith("/*") or "/*" not in line):
            block = True
        if block or (line.startswith(language.comments) and not line.startswith(_CODE)):
            commented = True
            words = _plain(line)
            found = words if words and not words.startswith("@") else found
            block = block and "/*" not in line
        elif commented or not line.startswith(_ATTRIBUTES):
            break
        line_start = above
    return found[:_DOC].replace("\t", " ")


def _plain(line: str) -> str:
    """The words of one line of a comment, without its marks and tags."""
    words = line.removesuffix("-->").removesuffix("*/")
    words = words.lstrip("/*#! ") if not words.startswith("<") else words.lstrip("<!- ")
    return _TAG.sub("", _REFERENCE.sub(r"\1", words)).strip() if "<" in words else words.strip(" -")
