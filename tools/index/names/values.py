"""Tells what a dotted path, or an import, stands for: the module of a file, a package, a class.

For languages whose names come from the modules of files: Python, JavaScript and TypeScript, Go, Rust. What cannot be
followed with certainty stands for nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tools.index.names.reader import Reader
from tools.index.names.survey import Binder, Brought
from tools.index.symbol import CLASSES

_DEEP = 12
"""Longer ways from import to import are not followed."""


class Value(NamedTuple):
    """What a path means: the module of a ``file``, a ``folder`` that is a package, or the ``class`` (or namespace)."""

    kind: str
    path: str
    qualified: str = ""


class Values:
    """What paths and imports stand for in the files of `reader`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._deep = 0

    def value(self, path: str, parts: Sequence[str], bound: Sequence[Binder], inside: str) -> Value | None:
        """What the dotted path `parts`, whose first name is bound by `bound`, means in the file at `path`.

        `inside` is the definition around.
        """
        if not bound:
            if self._reader.language(path) == "rust":
                return self.rust(path, parts, inside)
            found = self._free(path, parts[0])
        else:
            values = {self._bound(path, binder) for binder in bound}
            found = values.pop() if len(values) == 1 else None
        for part in parts[1:]:
            found = self._member(found, part)
        return found

    def _free(self, path: str, name: str) -> Value | None:
        if self._reader.language(path) != "go":
            return None
        folder = path.rpartition("/")[0]
        hits = [
            hit
            for hit in self._reader.index.lookup(name)
            if hit.symbol.qualified == name and hit.path.endswith(".go") and hit.path.rpartition("/")[0] == folder
        ]
        return (
            Value("class", hits[0].path, name) if len(hits) == 1 and hits[0].symbol.kind in (*CLASSES, "type") else None
        )

    def _bound(self, path: str, binder: Binder) -> Value | None:
        if binder.how == "import":
            return self.brought(path, self._reader.survey(path).brought[binder.item])
        if binder.how == "definition":
            symbol = self._reader.symbol_at(path, binder.start)
            if symbol is not None and symbol.kind in (*CLASSES, "module", "type"):
                return Value("class", path, symbol.qualified)
        return None

    def brought(self, path: str, item: Brought) -> Value | None:
        """The module or class that the import `item` of the file at `path` binds."""
        if self._deep > _DEEP:
            return None
        self._deep += 1
        try:
            return self._brought(path, item)
        finally:
            self._deep -= 1

    def _brought(self, path: str, item: Brought) -> Value | None:
        language, family = self._reader.language(path), self._reader.family(path)
        if family == "python":
            base = self._reader.strict.python(path, item.module)
            value = Value("file", base) if base is not None else None
            return value if not item.name else self._member(value, item.name)
        if family == "ecma":
            base = self._reader.strict.ecma(path, item.module)
            if base is None:
                return None
            return self._member(Value("file", base), item.name)
        if language == "go":
            base = self._reader.strict.go(path, item.module)
            return Value("folder", base) if base is not None else None
        if language == "rust":
            parts = [*item.module.split("."), item.name] if item.module else [item.name]
            return self.rust(path, parts, item.inside)
        return None

    def _member(self, value: Value | None, name: str) -> Value | None:
        if value is None or not name:
            return value
        if value.kind == "class":
            inner = f"{value.qualified}.{name}"
            found = self._reader.defined(value.path, inner)
            return Value("class", value.path, inner) if found and found[0].kind in (*CLASSES, "module") else None
        if value.kind == "folder":
            return self._free(f"{value.path}/x.go" if value.path else "x.go", name)
        return self._of_file(value.path, name)

    def _of_file(self, path: str, name: str) -> Value | None:
        """What `name` is in the module of a file, or folder of Python, for those who import it."""
        if self._reader.family(path) == "ecma":
            return self._of_ecma(path, name)
        python = self._reader.family(path) in ("python", "")
        package = (
            path.endswith(("/__init__.py", "/__init__.pyi")) or path in ("__init__.py", "") or "." not in path[-5:]
        )
        folder = path.rpartition("/")[0] if path.endswith((".py", ".pyi")) else path
        deeper = self._reader.strict.python_at(f"{folder}/{name}".lstrip("/")) if python and package else None
        values: set[Value | None] = {Value("file", deeper)} if deeper is not None else set()
        kinds = {symbol.kind for symbol in self._reader.defined(path, name)}
        if kinds:
            values.add(Value("class", path, name) if kinds <= {*CLASSES, "module"} else None)
        for item in self._reader.index.imports(path):
            if (item.alias or item.name or item.module.partition(".")[0]) == name:
                module = item.module if item.name or item.alias else name
                values.add(self.brought(path, Brought(module, item.name, name, item.line)))
        return values.pop() if len(values) == 1 else None

    def _of_ecma(self, path: str, name: str) -> Value | None:
        """The class that a file of JavaScript or TypeScript gives away under `name`."""
        survey = self._reader.survey(path)
        rows = {(row.local, row.item) for row in survey.exports if row.name == name}
        if len(rows) != 1 or self._deep > _DEEP:
            return None
        local, number = rows.pop()
        items = [survey.brought[number]] if number >= 0 else [item for item in survey.brought if item.local == local]
        kinds = {symbol.kind for symbol in self._reader.defined(path, local)}
        if kinds and not items:
            return Value("class", path, local) if kinds <= {*CLASSES, "module", "type"} else None
        return self.brought(path, items[0]) if len(items) == 1 and not kinds else None

    def rust(self, path: str, parts: Sequence[str], inside: str) -> Value | None:
        """What the path `parts` of Rust means in the definition `inside` of the file at `path`."""
        modules = self._modules(path, inside)
        if modules and parts[:1] in (["self"], ["super"]):
            return self._rust_within(path, parts, modules)
        if parts and parts[0] not in ("crate", "self", "super"):
            items = [item for item in self._reader.survey(path).brought if item.local == parts[0] and item.module]
            if len(items) != 1 or items[0].name == parts[0] == items[0].module.partition(".")[0]:
                return None
            value = self.brought(path, items[0]) if items[0].module.partition(".")[0] != parts[0] else None
            rest: Sequence[str] = parts[1:]
        else:
            found = self._reader.strict.rust(path, parts)
            value, rest = (Value("file", found[0]), found[1]) if found is not None else (None, ())
        for part in rest:
            value = self._rust_member(value, part)
        return value

    def _modules(self, path: str, inside: str) -> list[str]:
        """The modules written out in the file that a definition is in, from the outermost on."""
        parts = inside.split(".") if inside else []
        named = {symbol.qualified for symbol in self._reader.index.symbols(path) if symbol.kind == "module"}
        return [part for n, part in enumerate(parts) if ".".join(parts[: n + 1]) in named]

    def _rust_within(self, path: str, parts: Sequence[str], modules: list[str]) -> Value | None:
        """What ``self::…`` and ``super::…`` mean in a module that is written out in a file."""
        rest = list(parts)
        while rest[:1] == ["self"]:
            rest.pop(0)
        while modules and rest[:1] == ["super"]:
            rest.pop(0)
            modules = modules[:-1]
        if rest[:1] == ["super"]:
            return self.rust(path, rest, "")
        value: Value | None = Value("class", path, ".".join(modules)) if modules else Value("file", path)
        for part in rest:
            value = self._rust_member(value, part)
        return value

    def _rust_member(self, value: Value | None, name: str) -> Value | None:
        if value is None:
            return None
        if value.kind == "file":
            deeper = self._reader.strict.rust(value.path, ["self", name])
            if deeper is not None and not deeper[1]:
                return Value("file", deeper[0])
            found = self._reader.defined(value.path, name)
            if found:
                return Value("class", value.path, name) if found[0].kind in (*CLASSES, "module") else None
            items = [i for i in self._reader.survey(value.path).brought if i.local == name and i.form == "export"]
            return self.brought(value.path, items[0]) if len(items) == 1 else None
        return self._member(value, name)
