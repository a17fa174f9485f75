"""Reads under which names a file of JavaScript or TypeScript gives away what it defines or imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tools.index.languages import Language
from tools.index.names.brought import Found
from tools.index.names.survey import Exported
from tools.index.syntax_tree import matches, text_of

if TYPE_CHECKING:
    import tree_sitter


def exported(source: bytes, language: Language, root: tree_sitter.Node, found: Sequence[Found]) -> list[Exported]:
    """Every name that the tree of `source` gives away; `found` are its imports."""
    rows = [
        Exported(name, "", number)
        for number, one in enumerate(found)
        if one.item.form == "export" and one.whole.type == "export_statement" and one.item.name != "*"
        for name in [_given_name(source, one)]
    ]
    for _, captures in matches(language, ("exports",), root):
        if "declared" in captures and _is_default(captures["declared"][0]):
            continue
        value = captures["value"][0] if "value" in captures else None
        local = text_of(source, value) if value is not None and value.type == "identifier" else "…"
        if "name" in captures:
            name = captures["name"][0]
            rows.append(Exported(text_of(source, name), text_of(source, name) if value is None else local))
        else:
            rows.append(Exported("default", local))
            if value is not None and value.type == "object":
                rows += _members(source, value)
    return rows


def _is_default(name: tree_sitter.Node) -> bool:
    at: tree_sitter.Node | None = name
    while at is not None and at.type != "export_statement":
        at = at.parent
    return at is not None and any(child.type == "default" for child in at.children)


def _given_name(source: bytes, one: Found) -> str:
    specifier = one.named.parent if one.named is not None else None
    alias = specifier.child_by_field_name("alias") if specifier is not None else None
    return text_of(source, alias) if alias is not None else one.item.name


def _members(source: bytes, value: tree_sitter.Node) -> Iterator[Exported]:
    """What ``module.exports = {…}`` gives away."""
    for member in value.named_children:
        if member.type == "shorthand_property_identifier":
            yield Exported(text_of(source, member), text_of(source, member))
        elif member.type == "pair":
            key, of = member.child_by_field_name("key"), member.child_by_field_name("value")
            if key is not None and of is not None:
                local = text_of(source, of) if of.type == "identifier" else "…"
                yield Exported(text_of(source, key).strip("\"'"), local)
        elif member.type == "spread_element":
            yield Exported("*", "…")
