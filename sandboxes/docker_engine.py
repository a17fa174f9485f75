"""The one place that talks to the Docker engine: the blocking `docker` package behind `asyncio.to_thread`.

Works with Podman too, by the address of its Docker-compatible socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import docker
import docker.errors
import requests

from sandboxes.docker_events import EventStream
from sandboxes.errors import BackendUnavailable, ImageMissing, SandboxError, StartFailed

LABEL = "sweagent.sandbox"
"""Marks every container and volume of ours."""
IMAGE_LABEL = "sweagent.image"
_CALL_SECONDS = 120
_CONFLICT = 409
_REMOVAL_LOOKS, _LOOK_SECONDS = 200, 0.05
_INSTALL = "apt-get install -y --no-install-recommends docker.io iptables && systemctl start docker"
_T = TypeVar("_T")


class DockerEngine:
    """An engine reached by a local socket. `base_url` defaults to `DOCKER_HOST`, else `/var/run/docker.sock`."""

    def __init__(self, base_url: str | None = None) -> None:
        self.base_url = base_url or os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        self._client: docker.APIClient | None = None
        self._connecting = asyncio.Lock()

    async def do(self, work: Callable[[docker.APIClient], _T]) -> _T:
        """Run `work` with the client in a thread.

        Raises:
            BackendUnavailable: the engine does not answer.
            docker.errors.APIError: it answered with an error.
        """
        client = await self._connected()
        try:
            return await asyncio.to_thread(work, client)
        except docker.errors.APIError:  # a kind of RequestException, too
            raise
        except requests.exceptions.RequestException as error:
            raise _unavailable(error) from error

    async def create(self, config: dict[str, Any], host: dict[str, Any], name: str) -> None:
        """Create a container called `name`.

        Raises:
            BackendUnavailable, ImageMissing, StartFailed: the engine does not answer, lacks the image, or refuses.
        """

        def work(client: docker.APIClient) -> None:
            client.create_container(**config, name=name, host_config=client.create_host_config(**host))

        try:
            await self.do(work)
        except docker.errors.ImageNotFound as error:
            mend = "sweagent doctor" if config["image"].startswith("sweagent/") else f"docker pull {config['image']}"
            raise ImageMissing(f"there is no image {config['image']} here", mend=mend) from error
        except docker.errors.APIError as error:
            raise StartFailed(f"the engine refused the sandbox: {error.explanation or error}") from error

    async def attach(self, container: str) -> socket.socket:
        """A raw, duplicated socket to the container's stdin, stdout and stderr (framed).

        Raises:
            BackendUnavailable, StartFailed: the engine does not answer, or refuses.
        """

        def work(client: docker.APIClient) -> socket.socket:
            attached = client.attach_socket(container, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
            # A descriptor of our own, for docker-py's objects close theirs when they are collected.
            raw = socket.socket(fileno=os.dup(attached.fileno()))
            getattr(attached, "_response", attached).close()  # docker-py hangs the response on the socket
            return raw

        return await self._or_refused(work)

    async def start(self, container: str) -> None:
        """Start a created container.

        Raises:
            BackendUnavailable, StartFailed: the engine does not answer, or refuses.
        """
        await self._or_refused(lambda client: client.start(container))

    async def remove(self, container: str) -> None:
        """Kill and remove a container with its anonymous volumes; one that is gone or going is fine.

        Raises:
            BackendUnavailable: the engine does not answer.
        """

        def work(client: docker.APIClient) -> None:
            with contextlib.suppress(docker.errors.NotFound):
                try:
                    client.remove_container(container, v=True, force=True)
                except docker.errors.APIError as error:
                    if error.status_code != _CONFLICT:
                        raise
                for _ in range(_REMOVAL_LOOKS):  # where its own removal was under way, until that is done
                    client.inspect_container(container)
                    time.sleep(_LOOK_SECONDS)

        try:
            await self.do(work)
        except docker.errors.APIError as error:
            raise BackendUnavailable(f"the engine cannot remove {container[:12]}: {error.explanation}") from error

    async def has_image(self, tag: str) -> bool:
        """Whether the engine has this image.

        Raises:
            BackendUnavailable: the engine does not answer.
        """
        return bool(await self.do(lambda client: client.images(name=tag, quiet=True)))

    async def can_pull(self, image: str, seconds: int) -> bool:
        """Whether a registry offers `image` to the engine, which is the one that will pull, within `seconds`."""

        def work() -> bool:
            client = docker.APIClient(base_url=self.base_url, version="auto", timeout=seconds)
            with contextlib.closing(client):
                try:
                    client.inspect_distribution(image)  # type: ignore[no-untyped-call]  # the stubs lack it
                except (docker.errors.DockerException, requests.exceptions.RequestException):
                    return False
                return True

        return await asyncio.to_thread(work)

    async def build(self, dockerfile: str, tag: str, say: Callable[[str], None]) -> None:
        """Build an image from a Dockerfile without any other file.

        Raises:
            BackendUnavailable: the engine does not answer, or the build fails.
        """

        def work(client: docker.APIClient) -> None:
            source = io.BytesIO(dockerfile.encode())
            for line in client.build(fileobj=source, tag=tag, rm=True, forcerm=True, pull=False, decode=True):
                if "error" in line:
                    raise BackendUnavailable(f"the image {tag} does not build: {line['error']}")
                if str(line.get("stream", "")).startswith("Step "):
                    say(f"  {line['stream'].strip()}")

        await self.do(work)

    async def import_image(self, archive: Path, tag: str) -> None:
        """Make an image of one layer from a tar file.

        Raises:
            BackendUnavailable: the engine does not answer, or refuses.
        """

        def work(client: docker.APIClient) -> None:
            name, _, version = tag.partition(":")
            changes = ["ENV LANG=C.UTF-8", f"LABEL {IMAGE_LABEL}={version}"]
            said = client.import_image_from_file(str(archive), repository=name, tag=version, changes=changes)
            if '"error"' in said:
                raise BackendUnavailable(f"the engine does not take {tag}: {said.strip()[-300:]}")

        await self.do(work)

    def events(self) -> EventStream:
        """The ends of our containers from now on (blocking; call it in a thread)."""
        client = self._connect()
        wanted = ["oom", "die", "died", "destroy", "remove"]
        filters = {"label": LABEL, "type": "container", "event": wanted}
        try:
            return _Events(client, client.events(decode=True, filters=filters))
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            client.close()
            raise _unavailable(error) from error

    async def _or_refused(self, work: Callable[[docker.APIClient], _T]) -> _T:
        try:
            return await self.do(work)
        except docker.errors.APIError as error:
            raise StartFailed(f"the engine refused the sandbox: {error.explanation or error}") from error

    async def _connected(self) -> docker.APIClient:
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> docker.APIClient:
        if not self.base_url.startswith(("unix://", "http+unix://")):
            # Workspaces and the toolbox are folders of this machine: an engine elsewhere could not mount them.
            raise BackendUnavailable(f"DOCKER_HOST is {self.base_url}, but sandboxes need an engine on this machine")
        try:
            return docker.APIClient(base_url=self.base_url, version="auto", timeout=_CALL_SECONDS)
        except docker.errors.DockerException as error:
            raise _unavailable(error) from error


class _Events:
    """An event stream that closes all it opened, in the thread that reads it."""

    def __init__(self, client: docker.APIClient, stream: Any) -> None:
        self._client, self._stream = client, stream

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            yield from self._stream
        finally:
            self._stream._response.close()  # docker-py's own close only shuts the socket down
            self._client.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.close()


def _unavailable(error: Exception) -> SandboxError:
    return BackendUnavailable(f"Docker does not answer: {error!s:.200}", mend=_INSTALL)
