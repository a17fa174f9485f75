"""The tools of this room: `view` and `search`."""

from __future__ import annotations

from tools.registry import Tool, late

TOOLS = (
    Tool(
        name="view",
        description=(
            "Show a text file with line numbers, or a folder two levels deep. view_range [first, last] shows a part "
            "(last -1: to the end), symbol one definition. Long files are shown in pages."
        ),
        schema={
            "type": "object",
            "properties": {
                "path": {
                    "type": "string",
                    "description": "File or folder, absolute or relative to the workspace; or path::Class.method.",
                },
                "symbol": {"type": "string", "description": "Class.method or name in the file: only its definition."},
                "view_range": {
                    "type": "array",
                    "items": {"type": "integer"},
                    "minItems": 1,
                    "maxItems": 2,
                    "description": "[first, last] line, from 1; last -1 means the end.",
                },
            },
            "required": ["path"],
        },
        handler=late("tools.look.view", "view"),
        read_only=True,
    ),
    Tool(
        name="search",
        description="Search files for a regular expression (or plain text with literal=true); shows path:line: text.",
        schema={
            "type": "object",
            "properties": {
                "pattern": {"type": "string", "description": "Regular expression, or plain text with literal=true."},
                "path": {"type": "string", "description": "File or folder to search; the workspace by default."},
                "glob": {
                    "type": "string",
                    "description": "Only files that fit, for example *.py or src/**/*.{js,ts}; !*.min.js leaves out.",
                },
                "literal": {"type": "boolean", "default": False},
                "ignore_case": {"type": "boolean", "default": False},
                "max_results": {"type": "integer", "default": 100, "minimum": 1, "maximum": 2000},
                "context": {
                    "type": "integer",
                    "default": 0,
                    "minimum": 0,
                    "maximum": 20,
                    "description": "Lines to show before and after each match.",
                },
            },
            "required": ["pattern"],
        },
        handler=late("tools.look.search", "search"),
        read_only=True,
        parameter_aliases={"context_lines": "context", "around": "context", "c": "context"},
    ),
)
