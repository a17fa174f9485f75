"""The tools that edit by symbol: `replace_symbol`, `insert_before_symbol`, `insert_after_symbol`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.edit.desk import Desk, Draft, fresh
from tools.index.address import resolve, written
from tools.index.crew import ParseFailedError
from tools.index.extract import Symbol
from tools.index.index import Hit, Index
from tools.index.place import reindent, unit_of
from tools.index.session import index_of
from tools.index.spans import Span
from tools.registry import Call, Result, ToolFailure


@dataclass(frozen=True, slots=True)
class Target:
    """A symbol found for editing: the file as it was read now, and the symbol's bytes in it."""

    hit: Hit
    span: Span
    source: bytes
    draft: Draft

    @property
    def indent(self) -> str:
        """The blanks before the symbol on its first line."""
        start = self.source.rfind(b"\n", 0, self.span.outer_start) + 1
        before = self.source[start : self.span.outer_start].decode("utf-8", "surrogateescape")
        return before if not before.strip() else before[: len(before) - len(before.lstrip())]


def find(index: Index, call: Call, arguments: dict[str, Any]) -> Target:
    """The symbol that `arguments` address, in the file as it is now.

    Raises:
        ToolFailure: none or several; the file cannot be edited or parsed.
    """
    hit = resolve(index, arguments["symbol"], arguments.get("path"))
    draft = Desk.of(call).open(hit.path, force=arguments.get("force", False))
    source = draft.state.data or b""
    language = index.language(hit.path, source)
    if language is None or draft.text.encoding not in ("utf-8", "latin-1"):
        raise ToolFailure(f"{hit.path} cannot be edited by symbol ({draft.text.encoding}); use str_replace")
    try:
        rows = index.worker.ask("spans", language.name, source)
    except ParseFailedError as error:
        raise ToolFailure(f"{hit.path}: {error}") from None
    spans = [Span(Symbol(*row[0]), *row[1:]) for row in rows]
    mine = [span for span in spans if span.symbol.name_at == hit.symbol.name_at and span.symbol.name == hit.symbol.name]
    if not mine:
        raise ToolFailure(f"{hit.path} changed since it was read; try again")
    return Target(hit, mine[0], source, draft)


def replace_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Put a new definition in the place of a symbol."""
    index = index_of(call)
    with Desk.of(call).lock:
        target = find(index, call, arguments)
        span = target.span
        old = target.source[span.outer_start : span.outer_end]
        body = _prepared(index, target, arguments["body"], old)
        if not body.strip():
            raise ToolFailure("body is empty; to delete a symbol use str_replace")
        after = target.source[: span.outer_start] + body + target.source[span.outer_end :]
        if after == target.source:
            return Result(f"{written(target.hit)} has exactly this text already; nothing was written")
        warnings = _lost(target, old, body) + _write(call, "replace_symbol", target, after, arguments)
    first = span.outer_line
    said = f"replaced {written(target.hit)} (lines {first}-{first + old.count(10)}) by {body.count(10) + 1} lines"
    return Result(_told(said, after, first, body.count(10) + 1, warnings), data={"path": target.hit.path})


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
        span, source = target.span, target.source
        body = _prepared(index, target, arguments["body"], b"")
        if not body.strip():
            raise ToolFailure("body is empty")
        eol = _eol(source)
        gap = eol * (1 + _blank_lines(target))
        indent = target.indent.encode()
        if before:
            at = span.outer_start
            piece = body + gap + indent
            first = span.outer_line
        else:
            at = _line_end(source, span.outer_end)
            piece = gap + indent + body
            first = source.count(b"\n", 0, at) + 2 + _blank_lines(target)
        after = source[:at] + piece + source[at:]
        what = "insert_before_symbol" if before else "insert_after_symbol"
        warnings = _write(call, what, target, after, arguments)
    said = f"inserted {'before' if before else 'after'} {written(target.hit)}"
    return Result(_told(said, after, first, body.count(10) + 1, warnings), data={"path": target.hit.path})


def _write(call: Call, what: str, target: Target, after: bytes, arguments: dict[str, Any]) -> list[str]:
    force = bool(arguments.get("force", False))
    return Desk.of(call).write(what, [fresh(target.draft, after)], force=force)


def _prepared(index: Index, target: Target, body: str, old: bytes) -> bytes:
    """The new text as bytes for its place: line ends and indentation of the file."""
    plain = body.replace("\r\n", "\n").strip("\n")
    if plain.encode("utf-8", "surrogateescape") == old.replace(b"\r\n", b"\n"):
        return old
    language = index.language(target.hit.path, target.source)
    source = plain.encode("utf-8", "surrogateescape")
    frozen: list[int] = []
    if language is not None:
        try:
            frozen = index.worker.ask("string_lines", language.name, source)
        except ParseFailedError:
            frozen = []
    unit = unit_of(target.source.decode("utf-8", "surrogateescape"))
    moved = reindent(plain, target.indent, unit, frozenset(frozen), indents=bool(language and language.indents))
    return moved.encode(target.draft.text.encoding, "surrogateescape").replace(b"\n", _eol(target.source))


def _eol(source: bytes) -> bytes:
    crlf = source.count(b"\r\n")
    return b"\r\n" if crlf * 2 > source.count(b"\n") else b"\n"


def _line_end(source: bytes, at: int) -> int:
    """The end of the line of `at`, a trailing comment included, its line end not."""
    end = source.find(b"\n", at)
    end = len(source) if end < 0 else end
    if source[at:end].strip() and not source[at:end].lstrip().startswith((b"#", b"//", b"/*", b",", b";", b")")):
        return at
    return end - 1 if source[end - 1 : end] == b"\r" and end > at else end


def _blank_lines(target: Target) -> int:
    """Blank lines between definitions at this place, as the language's style has it."""
    symbol = target.span.symbol
    if symbol.kind in ("variable", "property", "constant", "key", "prototype"):
        return 0
    return 2 if target.hit.path.endswith((".py", ".pyi")) and not target.indent else 1


def _lost(target: Target, old: bytes, body: bytes) -> list[str]:
    """Decorators and comments of the old text that the new one has not."""
    head = target.source[target.span.outer_start : target.span.symbol.start].decode("utf-8", "replace")
    fresh_text = body.decode("utf-8", "replace")
    gone = [line.strip() for line in head.split("\n") if line.strip() and line.strip() not in fresh_text]
    return [f"the new text has no longer: {line}" for line in gone[:5]]


def _told(said: str, after: bytes, first: int, count: int, warnings: list[str]) -> str:
    lines = after.decode("utf-8", "replace").split("\n")
    low, high = max(1, first - 2), min(len(lines), first + min(count, 12) + 1)
    shown = [f"{number:>6}\t{lines[number - 1][:200].rstrip()}" for number in range(low, high + 1)]
    return "\n".join([said, *(f"warning: {warning}" for warning in warnings), *shown])
