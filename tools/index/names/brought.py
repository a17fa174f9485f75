"""Reads what each import of a file brings, and where it binds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tools.index.languages import Language
from tools.index.names.survey import Brought
from tools.index.syntax_tree import Captures, matches, text_of

if TYPE_CHECKING:
    import tree_sitter

_ECMA = frozenset({"javascript", "typescript", "tsx"})
_FILES = frozenset({"c", "cpp", "ruby", "bash", "css", "html"})
"""Languages that import files, and with them all that is in them."""


class Found(NamedTuple):
    """One import while the tree is there: the whole statement, the node of the thing's name there, of its name here."""

    item: Brought
    whole: tree_sitter.Node
    named: tree_sitter.Node | None = None
    bound: tree_sitter.Node | None = None


def brought(source: bytes, language: Language, root: tree_sitter.Node) -> list[Found]:
    """Every import of the tree of `source`."""
    found: list[Found] = []
    statements: set[int] = set()
    reader = _READERS.get(language.name)
    ecma = language.name in _ECMA
    for _, captures in matches(language, ("brings",) if ecma else ("imports", "brings"), root):
        if "import" not in captures:
            continue
        whole = captures["import"][0]
        if ecma:
            found += _ecma(source, whole, captures)
        elif reader is not None:
            if whole.id not in statements:
                statements.add(whole.id)
                found += reader(source, whole)
        elif "module" in captures:
            found += _by_captures(source, language, whole, captures)
    return found


def _by_captures(source: bytes, language: Language, whole: tree_sitter.Node, captures: Captures) -> Iterator[Found]:
    node = captures["module"][0]
    written = text_of(source, node)
    module, line = written.strip("\"'`<>"), node.start_point[0] + 1
    named = captures["imported"][0] if "imported" in captures else None
    alias = captures["alias"][0] if "alias" in captures else None
    if "wildcard" in captures or language.name in _FILES:
        if language.name == "cpp" and whole.type == "using_declaration":
            yield from _using(source, whole, node)
        else:
            yield Found(Brought(module, "*", "", line, "angle" if written[:1] == "<" else ""), whole)
    elif language.name == "python":
        yield _python(source, whole, node, named, alias)
    elif language.name == "go":
        yield _go(source, whole, node, alias)


def _python(
    source: bytes,
    whole: tree_sitter.Node,
    module: tree_sitter.Node,
    named: tree_sitter.Node | None,
    alias: tree_sitter.Node | None,
) -> Found:
    dotted, line = "".join(text_of(source, module).split()), module.start_point[0] + 1
    if named is not None:
        only = _first(named)
        bound = alias if alias is not None else only
        return Found(Brought(dotted, text_of(source, named), text_of(source, bound), line), whole, only, bound)
    if alias is not None:
        return Found(Brought(dotted, "", text_of(source, alias), line), whole, None, alias)
    first = _first(module)
    return Found(Brought(text_of(source, first), "", text_of(source, first), line), whole, None, first)


def _first(dotted: tree_sitter.Node) -> tree_sitter.Node:
    return dotted.named_children[0] if dotted.named_children else dotted


def _go(source: bytes, whole: tree_sitter.Node, path: tree_sitter.Node, alias: tree_sitter.Node | None) -> Found:
    module, line = text_of(source, path).strip('"`'), path.start_point[0] + 1
    local = text_of(source, alias) if alias is not None else ""
    if local in (".", "_"):
        return Found(Brought(module, "*" if local == "." else "", "", line), whole)
    parts = module.split("/")
    if not local:
        version = len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdigit()
        local = parts[-2] if version else parts[-1]
    return Found(Brought(module, "", local, line), whole, None, alias if alias is not None else path)


