"""What an image is made of: a recipe as plain data, whose content is its tag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sandboxes.errors import ImageMissing

_FORMAT = "2"  # raise it when the way in which images are made changes
_FOLDER = Path(__file__).parent / "recipes"
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


def recipe_names() -> tuple[str, ...]:
    """The names of all shipped recipes, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.packages")))


def recipe(name: str) -> Recipe:
    """The shipped recipe called `name`: `recipes/NAME.Dockerfile` and `recipes/NAME.packages`.

    Raises:
        ImageMissing: there is none.
    """
    if name not in recipe_names():
        raise ImageMissing(f"there is no image recipe {name!r}; there are: {', '.join(recipe_names())}")
    dockerfile = (_FOLDER / f"{name}.Dockerfile").read_text(encoding="utf-8")
    packages = tuple((_FOLDER / f"{name}.packages").read_text(encoding="ascii").split())
    upstream = dockerfile.split("\n", 1)[0].removeprefix("FROM ").strip()
    return Recipe(name, upstream, dockerfile, packages)
