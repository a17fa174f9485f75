"""Reads a tool call's arguments strictly: a JSON object, or the reason why not."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from sweagent.models.clean import clean, clean_json

MAX_RAW = 20_000
"""Characters kept of arguments that could not be read."""


def parse_arguments(raw: Any) -> tuple[dict[str, Any] | None, str, str | None]:
    """`raw` as (arguments, what was written, error); either arguments or error is None.

    Nothing at all means no arguments, as several providers write it. A value that is already an object is taken as it
    is.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return {}, "", None
    if isinstance(raw, str):
        return _of_text(raw)
    if isinstance(raw, dict):
        try:
            return clean_json(raw), "", None
        except (ValueError, RecursionError) as error:
            return None, "", f"arguments are not usable: {error}"
    return None, clean(repr(raw), MAX_RAW), f"arguments must be a JSON object, not {type(raw).__name__}"


def _of_text(raw: str) -> tuple[dict[str, Any] | None, str, str | None]:
    kept = clean(raw, MAX_RAW)
    try:
        value = json.loads(raw, parse_constant=_refuse)
        if isinstance(value, str):  # a few servers encode twice
            value = json.loads(value, parse_constant=_refuse)
        if not isinstance(value, dict):
            return None, kept, f"arguments must be a JSON object, not {_kind(value)}"
        return clean_json(value), "", None
    except json.JSONDecodeError as error:
        return None, kept, f"arguments are not JSON: {error.msg} at line {error.lineno} column {error.colno}"
    except (ValueError, RecursionError) as error:
        return None, kept, f"arguments are not JSON: {error}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _kind(value: Any) -> str:
    names = {list: "a list", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), "text")
