"""What an image is made of: a recipe as plain data, whose content is its tag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_FORMAT = "2"  # raise it when the way in which images are made changes
USER = "agent"
"""The name of uid and gid 1000 inside; a sandbox may run as any other number, which has no name then."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image in two equal ways: on an official base from a registry, or from a distribution's packages.

    Attributes:
        name: short name, such as ``base``.
        upstream: the official image that the Dockerfile starts from.
        dockerfile: the Dockerfile's text.
        packages: Debian packages, for where no registry answers.
    """

    name: str
    upstream: str
    dockerfile: str
    packages: tuple[str, ...]

    @property
    def key(self) -> str:
        """Changes with the content."""
        text = "\0".join((_FORMAT, self.upstream, self.dockerfile, *self.packages))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def tag(self) -> str:
        """What engines call the image: ``sweagent/NAME:KEY``."""
        return f"sweagent/{self.name}:{self.key}"


def recipe(name: str) -> Recipe:
    """The shipped recipe called `name`.

    Raises:
        KeyError: there is none.
    """
    upstream, packages = _SHIPPED[name]
    return Recipe(name, upstream, (Path(__file__).parent / f"{name}.Dockerfile").read_text(encoding="utf-8"), packages)


_SHIPPED = {
    "base": (
        "python:3.12-slim-bookworm",
        ("python3", "python-is-python3", "python3-pytest", "python3-coverage", "git", "make", "patch", "procps"),
    ),
}
