"""Git through GitPython with everything off that a hostile repository could use to run code on the host.

Hooks, fsmonitor, filters, external diffs, text conversion, lazy fetching, automatic maintenance and unsafe protocols
are off in the scope of the command, which a repository's own configuration cannot override. The host never runs git in
a folder that an agent could write (see `docs/architecture.md`); this is the second wall behind that rule.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from sweagent.core.errors import BadInput, RepoError

ALLOWED_PROTOCOLS = "file:https:http:ssh:git"

_HARDENING = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.alternateRefsCommand": "true",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.pager": "cat",
    "core.editor": "false",
    "core.sshCommand": "ssh -o BatchMode=yes",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "protocol.ext.allow": "never",
    "transfer.bundleURI": "false",
    "init.templateDir": "",
    "advice.detachedHead": "false",
    "user.name": "sweagent",
    "user.email": "sweagent@users.noreply.github.com",
}

_GLOBAL_CONFIG = """\
# Written by sweagent: the only global configuration that its own git commands see.
{include}[safe]
\tdirectory = *
[uploadpack]
\tallowAnySHA1InWant = true
[init]
\tdefaultBranch = main
"""


def forget_git_environment() -> None:
    """Remove variables such as GIT_DIR that a surrounding git command left in this process's environment."""
    keep = ("GIT_SSH", "GIT_SSL", "GIT_ASKPASS", "GIT_PROXY", "GIT_TRACE", "GIT_PYTHON")
    for name in [n for n in os.environ if n.startswith("GIT_") and not n.startswith(keep)]:
        del os.environ[name]


@lru_cache
def _global_config(with_user_config: bool) -> str:
    """A folder-less configuration file for GIT_CONFIG_GLOBAL; `with_user_config` lets credentials and proxies in."""
    include = ""
    if with_user_config:
        paths = [Path.home() / ".config/git/config", Path.home() / ".gitconfig"]
        include = "".join(f'[include]\n\tpath = "{path}"\n' for path in paths if path.is_file())
    handle, name = tempfile.mkstemp(prefix="sweagent-git-", suffix=".config")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_GLOBAL_CONFIG.format(include=include))
    return name


def _environment(remote: bool, overrides: dict[str, str]) -> dict[str, str]:
    config = _HARDENING | overrides
    if remote:  # the user's own ssh command and identity may be needed to reach a remote
        config = {key: value for key, value in config.items() if key != "core.sshCommand"}
    environment = {
        "GIT_CONFIG_NOSYSTEM": "0" if remote else "1",
        "GIT_CONFIG_GLOBAL": _global_config(remote),
        "GIT_CONFIG_COUNT": str(len(config)),
        "GIT_ALLOW_PROTOCOL": ALLOWED_PROTOCOLS,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_FLUSH": "1",
        "LC_ALL": "C.UTF-8",
    }
    for number, (key, value) in enumerate(config.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


class Git:
    """Git commands in one folder of the host.

    `overrides` are further configuration values in command scope. Cancelling a call kills its git process.
    """

    def __init__(self, folder: Path, overrides: dict[str, str] | None = None) -> None:
        self.folder = folder
        self._overrides = overrides or {}

    def start(self, *arguments: str, remote: bool = False) -> subprocess.Popen[bytes]:
        """Start ``git ARGUMENTS`` with pipes on all three streams; the caller ends it.

        `remote` lets the user's own configuration in, for credentials and proxies of remotes.
        """
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        import git  # imported late: GitPython costs a tenth of a second

        try:
            process = git.Git(str(self.folder)).execute(
                ["git", *arguments],
                istream=subprocess.PIPE,
                env=_environment(remote, self._overrides),
                as_process=True,
                start_new_session=True,
            )
        except git.GitCommandNotFound:
            raise BadInput("git is not installed: install it with `apt-get install git`") from None
        proc = process.proc
        assert proc is not None  # noqa: S101  # as_process=True always starts one
        process.proc = None  # ours now: GitPython's wrapper would interrupt it when collected
        return proc

    async def run(
        self, *arguments: str, stdin: bytes | None = None, remote: bool = False, seconds: float = 300.0
    ) -> bytes:
        """Run ``git ARGUMENTS`` to its end and return its standard output.

        Raises:
            RepoError: git failed or took longer than `seconds`; the message is git's own last line.
        """
        process = await asyncio.to_thread(self.start, *arguments, remote=remote)
        try:
            work = asyncio.to_thread(process.communicate, stdin)
            output, errors = await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(work)), seconds)
        except TimeoutError:
            raise RepoError(f"git {arguments[0]} took longer than {seconds:.0f} s") from None
        finally:
            if process.poll() is None:
                process.kill()
        if process.returncode != 0:
            lines = errors.decode("utf-8", "replace").strip().split("\n")
            fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
            raise RepoError(f"git {arguments[0]}: {(fatal or lines)[-1] or process.returncode}")
        return output

    async def text(self, *arguments: str, remote: bool = False, seconds: float = 300.0) -> str:
        """Like `run`, decoded and without the final line end."""
        output = await self.run(*arguments, remote=remote, seconds=seconds)
        return output.decode("utf-8", "surrogateescape").rstrip("\n")
