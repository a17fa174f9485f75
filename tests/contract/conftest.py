"""Backends, images and sandboxes for the conformance suite; every fixture works for every kind of wall."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes.contract import Sandbox
from sandboxes.images import ensure_image
from tests.servers.walls import Wall, backend_of, leave

KINDS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bwrap", marks=pytest.mark.bwrap),
    pytest.param(
        "pool",
        marks=[pytest.mark.docker, pytest.mark.skipif(os.geteuid() != 0, reason="a pool keeps none warm without root")],
    ),
]


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of wall under test."""
    return str(request.param)


@pytest.fixture(scope="session")
def image(kind: str) -> str:
    """The base image for this kind; made once if it is not there."""
    return asyncio.run(ensure_image(backend="bwrap" if kind == "bwrap" else "docker"))


@pytest_asyncio.fixture
async def wall(kind: str, image: str) -> AsyncIterator[Wall]:
    """A backend; nothing of it is left after the test."""
    backend = backend_of(kind)
    yield Wall(kind, image, backend)
    await leave(backend)


@pytest_asyncio.fixture
async def sandbox(wall: Wall, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox of one's own on an overlay workspace under `tmp_path / "ws"`."""
    async with await wall.backend.start(wall.spec(tmp_path / "ws")) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(kind: str, image: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """One sandbox for all tests of a module that only look. The host has a secret in its environment meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWEAGENT_TEST_SECRET", "host-secret-value")
        backend = backend_of(kind)
        spec = Wall(kind, image, backend).spec(tmp_path_factory.mktemp("shared") / "ws")
        async with await backend.start(spec) as started:
            yield started
        await leave(backend)
