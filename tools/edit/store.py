"""Writes files so that nothing is ever half written: hash check, temporary file, fsync, rename; several or none."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.edit.partial import alone_in, open_partial, sweep

MAX_BYTES = 64 << 20
"""Biggest file that the editing tools take."""
_NEW_MODE = 0o644


class ChangedError(Exception):
    """A file is no longer what it was when it was read; nothing was written."""


class TooLargeError(Exception):
    """The file is bigger than the editing tools take."""


@dataclass(frozen=True, slots=True)
class State:
    """What a path holds: its bytes and mode; both None where there is no file."""

    data: bytes | None
    mode: int | None = None

    @property
    def digest(self) -> str | None:
        """SHA-256 of the bytes; None where there is no file."""
        return None if self.data is None else hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """One file's way from `before` to `after`. `path` is resolved: no link is left in it."""

    path: Path
    before: State
    after: State


ABSENT = State(None)


def read(path: Path) -> State:
    """What `path` holds now.

    Raises:
        TooLargeError: more than `MAX_BYTES`.
        OSError: it cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return ABSENT
    with os.fdopen(fd, "rb") as file:
        found = os.fstat(fd)
        if found.st_size > MAX_BYTES:
            raise TooLargeError(f"{path.name} has {found.st_size} bytes; at most {MAX_BYTES} can be edited")
        return State(file.read(MAX_BYTES + 1), found.st_mode & 0o7777)


def identity_of(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file that has several names; None where it has one, or is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_nlink > 1 else None


def commit(changes: Sequence[Change]) -> list[Path]:
    """Make all `changes`, or none: on any failure the files are as before. Returns the folders that were made.

    Raises:
        ChangedError: a file is not as in `before`.
        OSError: a file cannot be written (no space, no permission).
    """
    made: list[Path] = []
    staged: list[tuple[Change, _Temporary | None]] = []
    done: list[Change] = []
    folders = {change.path.parent for change in changes}
    try:
        for change in changes:
            staged.append((change, _stage(change, made)))
        with alone_in(folders):
            for change in changes:
                _verify(change)
            try:
                for change, temporary in staged:
                    _place(change, temporary.path if temporary else None)
                    done.append(change)
            except BaseException:
                for change in reversed(done):
                    _restore(change)
                raise
    finally:
        for _, temporary in staged:
            if temporary is not None:
                temporary.discard()
        if len(done) < len(changes):
            for folder in reversed(made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
    for folder in folders:
        _sync_folder(folder)
        sweep(folder)
    return made


@dataclass(frozen=True, slots=True)
class _Temporary:
    """A written file beside its target, and the descriptor that holds its lock."""

    path: Path
    fd: int

    def discard(self) -> None:
        """Remove it, if it was not moved to its place, and give its lock up."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        os.close(self.fd)


def _stage(change: Change, made: list[Path]) -> _Temporary | None:
    """Write the new bytes beside their place; None for a removal."""
    if change.after.data is None:
        return None
    _make_folder(change.path.parent, made)
    temporary = _Temporary(*open_partial(change.path.parent))
    try:
        with os.fdopen(os.dup(temporary.fd), "wb") as file:
            file.write(change.after.data)
            file.flush()
            os.fchmod(file.fileno(), _NEW_MODE & ~_umask() if change.after.mode is None else change.after.mode)
            os.fsync(file.fileno())
    except BaseException:
        temporary.discard()
        raise
    return temporary


def _verify(change: Change) -> None:
    if read(change.path).digest != change.before.digest:
        raise ChangedError(f"{change.path.name} was changed by something else since it was read; look again")


def _place(change: Change, temporary: Path | None) -> None:
    if temporary is None:
        change.path.unlink()
    elif change.before.data is None:
        os.link(temporary, change.path)  # fails where something appeared in the meantime
    elif change.path.stat().st_nlink > 1:
        _overwrite(change.path, change.after)  # a rename would cut the file off its other names
    else:
        temporary.replace(change.path)


def _overwrite(path: Path, state: State) -> None:
    with path.open("r+b") as file:
        file.write(state.data or b"")
        file.truncate()
        file.flush()
        if state.mode is not None:
            os.fchmod(file.fileno(), state.mode)
        os.fsync(file.fileno())


def _restore(change: Change) -> None:
    """Undo one change that was made, as well as it can be done."""
    with contextlib.suppress(OSError):
        if change.before.data is None:
            change.path.unlink()
        elif change.path.exists():
            _overwrite(change.path, change.before)
        else:
            change.path.write_bytes(change.before.data)
            if change.before.mode is not None:
                change.path.chmod(change.before.mode)


def _make_folder(folder: Path, made: list[Path]) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _umask() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
