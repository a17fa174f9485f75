"""Finds in a syntax tree the imports of a file and where one more may go. Runs where grammars are loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.index.imports.entries import entries_of, specs_of
from tools.index.imports.header import header_length
from tools.index.imports.kinds import held_imports, is_comment, kind_of
from tools.index.languages import Language
from tools.index.syntax_tree import parse, text_of

if TYPE_CHECKING:
    import tree_sitter

_BLANKS = re.compile(rb"[ \t]*")
_IMPORTS = re.compile(
    rb"^[ \t]*(?:import|from|use|using|require\w*|package|namespace|\#[ \t]*include|<\?php)\b", re.MULTILINE
)
"""What may be an import, or what comes before them, in text that does not parse."""
_GUARD = re.compile(rb"#\s*if\s+!\s*defined\s*\(?\s*(\w+)\s*\)?\s*(?://.*|/\*.*)?$", re.MULTILINE)


_TOKENS = frozenset({"{", "}", ";", "#endif", "\n", "text"})
"""What says nothing between statements; ``text`` is what PHP passes on."""


def imports_of(source: bytes, language: Language) -> dict[str, Any]:
    """What `source` imports, and the places for more, of values that JSON knows. Offsets are bytes.

    ``imports``: each import at the top level with ``start``, ``end``, ``line``, ``entries`` (see `Entry`), ``run`` (it
    is one of the first run of imports), ``held`` (``try`` or ``if``: it is conditional), ``place`` (where a line after
    it goes), ``specs`` (Go: start, end and path of each spec), ``alone`` (it has its line to itself) and ``remarked``
    (a comment is in it). ``top``: the place of a first import, None where there is none, and ``why`` then. ``clean``:
    it is imports and nothing else. A place is ``at``, ``before`` and ``after``: a new line is written at that offset
    between these two texts.
    """
    walk = _Walk(source, language.name)
    walk.over(*_container(source, language.name, parse(source, language)))
    return {
        "imports": walk.imports,
        "top": walk.top,
        "why": walk.why,
        "clean": walk.clean,
    }


def _container(source: bytes, language: str, root: tree_sitter.Node) -> tuple[tree_sitter.Node, list[Any], str, str]:
    """The root, the statements among which imports stand, the name of the include guard, and what is wrong."""
    code = [child for child in root.children if not is_comment(child)]
    if language in ("c", "cpp") and len(code) == 1 and code[0].type in ("preproc_ifdef", "preproc_if"):
        name = _guarded(source, code[0])
        if name:
            inner = [child for child in code[0].children if child.start_byte > _line_end(source, code[0].start_byte)]
            before = [child for child in root.children if child.end_byte <= code[0].start_byte]
            return root, [*before, *inner], name, ""
    if language == "php":
        spaces = [child for child in code if child.type == "namespace_definition"]
        if len(spaces) > 1:
            return root, list(root.children), "", "the file holds several namespaces"
        body = spaces[0].child_by_field_name("body") if spaces else None
        if body is not None:
            return body, list(body.children), "", ""
    if language == "c-sharp" and not any(child.type == "using_directive" for child in code):
        bodies = [child.child_by_field_name("body") for child in code if child.type == "namespace_declaration"]
        body = bodies[0] if len(bodies) == 1 else None
        if body is not None and any(child.type == "using_directive" for child in body.children):
            return body, list(body.children), "", ""
    return root, list(root.children), "", ""


def _guarded(source: bytes, node: tree_sitter.Node) -> str:
    """The name of the macro that guards a header against a second inclusion; empty where `node` is no such guard."""
    if node.type == "preproc_ifdef":
        named = node.child_by_field_name("name")
        name = text_of(source, named) if named is not None and node.children[0].type == "#ifndef" else ""
    else:
        found = _GUARD.match(source[node.start_byte : _line_end(source, node.start_byte)])
        name = found[1].decode() if found else ""
    defined = next((child for child in node.named_children if child.type == "preproc_def"), None)
    own = defined.child_by_field_name("name") if defined is not None else None
    if node.child_by_field_name("alternative") is not None or own is None:
        return ""
    return name if text_of(source, own) == name else ""


def _has_comment(node: tree_sitter.Node) -> bool:
    return any(is_comment(child) or _has_comment(child) for child in node.children)


def _line_end(source: bytes, at: int) -> int:
    end = source.find(b"\n", at)
    return len(source) if end < 0 else end


@dataclass(slots=True)
class _Walk:
    """One walk over the statements of a file, from its start."""

    source: bytes
    language: str
    imports: list[dict[str, Any]] = field(default_factory=list)
    top: dict[str, Any] | None = None
    why: str = ""
    clean: bool = True
    _head: int = -1
    """Where the header ends so far; -1 where there is none."""
    _brace: bool = False
    """Whether the header so far is only the brace that opens a block."""
    _pending: list[tree_sitter.Node] = field(default_factory=list)
    """Comments and attributes before the first statement that is no header."""
    _started: bool = False
    """Whether that statement was met."""
    _ended: bool = False
    """Whether the first run of imports has ended."""
    _conditional: bool = False
    """Whether an attribute makes the next statement conditional."""

    def over(self, container: tree_sitter.Node, children: list[tree_sitter.Node], guard: str, why: str) -> None:
        """Walk; fills all fields. `guard` is the name of the include guard, `why` what is wrong with the file."""
        self.why, self.clean, self._ended = why, not container.has_error, bool(why)
        for child in children:
            if child.type == "{":
                self._head, self._brace = child.end_byte, True
            if child.type in _TOKENS or not (child.end_byte > child.start_byte or child.is_missing):
                continue
            inner = self._inner_doc(child)
            if is_comment(child) and not inner:
                if not self._started and not self._beside(child):
                    self._pending.append(child)
            elif child.type == "attribute_item" and self.language == "rust":
                self._conditional = self._conditional or b"cfg" in self._text(child)
                if not self._started:
                    self._pending.append(child)
            else:
                kind = "header" if inner else kind_of(self.language, self.source, child, guard)
                self._statement(children, child, kind)
                self._conditional = False
        if not self._started:
            self._place_top(None, "")
        if why:
            self.top = None

    def _statement(self, children: list[tree_sitter.Node], child: tree_sitter.Node, kind: str) -> None:
        if kind == "header" and self._started:
            kind = "code" if self.language == "python" else "neutral"
        self.clean = self.clean and kind in ("import", "header")
        if kind == "header":
            self._head, self._brace, self._pending = self._end(child), False, []
            return
        if not self._started:
            self._started = True
            self._place_top(child, kind)
        if kind == "import":
            self._note(children, child)
        elif kind == "conditional":
            self._note_held(child)
        elif kind in ("code", "error"):
            if kind == "error" and not self._ended and not self.imports and _IMPORTS.search(self._text(child)):
                self.top = None
                self.why = f"line {child.start_point[0] + 1} does not parse"
            self._ended = True

    def _text(self, node: tree_sitter.Node) -> bytes:
        return self.source[node.start_byte : node.end_byte]

    def _inner_doc(self, node: tree_sitter.Node) -> bool:
        """Whether a comment documents what it is in (Rust), and so must come first."""
        return self.language == "rust" and self.source[node.start_byte : node.start_byte + 3] in (b"//!", b"/*!")

    def _beside(self, comment: tree_sitter.Node) -> bool:
        """Take a comment on the line where the header ends as part of it."""
        if self._head < 0 or b"\n" in self.source[self._head : comment.start_byte]:
            return False
        self._head = self._end(comment)
        return True

    def _end(self, node: tree_sitter.Node) -> int:
        """The end of a node without the line end that some grammars count in, with a semicolon that they count out."""
        text = self.source[node.start_byte : node.end_byte]
        end = node.start_byte + len(text.rstrip())
        blanks = _BLANKS.match(self.source, end)
        after = blanks.end() if blanks else end
        return after + 1 if self.source[after : after + 1] == b";" else end

    def _note(self, children: list[tree_sitter.Node], node: tree_sitter.Node) -> None:
        entries = entries_of(self.language, self.source, node)
        end = node.start_byte + len(self.source[node.start_byte : node.end_byte].rstrip())
        self.imports.append(
            {
                "start": node.start_byte,
                "end": end,
                "line": node.start_point[0] + 1,
                "entries": [list(entry) for entry in entries],
                "run": not self._ended,
                "held": "if" if self._conditional else "",
                "place": self._after(children, node),
                "specs": self._specs(node) if self.language == "go" else [],
                "alone": self._alone(node, end),
                "remarked": _has_comment(node),
            }
        )

    def _specs(self, node: tree_sitter.Node) -> list[list[Any]]:
        return [
            [spec.start_byte, spec.end_byte, text_of(self.source, path)[1:-1]]
            for spec in specs_of(node)
            if (path := spec.child_by_field_name("path")) is not None
        ]

    def _alone(self, node: tree_sitter.Node, end: int) -> bool:
        """Whether a statement of one line has its line to itself, without a comment."""
        start = self.source.rfind(b"\n", 0, node.start_byte) + 1
        line = self.source[start : _line_end(self.source, node.start_byte)].strip()
        return line == self.source[node.start_byte : end] and not _has_comment(node)

    def _note_held(self, node: tree_sitter.Node) -> None:
        tried = node.type in ("try_statement", "begin")
        body = node.child_by_field_name("body") if tried else None
        for held in held_imports(self.language, self.source, node):
            inside = (node.type == "begin" and held.parent == node) or (body is not None and held.parent == body)
            entries = entries_of(self.language, self.source, held)
            self.imports.append(
                {
                    "start": held.start_byte,
                    "end": held.end_byte,
                    "line": held.start_point[0] + 1,
                    "entries": [list(entry) for entry in entries],
                    "run": False,
                    "held": "try" if tried and inside else "if",
                    "place": None,
                    "specs": [],
                    "alone": False,
                    "remarked": False,
                }
            )

    def _after(self, children: list[tree_sitter.Node], node: tree_sitter.Node) -> dict[str, Any]:
        """The place of a line after `node`."""
        end = self._end(node)
        indent = self._indent(node.start_byte)
        if self.language == "python":
            # What follows on the same line may end in the middle of another one (a string of several lines).
            moved = True
            while moved:
                line = _line_end(self.source, end)
                ends = [self._end(child) for child in children if child.start_byte < line]
                moved = max(ends) > line
                end = max(ends) if moved else end
            return {"at": _line_end(self.source, end), "before": "\n" + indent, "after": ""}
        for child in children:
            if is_comment(child) and child.start_byte >= end:
                if self.source[end : child.start_byte].strip(b" \t"):
                    break
                end = self._end(child)
        line = _line_end(self.source, end)
        if self.source[end:line].strip():
            return {"at": end, "before": "\n" + indent, "after": "\n"}
        return {"at": line, "before": "\n" + indent, "after": ""}

    def _indent(self, at: int) -> str:
        start = self.source.rfind(b"\n", 0, at) + 1
        found = _BLANKS.match(self.source, start)
        return found[0].decode() if found and found.end() <= at else ""

    def _place_top(self, following: tree_sitter.Node | None, kind: str) -> None:
        """The place of a first import: below the header, above the first code and what belongs to that."""
        bounds = [(node.start_byte, self._end(node)) for node in self._pending]
        start = following.start_byte if following is not None else None
        comments = [bound for bound, node in zip(bounds, self._pending, strict=True) if is_comment(node)]
        if len(comments) < len(bounds):  # attributes are no header
            cut = next(n for n, node in enumerate(self._pending) if not is_comment(node))
            comments, start = bounds[:cut], bounds[cut][0]
        defines = following is not None and kind == "code"
        count = header_length(self.source, comments, start, self.language, defines=defines)
        if count:
            self._head, self._brace = comments[count - 1][1], False
        first = bounds[count][0] if count < len(bounds) else start
        tight = kind in ("import", "conditional")
        if self._head < 0:
            if self.language in ("go", "php"):
                self.why = "it has no package clause" if self.language == "go" else "it has no <?php"
                return
            at = len(self.source) if first is None else first
            line = self.source.rfind(b"\n", 0, at) + 1
            self.top = {"at": line, "before": "", "after": "\n" if tight or first is None else "\n\n"}
            return
        self._top_below(first, following, tight)

    def _top_below(self, first: int | None, following: tree_sitter.Node | None, tight: bool) -> None:
        indent = self._indent(following.start_byte if following is not None else self._head) if self._brace else ""
        gap = ("\n" if self._brace else "\n\n") + indent
        line = _line_end(self.source, self._head)
        if self.source[self._head : line].strip():
            if self.language == "python":
                self.why = f"line {self.source.count(10, 0, self._head) + 1} holds header and code"
                return
            self.top = {"at": self._head, "before": gap if first is None else "\n" + indent, "after": "\n"}
            return
        rest = self.source[line:]
        spaced = not rest.strip() or bool(re.match(rb"\n[ \t]*(?:\n|$)", rest))
        self.top = {"at": line, "before": gap, "after": "" if tight or spaced else "\n"}
