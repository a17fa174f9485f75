"""The table of languages: which files are theirs, which grammar reads them, which query files describe them."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True, slots=True)
class Language:
    """One language as data.

    `queries` are folders below ``queries/``, read in order and joined. `comments` are the beginnings of comment lines.
    `wrappers` are node types around a definition that belong to it (decorators, ``export``, a declaration of one name).
    `functions` are node types that open a scope of local names.
    """

    name: str
    module: str
    extensions: tuple[str, ...]
    queries: tuple[str, ...]
    factory: str = "language"
    filenames: tuple[str, ...] = ()
    shebangs: tuple[str, ...] = ()
    comments: tuple[str, ...] = ("//", "/*")
    wrappers: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    macros: bool = False
    """Whether macros may hide definitions from its parser."""
    indents: bool = False
    """Whether indentation is syntax."""
    data: bool = False
    """Whether its symbols are keys of data, of little weight in a map of code."""


_ECMA_WRAPPERS = frozenset(
    {"export_statement", "lexical_declaration", "variable_declaration", "expression_statement", "ambient_declaration"}
)
_ECMA_FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function_declaration",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
_C_WRAPPERS = frozenset({"template_declaration", "declaration", "linkage_specification"})

LANGUAGES: tuple[Language, ...] = (
    Language(
        "python",
        "tree_sitter_python",
        (".py", ".pyi", ".pyw"),
        ("python",),
        shebangs=("python",),
        comments=("#",),
        wrappers=frozenset({"decorated_definition", "expression_statement"}),
        functions=frozenset({"function_definition", "lambda"}),
        indents=True,
    ),
    Language(
        "javascript",
        "tree_sitter_javascript",
        (".js", ".jsx", ".mjs", ".cjs"),
        ("ecmascript", "javascript", "jsx"),
        shebangs=("node",),
        wrappers=_ECMA_WRAPPERS,
        functions=_ECMA_FUNCTIONS,
    ),
    Language(
        "typescript",
        "tree_sitter_typescript",
        (".ts", ".mts", ".cts"),
        ("ecmascript", "typescript"),
        factory="language_typescript",
        wrappers=_ECMA_WRAPPERS,
        functions=_ECMA_FUNCTIONS,
    ),
    Language(
        "tsx",
        "tree_sitter_typescript",
        (".tsx",),
        ("ecmascript", "typescript", "jsx"),
        factory="language_tsx",
        wrappers=_ECMA_WRAPPERS,
        functions=_ECMA_FUNCTIONS,
    ),
    Language(
        "go",
        "tree_sitter_go",
        (".go",),
        ("go",),
        wrappers=frozenset({"type_declaration", "const_declaration", "var_declaration"}),
        functions=frozenset({"function_declaration", "method_declaration", "func_literal"}),
    ),
    Language(
        "rust",
        "tree_sitter_rust",
        (".rs",),
        ("rust",),
        functions=frozenset({"function_item", "closure_expression"}),
    ),
    Language(
        "java",
        "tree_sitter_java",
        (".java",),
        ("java",),
        functions=frozenset({"method_declaration", "constructor_declaration", "lambda_expression"}),
    ),
    Language(
        "c",
        "tree_sitter_c",
        (".c", ".h"),
        ("c",),
        wrappers=_C_WRAPPERS,
        macros=True,
        functions=frozenset({"function_definition"}),
    ),
    Language(
        "cpp",
        "tree_sitter_cpp",
        (".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".ipp", ".inl", ".cu", ".cuh"),
        ("c", "cpp"),
        wrappers=_C_WRAPPERS,
        macros=True,
        functions=frozenset({"function_definition", "lambda_expression"}),
    ),
    Language(
        "c-sharp",
        "tree_sitter_c_sharp",
        (".cs",),
        ("c-sharp",),
        functions=frozenset({"method_declaration", "constructor_declaration", "lambda_expression"}),
    ),
    Language(
        "ruby",
        "tree_sitter_ruby",
        (".rb", ".rake", ".gemspec"),
        ("ruby",),
        filenames=("Rakefile", "Gemfile"),
        shebangs=("ruby",),
        comments=("#",),
        functions=frozenset({"method", "singleton_method"}),
    ),
    Language(
        "php",
        "tree_sitter_php",
        (".php", ".phtml"),
        ("php",),
        factory="language_php",
        shebangs=("php",),
        comments=("//", "/*", "#"),
        functions=frozenset({"function_definition", "method_declaration", "anonymous_function", "arrow_function"}),
    ),
    Language(
        "bash",
        "tree_sitter_bash",
        (".sh", ".bash", ".ksh", ".zsh"),
        ("bash",),
        filenames=(".bashrc", ".bash_profile", ".profile", "PKGBUILD"),
        shebangs=("bash", "sh", "dash", "ksh", "zsh"),
        comments=("#",),
        functions=frozenset({"function_definition"}),
    ),
    Language("json", "tree_sitter_json", (".json", ".webmanifest", ".geojson"), ("json",), data=True),
    Language("html", "tree_sitter_html", (".html", ".htm", ".xhtml"), ("html",), comments=("<!--",), data=True),
    Language("css", "tree_sitter_css", (".css",), ("css",), comments=("/*",), data=True),
    Language("yaml", "tree_sitter_yaml", (".yaml", ".yml"), ("yaml",), comments=("#",), indents=True, data=True),
    Language("toml", "tree_sitter_toml", (".toml",), ("toml",), filenames=("Pipfile",), comments=("#",), data=True),
)

BY_NAME: dict[str, Language] = {language.name: language for language in LANGUAGES}
_BY_EXTENSION = {extension: language for language in LANGUAGES for extension in language.extensions}
_BY_FILENAME = {name: language for language in LANGUAGES for name in language.filenames}
_BY_SHEBANG = {name: language for language in LANGUAGES for name in language.shebangs}


_ENOUGH = 1 << 18
"""Bytes of a header that tell whether it is C++."""
_CPP = re.compile(
    rb"/\*.*?(?:\*/|\Z)|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\""
    rb"|(^[ \t]*(?:(?:inline[ \t]+)?namespace\b|class[ \t]+\w|template[ \t]*<|using[ \t]+\w"
    rb"|(?:public|private|protected)[ \t]*:|struct[ \t]+\w+[ \t]*(?:final[ \t]*)?:[ \t]*\w|#[ \t]*include[ \t]*<\w+>)"
    rb"|(?<![\w\[])[A-Za-z_]\w*::\w)",
    re.MULTILINE | re.DOTALL,
)
"""Comments and strings, and, in its group, what C++ has and C has not."""


def of_path(path: str) -> Language | None:
    """The language of a file by its name alone; None where the name does not tell."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return _BY_FILENAME.get(name) or (_BY_EXTENSION.get(name[dot:].lower()) if dot > 0 else None)


