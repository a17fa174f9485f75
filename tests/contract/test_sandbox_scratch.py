"""The toolbox needs nothing of the image: it runs in one that holds nothing but empty folders."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import docker
import pytest
import pytest_asyncio

from sandboxes.contract import SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.docker_engine import DockerEngine
from tests.servers.walls import UID

pytestmark = pytest.mark.docker
TAG = "sweagent-test/empty:1"


def import_empty(client: docker.APIClient) -> None:
    """Make an image with a single empty folder: no shell, no libraries, no Python."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        folder = tarfile.TarInfo("empty")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    client.import_image_from_data(archive.getvalue(), repository="sweagent-test/empty", tag="1")


@pytest_asyncio.fixture
async def empty() -> AsyncIterator[str]:
    engine = DockerEngine()
    await engine.do(import_empty)
    yield TAG
    await engine.do(lambda client: client.remove_image(TAG, force=True))


async def test_the_server_runs_in_an_image_of_nothing(empty: str, tmp_path: Path) -> None:
    backend = DockerBackend()
    async with await backend.start(SandboxSpec(image=empty, workspace=None, uid=UID, gid=UID)) as sandbox:
        assert {"bash", "view"} <= {tool.name for tool in sandbox.tools}
        created = await sandbox.call("create", {"path": "new.py", "text": "x = 1\n"})
        assert not created.is_error, created.text
        viewed = await sandbox.call("view", {"path": "new.py"})
        assert "x = 1" in viewed.text
        refused = await sandbox.call("create", {"path": "bad.py", "text": "def (:\n"})
        assert refused.is_error, refused.text  # the grammars are there too
        shell = await sandbox.call("bash", {"command": "true"})  # no shell, and still an answer
        assert shell.is_error or shell.data is not None
    await backend.drain()
