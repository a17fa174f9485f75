"""What a set-up is: plain values, the key of its content, and where what it installs is found afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandboxes.contract import Limits, Workspace
from sandboxes.errors import SandboxError

_FORMAT = "2"  # raise it when the way in which set-ups are made changes
DEPS = "/opt/deps"
"""Where set-up puts what must outlive it: outside the workspace, which every sandbox covers with its own."""
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LIMITS = Limits(memory_bytes=4 << 30, pids=1024)


class SetupFailed(SandboxError):
    """A set-up command failed.

    Attributes:
        command: the one that failed.
        words: its last lines of output.
    """

    def __init__(self, command: str, status: int, words: list[str]) -> None:
        said = f": {' | '.join(words)}" if words else ""
        super().__init__(f"set-up command {command!r} failed with status {status}{said}")
        self.command, self.words = command, words


@dataclass(frozen=True, slots=True)
class Setup:
    """What to install, and on what.

    Attributes:
        image: tag of the base image.
        commands: shell commands for `sh -c` in the workspace, as the sandbox's user.
        packages: Debian packages, installed first, as root.
        about: what else decides the outcome (repository, hashes of manifests); part of the key.
        env: environment of the commands.
        workspace: a copy of the repository's tree to work on, thrown away afterwards; None: an empty folder.
        seconds: for all commands together.
    """

    image: str
    commands: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    uid: int = 1000
    gid: int = 1000
    workspace: Workspace | None = None
    seconds: float = 1800.0
    limits: Limits = _LIMITS


def setup_tag(base_id: str, setup: Setup) -> str:
    """The tag under which the result of `setup` on the image with id `base_id` is kept."""
    parts = (
        _FORMAT, base_id, str(setup.uid), str(setup.gid), "c", *setup.commands, "p", *sorted(setup.packages),
        "a", *setup.about, "e", *(f"{name}={value}" for name, value in sorted(setup.env.items())),
    )  # fmt: skip
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return f"sweagent/setup:{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}"


def environment(image_env: Mapping[str, str]) -> dict[str, str]:
    """What the snapshot's environment adds to that of its base image: where installed things are found."""
    places = (f"{DEPS}/bin", f"{DEPS}/venv/bin", f"{DEPS}/node_modules/.bin", f"{DEPS}/cargo/bin", f"{DEPS}/go/bin")
    path = image_env.get("PATH", _DEFAULT_PATH)
    return {
        "PATH": path if path.startswith(places[0]) else ":".join([*places, path]),
        "NODE_PATH": f"{DEPS}/node_modules",
        "CARGO_HOME": f"{DEPS}/cargo",
        "GOPATH": f"{DEPS}/go",
        "GOMODCACHE": f"{DEPS}/go/pkg/mod",
        "UV_PROJECT_ENVIRONMENT": f"{DEPS}/venv",
        "POETRY_VIRTUALENVS_CREATE": "false",
    }
