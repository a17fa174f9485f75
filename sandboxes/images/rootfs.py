"""Images as plain folders, for walls that have no engine: unpacked once into the cache."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path

import docker

from sandboxes.cache import cache_home, publish
from sandboxes.docker_engine import DockerEngine
from sandboxes.errors import BackendUnavailable, ImageMissing, SandboxError
from sandboxes.images.bootstrap import Say, bootstrap
from sandboxes.images.recipe import Recipe

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*(:[A-Za-z0-9._-]+)?")


def rootfs_folder(image: str) -> Path:
    """Where the unpacked `image` (a tag) stands or would stand.

    Raises:
        ImageMissing: `image` is no tag.
    """
    if not _TAG.fullmatch(image) or ".." in image:
        raise ImageMissing(f"{image!r} is not the name of an image")
    return cache_home() / "rootfs" / image.replace("/", "+")


async def ensure_rootfs(recipe: Recipe, say: Say) -> Path:
    """The unpacked image, made first if need be: from Docker's copy where it has one, else from packages.

    Raises:
        BackendUnavailable: it cannot be made here.
    """
    folder = rootfs_folder(recipe.tag)
    if folder.exists():
        return folder
    engine = DockerEngine()
    with tempfile.TemporaryDirectory(prefix="sweagent-image-") as scratch:
        archive = Path(scratch) / "root.tar"
        try:
            await engine.do(lambda client: _export(client, recipe.tag, archive))
        except (SandboxError, docker.errors.APIError):
            await asyncio.to_thread(bootstrap, recipe, archive, say)
        say("unpacking the image")
        await asyncio.to_thread(publish, folder, lambda target: _unpack(archive, target))
    return folder


def _export(client: docker.APIClient, tag: str, archive: Path) -> None:
    container = client.create_container(tag, command=["true"])["Id"]
    try:
        with archive.open("wb") as out:
            for chunk in client.export(container, chunk_size=1 << 20):
                out.write(chunk)
    finally:
        client.remove_container(container, v=True, force=True)


def _unpack(archive: Path, target: Path) -> None:
    # Device nodes are left out: the walls make their own. Without root the owners become the user's own.
    command = ["tar", "-C", str(target), "--exclude=dev/*", "--exclude=./dev/*", "-xf", str(archive)]
    if os.geteuid() == 0:
        command.insert(1, "--numeric-owner")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackendUnavailable(f"the image cannot be unpacked: {done.stderr.strip()[-300:]}")
    for name in ("dev", "proc", "sys", "tmp", "workspace", "opt/sweagent"):
        (target / name).mkdir(parents=True, exist_ok=True)
    # An engine's export holds its own empty stubs of these.
    (target / ".dockerenv").unlink(missing_ok=True)
    (target / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")
    target.chmod(0o755)