def _ecma(source: bytes, whole: tree_sitter.Node, captures: Captures) -> Iterator[Found]:
    line = whole.start_point[0] + 1
    node = captures["module"][0] if "module" in captures else whole.child_by_field_name("source")
    clauses = [child for child in whole.named_children if child.type.endswith(("_clause", "_export"))]
    if node is None:  # ``import x = require("y")``
        node = clauses[0].child_by_field_name("source") if clauses else None
    if node is None:
        return
    module = text_of(source, node).strip("\"'`")
    if whole.type == "variable_declarator":
        member = captures["imported"][0] if "imported" in captures else None
        yield from _required(source, whole, module, member)
    elif whole.type == "export_statement":
        if any(child.type == "*" for child in whole.children):
            yield Found(Brought(module, "*", "", line, "export"), whole)
        for specifier in clauses[0].named_children if clauses else ():
            name = specifier.child_by_field_name("name")
            if name is not None:
                yield Found(Brought(module, text_of(source, name), "", line, "export"), whole, name)
    else:
        for part in clauses[0].named_children if clauses else ():
            yield from _ecma_part(source, whole, module, part, line)


def _ecma_part(
    source: bytes, whole: tree_sitter.Node, module: str, part: tree_sitter.Node, line: int
) -> Iterator[Found]:
    """What one part of the clause of an ``import`` brings."""
    if part.type == "identifier":
        name = "default" if part.parent is not None and part.parent.type == "import_clause" else ""
        yield Found(Brought(module, name, text_of(source, part), line), whole, None, part)
    elif part.type == "namespace_import":
        local = part.named_child(0)
        if local is not None:
            yield Found(Brought(module, "", text_of(source, local), line), whole, None, local)
    elif part.type == "named_imports":
        for specifier in part.named_children:
            named, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
            if named is not None:
                bound = alias if alias is not None else named
                item = Brought(module, text_of(source, named), text_of(source, bound), line)
                yield Found(item, whole, named, bound)


def _required(source: bytes, whole: tree_sitter.Node, module: str, member: tree_sitter.Node | None) -> Iterator[Found]:
    """What ``const … = require("…")`` brings, or `member` of it."""
    target, line = whole.child_by_field_name("name"), whole.start_point[0] + 1
    if target is None:
        return
    if target.type == "identifier":
        name = text_of(source, member) if member is not None else ""
        yield Found(Brought(module, name, text_of(source, target), line), whole, member, target)
        return
    for part in target.named_children:
        named, bound = part, part
        if part.type == "pair_pattern":
            named, bound = part.child_by_field_name("key") or part, part.child_by_field_name("value") or part
        if bound.type in ("object_assignment_pattern", "assignment_pattern"):
            named, bound = named, bound.child_by_field_name("left") or bound
            named = bound if part.type == "object_assignment_pattern" else named
        if bound.type in ("identifier", "shorthand_property_identifier_pattern"):
            item = Brought(module, text_of(source, named), text_of(source, bound), line)
            yield Found(item, whole, named, bound)


def _using(source: bytes, whole: tree_sitter.Node, path: tree_sitter.Node) -> Iterator[Found]:
    """``using a::b;`` binds a name; ``using namespace a;`` all of them."""
    written, line = text_of(source, path).replace("::", "."), whole.start_point[0] + 1
    if any(child.type == "namespace" for child in whole.children):
        yield Found(Brought(written, "*", "", line, "namespace"), whole)
        return
    last = path
    while last.child_by_field_name("name") is not None:
        last = last.child_by_field_name("name") or last
    module, _, name = written.rpartition(".")
    yield Found(Brought(module, name, name, line, "namespace"), whole, last, last)


def _java(source: bytes, whole: tree_sitter.Node) -> Iterator[Found]:
    path = next((child for child in whole.named_children if child.type in ("scoped_identifier", "identifier")), None)
    if path is None:
        return
    form = "static" if any(child.type == "static" for child in whole.children) else ""
    written, line = text_of(source, path), whole.start_point[0] + 1
    if any(child.type == "asterisk" for child in whole.children):
        yield Found(Brought(written, "*", "", line, form), whole)
        return
    module, _, name = written.rpartition(".")
    last = path.child_by_field_name("name") or path
    yield Found(Brought(module, name, name, line, form), whole, last, last)


