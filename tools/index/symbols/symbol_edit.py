"""The tools that edit by symbol: `replace_symbol`, `insert_before_symbol`, `insert_after_symbol`."""

from __future__ import annotations

import re
from typing import Any

from tools.edit.desk import Desk
from tools.index.address import written
from tools.index.index import Index
from tools.index.session import index_of
from tools.index.symbols.place import reindent
from tools.index.symbols.style import unit_of
from tools.index.symbols.surroundings import fit, unkeyed, unshared
from tools.index.symbols.target import Target, find
from tools.registry import Call, Result, ToolFailure


def replace_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Put a new definition in the place of a symbol."""
    index = index_of(call)
    with Desk.of(call).lock:
        target = find(index, call, arguments)
        after, text, notes = replaced(index, target, arguments["body"])
        if _with_newlines(after) == _with_newlines(target.content):
            return Result(f"{written(target.hit)} has exactly this text already; nothing was written")
        notes += [f"warning: {warning}" for warning in target.write(call, "replace_symbol", after, arguments)]
    first, old = target.span.outer_line, target.text(target.span.outer_start, target.span.outer_end).count("\n")
    count = text.count("\n") + 1
    said = f"replaced {written(target.hit)} (lines {first}-{first + old}) by {count} lines"
    return Result(_told(said, after, first, count, notes), data={"path": target.hit.path})


def replaced(index: Index, target: Target, body: str) -> tuple[str, str, list[str]]:
    """The text of the file with `body` in the place of a symbol, what stands there then, and what is to be told.

    Raises:
        ToolFailure: `body` is empty, or would lose what is declared or written beside the symbol.
    """
    span, around = target.span, target.around
    plain, old = _plain(body), target.text(span.outer_start, span.outer_end)
    if plain.strip() in (old, target.lines.strip()):
        return target.content, old, []
    bare = unshared(plain, around)
    lines, frozen = _placed(index, target, bare, target.lines)
    fitted = fit(lines, around, target.indent, in_string=len(lines) - 1 in frozen)
    _refuse_loss(target, bare)
    # What stays is not written anew, so that its bytes stay too.
    start = span.core_start if fitted.head else span.outer_start
    stays = fitted.tail == around.after
    after = target.spliced(start, span.outer_end if stays else target.line_end(span.outer_end), fitted.body(stays))
    text = fitted.head + fitted.body(stays)
    notes = [f"kept, as the new text has none: {line}" for line in fitted.kept[:5]]
    return after, text, notes + [f"warning: {warning}" for warning in _lost(around.head, text)]


def insert_before_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Put text before a symbol, with what is attached to it."""
    return _insert(arguments, call, before=True)


def insert_after_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Put text after a symbol."""
    return _insert(arguments, call, before=False)


def _insert(arguments: dict[str, Any], call: Call, *, before: bool) -> Result:
    index = index_of(call)
    with Desk.of(call).lock:
        target = find(index, call, arguments)
        lines, _ = _placed(index, target, _plain(arguments["body"]), "")
        body = "\n".join(unkeyed(lines, target.around))
        at, end, opening, closing = _gap(target, before=before)
        after = target.spliced(at, end, opening + body + closing)
        first = target.line_at(at) + opening.count("\n")
        what = "insert_before_symbol" if before else "insert_after_symbol"
        notes = [f"warning: {warning}" for warning in target.write(call, what, after, arguments)]
    said = f"inserted {'before' if before else 'after'} {written(target.hit)}"
    return Result(_told(said, after, first, body.count("\n") + 1, notes), data={"path": target.hit.path})


def _gap(target: Target, *, before: bool) -> tuple[int, int, str, str]:
    """Where to insert, from where to where, and what stands between the old text and the new one at either end."""
    gap, indent = "\n" * (1 + _blank_lines(target)), target.indent
    if before:
        at = end = target.span.whole_start
        shared = target.line_before(at)
        at -= len(shared) - len(shared.rstrip()) if shared.strip() else 0
        opening, closing = "\n" + indent if shared.strip() else "", gap + indent
    else:
        at = end = target.line_end_behind(target.span.whole_end)
        shared = target.text(at, target.line_end(at))
        end += len(shared) - len(shared.lstrip())
        opening, closing = gap + indent, "\n" + indent if shared.strip() else ""
    if shared.strip() and target.around.indents:
        raise ToolFailure(f"{written(target.hit)} shares its line with other code; use str_replace")
    return at, end, opening, closing


def _plain(body: str) -> str:
    """`body` with plain line ends, without blank lines around it.

    Raises:
        ToolFailure: nothing is left.
    """
    plain = _with_newlines(body).rstrip()
    plain = re.sub(r"\A(?:[ \t]*\n)+", "", plain)
    if not plain.strip():
        raise ToolFailure("body is empty; to delete a symbol use str_replace")
    return plain


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _placed(index: Index, target: Target, body: str, old: str) -> tuple[list[str], frozenset[int]]:
    """The lines of `body` at the indentation of the place, and which of them begin inside a string."""
    frozen = target.string_lines(index, body)
    unit = unit_of(_with_newlines(target.content))
    moved = reindent(body, target.indent, unit, frozen, indents=target.around.indents, old=old)
    return moved.split("\n"), frozen


def _refuse_loss(target: Target, body: str) -> None:
    """What one declaration declares together cannot be replaced by one of its names."""
    lost = [name for name in target.span.together if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", body)]
    if lost:
        raise ToolFailure(
            f"{written(target.hit)} is declared together with {', '.join(lost)}, which the new text has not: "
            "give a body that declares them all, or use str_replace"
        )


def _blank_lines(target: Target) -> int:
    """Blank lines between definitions at this place, as the language's style has it."""
    symbol = target.span.symbol
    if symbol.kind in ("variable", "property", "constant", "key", "prototype", "macro"):
        return 0
    return 2 if target.hit.path.endswith((".py", ".pyi")) and not target.indent else 1


def _lost(head: str, text: str) -> list[str]:
    """Decorators and comments of the old text that the new one has not."""
    gone = [line.strip() for line in head.split("\n") if line.strip() and line.strip() not in text]
    return [f"the new text has no longer: {line}" for line in gone[:5]]


def _told(said: str, after: str, first: int, count: int, notes: list[str]) -> str:
    lines = _with_newlines(after).split("\n")
    low, high = max(1, first - 2), min(len(lines), first + min(count, 12) + 1)
    shown = [f"{number:>6}\t{lines[number - 1][:200].rstrip()}" for number in range(low, high + 1)]
    return "\n".join([said, *notes, *shown])
