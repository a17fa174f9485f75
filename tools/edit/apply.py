"""The `apply_patch` tool: all files of a patch, or none."""

from __future__ import annotations

from typing import Any

from tools.edit.desk import Desk
from tools.edit.filepatch import BadPatchError
from tools.edit.ladder import RefusedError
from tools.edit.patch import parse
from tools.edit.plan import Plan
from tools.registry import Call, Result, ToolFailure


def apply_patch(arguments: dict[str, Any], call: Call) -> Result:
    """Apply a patch."""
    desk = Desk.of(call)
    force = arguments["force"]
    try:
        files = parse(arguments["patch"])
    except BadPatchError as error:
        raise ToolFailure(f"nothing was written. This patch cannot be read: {error}") from None
    with desk.lock:
        plan = Plan(desk, force=force)
        for file in files:
            try:
                plan.add(file)
            except RefusedError as error:
                raise ToolFailure(f"nothing was written. {file.path}: {error}") from None
        changes = plan.changes()
        if not changes:
            raise ToolFailure("nothing was written: all in all, the patch changes nothing")
        warnings = desk.write("apply_patch", changes, force=force)
    lines = [*plan.notes, *(f"note: {rung}" for rung in plan.rungs), *(f"warning: {warning}" for warning in warnings)]
    paths = sorted({note.partition(" ")[2] for note in plan.notes})
    return Result("\n".join(lines), data={"paths": paths, "rungs": plan.rungs, "warnings": warnings})