def _c_sharp(source: bytes, whole: tree_sitter.Node) -> Iterator[Found]:
    alias = whole.child_by_field_name("name")
    path = next((child for child in reversed(whole.named_children) if child != alias), None)
    if path is None:
        return
    written, line = text_of(source, path).removeprefix("global::"), whole.start_point[0] + 1
    form = "static" if any(child.type == "static" for child in whole.children) else ""
    if alias is None:
        yield Found(Brought(written, "*", "", line, form), whole)
        return
    module, _, name = written.rpartition(".")
    last = path.child_by_field_name("name") or path
    yield Found(Brought(module, name, text_of(source, alias), line, form), whole, last, alias)


def _php(source: bytes, whole: tree_sitter.Node) -> Iterator[Found]:
    if whole.type != "namespace_use_declaration":
        module = whole.named_child(0) if whole.type != "namespace_use_clause" else None
        if module is not None:  # a file
            text = text_of(source, module).strip("\"'")
            yield Found(Brought(text, "*", "", whole.start_point[0] + 1), whole)
        return
    prefix = next((text_of(source, c) for c in whole.named_children if c.type == "namespace_name"), "")
    group = whole.child_by_field_name("body")
    for clause in (group or whole).named_children:
        if clause.type != "namespace_use_clause":
            continue
        kinds = [child.type for child in [*whole.children, *clause.children]]
        form = "function" if "function" in kinds else "const" if "const" in kinds else ""
        path, alias = _first(clause), clause.child_by_field_name("alias")
        parts = [part for part in f"{prefix}\\{text_of(source, path)}".split("\\") if part]
        last = path.named_children[-1] if path.named_children else path
        bound = alias if alias is not None else last
        local = text_of(source, alias) if alias is not None else parts[-1]
        item = Brought(".".join(parts[:-1]), parts[-1], local, clause.start_point[0] + 1, form)
        yield Found(item, whole, last, bound)


def _rust(source: bytes, whole: tree_sitter.Node) -> Iterator[Found]:
    line = whole.start_point[0] + 1
    if whole.type != "use_declaration":
        name = whole.child_by_field_name("name")
        if name is not None and whole.type == "mod_item":
            yield Found(Brought("self", text_of(source, name), text_of(source, name), line), whole, name, name)
        return
    form = "export" if any(child.type == "visibility_modifier" for child in whole.children) else ""
    argument = whole.child_by_field_name("argument")
    todo: list[tuple[tree_sitter.Node | None, tuple[str, ...]]] = [(argument, ())]
    while todo:
        node, before = todo.pop()
        if node is None:
            continue
        if node.type == "use_list":
            todo += [(child, before) for child in node.named_children]
        elif node.type == "scoped_use_list":
            todo.append((node.child_by_field_name("list"), before + _parts(source, node.child_by_field_name("path"))))
        elif node.type == "use_wildcard":
            yield Found(Brought(".".join(before + _parts(source, node.named_child(0))), "*", "", line, form), whole)
        else:
            alias = node.child_by_field_name("alias")
            path = node.child_by_field_name("path") if node.type == "use_as_clause" else node
            parts = before + _parts(source, path)
            if parts[-1:] == ("self",) and len(parts) > 1:
                parts = parts[:-1]
            if path is None or not parts:
                continue
            last = path.child_by_field_name("name") or path
            local = text_of(source, alias) if alias is not None else parts[-1]
            item = Brought(".".join(parts[:-1]), parts[-1], local, line, form)
            yield Found(item, whole, last, alias if alias is not None else last)


def _parts(source: bytes, path: tree_sitter.Node | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text_of(source, path).split("::") if part.strip()) if path is not None else ()


_READERS = {"java": _java, "c-sharp": _c_sharp, "php": _php, "rust": _rust}
