"""Images for sandboxes: see that one is there, or make it, by whatever way this machine allows."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from sandboxes.cache import cache_home, held
from sandboxes.docker_engine import DockerEngine
from sandboxes.errors import ImageMissing
from sandboxes.images.bootstrap import Say, bootstrap
from sandboxes.images.recipe import Recipe, recipe
from sandboxes.images.rootfs import ensure_rootfs, rootfs_folder

BASE = "base"
_REGISTRY_SECONDS = 8
_BUILD = "sweagent sandbox build-image"


async def require_image(backend: str = "docker", name: str = BASE) -> str:
    """The tag of the shipped image `name` for `backend`, to be used as `SandboxSpec.image`; builds nothing.

    Raises:
        ImageMissing: it has not been made yet.
        BackendUnavailable: the engine does not answer.
    """
    wanted = recipe(name)
    here = rootfs_folder(wanted.tag).exists() if backend == "bwrap" else await DockerEngine().has_image(wanted.tag)
    if not here:
        words = [_BUILD, *([name] if name != BASE else ()), *([f"--sandbox {backend}"] if backend != "docker" else ())]
        mend = " ".join(words)
        raise ImageMissing(f"the sandbox image {wanted.tag} has not been made yet", mend=mend)
    return wanted.tag


async def ensure_image(name: str = BASE, backend: str = "docker", say: Say = lambda _: None) -> str:
    """The tag of the shipped image `name`, made first if it is not there: the only step that uses the network.

    `say` is told of each stage.

    Raises:
        BackendUnavailable: no engine, or neither a registry nor packages can be had.
    """
    wanted = recipe(name)
    if backend == "bwrap":
        await ensure_rootfs(wanted, say)
        return wanted.tag
    engine = DockerEngine()
    if not await engine.has_image(wanted.tag):
        await _make(engine, wanted, say)
    return wanted.tag


async def _make(engine: DockerEngine, wanted: Recipe, say: Say) -> None:
    lock = cache_home() / "images" / f".{wanted.key}.lock"
    async with held(lock):
        if await engine.has_image(wanted.tag):
            return
        if await engine.can_pull(wanted.upstream, _REGISTRY_SECONDS):
            say(f"building {wanted.tag} on {wanted.upstream}")
            await engine.build(wanted.dockerfile, wanted.tag, say)
            return
        with tempfile.TemporaryDirectory(prefix="sweagent-image-") as scratch:
            archive = Path(scratch) / "root.tar"
            await asyncio.to_thread(bootstrap, wanted, archive, say)
            say(f"importing {archive.stat().st_size >> 20} MB")
            await engine.import_image(archive, wanted.tag)
