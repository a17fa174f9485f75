"""The `apply_patch` tool: all files of a patch, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools import text
from tools.edit.desk import Desk, Draft, fresh
from tools.edit.hunks import apply_hunks
from tools.edit.ladder import RefusedError
from tools.edit.patch import BadPatchError, FilePatch, parse
from tools.edit.store import ABSENT, Change, State
from tools.registry import Call, Result, ToolFailure


@dataclass(slots=True)
class _Plan:
    """What a patch will do, file by file, before anything is written."""

    changes: dict[Path, Change] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rungs: list[str] = field(default_factory=list)


def apply_patch(arguments: dict[str, Any], call: Call) -> Result:
    """Apply a patch."""
    desk = Desk.of(call)
    force = arguments["force"]
    try:
        files = parse(arguments["patch"])
    except BadPatchError as error:
        raise ToolFailure(f"not a patch: {error}") from None
    with desk.lock:
        plan = _planned(desk, files, force)
        changes = [
            change for change in plan.changes.values() if change.before.data != change.after.data or change.after.mode
        ]
        warnings = desk.write("apply_patch", changes, force=force)
    lines = [*plan.notes, *(f"note: {rung}" for rung in plan.rungs), *(f"warning: {warning}" for warning in warnings)]
    data = {"paths": sorted(note.partition(" ")[2] for note in plan.notes), "rungs": plan.rungs, "warnings": warnings}
    return Result("\n".join(lines), data=data)


def _planned(desk: Desk, files: Sequence[FilePatch], force: bool) -> _Plan:
    plan = _Plan()
    for file in files:
        try:
            _plan_file(desk, plan, file, force)
        except RefusedError as error:
            raise ToolFailure(f"nothing was written. {file.path}: {error}") from None
    return plan


def _plan_file(desk: Desk, plan: _Plan, file: FilePatch, force: bool) -> None:
    draft = _current(desk, plan, desk.peek(file.path) if file.kind == "add" else desk.open(file.path, force=force))
    if draft.state.data is None and file.kind != "add":
        raise RefusedError("an earlier part of the patch removed it")
    match file.kind:
        case "add":
            if draft.state.data is not None and not force:
                raise RefusedError("it exists already; update it, or pass force=true to replace it")
            _put(plan, draft, _added(draft, file), file.mode)
            plan.notes.append(f"A {draft.shown}")
        case "delete":
            if file.hunks and apply_hunks(draft.text.content, file.hunks)[0].strip():
                raise RefusedError("the patch removes the file, but its lines are not all of it")
            _put(plan, draft, None, None)
            plan.notes.append(f"D {draft.shown}")
        case _:
            _plan_update(desk, plan, draft, file)


def _plan_update(desk: Desk, plan: _Plan, draft: Draft, file: FilePatch) -> None:
    content, rungs, _ = apply_hunks(draft.text.content, file.hunks)
    plan.rungs += [f"{draft.shown}: {rung}" for rung in rungs]
    data = draft.change(content).after.data
    mode = file.mode if file.mode is None else _mode(draft.state.mode, file.mode)
    if file.target is None:
        _put(plan, draft, data, mode)
        plan.notes.append(f"M {draft.shown}")
        return
    target = _current(desk, plan, desk.peek(file.target))
    if target.state.data is not None:
        raise RefusedError(f"{target.shown} exists already; nothing can move there")
    _put(plan, draft, None, None)
    _put(plan, target, data, mode if mode is not None else draft.state.mode)
    plan.notes += [f"D {draft.shown}", f"A {target.shown}"]


def _mode(old: int | None, new: int) -> int:
    """The old mode with the executable bits of the new one."""
    base = 0o644 if old is None else old
    return (base & ~0o111) | (new & 0o111 & ((base & 0o444) >> 2))


def _current(desk: Desk, plan: _Plan, draft: Draft) -> Draft:
    """The file as the earlier parts of the patch leave it."""
    planned = plan.changes.get(draft.path)
    if planned is None:
        return draft
    return Draft(draft.path, draft.shown, planned.after, text.decode(planned.after.data or b""))


def _put(plan: _Plan, draft: Draft, data: bytes | None, mode: int | None) -> None:
    before = plan.changes[draft.path].before if draft.path in plan.changes else draft.state
    change = fresh(draft, data, mode)
    after = change.after if data is not None else ABSENT
    plan.changes[draft.path] = Change(draft.path, before, State(after.data, after.mode))


def _added(draft: Draft, file: FilePatch) -> bytes:
    lines = [line for hunk in file.hunks for line in hunk.new()]
    bare = bool(file.hunks) and file.hunks[-1].new_bare
    return ("\n".join(lines) + ("\n" if lines and not bare else "")).encode("utf-8", "surrogateescape")
