"""Resolves the names that models call tools by to the tools there are."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from tools.registry import Tool

ALIASES: Mapping[str, str] = {
    "execute_bash": "bash",
    "execute_command": "bash",
    "run_command": "bash",
    "run_shell_command": "bash",
    "run_terminal_cmd": "bash",
    "shell": "bash",
    "shell_command": "bash",
    "terminal": "bash",
    "exec": "bash",
    "exec_command": "bash",
    "local_shell": "bash",
    "container.exec": "bash",
    "run": "bash",
    "sh": "bash",
    "command": "bash",
    "read": "view",
    "read_file": "view",
    "open": "view",
    "open_file": "view",
    "cat": "view",
    "ls": "view",
    "list_dir": "view",
    "list_files": "view",
    "view_file": "view",
    "grep": "search",
    "grep_search": "search",
    "ripgrep": "search",
    "rg": "search",
    "search_files": "search",
    "search_code": "search",
    "find_in_files": "search",
    "replace": "str_replace",
    "replace_in_file": "str_replace",
    "search_replace": "str_replace",
    "string_replace": "str_replace",
    "edit_file": "str_replace",
    "write": "create",
    "write_file": "create",
    "write_to_file": "create",
    "create_file": "create",
    "insert_line": "insert",
    "insert_text": "insert",
    "applypatch": "apply_patch",
    "patch": "apply_patch",
    "undo_edit": "undo",
    "test": "run_tests",
    "pytest": "run_tests",
    "run_test": "run_tests",
    "finish": "submit",
    "done": "submit",
    "complete": "submit",
    "attempt_completion": "submit",
}

EDITORS = frozenset(
    {"str_replace_editor", "str_replace_based_edit_tool", "edit", "editor", "text_editor", "file_editor"}
)
"""One tool with a `command` parameter, as several model families were trained on."""

_EDITOR_COMMANDS = {"undo_edit": "undo", "write": "create", "replace": "str_replace"}
_WRAPPERS = ("functions.", "functions/", "tools.", "mcp__", "default_api.")


class UnknownTool(Exception):
    """No such tool; the text names the nearest ones."""


def resolve(name: str, arguments: dict[str, Any], tools: Mapping[str, Tool]) -> tuple[Tool, dict[str, Any]]:
    """The tool meant by `name`, and its arguments (an editor's `command` is taken out of them).

    Raises:
        UnknownTool: nothing is near enough to be sure.
    """
    folded = name.strip().lower().replace("-", "_").replace(" ", "_")
    for wrapper in _WRAPPERS:
        folded = folded.removeprefix(wrapper)
    if folded in EDITORS and folded not in tools:
        return _editor(arguments, tools)
    true = folded if folded in tools else next((t.name for t in tools.values() if folded in t.aliases), None)
    true = true or ALIASES.get(folded)
    squeezed = folded.replace("_", "")
    true = true or next((t for t in tools if t.replace("_", "") == squeezed), None)
    if true is None or true not in tools:
        raise UnknownTool(_nearest(name, folded, tools))
    return tools[true], arguments


def _editor(arguments: dict[str, Any], tools: Mapping[str, Tool]) -> tuple[Tool, dict[str, Any]]:
    rest = dict(arguments)
    command = str(rest.pop("command", "")).strip().lower()
    if not command:
        command = _guess(rest)
    command = _EDITOR_COMMANDS.get(command, command)
    if command not in ("view", "create", "str_replace", "insert", "undo") or command not in tools:
        raise UnknownTool(f"unknown editor command {command!r}; use view, create, str_replace, insert or undo")
    known = set(tools[command].schema.get("properties", {}))
    if command != "insert":
        rest.pop("insert_line", None)
    # These models send every parameter of the one big tool, empty where it does not apply.
    return tools[command], {k: v for k, v in rest.items() if k in known or v not in (None, "", [])}


def _guess(arguments: Mapping[str, Any]) -> str:
    names = {name.lower() for name in arguments}
    if names & {"old_str", "old_string", "old_text"}:
        return "str_replace"
    if "insert_line" in names:
        return "insert"
    if names & {"file_text", "content", "contents"}:
        return "create"
    return "view"


def _nearest(name: str, folded: str, tools: Mapping[str, Tool]) -> str:
    agent = [t.name for t in tools.values() if t.audience == "agent"]
    near = get_close_matches(folded, agent, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"unknown tool {name!r:.80}; {hint}Tools: {', '.join(agent)}"
