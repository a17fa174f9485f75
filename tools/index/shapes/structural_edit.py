"""The `structural_replace` tool: rewrites every place that has the shape of a pattern."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tools.edit.desk import Desk
from tools.edit.store import Change
from tools.index.address import relative
from tools.index.crew import ParseFailedError
from tools.index.index import Index
from tools.index.languages import BY_NAME, Language
from tools.index.plain import Edit, Plain
from tools.index.session import index_of
from tools.index.shapes.pattern import PatternError
from tools.index.shapes.rewriting import Rewriting
from tools.index.shapes.template import Template, tidy
from tools.index.symbols.place import unit_of
from tools.registry import Call, Result, ToolFailure
from tools.text import decode

_MOST_FILES = 2_000
_MOST_LISTED = 60
_ROUNDS = 6
_NOT_A_PATTERN = "PatternError: the pattern is not "


@dataclass(slots=True)
class _Job:
    """One call: what is asked for, and what has been found so far."""

    call: Call
    index: Index
    pattern: str
    replacement: str
    force: bool
    changes: list[Change] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    known: set[tuple[int, int]] = field(default_factory=set)
    """Device and number of the files that are changed: one may have several names."""
    foreign: Counter[str] = field(default_factory=Counter)
    """Files of each language that the pattern is no code of."""

    def file(self, path: str, source: bytes, language: Language) -> None:
        """Find and rewrite the places of one file, without writing it.

        Raises:
            ToolFailure: the replacement does not go with the pattern, or the file cannot be edited.
        """
        plain = Plain(decode(source))
        try:
            found = self.index.worker.ask("structural", language.name, plain.source, self.pattern)
            if found:
                self._rewrite(path, source, plain, language, found)
        except ParseFailedError as error:
            if str(error).startswith(_NOT_A_PATTERN):
                self.foreign[language.name] += 1
            else:
                self.unread.append(f"{path}: {error}")
        except PatternError as error:
            raise ToolFailure(str(error)) from None

    def _rewrite(self, path: str, source: bytes, plain: Plain, language: Language, found: list[dict[str, Any]]) -> None:
        ask = self.index.worker.ask
        text = plain.source
        fixed = ask("string_lines", language.name, tidy(self.replacement).encode("utf-8", "surrogateescape"))
        template = Template.of(
            self.pattern, self.replacement, language.name, fixed, unit_of(text.decode("utf-8", "surrogateescape"))
        )
        strings = ask("string_lines", language.name, text)
        rewriting = Rewriting(text, found, template, strings, force=self.force)
        edits = self._settled(rewriting, language)
        for start, why in sorted(rewriting.skipped):
            self.skipped.append(f"  {_line(path, text, start)}: {why}")
        if not len(rewriting) or rewriting.text(edits) == text:
            return
        draft = Desk.of(self.call).open(path, force=self.force)
        if draft.state.data != source:
            raise ToolFailure(f"{path} changed since it was read; try again")
        status = draft.path.stat()
        if (status.st_dev, status.st_ino) in self.known:
            return
        self.known.add((status.st_dev, status.st_ino))
        content = plain.edited([Edit(a, b, new.decode("utf-8", "surrogateescape")) for a, b, new in edits])
        self.changes.append(draft.change(content))
        shown: set[int] = set()
        for start in rewriting.starts():
            edit = next(edit for edit in edits if edit[0] <= start < edit[1])
            said = (
                " (inside the one above)"
                if edit[0] in shown
                else f" {_first(text[start : edit[1]])} → {_first(edit[2])}"
            )
            shown.add(edit[0])
            self.done.append(f"  {_line(path, text, start)}{said}")

    def _settled(self, rewriting: Rewriting, language: Language) -> list[tuple[int, int, bytes]]:
        """The edits, when each part is read as one node where it is put: else it gets parentheses, or is left alone."""
        for _ in range(_ROUNDS):
            edits, slots = rewriting.edits()
            spans = [[slot.start, slot.end] for slot in slots]
            answers = self.index.worker.ask("standing", language.name, rewriting.text(edits), spans)
            states = list(zip(slots, answers, strict=True))
            torn = [slot for slot, said in states if said == 0 or (said == 3 and rewriting.wrapped(slot))]
            if not torn:
                return edits
            hopeless = [slot for slot in torn if rewriting.wrapped(slot)]
            if hopeless:
                rewriting.unwrap(hopeless)
                if self.force:
                    return rewriting.edits()[0]
                rewriting.drop({slot.place for slot in hopeless}, "there the new text would not be read as one piece")
            # What a variable stands for first: often the whole is then one piece, too.
            parts = [slot for slot in torn if slot.part >= 0 and slot not in hopeless]
            rewriting.wrap(parts or [slot for slot in torn if slot not in hopeless])
        if not self.force:
            rewriting.drop({slot.place for slot in torn}, "there the new text would not be read as one piece")
        return rewriting.edits()[0]

    def notes(self) -> list[str]:
        """What was not done, and why."""
        lines = []
        if self.skipped:
            lines += [f"skipped {len(self.skipped)} places that match:", *_cut(self.skipped)]
        if self.unread:
            lines += [f"could not search {len(self.unread)} files:", *_cut([f"  {said}" for said in self.unread])]
        if self.foreign and (self.changes or self.skipped):
            said = ", ".join(f"{count} {name}" for name, count in sorted(self.foreign.items()))
            lines.append(f"not searched, as the pattern is no code of their language: {said}")
        return lines


def structural_replace(arguments: dict[str, Any], call: Call) -> Result:
    """Rewrite code by shape."""
    index = index_of(call)
    given = arguments.get("language")
    if given and given not in BY_NAME:
        raise ToolFailure(f"unknown language {given!r}; known: {', '.join(BY_NAME)}")
    paths = _paths(index, call, arguments["path"])
    job = _Job(call, index, tidy(arguments["pattern"]), arguments["replacement"], bool(arguments["force"]))
    with Desk.of(call).lock:
        for path in paths:
            if call.cancelled.is_set():
                raise ToolFailure("cancelled; nothing was written")
            source = index.source(path)
            language = index.language(path, source.removeprefix(b"\xef\xbb\xbf"))
            if language is not None and (not given or language.name == given):
                job.file(path, source, language)
        notes = job.notes()
        if not job.changes:
            raise ToolFailure("\n".join([_nothing(job, len(paths)), *notes]))
        if arguments["dry_run"]:
            head = f"{len(job.done)} places in {len(job.changes)} files (nothing written)"
            return Result("\n".join([head, *notes, *_cut(job.done)]))
        warnings = Desk.of(call).write("structural_replace", job.changes, force=job.force)
    said = [f"rewrote {len(job.done)} places in {len(job.changes)} files", *(f"warning: {w}" for w in warnings)]
    data = {"places": len(job.done), "files": len(job.changes), "skipped": len(job.skipped)}
    return Result("\n".join([*said, *notes, *_cut(job.done)]), data=data)


def _nothing(job: _Job, count: int) -> str:
    if job.skipped:
        return "nothing was written: no place that has the shape of the pattern can be rewritten safely"
    searched = count - sum(job.foreign.values()) - len(job.unread)
    if not searched and job.foreign:
        return f"the pattern is not {', '.join(sorted(job.foreign))}: {job.pattern!r}"
    if not searched and job.unread:
        return "nothing was written"
    return f"nothing in {searched} files has the shape of the pattern, or it is written so already"


def _paths(index: Index, call: Call, given: str) -> list[str]:
    path = relative(call.workspace, given)
    if index.has(path):
        return [path]
    inside = [name for name in index.paths() if path == "." or name.startswith(path.rstrip("/") + "/")]
    if not inside:
        raise ToolFailure(f"{given} holds no source file")
    if len(inside) > _MOST_FILES:
        raise ToolFailure(f"{given} has {len(inside)} source files; at most {_MOST_FILES} at once: give a folder below")
    return inside


def _line(path: str, text: bytes, start: int) -> str:
    return f"{path}:{text.count(10, 0, start) + 1}"


def _first(text: bytes) -> str:
    return text.split(b"\n")[0].decode("utf-8", "replace")[:80]


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LISTED
    return lines[:_MOST_LISTED] + ([f"  … and {more} more"] if more > 0 else [])
