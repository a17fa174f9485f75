"""The `add_import` tool: puts an import where the language and the file want it, once."""

from __future__ import annotations

from typing import Any

from tools.edit.desk import Desk
from tools.index.crew import ParseFailedError
from tools.index.imports.entries import LANGUAGES
from tools.index.imports.placing import Added, NoImportError, addition
from tools.index.index import Index
from tools.index.plain import Plain
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure
from tools.text import decode


def add_import(arguments: dict[str, Any], call: Call) -> Result:
    """Add an import to a file unless it is there."""
    index = index_of(call, refresh=False)
    statement, force = arguments["statement"].strip(), bool(arguments["force"])
    with Desk.of(call).lock:
        draft = Desk.of(call).open(arguments["path"], force=force)
        language = index.language(draft.shown, (draft.state.data or b"").removeprefix(b"\xef\xbb\xbf"))
        if language is None or language.name not in LANGUAGES:
            raise ToolFailure(f"add_import knows {', '.join(LANGUAGES)}; for {draft.shown} use insert")
        plain = Plain(draft.text)
        added = _decided(index, draft.shown, plain, statement, language.name, force=force)
        if not added.edits:
            return Result(f"{draft.shown} imports that already (line {added.line}); nothing was written")
        content = plain.edited(added.edits)
        change = draft.change(content)
        _proved(index, draft.shown, change.after.data or b"", statement, language.name)
        warnings = [*added.notes, *Desk.of(call).write("add_import", [change], force=force)]
    old, new = plain.source.split(b"\n"), Plain(decode(change.after.data or b"")).source.split(b"\n")
    number = next(n for n, line in enumerate(new) if (n >= len(old) or line != old[n]) and line.strip())
    lines = [f"added to {draft.shown}, line {number + 1}", *(f"warning: {warning}" for warning in warnings)]
    return Result("\n".join([*lines, f"{number + 1:>6}\t{new[number].decode('utf-8', 'replace')}"]))


def _decided(index: Index, shown: str, plain: Plain, statement: str, language: str, *, force: bool) -> Added:
    """What to write.

    Raises:
        ToolFailure: it is no import, no place is certainly right, or the parser gave up.
    """

    def ask(name: str, source: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = index.worker.ask("imports", name, source)[0]
        return answer

    try:
        return addition(plain.source, statement, language, ask, force=force)
    except NoImportError as error:
        raise ToolFailure(f"{shown}: {error}") from None
    except ParseFailedError as error:
        raise ToolFailure(f"{shown}: {error}; use insert") from None


def _proved(index: Index, shown: str, after: bytes, statement: str, language: str) -> None:
    """See that the file then has the import.

    Raises:
        ToolFailure: what would be written is no import there.
    """
    if _decided(index, shown, Plain(decode(after)), statement, language, force=True).edits:
        raise ToolFailure(f"{shown}: no place is certainly right for this import; use insert")
