"""Template trees: the files of one base commit, written once, shared read-only by every sandbox that starts from it.

Blobs are written byte for byte as git stores them: no filter, no end-of-line conversion, no attribute is looked at, so
that what an agent changes can be compared with what git holds.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from sweagent.core.errors import RepoError
from sweagent.repo.git import Git
from sweagent.repo.mirror import Mirror
from sweagent.repo.removal import remove_tree
from sweagent.repo.tree import EXECUTABLE, LINK, SUBMODULE, Entry

HISTORY = 500
"""Commits of history that an agent sees behind its base, and none after it."""

CHUNK = 1 << 20


async def template(mirror: Mirror, commit: str, uid: int, gid: int) -> Path:
    """The folder that holds the tree of `commit` and a throwaway `.git`, owned by `uid`; made on first use.

    Raises:
        RepoError: the tree cannot be written (disk full, a path that collides).
    """
    target = mirror.folder / "trees" / f"{commit}-{uid}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    scratch = target.with_name(f".{target.name}.{secrets.token_hex(4)}.{os.getpid()}")
    await asyncio.to_thread(_sweep, target.parent)
    scratch.mkdir()
    process: subprocess.Popen[bytes] | None = None
    try:
        await _make_git_folder(mirror, commit, scratch)
        entries = await mirror.tree(commit)
        process = mirror.git.start("cat-file", "--batch")
        await _until_written(process, asyncio.to_thread(_write_all, process, os.fsencode(scratch), entries))
        # stat data of these very files goes into the index, so that `git status` inside is quick from the start
        await Git(scratch).run("update-index", "-q", "--really-refresh", "--ignore-submodules")
        if (uid, gid) != (os.getuid(), os.getgid()):
            await asyncio.to_thread(_chown, scratch, uid, gid)
        with suppress(FileExistsError, OSError):  # another process made the same template first
            scratch.rename(target)
    except OSError as error:
        raise RepoError(f"cannot write the working tree of {commit[:12]}: {error}") from None
    finally:
        if process is not None and process.poll() is None:
            process.kill()
        if scratch.exists():
            await asyncio.to_thread(remove_tree, scratch)
    return target


def _sweep(folder: Path) -> None:
    """Remove what processes that are gone left half made."""
    for scratch in folder.glob(".*"):
        if not Path("/proc", scratch.name.rpartition(".")[2]).exists():
            remove_tree(scratch)


async def _until_written(process: subprocess.Popen[bytes], writing: Coroutine[Any, Any, None]) -> None:
    """Wait for the thread that writes; when cancelled, end its git process and with it the thread, then go."""
    work = asyncio.ensure_future(writing)
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        process.kill()
        await asyncio.wait([work])
        raise


async def _make_git_folder(mirror: Mirror, commit: str, scratch: Path) -> None:
    git = Git(scratch)
    form = f"--object-format={mirror.source.object_format}"
    await git.run("init", "--quiet", "--initial-branch=main", form)
    location = f"file://{mirror.path}"
    await git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={HISTORY}", location, commit)
    await git.run("update-ref", "HEAD", commit)
    await git.run("read-tree", commit)
    for key, value in (
        ("core.checkStat", "minimal"),
        ("core.trustctime", "false"),
        ("core.autocrlf", "false"),
        ("gc.auto", "0"),
        ("user.name", "agent"),
        ("user.email", "agent@localhost"),
    ):
        await git.run("config", key, value)


def _write_all(process: subprocess.Popen[bytes], root: bytes, entries: dict[bytes, Entry]) -> None:
    with process:
        _write_files(process, root, entries)


def _write_files(process: subprocess.Popen[bytes], root: bytes, entries: dict[bytes, Entry]) -> None:
    """Write every entry below `root`; links last, so that nothing can be written through one."""
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    links = [(path, entry) for path, entry in entries.items() if entry.mode == LINK]
    files = [(path, entry) for path, entry in entries.items() if entry.mode not in (LINK, SUBMODULE)]
    for path, entry in entries.items():
        folder = os.path.join(root, path if entry.mode == SUBMODULE else os.path.dirname(path))
        os.makedirs(folder, exist_ok=True)
    for path, entry in files + links:
        process.stdin.write(entry.oid.encode() + b"\n")
        process.stdin.flush()
        header = process.stdout.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise RepoError(f"object {entry.oid} of {path!r} is missing")
        where = os.path.join(root, path)
        if entry.mode == LINK:
            os.symlink(process.stdout.read(int(header[2])), where)
        else:
            _copy_out(process.stdout, int(header[2]), where, 0o755 if entry.mode == EXECUTABLE else 0o644)
        process.stdout.read(1)
    process.stdin.close()


def _copy_out(stream: object, size: int, where: bytes, mode: int) -> None:
    descriptor = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        while size > 0:
            chunk = stream.read(min(size, CHUNK))  # type: ignore[attr-defined]  # IO[bytes] of a pipe
            if not chunk:
                raise RepoError("git ended in the middle of a file")
            size -= file.write(chunk)


def _chown(root: Path, uid: int, gid: int) -> None:
    for folder, folders, files in os.walk(os.fsencode(root)):
        os.chown(folder, uid, gid, follow_symlinks=False)
        for name in folders + files:
            os.chown(os.path.join(folder, name), uid, gid, follow_symlinks=False)
