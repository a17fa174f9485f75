"""Disk use is counted honestly, whatever the workspace holds."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from sandboxes.contract import CopyWorkspace, Limits
from sandboxes.errors import SandboxLimit
from sandboxes.watchdog import exceeds, watch


def test_blocks_count_not_lengths(tmp_path: Path) -> None:
    (tmp_path / "written").write_bytes(os.urandom(1 << 20))
    with (tmp_path / "sparse").open("wb") as hole:
        hole.truncate(1 << 40)
    assert exceeds(tmp_path, 1 << 19)
    assert not exceeds(tmp_path, 1 << 22)


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "big").write_bytes(os.urandom(1 << 20))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    assert not exceeds(inside, 1 << 19)


def test_depth_does_not_hide_anything(tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 100, dir_fd=at)
        deeper = os.open("d" * 100, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = deeper
    os.close(at)
    assert exceeds(tmp_path, 1 << 40)


def test_what_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    assert not exceeds(tmp_path / "never", 1)


async def test_the_time_limit_is_told_once(tmp_path: Path) -> None:
    told: list[SandboxLimit] = []

    async def fail(cause: SandboxLimit) -> None:
        told.append(cause)

    async with asyncio.timeout(30):
        await watch(Limits(seconds=0.01), CopyWorkspace(tmp_path), fail)
    assert [cause.limit for cause in told] == ["seconds"]
