"""Reads the imports of JavaScript and TypeScript, ``require`` among them, as entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.index.imports.entry import Entry, string, tight
from tools.index.syntax_tree import text_of

if TYPE_CHECKING:
    import tree_sitter

_SPACES = re.compile(r"\s+")


def ecmascript(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    """The entries of an import statement, or of a statement with ``require``."""
    if node.type != "import_statement":
        yield from _required(source, node)
        return
    end = ";" if node.children[-1].type == ";" else ""
    kinds = [child.type for child in node.children]
    mark = next((f"{word} " for word in ("type", "typeof") if word in kinds), "")
    clause = next((child for child in node.children if child.type in ("import_clause", "import_require_clause")), None)
    if clause is not None and clause.type == "import_require_clause":
        module = string(source, clause.child_by_field_name("source"))
        local = tight(source, clause.named_child(0))
        yield Entry(f"{mark}require {module} > {local}", local, f"{mark}{module}", text_of(source, node))
        return
    path = node.child_by_field_name("source")
    module = string(source, path)
    if path is None:
        return
    tail = source[path.start_byte : node.end_byte].decode("utf-8", "surrogateescape").rstrip("; \t\n") + end
    if clause is None:
        yield Entry(f"{module} #", "", "", f"import {tail}")
        return
    for child in clause.named_children:
        if child.type == "identifier":
            yield _ecma_entry(mark, module, "default", tight(source, child), f"import {mark}%s from {tail}", "")
        elif child.type == "namespace_import":
            local = tight(source, child.named_child(0))
            yield _ecma_entry(mark, module, "*", local, f"import {mark}%s from {tail}", f"* as {local}")
        elif child.type == "named_imports":
            for spec in child.named_children:
                if spec.type == "import_specifier":
                    own = next((f"{part.type} " for part in spec.children if part.type in ("type", "typeof")), mark)
                    name = tight(source, spec.child_by_field_name("name"))
                    local = tight(source, spec.child_by_field_name("alias")) or name
                    piece = _SPACES.sub(" ", text_of(source, spec))
                    yield _ecma_entry(own, module, name, local, f"import {mark}{{ %s }} from {tail}", piece)


def _ecma_entry(mark: str, module: str, name: str, local: str, form: str, piece: str) -> Entry:
    key = f"{module} # {name} > {local}"
    also = (key,) if mark else ()
    return Entry(mark + key, local, f"{mark}{module} # {name}", form, piece or local, also)


def _required(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    if node.type == "expression_statement":
        yield Entry(f"require {tight(source, node)}".rstrip(";"), "", "", text_of(source, node))
        return
    keyword = text_of(source, node.children[0])
    end = ";" if node.children[-1].type == ";" else ""
    for declared in node.named_children:
        name, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
        if name is None or not from_require(source, value):
            continue
        said = tight(source, value).replace('"', "'")
        written = f" = {text_of(source, value)}{end}" if value is not None else ""
        simple = ("shorthand_property_identifier_pattern", "pair_pattern")
        if name.type == "object_pattern" and all(part.type in simple for part in name.named_children):
            for part in name.named_children:
                key, local = part.child_by_field_name("key"), part.child_by_field_name("value")
                bound = tight(source, local) if key is not None else tight(source, part)
                form = f"{keyword} {{ %s }}{written}"
                thing = tight(source, key) if key is not None else bound
                yield Entry(f"{said} # {thing} > {bound}", bound, f"{said} # {thing}", form, text_of(source, part))
        else:
            bound = tight(source, name)
            yield Entry(f"{said} > {bound}", bound, said, f"{keyword} {text_of(source, name)}{written}")


def from_require(source: bytes, node: tree_sitter.Node | None) -> bool:
    """Whether an expression is ``require("…")``, or a member or call of what it gives."""
    while node is not None:
        called = node.child_by_field_name("function")
        if node.type == "call_expression" and called is not None and called.type == "identifier":
            return text_of(source, called) == "require"
        node = called if node.type == "call_expression" else node.child_by_field_name("object")
    return False
