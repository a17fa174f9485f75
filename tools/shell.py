"""The `bash` and `submit` tools."""

from __future__ import annotations

from typing import Any

from tools.process import Finished
from tools.registry import Call, Result, Tool

_LIMITS = {
    "memory": "out of memory: the sandbox's memory limit killed a process",
    "pids": "too many processes: the sandbox's process limit was reached",
    "disk": "no space left: the sandbox's disk limit was reached",
    "file": "file too large: the sandbox's file size limit was reached",
}


def bash(arguments: dict[str, Any], call: Call) -> Result:
    """Run a shell command."""
    seconds = float(arguments["timeout"])
    done = call.runner.run(arguments["command"], timeout=seconds, cancelled=call.cancelled)
    notes = _notes(done, seconds)
    output = done.output.text()
    parts = [output.rstrip("\n")] if output.strip() else ["(no output)"] if not notes else []
    return Result("\n".join(parts + notes), is_error=done.error is not None, data=described(done))


def described(done: Finished) -> dict[str, Any]:
    """A finished command as a JSON object."""
    return {
        "exit_code": done.exit_code,
        "signal": done.signal,
        "timed_out": done.timed_out,
        "cancelled": done.cancelled,
        "seconds": round(done.seconds, 4),
        "output_bytes": done.output.total,
        "truncated_bytes": done.output.omitted,
        "spill": done.output.spill,
        "background": done.background,
        "limit": done.limit,
        "error": done.error,
    }


def _notes(done: Finished, seconds: float) -> list[str]:
    notes = []
    if done.error is not None:
        notes.append(f"[could not start: {done.error}]")
    elif done.timed_out:
        notes.append(
            f"[stopped after {seconds:g} s with everything it started; run long work in the background with &]"
        )
    elif done.cancelled:
        notes.append("[cancelled]")
    elif done.exit_code:
        notes.append(f"[exit status {done.exit_code}]")
    if done.limit:
        notes.append(f"[{_LIMITS[done.limit]}]")
    elif done.exit_code == 137:
        notes.append("[killed by signal 9, perhaps for memory]")
    if done.background:
        notes.append(f"[something runs on in the background; its output goes to {done.output.spill}]")
    return notes


def submit(arguments: dict[str, Any], call: Call) -> Result:
    """Declare the work done."""
    summary = arguments["summary"].strip()
    return Result("Submitted.", data={"submitted": True, "summary": summary})


TOOLS = (
    Tool(
        name="bash",
        description=(
            "Run a shell command in the workspace folder. Each call is a fresh process: folder and variables do not "
            "carry over. No terminal, no input, no network. Long output is cut in the middle and kept in a file."
        ),
        schema={
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "The command line."},
                "timeout": {
                    "type": "number",
                    "description": "Seconds after which it is stopped with everything it started.",
                    "default": 120,
                    "minimum": 0.1,
                    "maximum": 3600,
                },
            },
            "required": ["command"],
        },
        handler=bash,
    ),
    Tool(
        name="submit",
        description="Say that the work is done. Call this once, as the last step, after the tests pass.",
        schema={
            "type": "object",
            "properties": {
                "summary": {"type": "string", "description": "What was wrong and what you changed.", "default": ""}
            },
        },
        handler=submit,
        read_only=True,
    ),
)
