"""What a patch will do, before anything is written: each part of it sees the files as the parts before leave them."""

from __future__ import annotations

from pathlib import Path

from tools import text
from tools.edit.desk import Desk, Draft, fresh
from tools.edit.filepatch import FilePatch
from tools.edit.hunks import apply_hunks
from tools.edit.ladder import RefusedError
from tools.edit.store import ABSENT, Change, State
from tools.paths import readable, writable

_OLD = (".orig", ".old", ".bak", "~")
"""What people put behind the name of a file's old state."""


class Plan:
    """The changes of a patch, collected with `add`; `notes` and `rungs` are for the answer."""

    def __init__(self, desk: Desk, *, force: bool) -> None:
        self._desk, self._force = desk, force
        self._changes: dict[Path, Change] = {}
        self.notes: list[str] = []
        self.rungs: list[str] = []

    def changes(self) -> list[Change]:
        """What is to be written in the end."""
        return [
            change
            for change in self._changes.values()
            if change.before.data != change.after.data or change.after.mode not in (None, change.before.mode)
        ]

    def add(self, file: FilePatch) -> None:
        """Take one part of the patch in.

        Raises:
            RefusedError: it does not fit, or does nothing.
            ToolFailure: a file of it is missing, or may not be written.
        """
        match file.kind:
            case "add":
                self._add(file)
            case "delete":
                self._delete(file)
            case "copy":
                self._copy(file)
            case _:
                self._update(self._named_once(file) if file.guessed else file)

    def _add(self, file: FilePatch) -> None:
        draft = self._current(file.path)
        if draft.state.data is not None and not self._force:
            raise RefusedError("it exists already; update it, or pass force=true to replace it")
        removed = self._changes.get(draft.path)
        mode = file.mode if file.mode is not None or removed is None else removed.before.mode
        self._put(draft, _content(file), mode)
        self.notes.append(f"A {draft.shown}")

    def _delete(self, file: FilePatch) -> None:
        self._refuse_link(file.path)
        draft = self._open(file.path)
        if file.hunks and apply_hunks(draft.text.content, file.hunks)[0].strip():
            raise RefusedError("the patch removes the file, but its lines are not all of it")
        self._put(draft, None, None)
        self.notes.append(f"D {draft.shown}")

    def _copy(self, file: FilePatch) -> None:
        """A copy is made of the file as it was, whatever else the patch does to that."""
        source = self._desk.open(file.path, force=True)
        data = self._changed(source, file)
        self._arrive(source, source.state.data if data is None else data, file.target or "", file.mode)

    def _update(self, file: FilePatch) -> None:
        draft = self._open(file.path)
        data = self._changed(draft, file)
        mode = None if file.mode is None else _mode(draft.state.mode, file.mode)
        stays = file.target is None or self._path(file.target) == draft.path
        if data is None and stays and mode in (None, draft.state.mode):
            raise RefusedError("nothing would change: no hunk of it has a line with + or - that makes a difference")
        data = draft.state.data if data is None else data
        if stays or file.target is None:
            self._put(draft, data, mode)
            self.notes.append(f"M {draft.shown}")
            return
        self._refuse_link(file.path)
        self._arrive(draft, data, file.target, file.mode)
        self._put(draft, None, None)
        self.notes.insert(-1, f"D {draft.shown}")

    def _changed(self, draft: Draft, file: FilePatch) -> bytes | None:
        """The bytes of the file after the hunks; None where they change nothing."""
        content, rungs = apply_hunks(draft.text.content, file.hunks)
        self.rungs += [f"{draft.shown}: {rung}" for rung in rungs]
        return None if content == draft.text.content else draft.change(content).after.data

    def _arrive(self, source: Draft, data: bytes | None, given: str, mode: int | None) -> None:
        target = self._current(given)
        if target.state.data is not None:
            raise RefusedError(f"{target.shown} exists already; nothing can move there")
        self._put(target, data, source.state.mode if mode is None else _mode(source.state.mode, mode))
        self.notes.append(f"A {target.shown}")

    def _named_once(self, file: FilePatch) -> FilePatch:
        """A diff of two names as the update of one file, where the names are not those of a move.

        Raises:
            RefusedError: it may be either.
        """
        old, new = file.path, file.target or file.path
        if not self._exists(new):
            return file
        if self._exists(old) and old not in {new + mark for mark in _OLD}:
            raise RefusedError(f"the diff names both {old} and {new}, and both exist: which of them is to change?")
        return FilePatch("update", new, None, file.hunks, file.mode)

    def _path(self, given: str) -> Path:
        return writable(self._desk.workspace, given)

    def _exists(self, given: str) -> bool:
        path = self._path(given)
        return self._changes[path].after.data is not None if path in self._changes else path.exists()

    def _refuse_link(self, given: str) -> None:
        path = readable(self._desk.workspace, given)
        if path.is_symlink():
            raise RefusedError(
                f"it is a link to {path.readlink()}: the patch would remove that file and leave the link; name the "
                "file itself, or remove the link with bash"
            )

    def _open(self, given: str) -> Draft:
        """A file that must exist, as the earlier parts of the patch leave it."""
        path = self._path(given)
        if path not in self._changes:
            return self._desk.open(given, force=self._force)
        draft = self._current(given)
        if draft.state.data is None:
            raise RefusedError("an earlier part of the patch removed it")
        return draft

    def _current(self, given: str) -> Draft:
        """A file that may be missing, as the earlier parts of the patch leave it."""
        draft = self._desk.peek(given)
        planned = self._changes.get(draft.path)
        if planned is None:
            return draft
        return Draft(draft.path, draft.shown, planned.after, text.decode(planned.after.data or b""))

    def _put(self, draft: Draft, data: bytes | None, mode: int | None) -> None:
        planned = self._changes.get(draft.path)
        before = planned.before if planned else draft.state
        after = ABSENT if data is None else fresh(draft, data, mode).after
        self._changes[draft.path] = Change(draft.path, before, State(after.data, after.mode))


def _mode(old: int | None, new: int) -> int:
    """The old mode with the executable bits of the new one."""
    base = 0o644 if old is None else old
    return (base & ~0o111) | (new & 0o111 & ((base & 0o444) >> 2))


def _content(file: FilePatch) -> bytes:
    lines = [line for hunk in file.hunks for line in hunk.new()]
    bare = bool(file.hunks) and file.hunks[-1].new_bare
    return ("\n".join(lines) + ("\n" if lines and not bare else "")).encode("utf-8", "surrogateescape")
