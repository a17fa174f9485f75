"""Uses a sandbox's tools for an agent: what goes in is completed, what comes out is bounded and fit to store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sandboxes.contract import CallResult
from sweagent.agent.prompt import cut
from sweagent.agent.strategy import AttemptContext
from sweagent.core import event as ev
from sweagent.core.message import ToolCall, ToolResult, ToolSchema
from sweagent.core.report import TestReport
from sweagent.models.clean import clean, clean_json

MOST_DATA = 16_000
"""Characters of JSON kept of a tool's structured answer; a larger one is dropped, its text stays."""
_FACTS = (
    "uname -sm; python3 --version; git log -1 --format='%h %s' 2>/dev/null; git status --short 2>/dev/null | head -5; "
    "ls -A | head -60"
)


class Hands:
    """The tools that a sandbox offers to agents."""

    def __init__(self, context: AttemptContext, longest: int) -> None:
        self._context = context
        self._longest = longest
        self.tools = tuple(
            ToolSchema(name=tool.name, description=tool.description, parameters=dict(tool.parameters))
            for tool in context.sandbox.tools
            if tool.audience == "agent"
        )

    async def use(self, call: ToolCall) -> ToolResult:
        """One tool call through the wall, or the reason why it was not made."""
        if call.arguments is None:
            return ToolResult(text=self._malformed(call), is_error=True)
        arguments = self._completed(call.name, call.arguments)
        answer = await self._context.sandbox.call(call.name, arguments, timeout=_patience(arguments))
        data = _data(answer.data)
        if call.name == "run_tests" and data is not None:
            await self._note_tests(data)
        kept = data if data is not None and len(json.dumps(data)) <= MOST_DATA else None
        return ToolResult(text=cut(clean(answer.text), self._longest), is_error=answer.is_error, data=kept)

    async def facts(self) -> str:
        """What the workspace is, asked inside the sandbox: never the host's system."""
        answer = await self._bash(_FACTS)
        return clean(answer.text) if answer is not None and not answer.is_error else ""

    async def dirty(self) -> bool:
        """Whether git inside sees a change; True where it cannot tell. For a friendly word, never a verdict."""
        answer = await self._bash("git status --porcelain | head -c 200")
        if answer is None or answer.is_error or (answer.data or {}).get("exit_code") != 0:
            return True
        return answer.text.strip() not in ("", "(no output)")

    async def _bash(self, command: str) -> CallResult | None:
        if all(tool.name != "bash" for tool in self.tools):
            return None
        return await self._context.sandbox.call("bash", {"command": command, "timeout": 30}, timeout=90)

    def _completed(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, with the task's own test command and time limit where `run_tests` got none."""
        if name != "run_tests":
            return arguments
        task = {"command": self._context.task.test_command, "timeout": self._context.test_seconds}
        return {**task, **{key: value for key, value in arguments.items() if value not in (None, "")}}

    def _malformed(self, call: ToolCall) -> str:
        """What was wrong with a call, and how the tool wants it."""
        schema = next((tool.parameters for tool in self.tools if tool.name == call.name), None)
        if schema is None:
            names = ", ".join(tool.name for tool in self.tools)
            return f"The call could not be read: {call.error}. There is no tool {call.name!r}; there are: {names}."
        required = schema.get("required", ())
        wanted = ", ".join(f"{key}{'' if key in required else ' (optional)'}" for key in schema.get("properties", {}))
        return f"The call could not be read: {call.error}. {call.name} wants one JSON object with: {wanted}."

    async def _note_tests(self, data: dict[str, Any]) -> None:
        """Put a test run into the log, if that is what the answer is."""
        try:
            report = TestReport.model_validate(data)
        except ValidationError:
            return
        short = report.model_copy(update={"output": cut(report.output, 4_000)})
        await self._context.emit(ev.TestsRan(phase="attempt", report=short, attempt=self._context.attempt))


def _patience(arguments: Mapping[str, Any]) -> float:
    """Seconds to wait for a tool: more than it may itself take, since an answer too late costs the whole sandbox."""
    asked = arguments.get("timeout")
    given = isinstance(asked, int | float) and not isinstance(asked, bool) and asked > 0
    return (min(float(asked or 0), 7_200.0) if given else 120.0) + 60.0


def _data(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    try:
        return None if data is None else clean_json(dict(data))
    except (ValueError, RecursionError):
        return None
