"""Temporary files beside their targets, and the removal of those that a killed process left behind.

The writer holds a lock (``flock``) on its file as long as it lives, so a file that can be locked has no writer.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_NAME = re.compile(r"\.edit-[0-9a-f]{16}\.partial")
_CLOSED = frozenset({".git", "node_modules"})
_MOST_FOLDERS = 20_000
_PATIENCE = 10.0
"""Seconds that a writer waits for another one in the same folder."""


def open_partial(folder: Path) -> tuple[Path, int]:
    """A new, locked, empty file in `folder` that only its owner can read, and its descriptor.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        path = folder / f".edit-{os.urandom(8).hex()}.partial"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_nlink:  # else a sweeper came before the lock
            return path, fd
        os.close(fd)


def sweep(folder: Path) -> None:
    """Remove what killed writers left in `folder`."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                _remove_dead(entry.path)


def sweep_tree(root: Path) -> None:
    """Remove what killed writers left anywhere below `root`, as far as 20,000 folders go."""
    for number, (folder, folders, names) in enumerate(os.walk(root)):
        if number >= _MOST_FOLDERS:
            return
        folders[:] = [name for name in folders if name not in _CLOSED]
        for name in names:
            if _NAME.fullmatch(name):
                _remove_dead(os.path.join(folder, name))  # noqa: PTH118  (names may be any bytes)


def _remove_dead(path: str) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)  # noqa: PTH108
        finally:
            os.close(fd)


@contextlib.contextmanager
def alone_in(folders: Iterable[Path]) -> Iterator[None]:
    """Keep other writers of this kind out of `folders` for a moment, also those of other processes.

    Raises:
        OSError: another one kept them for too long, or a folder is not there.
    """
    deadline = time.monotonic() + _PATIENCE
    with contextlib.ExitStack() as held:
        for folder in sorted(set(folders)):  # all in one order, so that two writers never wait for each other
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, fd)
            while not _taken(fd):
                if time.monotonic() > deadline:
                    raise OSError(errno.EAGAIN, "another process keeps the folder locked:", str(folder))
                time.sleep(0.01)
        yield


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
