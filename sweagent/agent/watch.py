"""Watches a tool-calling agent for going in circles and for submitting too early."""

from __future__ import annotations

import json
import re
from collections import deque

from sweagent.core.message import ToolCall, ToolResult

EDITS = frozenset(
    {"edit", "str_replace", "insert", "create", "write", "apply_patch", "undo", "add_import"}
    | {"replace_symbol", "insert_before_symbol", "insert_after_symbol", "rename_symbol", "structural_replace"}
)
"""Tools whose success changes the workspace for sure; `bash` may."""
NUDGE_AT = 3
GIVE_UP_AT = 6
WINDOW = 24
_TEST_WORDS = re.compile(r"\b(?:test|tests|pytest|unittest|tox|nox|jest|mocha|rspec|ctest)\b")
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")


class Watch:
    """Counts repeated calls, and knows whether anything was edited and tested since."""

    def __init__(self) -> None:
        self._recent: deque[tuple[str, str, str]] = deque(maxlen=WINDOW)
        self.edited = False
        self.tested = False

    def saw(self, call: ToolCall, result: ToolResult) -> int:
        """Take note of a call; how often it was made lately with the same result (numbers such as times aside)."""
        if not result.is_error:
            self._note(call)
        key = (
            call.name,
            call.raw or json.dumps(call.arguments, sort_keys=True),
            _NUMBERS.sub("0", result.text),
        )
        self._recent.append(key)
        return self._recent.count(key)

    def _note(self, call: ToolCall) -> None:
        command = str((call.arguments or {}).get("command", ""))
        if call.name == "run_tests" or (call.name == "bash" and _TEST_WORDS.search(command)):
            self.tested = True
        elif call.name in EDITS:
            self.edited, self.tested = True, False
            self._recent.clear()
