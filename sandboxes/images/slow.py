"""Talks to the engine about work that takes minutes and is silent for long: builds, commands, snapshots.

Blocking; callers run it in a thread. `sandboxes.docker_engine` keeps a short time limit for everything else.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import docker
import docker.errors
import requests

from sandboxes.docker_engine import DockerEngine
from sandboxes.errors import BackendUnavailable
from sandboxes.images.tail import Tail

_SILENCE_SECONDS = 1800
Say = Callable[[str], None]


@contextlib.contextmanager
def slow_client() -> Iterator[docker.APIClient]:
    """A client that waits up to half an hour for the engine's next word.

    Raises:
        BackendUnavailable: the engine does not answer, or refuses what is asked of it.
    """
    try:
        client = docker.APIClient(base_url=DockerEngine().base_url, version="auto", timeout=_SILENCE_SECONDS)
        with contextlib.closing(client):
            yield client
    except requests.exceptions.RequestException as error:
        raise BackendUnavailable(f"Docker does not answer: {error!s:.200}") from error
    except docker.errors.APIError as error:
        raise BackendUnavailable(f"the engine refused: {error.explanation or error!s:.300}") from error
    except docker.errors.DockerException as error:
        raise BackendUnavailable(f"Docker does not answer: {error!s:.200}") from error


def inspect_image(client: docker.APIClient, tag: str) -> dict[str, Any]:
    """What the engine knows of an image."""
    about: dict[str, Any] = client.inspect_image(tag)  # type: ignore[no-untyped-call]  # the stubs lack its types
    return about


def run_inside(
    client: docker.APIClient, container: str, command: str, *, user: str, env: Mapping[str, str], folder: str, say: Say
) -> tuple[int, Tail]:
    """Run a shell command in a running container; its exit status (137 where the container went away) and last words.

    `say` is told of its lines as they come, at most a few in a second.
    """
    made = client.exec_create(
        container, ["sh", "-c", command], user=user, environment=dict(env), workdir=folder, stdout=True, stderr=True
    )
    tail = Tail()
    follow(client.exec_start(made["Id"], stream=True), tail, say)
    status = client.exec_inspect(made["Id"]).get("ExitCode")
    return (137 if status is None else int(status)), tail


def follow(chunks: Iterable[bytes], tail: Tail, say: Say, every: float = 0.5) -> None:
    """Feed `tail` from `chunks` and pass on its last line from time to time."""
    said = 0.0
    for chunk in chunks:
        tail.feed(chunk)
        now = time.monotonic()
        if now - said >= every and (line := tail.last_line()):
            say(line)
            said = now


def image_environment(about: Mapping[str, Any]) -> dict[str, str]:
    """The variables that an image (as `inspect_image` tells) sets."""
    pairs = (about.get("Config") or {}).get("Env") or []
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def host_certificates() -> str | None:
    """The host's bundle of certificate authorities (a file of public data), where it has one."""
    places = (os.environ.get("SSL_CERT_FILE", ""), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/cert.pem")
    return next((os.path.realpath(place) for place in places if place and os.path.isfile(place)), None)  # noqa: PTH113
