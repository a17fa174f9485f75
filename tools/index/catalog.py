"""The tools of this room, as models see them. Grammars load in a process of their own, when a file is parsed."""

from __future__ import annotations

from typing import Any

from tools.registry import Tool, late

_ADDRESS = {
    "type": "string",
    "description": "path::Class.method (path may be left out); add #2 or @L120 where several have that name.",
}
_PATH = {"type": "string", "description": "File, absolute or relative to the workspace."}
_FORCE = {"type": "boolean", "default": False, "description": "Write even what a check refuses."}
_MOST = {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
_BODY = {
    "type": "string",
    "description": "The text, whole lines. Indentation is fitted to the place; multi-line strings are left alone.",
}


def _schema(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


_SYMBOL_ALIASES = {"address": "symbol", "symbol_name": "symbol", "name": "symbol", "name_path": "symbol"}
_BODY_ALIASES = {"new_body": "body", "code": "body", "content": "body", "text": "body", "new_str": "body"}

TOOLS = (
    Tool(
        name="outline",
        description="The skeleton of a file (definitions with lines and signatures) or of a folder (files and names).",
        schema=_schema(
            ("path",),
            path={"type": "string", "description": "File or folder."},
            depth={"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "Levels of nesting."},
        ),
        handler=late("tools.index.lookup", "outline"),
        read_only=True,
        aliases=("get_symbols_overview", "file_outline", "skeleton"),
    ),
    Tool(
        name="find_symbol",
        description="Where a function, class, method or constant is defined, anywhere or in one file or folder.",
        schema=_schema(("name",), name=_ADDRESS, path=_PATH, max_results=_MOST),
        handler=late("tools.index.lookup", "find_symbol"),
        read_only=True,
        aliases=("find_definition", "goto_definition", "search_symbol"),
        parameter_aliases={"symbol": "name", "address": "name", "query": "name", "name_path": "name"},
    ),
    Tool(
        name="references",
        description=(
            "Where a symbol is used: definite uses and possible ones apart. By name, imports and scopes, not by type."
        ),
        schema=_schema(("symbol",), symbol=_ADDRESS, path=_PATH, max_results=_MOST),
        handler=late("tools.index.names.uses", "references"),
        read_only=True,
        aliases=("find_references", "find_usages", "usages", "find_referencing_symbols"),
        parameter_aliases=_SYMBOL_ALIASES,
    ),
    Tool(
        name="callers",
        description="Which functions call a symbol, by name, not by type.",
        schema=_schema(("symbol",), symbol=_ADDRESS, path=_PATH, max_results=_MOST),
        handler=late("tools.index.names.uses", "callers"),
        read_only=True,
        aliases=("find_callers", "incoming_calls"),
        parameter_aliases=_SYMBOL_ALIASES,
    ),
    Tool(
        name="map",
        description=(
            "A map of the repository for a task: the files most likely to matter, with their main definitions, "
            "ranked by the task's words, names and paths and by who uses whom, within a budget of tokens."
        ),
        schema=_schema(
            (),
            task={"type": "string", "description": "What is to be done, as it was asked."},
            focus_files={"type": "array", "items": {"type": "string"}, "description": "Files known to matter."},
            focus_symbols={"type": "array", "items": {"type": "string"}, "description": "Names known to matter."},
            tokens={"type": "integer", "minimum": 200, "maximum": 50_000, "default": 2_000},
        ),
        handler=late("tools.index.lookup", "repository_map"),
        read_only=True,
        aliases=("repo_map", "repository_map"),
        parameter_aliases={"query": "task", "budget": "tokens", "max_tokens": "tokens", "files": "focus_files"},
    ),
    Tool(
        name="replace_symbol",
        description=(
            "Put a new definition in the place of a symbol. Decorators and comments above it stay where the new text "
            "brings none of its own."
        ),
        schema=_schema(("symbol", "body"), symbol=_ADDRESS, body=_BODY, path=_PATH, force=_FORCE),
        handler=late("tools.index.symbols.symbol_edit", "replace_symbol"),
        aliases=("replace_symbol_body",),
        parameter_aliases={**_SYMBOL_ALIASES, **_BODY_ALIASES},
    ),
    Tool(
        name="insert_before_symbol",
        description="Insert code before a symbol (before its decorators and comments).",
        schema=_schema(("symbol", "body"), symbol=_ADDRESS, body=_BODY, path=_PATH, force=_FORCE),
        handler=late("tools.index.symbols.symbol_edit", "insert_before_symbol"),
        parameter_aliases={**_SYMBOL_ALIASES, **_BODY_ALIASES},
    ),
    Tool(
        name="insert_after_symbol",
        description="Insert code after a symbol.",
        schema=_schema(("symbol", "body"), symbol=_ADDRESS, body=_BODY, path=_PATH, force=_FORCE),
        handler=late("tools.index.symbols.symbol_edit", "insert_after_symbol"),
        parameter_aliases={**_SYMBOL_ALIASES, **_BODY_ALIASES},
    ),
    Tool(
        name="rename_symbol",
        description=(
            "Rename a symbol wherever it is certainly meant (its file, imports, self); the places that only may be "
            "meant are listed and left alone. By name, not by type."
        ),
        schema=_schema(
            ("symbol", "new_name"),
            symbol=_ADDRESS,
            new_name={"type": "string"},
            path=_PATH,
            force=_FORCE,
        ),
        handler=late("tools.index.names.rename", "rename_symbol"),
        aliases=("rename",),
        parameter_aliases=_SYMBOL_ALIASES,
    ),
    Tool(
        name="structural_replace",
        description=(
            "Rewrite code by shape: in pattern and replacement $NAME stands for one expression or name and $$$NAME for "
            "any number of arguments or statements, e.g. assertEquals($A, $B) → assertEqual($A, $B)."
        ),
        schema=_schema(
            ("pattern", "replacement", "path"),
            pattern={"type": "string"},
            replacement={"type": "string"},
            path={"type": "string", "description": "File or folder."},
            language={"type": "string", "description": "Only files of this language."},
            dry_run={"type": "boolean", "default": False, "description": "Only show what would change."},
            force=_FORCE,
        ),
        handler=late("tools.index.shapes.structural_edit", "structural_replace"),
    ),
    Tool(
        name="add_import",
        description="Add an import statement to a file at the right place, unless it is there already.",
        schema=_schema(
            ("path", "statement"),
            path=_PATH,
            statement={"type": "string", "description": "One line, such as `from os import path`."},
            force=_FORCE,
        ),
        handler=late("tools.index.imports.add_import", "add_import"),
        parameter_aliases={"import": "statement", "import_statement": "statement"},
    ),
    Tool(
        name="git_history",
        description="The commits that changed some lines, a symbol or a file (log), or who wrote each line (blame).",
        schema=_schema(
            ("path",),
            path={"type": "string", "description": "File, or a symbol as path::Class.method."},
            lines={
                "type": "array",
                "items": {"type": "integer"},
                "minItems": 2,
                "maxItems": 2,
                "description": "[first, last]",
            },
            mode={"type": "string", "enum": ["log", "blame"], "default": "log"},
            max_commits={"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
        ),
        handler=late("tools.index.history", "git_history"),
        read_only=True,
        aliases=("git_blame", "git_log"),
    ),
    Tool(
        name="build_index",
        description="Write the index file of the workspace, to be shared by sandboxes.",
        schema=_schema(("output",), output={"type": "string", "description": "Path of the index file."}),
        handler=late("tools.index.lookup", "build_index"),
        audience="host",
    ),
)
