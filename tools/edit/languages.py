"""Which grammar reads which file, and loading grammars on first use."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language

GRAMMARS: Mapping[str, tuple[str, str]] = {
    "bash": ("tree_sitter_bash", "language"),
    "c": ("tree_sitter_c", "language"),
    "c_sharp": ("tree_sitter_c_sharp", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "css": ("tree_sitter_css", "language"),
    "go": ("tree_sitter_go", "language"),
    "html": ("tree_sitter_html", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "json": ("tree_sitter_json", "language"),
    "jsonc": ("tree_sitter_json", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "toml": ("tree_sitter_toml", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "yaml": ("tree_sitter_yaml", "language"),
}
"""Grammar → module of its wheel and the function that gives it."""

_SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "bash": ("sh", "bash"),
    "c": ("c",),
    "c_sharp": ("cs",),
    "cpp": ("cpp", "cc", "cxx", "hpp", "hh", "hxx", "ipp", "tpp"),
    "css": ("css",),
    "go": ("go",),
    "html": ("html", "htm"),
    "java": ("java",),
    "javascript": ("js", "jsx", "mjs", "cjs"),
    "json": ("json",),
    "jsonc": ("jsonc", "code-workspace"),
    "php": ("php",),
    "python": ("py", "pyi", "pyw"),
    "ruby": ("rb", "rake", "gemspec"),
    "rust": ("rs",),
    "toml": ("toml",),
    "tsx": ("tsx",),
    "typescript": ("ts", "mts", "cts"),
    "yaml": ("yaml", "yml"),
}
_BY_SUFFIX: dict[str, tuple[str, ...]] = {
    f".{suffix}": (grammar,) for grammar, suffixes in _SUFFIXES.items() for suffix in suffixes
}
_BY_SUFFIX[".h"] = ("c", "cpp")
_BY_NAME: dict[str, tuple[str, ...]] = {"rakefile": ("ruby",), "gemfile": ("ruby",), "pipfile": ("toml",)}

_WITH_COMMENTS = ("tsconfig", "jsconfig", "devcontainer", ".eslintrc", ".babelrc", ".jshintrc")
"""Beginnings of names of ``.json`` files in which comments are usual."""


def grammars_of(path: PurePath) -> tuple[str, ...]:
    """The grammars that may read the file, likeliest first; empty where none does. A ``.h`` may be C or C++."""
    name = path.name.lower()
    if name.endswith(".json") and (name.startswith(_WITH_COMMENTS) or ".vscode" in path.parts):
        return ("jsonc",)
    return _BY_NAME.get(name) or _BY_SUFFIX.get(path.suffix.lower(), ())


@functools.cache
def load(grammar: str) -> Language:
    """The grammar, loaded once per process.

    Raises:
        ImportError: its wheel is not installed.
    """
    from tree_sitter import Language

    module, function = GRAMMARS[grammar]
    return Language(getattr(importlib.import_module(module), function)())
