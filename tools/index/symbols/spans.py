"""Says for each definition of a file which bytes belong to it: decorators, ``export``, the comments attached above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tools.index.languages import Language
from tools.index.outline.extract import Symbol, extract_tree

if TYPE_CHECKING:
    import tree_sitter

_ATTACHED = ("comment", "attribute", "decorator", "annotation")
_MARKS = frozenset(
    {"annotation", "attribute_declaration", "attribute_item", "attribute_list", "decorator", "marker_annotation"}
)
_KEEP = ("#!", "# -*-", "# type: ignore", "// @ts-", "/* eslint", "// Copyright", "# Copyright", "/*! ", "//!", "/*!")
_INLINE = frozenset({"go", "javascript", "ruby", "tsx", "typescript"})
_C_STATEMENTS = frozenset({"type_definition", "field_declaration"})


class Span(NamedTuple):
    """A definition with its surroundings; all places are bytes.

    `outer_start` to `outer_end` is all that belongs to it. Its head, comments and marks (decorators, attributes,
    annotations) on lines of their own, ends at `core_start`; `marks` are those of the latter kind, each from where to
    where. `inline` are words before it on its first line (``export const``, Ruby's ``private``).

    `keyword` is the word of the statement in which it stands beside others (``const``, ``type``), which lies from
    `whole_start` to `whole_end`. `together` are the names that the same text also declares.
    """

    symbol: Symbol
    outer_start: int
    outer_end: int
    outer_line: int
    core_start: int = 0
    marks: tuple[tuple[int, int], ...] = ()
    inline: str = ""
    keyword: str = ""
    whole_start: int = 0
    whole_end: int = 0
    together: tuple[str, ...] = ()


def spans(source: bytes, language: Language) -> list[Span]:
    """All definitions of `source`, in order."""
    root, symbols = extract_tree(source, language)
    ending: dict[int, list[Symbol]] = defaultdict(list)
    for symbol in symbols:
        ending[symbol.end].append(symbol)
    return [_span(source, root, symbol, language, _others(symbol, ending[symbol.end])) for symbol in symbols]


def _others(symbol: Symbol, ending: list[Symbol]) -> tuple[str, ...]:
    """The names that its text declares too (``int a, b;``, ``a = b = 1``), of the symbols that end where it does."""
    chain = symbol.kind == "variable"
    return tuple(
        other.name
        for other in ending
        if other.name_at != symbol.name_at
        and (other.start == symbol.start or (chain and other.kind == "variable" and other.start > symbol.start))
    )


def _span(source: bytes, root: tree_sitter.Node, symbol: Symbol, language: Language, together: tuple[str, ...]) -> Span:
    start, end = symbol.start, symbol.end
    top = _topmost(root.descendant_for_byte_range(start, end), start, end)
    marks: list[tuple[int, int]] = []
    keyword, whole, core, inline = "", (start, end), start, ""
    if top is not None:
        top = _unwrapped(top, language)
        start, end = top.start_byte, _end(source, top, language)
        keyword, whole = _statement(source, top, language)
        marks, core = _inner_marks(source, top)
        inline = _inline(source, core, symbol.start, language)
    end = _trimmed(source, start, end)
    if source[end : end + 1] == b";" and language.name not in ("bash", "python"):
        end += 1
    if language.indents and symbol.kind not in ("variable", "constant"):
        end = _with_comments_inside(source, core, end)
    above, start = _attached(source, root, start, language)
    whole = min(start, whole[0]), max(end, _trimmed(source, *whole))
    line = symbol.line - source.count(b"\n", start, symbol.start)
    return Span(symbol, start, end, line, core, (*above, *marks), inline, keyword, *whole, together)


def _topmost(node: tree_sitter.Node | None, start: int, end: int) -> tree_sitter.Node | None:
    """The outermost node that is exactly `start` to `end`."""
    if node is None or (node.start_byte, node.end_byte) != (start, end):
        return None
    while node.parent is not None and (node.parent.start_byte, node.parent.end_byte) == (start, end):
        if node.parent.parent is None:
            break  # the root: a file with one definition and nothing else
        node = node.parent
    return node


def _unwrapped(node: tree_sitter.Node, language: Language) -> tree_sitter.Node:
    """`node` with the nodes around it that are there for it alone."""
    while (parent := node.parent) is not None:
        call = parent if node.type == "argument_list" else parent.parent
        if language.name == "ruby" and call is not None and _is_call(call) and call.end_byte == node.end_byte:
            node = call
            continue
        wraps = parent.type in language.wrappers or parent.type == "friend_declaration"
        if not wraps or not _alone(parent, node):
            break
        node = parent
    return node


def _inline(source: bytes, core: int, start: int, language: Language) -> str:
    """What stands before a definition on its first line as part of it (``private``, ``export const``)."""
    before = source[core:start].decode("utf-8", "replace")
    return "" if "\n" in before or language.name not in _INLINE else before


def _is_call(node: tree_sitter.Node) -> bool:
    """Whether it is a call like ``private def f`` on one line: of a bare name with one definition, without a block."""
    receiver, block = node.child_by_field_name("receiver"), node.child_by_field_name("block")
    arguments = node.child_by_field_name("arguments")
    if node.type != "call" or receiver is not None or block is not None or arguments is None:
        return False
    inner = arguments.named_children
    defines = len(inner) == 1 and inner[0].type in ("method", "singleton_method", "assignment", "call")
    return defines and arguments.start_point[0] == node.start_point[0] and arguments.children[0].type != "("


def _alone(parent: tree_sitter.Node, inner: tree_sitter.Node) -> bool:
    """Whether nothing but `inner` is defined in `parent` (``const a = 1, b = 2`` has two)."""
    if any(child.type == "(" for child in parent.children):
        return False  # a group in Go, be it of one
    declared = parent.children_by_field_name("declarator")
    others = [child for child in parent.named_children if child != inner]
    return not any(child in declared or child.type.endswith(("declarator", "_spec", "assignment")) for child in others)


def _statement(source: bytes, top: tree_sitter.Node, language: Language) -> tuple[str, tuple[int, int]]:
    """The keyword and the bytes of the statement in which `top` stands beside others; of a group only the keyword."""
    parent = top.parent
    if parent is not None and parent.type.endswith("_spec_list"):
        parent = parent.parent
    around = language.wrappers | _C_STATEMENTS if language.name in ("c", "cpp") else language.wrappers
    if parent is None or parent.type not in around:
        return "", (top.start_byte, top.end_byte)
    first = parent.children[0]
    word = source[first.start_byte : first.end_byte].decode("utf-8", "replace")
    keyword = word if not first.is_named and word.isalpha() else ""
    if top.parent != parent or any(child.type == "(" for child in parent.children):
        return keyword, (top.start_byte, top.end_byte)
    whole = _unwrapped(parent, language)
    return keyword, (whole.start_byte, whole.end_byte)


def _inner_marks(source: bytes, top: tree_sitter.Node) -> tuple[list[tuple[int, int]], int]:
    """The marks with which `top` begins, and where it goes on; none where that is on the same line."""
    marks: list[tuple[int, int]] = []
    for child in _opened(top):
        if child.type in _MARKS:
            marks.append((child.start_byte, child.end_byte))
        elif "comment" not in child.type:
            if marks and _starts_line(source, child.start_byte):
                return marks, child.start_byte
            break
    return [], top.start_byte


def _opened(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    for child in node.children:
        if child.type == "modifiers":
            yield from child.children
        else:
            yield child


def _end(source: bytes, top: tree_sitter.Node, language: Language) -> int:
    if language.name == "ruby":
        # The text of a here-document stands behind the statement that opens it.
        end, after = top.end_byte, top.next_sibling
        while after is not None and after.type == "heredoc_body":
            end, after = after.end_byte, after.next_sibling
        return end
    if language.name not in ("yaml", "toml"):
        return top.end_byte
    node: tree_sitter.Node | None = top
    while node is not None:  # comments at the end of a mapping or table are about what follows
        end = node.end_byte
        whole = node.type.endswith(("scalar", "string"))
        solid = [child for child in node.children if child.type != "comment" and not whole]
        node = next((c for c in reversed(solid) if source[c.start_byte : c.end_byte].strip()), None)
    return end


def _trimmed(source: bytes, start: int, end: int) -> int:
    while end > start and source[end - 1 : end].isspace():
        end -= 1
    return end


def _with_comments_inside(source: bytes, start: int, end: int) -> int:
    """`end`, moved over the comments that follow and are indented as part of a definition of several lines."""
    if source.find(b"\n", start, end) < 0:
        return end
    line_end = _line_end(source, end)
    if source[end:line_end].lstrip().startswith(b"#"):
        end = _trimmed(source, end, line_end)
    column = _column(source[source.rfind(b"\n", 0, start) + 1 : start])
    while line_end < len(source):
        start, line_end = line_end + 1, _line_end(source, line_end + 1)
        text = source[start:line_end]
        if not text.strip():
            continue
        if not text.lstrip().startswith(b"#") or _column(text) <= column:
            break
        end = _trimmed(source, start, line_end)
    return end


def _line_end(source: bytes, at: int) -> int:
    end = source.find(b"\n", at)
    return len(source) if end < 0 else end


def _column(text: bytes) -> int:
    return len(text[: len(text) - len(text.lstrip())].expandtabs(8))


def _attached(
    source: bytes, root: tree_sitter.Node, start: int, language: Language
) -> tuple[list[tuple[int, int]], int]:
    """The marks above `start`, and where the comments and marks begin that end on the line above, line by line."""
    marks: list[tuple[int, int]] = []
    while True:
        line = source.rfind(b"\n", 0, start) + 1
        if line == 0 or source[line:start].strip():
            return marks, start
        above_end = line - 1
        above = source.rfind(b"\n", 0, above_end) + 1
        text = source[above:above_end]
        if not text.strip():
            return marks, start
        last = above + len(text.rstrip()) - 1
        node = root.descendant_for_byte_range(last, last + 1)
        while node is not None and not _is_attached(node):
            node = node.parent
        while node is not None and node.parent is not None and _is_attached(node.parent):
            node = node.parent  # a comment of Rust has its text as a node inside
        if node is None or not _starts_line(source, node.start_byte):
            return marks, start
        end = _trimmed(source, node.start_byte, node.end_byte)
        comment = source[node.start_byte : node.start_byte + 20].decode("latin-1")
        if end > line or comment.startswith(_KEEP):
            return marks, start
        start = node.start_byte
        if "comment" not in node.type:
            marks.insert(0, (start, end))


def _is_attached(node: tree_sitter.Node) -> bool:
    return any(word in node.type for word in _ATTACHED)


def _starts_line(source: bytes, at: int) -> bool:
    return not source[source.rfind(b"\n", 0, at) + 1 : at].strip()
