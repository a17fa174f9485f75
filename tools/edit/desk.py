"""Where edits are made: reads a file as text, asks the gate, writes, and remembers for undo. One at a time."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools import text
from tools.edit.gate import Gate
from tools.edit.journal import Entry, Journal
from tools.edit.partial import sweep_tree
from tools.edit.store import ABSENT, Change, ChangedError, State, TooLargeError, commit, identity_of, read
from tools.paths import missing, shown_path, writable
from tools.process import Runner
from tools.registry import Call, ToolFailure


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it is read for editing."""

    path: Path
    shown: str
    state: State
    text: text.Text

    def change(self, content: str) -> Change:
        """The change to `content`, in the file's own encoding.

        Raises:
            ToolFailure: the encoding has no such character.
        """
        try:
            data = self.text.encode(content)
        except text.CannotEncodeError as error:
            raise ToolFailure(f"{self.shown}: {error}; nothing was written") from None
        return Change(self.path, self.state, replace(self.state, data=data))


class Desk:
    """The editing room of one server."""

    def __init__(self, runner: Runner) -> None:
        self.workspace = runner.workspace
        self.journal = Journal()
        self.lock = threading.RLock()
        self._gate = Gate(runner)
        self._swept = False

    @classmethod
    def of(cls, call: Call) -> Desk:
        """The desk of the server that `call` came to."""
        desk = call.session.get("edit") or call.session.setdefault("edit", cls(call.runner))
        if not isinstance(desk, cls):
            raise TypeError("the session's desk is something else")
        return desk

    def open(self, given: str, *, force: bool = False) -> Draft:
        """Read a file that must exist, to edit it.

        Raises:
            ToolFailure: it is missing, binary, too large, or may not be written.
        """
        path = writable(self.workspace, given)
        draft = self._draft(path, given)
        if draft.state.data is None:
            raise missing(self.workspace, given, path)
        if draft.text.binary and not force:
            raise ToolFailure(f"{draft.shown} is binary (it holds NUL bytes); force=true edits it all the same")
        writes = os.access(path, os.W_OK) and (draft.state.mode or 0) & 0o222
        if not writes and not force:
            raise ToolFailure(f"{draft.shown} is read-only; force=true writes it all the same")
        return draft

    def peek(self, given: str) -> Draft:
        """Read a file that may be missing, to write it whole.

        Raises:
            ToolFailure: too large, or it may not be written.
        """
        return self._draft(writable(self.workspace, given), given)

    def _draft(self, path: Path, given: str) -> Draft:
        shown = shown_path(self.workspace, path)
        try:
            state = read(path)
        except TooLargeError as error:
            raise ToolFailure(str(error)) from None
        except OSError as error:
            raise ToolFailure(f"{given}: {error.strerror}") from None
        return Draft(path, shown, state, text.decode(state.data or b""))

    def write(self, what: str, changes: Sequence[Change], *, force: bool = False) -> list[str]:
        """Judge, write and remember `changes` (all or none). Returns warnings.

        Raises:
            ToolFailure: the gate refuses, a file changed meanwhile, or the disk says no.
        """
        self._refuse_twins(changes)
        warnings: list[str] = []
        refusals: list[str] = []
        for change in changes:
            if change.after.data is None:
                continue
            shown = shown_path(self.workspace, change.path)
            ruling = self._gate.check(change.path, change.before.data, change.after.data)
            warnings += [f"{shown}: {warning}" for warning in ruling.warnings]
            refusals += [f"{shown} {refusal}" for refusal in ruling.refusals]
        if refusals and not force:
            raise ToolFailure(
                "not written, the edit would break the file:\n  "
                + "\n  ".join(refusals)
                + "\nMend the edit, or pass force=true to write it all the same."
            )
        warnings += [f"written by force in spite of: {refusal}" for refusal in refusals]
        with self.lock:
            if not self._swept:  # a server that was killed in the midst of a write may have left something
                sweep_tree(self.workspace)
                self._swept = True
            made = self._commit(changes)
            self.journal.push(Entry(what, tuple(changes), tuple(made)))
        return warnings

    def _refuse_twins(self, changes: Sequence[Change]) -> None:
        """Refuse to write one file under two names: the second text would take the place of the first.

        Raises:
            ToolFailure: two of the paths are hard links of each other, and are to become different.
        """
        known: dict[tuple[int, int], Change] = {}
        for change in changes:
            if change.after.data is None or (identity := identity_of(change.path)) is None:
                continue
            twin = known.setdefault(identity, change)
            if twin.after != change.after:
                names = " and ".join(shown_path(self.workspace, path) for path in (twin.path, change.path))
                raise ToolFailure(
                    f"nothing was written: {names} are two names of one file; change it under one of them"
                )

    def undo(self, given: str | None) -> Entry:
        """Take back the newest edit, or the newest of one file (with all that was written together with it).

        Raises:
            ToolFailure: there is none, or a file was changed since.
        """
        with self.lock:
            path = writable(self.workspace, given) if given else None
            entry = self.journal.last(path)
            if entry is None:
                raise ToolFailure(f"nothing to undo{f' in {given}' if given else ''}")
            self._refuse_overtaken(entry, given)
            self._commit([Change(c.path, c.after, c.before) for c in reversed(entry.changes)])
            for folder in reversed(entry.made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            self.journal.drop(entry)
            return entry

    def _refuse_overtaken(self, entry: Entry, given: str | None) -> None:
        """Refuse to undo what wrote several files, one of which was edited since.

        Raises:
            ToolFailure: so it is; it names the edit to undo first.
        """
        if (later := self.journal.after(entry)) is not None:
            ours = {change.path for change in entry.changes}
            other = next(shown_path(self.workspace, change.path) for change in later.changes if change.path in ours)
            raise ToolFailure(
                f"nothing was undone: the {entry.what} that last wrote {given} also wrote {other}, which a later "
                f"{later.what} changed; undo that first (undo with path={other})"
            )

    def _commit(self, changes: Sequence[Change]) -> list[Path]:
        for change in changes:  # since it was resolved, a link may have been laid in its way (above all before an undo)
            if writable(self.workspace, str(change.path)) != change.path:
                shown = shown_path(self.workspace, change.path)
                raise ToolFailure(f"not written: a link now leads {shown} elsewhere; look again")
        try:
            return commit(changes)
        except ChangedError as error:
            raise ToolFailure(str(error)) from None
        except OSError as error:
            name = Path(os.fsdecode(error.filename)).name if error.filename else ""
            raise ToolFailure(f"not written: {error.strerror} {name}".rstrip()) from None


def fresh(draft: Draft, data: bytes | None, mode: int | None = None) -> Change:
    """The change of a file to `data` as it is (None: removed)."""
    after = ABSENT if data is None else State(data, draft.state.mode if mode is None else mode)
    return Change(draft.path, draft.state, after)
