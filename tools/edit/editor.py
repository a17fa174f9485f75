"""The `str_replace`, `insert`, `create` and `undo` tools."""

from __future__ import annotations

from typing import Any

from tools import text
from tools.edit import ladder
from tools.edit.desk import Desk, Draft, fresh
from tools.paths import shown_path
from tools.registry import Call, Result, ToolFailure

_AROUND = 3
_MOST_SHOWN = 40
_WIDE = 400


def str_replace(arguments: dict[str, Any], call: Call) -> Result:
    """Replace a text that is there exactly once."""
    desk = Desk.of(call)
    old, new, force = arguments["old_str"], arguments.get("new_str"), arguments["force"]
    with desk.lock:
        draft = desk.open(arguments["path"], force=force)
        try:
            edited = ladder.replace(
                draft.text.content,
                old,
                new or "",
                occurrence=arguments.get("occurrence"),
                replace_all=arguments["replace_all"],
            )
        except ladder.RefusedError as error:
            raise ToolFailure(f"{draft.shown}: {error}") from None
        warnings = desk.write("str_replace", [draft.change(edited.content)], force=force)
    spans = _new_spans(edited)
    note = "" if edited.rung == ladder.EXACT else f" (found by: {edited.rung})"
    note += " (removed old_str, as new_str was not given)" if new is None else ""
    return _report(draft, edited.content, spans, f"edited {draft.shown}{note}", warnings, edited.rung)


def insert(arguments: dict[str, Any], call: Call) -> Result:
    """Insert lines after a line."""
    desk = Desk.of(call)
    after, fresh_text, force = arguments["insert_line"], arguments["insert_text"], arguments["force"]
    if not fresh_text:
        raise ToolFailure("insert_text is empty")
    with desk.lock:
        draft = desk.open(arguments["path"], force=force)
        content, span = inserted(draft.text.content, after, fresh_text, draft.shown)
        warnings = desk.write("insert", [draft.change(content)], force=force)
    return _report(draft, content, [span], f"inserted into {draft.shown}", warnings, ladder.EXACT)


def inserted(content: str, after: int, fresh_text: str, name: str) -> tuple[str, tuple[int, int]]:
    """`content` with `fresh_text` as lines of their own after line `after` (0: at the top), and where they stand.

    Raises:
        ToolFailure: there is no such line.
    """
    mark = "\ufeff" if content.startswith("\ufeff") else ""
    lines = text.split_lines(content[len(mark) :])
    if not 0 <= after <= len(lines):
        raise ToolFailure(f"{name} has {len(lines)} lines; insert_line must be from 0 (the top) to {len(lines)}")
    eol = text.end_of(lines[after - 1]) if after else ""
    eol = eol or (text.end_of(lines[0]) if lines else "") or text.commonest_eol(content)
    block = fresh_text.replace("\r\n", "\n").removesuffix("\n").replace("\n", eol)
    count = block.count(eol) + 1
    bare_end = after == len(lines) and after > 0 and not text.end_of(lines[-1])
    block = eol + block if bare_end else block + eol
    before, behind = "".join(lines[:after]), "".join(lines[after:])
    return mark + before + block + behind, (after + 1, after + count)


def create(arguments: dict[str, Any], call: Call) -> Result:
    """Write a whole file."""
    desk = Desk.of(call)
    file_text, force = arguments["file_text"], arguments["force"]
    with desk.lock:
        draft = desk.peek(arguments["path"])
        old = draft.state.data
        if old is None:
            data = file_text.encode("utf-8", "surrogateescape")
            warnings = desk.write("create", [fresh(draft, data)], force=force)
            lines = len(text.split_lines(file_text))
            said = f"created {draft.shown} ({lines} lines)"
        else:
            draft = desk.open(arguments["path"], force=force)
            if old == draft.text.encode(whole(draft, file_text)):
                return Result(f"{draft.shown} has exactly this content already; nothing was written")
            warnings = desk.write("create", [draft.change(whole(draft, file_text))], force=force)
            before = len(text.split_lines(draft.text.content))
            said = f"replaced the whole of {draft.shown} (it had {before} lines; undo brings them back)"
    notes = [f"warning: {warning}" for warning in warnings]
    return Result("\n".join([said, *notes]), data={"path": draft.shown, "warnings": warnings})


def whole(draft: Draft, file_text: str) -> str:
    """`file_text` with the byte order mark and the line ends of the file that it replaces."""
    mark = "\ufeff" if draft.text.content.startswith("\ufeff") and not file_text.startswith("\ufeff") else ""
    if draft.text.eol != "\n" and "\r" not in file_text:
        file_text = file_text.replace("\n", draft.text.eol)
    return mark + file_text


def undo(arguments: dict[str, Any], call: Call) -> Result:
    """Take back an edit."""
    entry = Desk.of(call).undo(arguments.get("path"))
    paths = [shown_path(call.workspace, change.path) for change in entry.changes]
    return Result(f"took back the last {entry.what}: {', '.join(paths)}", data={"paths": paths})


def _new_spans(edited: ladder.Edited) -> list[tuple[int, int]]:
    """The lines (from 1) that the hits became, in the new content."""
    spans, drift = [], 0
    for hit in edited.hits:
        start = hit.start + drift
        end = start + len(hit.replacement)
        first = text.line_of(edited.content, start)
        spans.append((first, max(first, text.line_of(edited.content, max(start, end - 1)))))
        drift += len(hit.replacement) - (hit.end - hit.start)
    return spans


def _report(
    draft: Draft, content: str, spans: list[tuple[int, int]], said: str, warnings: list[str], rung: str
) -> Result:
    lines = [text.body(line) for line in text.split_lines(content)]
    parts = [f"{said}: {len(spans)} places" if len(spans) > 1 else said]
    parts += [f"warning: {warning}" for warning in warnings]
    for first, last in spans[:3]:
        low, high = max(1, first - _AROUND), min(len(lines), last + _AROUND)
        if high - low >= _MOST_SHOWN:
            high = low + _MOST_SHOWN
        parts += [f"{number:>6}\t{lines[number - 1][:_WIDE]}" for number in range(low, high + 1)]
        parts.append("")
    data = {"path": draft.shown, "rung": rung, "lines": [list(span) for span in spans], "warnings": warnings}
    return Result("\n".join(parts).rstrip("\n"), data=data)
