"""The tools of this room: `str_replace`, `insert`, `create`, `apply_patch`, `undo`."""

from __future__ import annotations

from typing import Any

from tools.registry import Tool, late

_PATH = {"type": "string", "description": "File, absolute or relative to the workspace."}
_FORCE = {"type": "boolean", "default": False, "description": "Write even what a check refuses."}


def _schema(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


TOOLS = (
    Tool(
        name="str_replace",
        description=(
            "Replace old_str by new_str in a file. old_str must be there exactly once; blanks at line ends and a "
            "uniform shift of the indentation are forgiven. Refuses an edit that adds a syntax error."
        ),
        schema=_schema(
            ("path", "old_str"),
            path=_PATH,
            old_str={"type": "string", "description": "The text to replace, with enough lines to be unique."},
            new_str={"type": "string", "description": "What stands there afterwards; without it, old_str is removed."},
            occurrence={
                "type": "integer",
                "minimum": 1,
                "description": "Which one, where there are several.",
            },
            replace_all={"type": "boolean", "default": False, "description": "Replace every one."},
            force=_FORCE,
        ),
        handler=late("tools.edit.editor", "str_replace"),
    ),
    Tool(
        name="insert",
        description="Insert text as lines of their own after line insert_line (0: at the top of the file).",
        schema=_schema(
            ("path", "insert_line", "insert_text"),
            path=_PATH,
            insert_line={"type": "integer", "minimum": 0},
            insert_text={"type": "string"},
            force=_FORCE,
        ),
        handler=late("tools.edit.editor", "insert"),
    ),
    Tool(
        name="create",
        description="Write a whole file: a new one (folders are made as needed), or in place of one that exists.",
        schema=_schema(("path", "file_text"), path=_PATH, file_text={"type": "string"}, force=_FORCE),
        handler=late("tools.edit.editor", "create"),
    ),
    Tool(
        name="apply_patch",
        description="Apply a patch ('*** Begin Patch' format or unified diff) to one or several files: all or nothing.",
        schema=_schema(("patch",), patch={"type": "string"}, force=_FORCE),
        handler=late("tools.edit.apply", "apply_patch"),
    ),
    Tool(
        name="undo",
        description="Take back the last edit made by these tools (with path: the last one of that file).",
        schema=_schema((), path=_PATH),
        handler=late("tools.edit.editor", "undo"),
    ),
)
