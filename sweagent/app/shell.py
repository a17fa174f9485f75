"""A sandbox for a person: what an agent would see of a repository, one command at a time; nothing of it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from sandboxes.contract import CallResult
from sweagent.app.crew import open_backend
from sweagent.app.ground import open_ground
from sweagent.app.options import SolveOptions
from sweagent.core.event import Body, Progressed, Warned
from sweagent.repo.git import forget_git_environment
from sweagent.repo.source import open_source

COMMAND_SECONDS = 3600.0

Say = Callable[[str], None]


async def shell(options: SolveOptions, run: str, commands: AsyncIterator[str], say: Say) -> int:
    """Run each of `commands` in a fresh sandbox of `options.repo`, told to `say`; the last one's exit status.

    Raises:
        BadInput: the repository or backend cannot be used.
        SandboxError: the wall failed.
    """

    async def tell(body: Body) -> None:
        if isinstance(body, Progressed | Warned):
            say(f"[{body.kind}] {body.message}" if isinstance(body, Warned) else f"[{body.phase}] {body.message}")

    forget_git_environment()
    source = await open_source(options.repo, options.base, allow_dirty=options.allow_dirty)
    backend = await open_backend(options.sandbox)
    ground = await open_ground(options, run, source, backend, tell)
    status = 0
    async with ground.sandbox("shell") as (sandbox, _):
        say(f"[shell] {sandbox.name}: a command a line; an empty input (Ctrl-D) ends it, and its changes go with it")
        async for command in commands:
            arguments = {"command": command, "timeout": COMMAND_SECONDS}
            result = await sandbox.call("bash", arguments, timeout=COMMAND_SECONDS + 30)
            say(result.text)
            status = _status(result)
    return status


def _status(result: CallResult) -> int:
    code = (result.data or {}).get("exit_code")
    return code if isinstance(code, int) and 0 <= code < 256 else 1