def of_file(path: str, source: bytes) -> Language | None:
    """The language of a file by its name, else by its ``#!`` line; `.h` files that are C++ are told by their text."""
    language = of_path(path)
    if language is None and source.startswith(b"#!"):
        words = source[2:200].split(b"\n", 1)[0].decode("latin-1").replace("/", " ").split()
        plain = [word.rstrip("0123456789.") for word in words]
        return next((_BY_SHEBANG[word] for word in plain if word in _BY_SHEBANG), None)
    if language is not None and language.name == "c" and path.endswith(".h") and _is_cpp(source):
        return BY_NAME["cpp"]
    return language


def _is_cpp(source: bytes) -> bool:
    """Whether the header `source` has what C has not; comments and strings do not count."""
    return any(found[1] for found in _CPP.finditer(source, 0, _ENOUGH))


@cache
def grammar(name: str) -> tree_sitter.Language:
    """The grammar of the language called `name`, loaded once.

    Raises:
        ImportError: its wheel is not there.
    """
    import tree_sitter

    language = BY_NAME[name]
    factory = getattr(importlib.import_module(language.module), language.factory)
    return tree_sitter.Language(factory())


@cache
def query(name: str, kinds: tuple[str, ...]) -> tree_sitter.Query | None:
    """The query files of `kinds` for one language as one compiled query (5 to 50 ms, hence once); None where empty."""
    import tree_sitter

    text = query_text(name, kinds)
    return tree_sitter.Query(grammar(name), text) if text.strip() else None


def query_text(name: str, kinds: tuple[str, ...]) -> str:
    """The text of the query files of `kinds` (``definitions``, ``references``, ``imports``, ``bindings``)."""
    files = [QUERIES / folder / f"{kind}.scm" for kind in kinds for folder in BY_NAME[name].queries]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
