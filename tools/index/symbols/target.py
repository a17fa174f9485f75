"""A symbol that is to be edited: its file as it was read now, what stands around it there, and how to write it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tools.edit.desk import Desk, Draft
from tools.index.address import resolve
from tools.index.crew import ParseFailedError
from tools.index.index import Hit, Index
from tools.index.languages import Language
from tools.index.outline.extract import CLASSES
from tools.index.symbols.located import as_utf8, is_exact, span_of, spans_of
from tools.index.symbols.spans import Span
from tools.index.symbols.surroundings import MARKS, Surroundings
from tools.registry import Call, ToolFailure


@dataclass(frozen=True)
class Target:
    """A symbol found for editing. Places are bytes of `raw`, the text of the file as UTF-8."""

    hit: Hit
    span: Span
    draft: Draft
    language: Language

    @property
    def content(self) -> str:
        """The text of the file."""
        return self.draft.text.content

    @cached_property
    def raw(self) -> bytes:
        """The text of the file as UTF-8."""
        return as_utf8(self.content)

    @cached_property
    def source(self) -> bytes:
        """`raw` with line ends that are found by looking for a newline; places are the same."""
        return self.raw.replace(b"\r", b"\n") if self.draft.text.eol == "\r" else self.raw

    def text(self, start: int, end: int) -> str:
        """The text from `start` to `end`, with plain line ends."""
        return self.source[start:end].decode("utf-8", "surrogateescape").replace("\r\n", "\n")

    def line_before(self, at: int) -> str:
        """What stands before `at` on its line."""
        return self.text(self.source.rfind(b"\n", 0, at) + 1, at)

    def line_at(self, at: int) -> int:
        """The number, from 1, of the line of `at`."""
        return self.source.count(b"\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """The end of the line of `at`, without its line end."""
        end = self.source.find(b"\n", at)
        end = len(self.source) if end < 0 else end
        return end - 1 if end > at and self.source[end - 1 : end] == b"\r" else end

    def line_end_behind(self, at: int) -> int:
        """Where text behind `at` can go: the end of the line, or `at` itself where other code follows there.

        A separator, a closing bracket and a comment belong to what is before them, also one of several lines.
        """
        end = self.line_end(at)
        rest = self.source[at:end].strip()
        if rest.startswith(b"/*") and b"*/" not in rest:
            closed = self.source.find(b"*/", at)
            return at if closed < 0 else self.line_end_behind(closed + 2)
        plain = rest.lstrip(b",;) \t")
        comments = tuple(start.encode() for start in (*self.around.comments, "//", "/*"))
        return end if not plain or plain.startswith(comments) else at

    @cached_property
    def indent(self) -> str:
        """The blanks with which the symbol's first line begins."""
        before = self.line_before(self.span.outer_start)
        return before[: len(before) - len(before.lstrip())]

    @cached_property
    def lines(self) -> str:
        """The whole lines on which the symbol stands."""
        start = self.source.rfind(b"\n", 0, self.span.outer_start) + 1
        return self.text(start, self.line_end(self.span.outer_end))

    @cached_property
    def around(self) -> Surroundings:
        """What stays, or may stay, around the symbol."""
        span = self.span
        return Surroundings(
            before=self.line_before(span.outer_start),
            head=self.text(span.outer_start, span.core_start),
            core=self.text(span.core_start, span.outer_end),
            after=self.text(span.outer_end, self.line_end(span.outer_end)),
            marks=tuple(self.text(*mark) for mark in span.marks),
            marking=MARKS.get(self.language.name, ()),
            inline=span.inline,
            keyword=span.keyword,
            comments=self.language.comments,
            next_char=self.source[span.outer_end :].lstrip()[:1].decode("latin-1"),
            indents=self.language.indents,
            terminated=self.language.name in ("c", "cpp") and span.symbol.kind in (*CLASSES, "type"),
        )

    def string_lines(self, index: Index, body: str) -> frozenset[int]:
        """The numbers (from 0) of lines of `body` that begin inside a string, read in the place of the symbol."""
        source, offset = as_utf8(body), 0
        if not self.language.indents:  # there a body is read as well alone, and better so while it is not in its place
            start, end = self.span.outer_start, self.span.outer_end
            source, offset = self.source[:start] + source + self.source[end:], self.line_at(start) - 1
        try:
            rows = index.worker.ask("string_lines", self.language.name, source)
        except ParseFailedError:
            return frozenset()
        return frozenset(row - offset for row in rows if 0 <= row - offset <= body.count("\n"))

    def spliced(self, start: int, end: int, new: str) -> str:
        """The text of the file with `new`, in its line ends, in the place of what is from `start` to `end`."""
        fresh = as_utf8(new.replace("\n", self.draft.text.eol))
        return (self.raw[:start] + fresh + self.raw[end:]).decode("utf-8", "surrogateescape")

    def write(self, call: Call, what: str, content: str, arguments: dict[str, Any]) -> list[str]:
        """Write `content` to the file. Returns warnings.

        Raises:
            ToolFailure: the gate refuses, the encoding has no such character, or the disk says no.
        """
        change = self.draft.change(content)
        return Desk.of(call).write(what, [change], force=bool(arguments.get("force", False)))


def find(index: Index, call: Call, arguments: dict[str, Any]) -> Target:
    """The symbol that `arguments` address, in the file as it is now.

    Raises:
        ToolFailure: none or several; the file cannot be edited or parsed.
    """
    hit = resolve(index, arguments["symbol"], arguments.get("path"))
    draft = Desk.of(call).open(hit.path, force=arguments.get("force", False))
    try:
        spans = spans_of(index, hit.path, draft.text.content)
    except ParseFailedError as error:
        raise ToolFailure(f"{hit.path}: {error}; use str_replace") from None
    span = span_of(hit, spans, exact=is_exact(draft.text))
    language = index.language(hit.path, as_utf8(draft.text.content))
    if span is None or language is None:
        raise ToolFailure(f"{hit.path} changed since it was read; try again")
    return Target(hit, span, draft, language)
