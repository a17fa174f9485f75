"""Fits a call's arguments to a tool's schema: parameter aliases, forgiving types, messages that a model can act on.

The subset of JSON Schema: ``type`` (one name or a list), ``properties``, ``required``, ``enum``, ``items``,
``minItems``, ``maxItems``, ``minimum``, ``maximum`` and ``default``. Unknown parameters are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from tools.line_range import RANGE, gathered, pair

ALIASES: Mapping[str, tuple[str, ...]] = {
    "path": (
        "file_path",
        "filepath",
        "filename",
        "file",
        "file_name",
        "target_file",
        "absolute_path",
        "dir",
        "directory",
    ),
    "command": ("cmd", "script", "bash_command", "shell_command", "code"),
    "timeout": ("timeout_seconds", "timeout_s", "time_limit", "seconds"),
    "old_str": ("old_string", "old_text", "old", "search", "find", "old_code", "target"),
    "new_str": ("new_string", "new_text", "new", "replace", "replacement", "new_code"),
    "insert_line": ("line", "line_number", "after_line", "insert_after"),
    "insert_text": ("text", "new_str", "content", "new_text"),
    "file_text": ("content", "contents", "text", "file_content", "code"),
    "view_range": ("range", "lines", "line_range"),
    "pattern": ("query", "regex", "search_term", "text", "q"),
    "glob": ("include", "file_pattern", "glob_pattern", "files"),
    "max_results": ("limit", "max", "head_limit", "max_count"),
    "replace_all": ("all", "allow_multi_edits", "global"),
    "patch": ("input", "diff", "patch_text", "content"),
    "summary": ("message", "answer", "result", "final_answer", "description"),
    "paths": ("path", "tests", "test_ids", "files", "targets"),
}
"""True parameter → names that models use for it. An alias counts only where the true name is absent."""

CHATTER = frozenset(
    {"thought", "thoughts", "reason", "reasoning", "explanation", "description", "security_risk", "why"}
)
"""Parameters that models add for themselves; dropped without a word."""


class BadArguments(Exception):
    """The arguments do not fit; the text says how to mend them."""


def fit(
    schema: Mapping[str, Any], arguments: Mapping[str, Any], extra: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return `arguments` with true names, right types and defaults.

    Raises:
        BadArguments: something is missing, unknown or of the wrong type.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    given = _true_names(properties, arguments, extra or {})
    if RANGE in properties:
        try:
            given = gathered(given, properties)
        except ValueError as error:
            raise BadArguments(str(error)) from None
    unknown = [name for name in given if name not in properties and name not in CHATTER]
    if unknown:
        raise BadArguments(_unknown(unknown[0], properties))
    missing = [name for name in schema.get("required", ()) if given.get(name) is None]
    if missing:
        raise BadArguments(f"missing parameter {', '.join(map(repr, missing))}; {_shape(schema)}")
    fitted: dict[str, Any] = {}
    for name, rule in properties.items():
        value = given.get(name)
        if value is None:
            if "default" in rule:
                fitted[name] = rule["default"]
            continue
        fitted[name] = _value(name, rule, value)
    return fitted


def _true_names(
    properties: Mapping[str, Any], arguments: Mapping[str, Any], extra: Mapping[str, str]
) -> dict[str, Any]:
    given = {str(name).strip(): value for name, value in arguments.items()}
    folded = {name.lower().replace("-", "_"): name for name in properties}
    result: dict[str, Any] = {}
    for name, value in given.items():
        result[folded.get(name.lower().replace("-", "_"), name)] = value
    for name in [n for n in result if n not in properties]:
        true = extra.get(name.lower()) or next(
            (t for t, others in ALIASES.items() if t in properties and t not in result and name.lower() in others), None
        )
        if true is not None and true in properties and true not in result:
            result[true] = result.pop(name)
    return result


def _unknown(name: str, properties: Mapping[str, Any]) -> str:
    near = get_close_matches(name, list(properties), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"unknown parameter {name!r}.{hint} Known: {', '.join(properties) or 'none'}."


def _shape(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    parts = [
        f"{name} ({_kinds(rule)}{'' if name in required else ', optional'})"
        for name, rule in schema.get("properties", {}).items()
    ]
    return "parameters: " + ", ".join(parts)


def _kinds(rule: Mapping[str, Any]) -> str:
    kind = rule.get("type", "any")
    return kind if isinstance(kind, str) else " or ".join(kind)


def _value(name: str, rule: Mapping[str, Any], value: Any) -> Any:
    kind = rule.get("type")
    kinds = (kind,) if isinstance(kind, str) else tuple(kind or ())
    if kinds and not any(_is(k, value) for k in kinds):
        value = _converted(name, rule, kinds, value)
    if "enum" in rule and value not in rule["enum"]:
        raise BadArguments(f"{name!r} must be one of {', '.join(map(repr, rule['enum']))}, not {value!r:.80}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in rule and value < rule["minimum"]:
            raise BadArguments(f"{name!r} must be at least {rule['minimum']}, not {value}")
        if "maximum" in rule and value > rule["maximum"]:
            raise BadArguments(f"{name!r} must be at most {rule['maximum']}, not {value}")
    if isinstance(value, list):
        value = _items(name, rule, value)
    return value


def _items(name: str, rule: Mapping[str, Any], value: list[Any]) -> list[Any]:
    if len(value) < rule.get("minItems", 0) or len(value) > rule.get("maxItems", len(value)):
        raise BadArguments(f"{name!r} has {len(value)} items; {rule.get('description', 'wrong number')}")
    if "items" not in rule:
        return value
    return [_value(f"{name}[{index}]", rule["items"], item) for index, item in enumerate(value)]


def _is(kind: str, value: Any) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return True


def _converted(name: str, rule: Mapping[str, Any], kinds: tuple[str, ...], value: Any) -> Any:
    """What the model meant: numbers and booleans in quotes, whole floats, JSON in a string, one item for a list."""
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if "boolean" in kinds and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            parsed = None
        if parsed is not None and any(_is(k, parsed) for k in kinds):
            return parsed
        if name == RANGE and "array" in kinds and (lines := pair(text)):
            return lines
    if "array" in kinds and _is(str(rule.get("items", {}).get("type", "any")), value):
        return [value]
    if "string" in kinds and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise BadArguments(f"{name!r} must be {_kinds(rule)}, not {type(value).__name__} ({value!r:.60})")
