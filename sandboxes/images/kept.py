"""The cache of images that repositories asked for: when each was last used, and which go when they take too much room.

An engine does not say when an image was last used, so each use touches a small file beside the other caches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from sandboxes.cache import cache_home
from sandboxes.images.slow import inspect_image, slow_client

KEPT_LABEL = "sweagent.kept"
"""Marks images made for one repository (`setup` or `build`), unlike the shipped ones."""
MAX_BYTES = 20 << 30
_FRESH_SECONDS = 600  # a run may stand between finding its image and starting a sandbox from it


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept image: its tag, the bytes it adds to its base, and when it was last used (seconds since the epoch)."""

    tag: str
    size: int
    used: float


def touch(tag: str) -> str:
    """Note that the image is being used; returns its tag."""
    mark = _mark(tag)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return tag


def is_kept(client: docker.APIClient, tag: str) -> bool:
    """Whether the engine has this image."""
    return bool(client.images(name=tag, quiet=True))


def choose(images: list[Kept], most: int, now: float) -> list[Kept]:
    """Which of `images` have to go so that the rest takes at most `most` bytes: those unused for longest.

    One that was used in the last ten minutes stays in any case.
    """
    total = sum(image.size for image in images)
    going = []
    for image in sorted(images, key=lambda image: image.used):
        if total <= most:
            break
        if now - image.used >= _FRESH_SECONDS:
            going.append(image)
            total -= image.size
    return going


async def list_kept() -> list[Kept]:
    """Every image made for a repository.

    Raises:
        BackendUnavailable: the engine does not answer.
    """
    return await asyncio.to_thread(_list)


async def collect(most: int = MAX_BYTES, say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Remove the kept images unused for longest until they take at most `most` bytes; the tags removed.

    One that a container still uses stays.

    Raises:
        BackendUnavailable: the engine does not answer.
    """
    return await asyncio.to_thread(_collect, most, say)


def _collect(most: int, say: Callable[[str], None]) -> list[str]:
    removed = []
    for image in choose(_list(), most, time.time()):
        with slow_client() as client:
            try:
                client.remove_image(image.tag)
            except docker.errors.APIError as error:
                say(f"{image.tag} stays: {error.explanation}")
                continue
        _mark(image.tag).unlink(missing_ok=True)
        removed.append(image.tag)
    return removed


def _list() -> list[Kept]:
    with slow_client() as client:
        found = client.images(filters={"label": KEPT_LABEL})
        kept = []
        for image in found:
            about = inspect_image(client, image["Id"])
            base = _base_size(client, about.get("Parent", ""))
            kept += [
                Kept(tag, max(0, int(about["Size"]) - base), _last_use(tag, float(image.get("Created", 0))))
                for tag in image.get("RepoTags") or ()
                if tag.startswith("sweagent/")
            ]
        return kept


def _base_size(client: docker.APIClient, parent: str) -> int:
    """The size of what an image stands on: those layers are another image's."""
    if not parent:
        return 0
    try:
        return int(inspect_image(client, parent)["Size"])
    except docker.errors.ImageNotFound:
        return 0


def _last_use(tag: str, created: float) -> float:
    try:
        return _mark(tag).stat().st_mtime
    except OSError:
        return created


def _mark(tag: str) -> Path:
    return cache_home() / "images" / "used" / tag.replace("/", "+")
