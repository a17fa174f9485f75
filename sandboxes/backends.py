"""The kinds of wall by name."""

from __future__ import annotations

from sandboxes.bwrap_backend import BwrapBackend
from sandboxes.contract import Backend
from sandboxes.docker_backend import DockerBackend

BACKENDS = ("docker", "bwrap")
"""Every name that `get_backend` takes."""


def get_backend(name: str) -> Backend:
    """A new backend of this kind, with its defaults.

    Raises:
        ValueError: there is no such kind.
    """
    match name:
        case "docker":
            return DockerBackend()
        case "bwrap":
            return BwrapBackend()
        case _:
            raise ValueError(f"no sandbox backend {name!r}; there are: {', '.join(BACKENDS)}")
