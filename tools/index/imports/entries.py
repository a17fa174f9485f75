"""Reads an import statement's node as entries, one for each thing that it brings in. Runs where grammars are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tools.index.imports.ecmascript import ecmascript
from tools.index.imports.entry import Entry, string, tight
from tools.index.syntax_tree import text_of

if TYPE_CHECKING:
    import tree_sitter

_REQUIRES = frozenset({"require", "require_relative", "load"})
_VERSION = re.compile(r"v\d+$")


def entries_of(language: str, source: bytes, node: tree_sitter.Node) -> list[Entry]:
    """The entries of an import statement; none where `node` is no import of a form that is known."""
    return list(_READERS[language](source, node))


def _python(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    origin = node.child_by_field_name("module_name")
    module = "__future__" if node.type == "future_import_statement" else tight(source, origin)
    if any(child.type == "wildcard_import" for child in node.children):
        yield Entry(f"from {module} import *", "", "", f"from {module} import *")
    for child in node.children_by_field_name("name"):
        alias = child.child_by_field_name("alias")
        name = tight(source, child.child_by_field_name("name") if alias is not None else child)
        local = tight(source, alias)
        piece = f"{name} as {local}" if local else name
        if not module:
            top = name.partition(".")[0]
            yield Entry(f"import {piece}", local or top, name if local else top, "import %s", piece)
        else:
            path = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
            yield Entry(
                f"from {module} import {name} as {local or name}",
                local or name,
                path,
                f"from {module} import %s",
                piece,
            )


def specs_of(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The specs of a Go import declaration, in order."""
    if node.type == "import_spec":
        return [node]
    return [spec for child in node.named_children for spec in specs_of(child)]


def _go(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    for spec in specs_of(node):
        path = string(source, spec.child_by_field_name("path"))
        name = tight(source, spec.child_by_field_name("name"))
        parts = [part for part in path.split("/") if not _VERSION.match(part)] or [path]
        binds = ("" if name in ("_", ".") else name) if name else parts[-1].partition(".")[0]
        yield Entry(f'{name} "{path}"'.strip(), binds, path, f'import {name} "{path}"'.replace("  ", " "))


def _rust(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    if node.type != "use_declaration":
        return
    seen = [child for child in node.named_children if child.type == "visibility_modifier"]
    sight = f"{tight(source, seen[0])} " if seen else ""
    for path, alias in _rust_leaves(source, node.child_by_field_name("argument"), ""):
        last = path.rpartition("::")[2]
        said = f"use {path} as {alias}" if alias else f"use {path}"
        also = () if sight else (f"pub {said}", f"pub(crate) {said}")
        binds = "" if "*" in path or alias == "_" else alias or last
        yield Entry(sight + said, binds, path, f"{sight}{said};", also=also)


def _rust_leaves(source: bytes, node: tree_sitter.Node | None, prefix: str) -> Iterator[tuple[str, str]]:
    if node is None or "comment" in node.type:
        return
    if node.type == "use_list":
        for child in node.named_children:
            yield from _rust_leaves(source, child, prefix)
    elif node.type == "scoped_use_list":
        path = tight(source, node.child_by_field_name("path"))
        yield from _rust_leaves(source, node.child_by_field_name("list"), f"{prefix}{path}::")
    elif node.type == "use_as_clause":
        path, alias = (tight(source, node.child_by_field_name(field)) for field in ("path", "alias"))
        yield (prefix.removesuffix("::") if path == "self" and prefix else prefix + path), alias
    elif node.type == "self" and prefix:
        yield prefix.removesuffix("::"), ""
    else:
        yield prefix + tight(source, node), ""


def _java(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    static = "static " if any(child.type == "static" for child in node.children) else ""
    path = "".join(tight(source, child) for child in node.children[1:] if child.type not in ("static", ";"))
    package, _, last = path.rpartition(".")
    wild = last == "*"
    also = () if wild else (f"{static}{package}.*",)
    yield Entry(static + path, "" if wild or static else last, path, f"import {static}{path};", also=also)


def _c(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    if node.type == "preproc_include":
        path = tight(source, node.child_by_field_name("path"))
        yield Entry(path, "", "", f"#include {path}")


def _c_sharp(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    words = [tight(source, child) for child in node.children if child.type != ";" and "comment" not in child.type]
    alias = tight(source, node.child_by_field_name("name"))
    said = " ".join(word for word in words if word not in ("global", "using"))
    everywhere = "global " if "global" in words else ""
    also = () if everywhere else (f"global {said}",)
    yield Entry(everywhere + said, alias, said, f"{everywhere}using {said};", also=also)


def _php(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    kinds = ("function", "const")
    kind = next((child.type for child in node.children if child.type in kinds), "")
    prefix = next((tight(source, child) for child in node.children if child.type == "namespace_name"), "")
    group = node.child_by_field_name("body")
    for clause in (group or node).named_children:
        if clause.type != "namespace_use_clause":
            continue
        own = tight(source, clause.child_by_field_name("type")) or kind
        alias_node = clause.child_by_field_name("alias")
        named = next(
            (c for c in clause.named_children if c.type in ("name", "qualified_name") and c != alias_node), None
        )
        path = (f"{prefix}\\" if group is not None and prefix else "") + tight(source, named)
        path = path.lstrip("\\")
        local = tight(source, alias_node) or path.rpartition("\\")[2]
        said = f"{own} {path}".strip() + (f" as {tight(source, alias_node)}" if alias_node is not None else "")
        yield Entry(f"{own} {path} as {local}", f"{own} {local}".strip(), path, f"use {said};")


def _ruby(source: bytes, node: tree_sitter.Node) -> Iterator[Entry]:
    if not is_ruby_require(source, node):
        return
    method, given = (node.child_by_field_name(field) for field in ("method", "arguments"))
    argument = given.named_child(0) if given is not None else None
    inner = argument.named_children if argument is not None else []
    plain = len(inner) == 1 and inner[0].type == "string_content"
    what = tight(source, inner[0]) if plain else tight(source, argument)
    yield Entry(f"{tight(source, method)} {what}", "", "", text_of(source, node))


def is_ruby_require(source: bytes, node: tree_sitter.Node) -> bool:
    """Whether a Ruby node is a bare ``require``, ``require_relative`` or ``load`` with an argument."""
    if node.type != "call" or node.child_by_field_name("receiver") is not None:
        return False
    method = node.child_by_field_name("method")
    return tight(source, method) in _REQUIRES and node.child_by_field_name("arguments") is not None


_READERS: dict[str, Callable[[bytes, tree_sitter.Node], Iterator[Entry]]] = {
    "python": _python,
    "javascript": ecmascript,
    "typescript": ecmascript,
    "tsx": ecmascript,
    "go": _go,
    "rust": _rust,
    "java": _java,
    "c": _c,
    "cpp": _c,
    "c-sharp": _c_sharp,
    "php": _php,
    "ruby": _ruby,
}
LANGUAGES = tuple(_READERS)
"""Names of the languages whose imports are understood."""
