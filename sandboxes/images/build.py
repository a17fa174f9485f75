"""Build a repository's own Dockerfile from an exported context, and keep the result under a key of its content."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker
import docker.auth
import docker.errors

from sandboxes.cache import cache_home, held
from sandboxes.errors import SandboxError
from sandboxes.images.kept import KEPT_LABEL, is_kept, touch
from sandboxes.images.slow import Say, image_environment, inspect_image, slow_client
from sandboxes.images.tail import Tail

_MEMORY = 4 << 30
_REACHING = re.compile(r"LD_(?!LIBRARY_PATH$)|GLIBC_TUNABLES$|GCONV_PATH$|LOCPATH$")
_STEP = re.compile(r"^Step \d+/\d+ ")


class BuildFailed(SandboxError):
    """A Dockerfile of a repository does not build, or builds what may not be used."""


@dataclass(frozen=True, slots=True)
class Build:
    """An image to build.

    Attributes:
        context: tar file with everything that the build may see.
        dockerfile: path of the Dockerfile inside.
        key: changes with the context's content.
        args: build arguments.
        target: stage to stop at.
    """

    context: Path
    dockerfile: str
    key: str
    args: Mapping[str, str] = field(default_factory=dict)
    target: str = ""

    @property
    def tag(self) -> str:
        """What the result is called."""
        parts = (self.key, self.dockerfile, self.target, *(f"{k}={v}" for k, v in sorted(self.args.items())))
        text = "\0".join(f"{len(part)}:{part}" for part in parts)
        return f"sweagent/build:{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}"


def reaching(names: Mapping[str, str]) -> list[str]:
    """Those variables that would reach into the tool server itself, which shares the image's environment."""
    return sorted(name for name in names if _REACHING.match(name))


async def find_build(build: Build) -> str | None:
    """The tag of the kept result; None where it has not been built. `build.context` is not looked at.

    Raises:
        BackendUnavailable: the engine does not answer.
    """

    def look() -> str | None:
        with slow_client() as client:
            return touch(build.tag) if is_kept(client, build.tag) else None

    return await asyncio.to_thread(look)


async def ensure_build(build: Build, say: Say = lambda _: None) -> str:
    """The tag of the built image, made first if need be. The build has the network and no secret of the host.

    Raises:
        BackendUnavailable: the engine does not answer.
        BuildFailed: the Dockerfile does not build.
    """
    async with held(cache_home() / "images" / f".{build.tag.rpartition(':')[2]}.lock"):
        found = await find_build(build)
        return await asyncio.to_thread(_build, build, say) if found is None else found


def _build(build: Build, say: Say) -> str:
    tail = Tail()
    with slow_client() as client, build.context.open("rb") as context:
        # Else a hostile FROM would be pulled with the credentials of whoever runs this.
        client._auth_configs = docker.auth.AuthConfig({})  # type: ignore[attr-defined]  # no public way
        lines = client.build(
            fileobj=context,
            custom_context=True,
            dockerfile=build.dockerfile,
            tag=build.tag,
            buildargs=dict(build.args),
            target=build.target or None,
            labels={KEPT_LABEL: "build"},
            container_limits={"memory": _MEMORY, "memswap": _MEMORY},
            rm=True,
            forcerm=True,
            decode=True,
        )
        try:
            for line in lines:
                if "error" in line:
                    raise BuildFailed(_failure(build, tail, str(line["error"])))
                words = str(line.get("stream", ""))
                tail.feed(words.encode())
                if _STEP.match(words):
                    say(f"  {words.strip()}")
        except docker.errors.APIError as error:
            raise BuildFailed(_failure(build, tail, str(error.explanation))) from None
        if found := reaching(image_environment(inspect_image(client, build.tag))):
            client.remove_image(build.tag)
            raise BuildFailed(f"{build.dockerfile} sets {', '.join(found)}, which would reach into the tool server")
    return touch(build.tag)


def _failure(build: Build, tail: Tail, error: str) -> str:
    last = Tail()
    last.feed(error.encode())
    return f"{build.dockerfile} does not build: {' | '.join([*tail.lines(3), *last.lines(2)])}"
