"""Record which lines of the workspace run, and what types the locals have, with `sys.settrace` alone."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: BLE001, UP031

from __future__ import annotations

import os
import sys
import threading
from typing import Any

EVENTS_PER_TEST = 3_000_000
NAMES_PER_TYPE = 80


class Tracer:
    """Traces code below `root`, except paths that `skip` names (a tuple of path prefixes)."""

    def __init__(self, root: str, skip: tuple[str, ...]) -> None:
        self._prefix = root + os.sep
        self._skip = skip
        self._wanted: dict[str, bool] = {}
        self.lines: dict[str, set[int]] = {}
        self.order: list[tuple[str, int]] = []
        self.types: dict[str, dict[str, set[str]]] = {}
        self.names: dict[str, list[str]] = {}
        self.with_types = False
        self.events = 0

    def start(self) -> None:
        """Forget what was recorded and begin."""
        self.lines, self.types, self.names, self.events = {}, {}, {}, 0
        threading.settrace(self._call)
        sys.settrace(self._call)

    def stop(self) -> None:
        """Stop recording."""
        sys.settrace(None)
        threading.settrace(None)

    def _want(self, filename: str) -> bool:
        answer = filename.startswith(self._prefix) and not any(
            filename[len(self._prefix) :].startswith(prefix) for prefix in self._skip
        )
        self._wanted[filename] = answer
        return answer

    def _call(self, frame: Any, event: str, arg: Any) -> Any | None:
        filename = frame.f_code.co_filename
        wanted = self._wanted.get(filename)
        if wanted is None:
            wanted = self._want(filename)
        if not wanted:
            return None
        return self._local(self.lines.setdefault(filename, set()))

    def _local(self, lines: set[int]) -> Any:
        def local(frame: Any, event: str, arg: Any) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
                self.events += 1
                if self.events > EVENTS_PER_TEST:
                    self.stop()
                    return None
            elif event == "return" and self.with_types:
                self._note(frame, arg)
            return local

        return local

    def _note(self, frame: Any, result: Any) -> None:
        code = frame.f_code
        key = "%s:%d" % (code.co_filename[len(self._prefix) :], code.co_firstlineno)
        seen = self.types.setdefault(key, {})
        for name, value in list(frame.f_locals.items())[:60]:
            self._type(seen, name, value)
        self._type(seen, "return", result)

    def _type(self, seen: dict[str, set[str]], name: str, value: Any) -> None:
        kind = type(value)
        types = seen.setdefault(name, set())
        if len(types) >= 6:
            return
        types.add(kind.__name__)
        if kind.__name__ not in self.names and len(self.names) < 300 and not isinstance(value, type):
            try:
                names = [n for n in dir(kind) if not n.startswith("__")]
                names += [n for n in getattr(value, "__dict__", {}) if isinstance(n, str) and n not in names]
            except Exception:
                names = []
            self.names[kind.__name__] = names[:NAMES_PER_TYPE]

    def taken(self) -> dict[str, Any]:
        """What was recorded since `start`, with paths relative to the root."""
        cut = len(self._prefix)
        record: dict[str, Any] = {"lines": {path[cut:]: sorted(lines) for path, lines in self.lines.items() if lines}}
        if self.with_types:
            record["types"] = {key: {n: sorted(t) for n, t in seen.items()} for key, seen in self.types.items()}
            record["names"] = self.names
        return record
