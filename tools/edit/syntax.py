"""Compares the syntax errors of a file before and after an edit. Runs in a worker, as parsers hang and crash.

Errors are compared as multisets of (kind, symbol, text), so that a file that was broken before stays editable. Python
is judged by compiling it, which knows indentation and `return` outside a function; tree-sitter speaks where it cannot.
"""

from __future__ import annotations

import itertools
import json
import re
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools import text, worker
from tools.edit.languages import load

_KEY = 120
_WITH_REGEX = ("javascript", "typescript", "tsx")
_MOST = 500
"""Errors collected of one file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A syntax error: bytes `start` to `end`, on `line` (from 1); `key` compares it with those of another version."""

    key: tuple[str, str, str]
    line: int
    start: int
    end: int
    message: str


def main() -> None:
    """Answer questions of `tools.edit.gate`."""
    worker.serve(answer)


def answer(question: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, Any], Sequence[bytes]]:
    """New errors of the second byte string beside the first one, by the best of ``grammars``."""
    return {"errors": [list(error) for error in _errors(list(question["grammars"]), *blobs)]}, ()


def _errors(grammars: list[str], old: bytes, new: bytes) -> list[Sequence[Any]]:
    for grammar, strict in STRICT.items():
        if grammar in grammars:
            error = strict(new)
            if error is None:
                return []
            if strict(old) is None:
                return [error]
    found = [new_faults(grammar, old, new) for grammar in grammars]
    best = min(found, key=len, default=[])
    return [(fault.line, fault.message) for fault in best[:5]]


def python_error(data: bytes) -> list[Any] | None:
    """Line and message of the first error that this interpreter's compiler finds; None where there is none.

    Raises:
        MemoryError: too deeply nested.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<edit>", "exec", dont_inherit=True, optimize=0)
        except SyntaxError as error:
            return [error.lineno or 1, error.msg]
        except (ValueError, RecursionError) as error:
            return [1, str(error)]
    return None


def json_error(data: bytes) -> list[Any] | None:
    """Line and message where `data` is not JSON. Files in which comments are usual are not judged by this."""
    try:
        json.loads(text.decode(data).content.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return [error.lineno, error.msg]
    except RecursionError:
        return [1, "nested too deeply"]
    return None


def toml_error(data: bytes) -> list[Any] | None:
    """Line and message where `data` is not TOML."""
    try:
        tomllib.loads(text.decode(data).content.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        return [int(found[1]) if found else 1, str(error)]
    except RecursionError:
        return [1, "nested too deeply"]
    return None


STRICT: Mapping[str, Callable[[bytes], list[Any] | None]] = {
    "python": python_error,
    "json": json_error,
    "toml": toml_error,
}
"""Parsers that know a language better than its grammar does. They speak where the file was right before."""


def new_faults(grammar: str, old: bytes, new: bytes) -> list[Fault]:
    """The errors of `new` that `old` did not have, by one grammar."""
    now = list(faults(grammar, new))
    if not now:
        return []
    before = list(faults(grammar, old))
    known = Counter(fault.key for fault in before)
    fresh = []
    for fault in now:
        if known[fault.key]:
            known[fault.key] -= 1
        else:
            fresh.append(fault)
    if len(now) <= len(before) and _touched(before, old, new):
        return []  # an edit of what was broken anyway, and it is no more broken than it was
    return fresh


def faults(grammar: str, data: bytes) -> Iterator[Fault]:
    """Errors of `data`, outermost ones only, in order."""
    from tree_sitter import Parser

    source = _as_utf8(data)
    cursor = Parser(load(grammar)).parse(source).walk()
    if grammar in _WITH_REGEX:
        yield from _comments_without_end(cursor.node, source)
    for _ in range(_MOST):
        node = cursor.node
        while node is not None and not (node.is_error or node.is_missing):
            if node.has_error and cursor.goto_first_child():
                node = cursor.node
                continue
            node = cursor.node if _forward(cursor) else None
        if node is None:
            return
        parent = node.parent.type if node.parent is not None else ""
        piece = source[node.start_byte : node.start_byte + _KEY * 4].decode("utf-8", "replace")
        piece = " ".join(piece[: max(0, node.end_byte - node.start_byte)].split())[:_KEY]
        kind = "missing" if node.is_missing else "error"
        symbol = node.type if node.is_missing else parent
        message = f"missing {node.type!r}" if node.is_missing else f"does not parse: {piece[:80]}"
        line = node.start_point[0] + 1
        yield Fault((kind, symbol, piece), line, node.start_byte, node.end_byte, message)
        if not _forward(cursor):
            return


def _comments_without_end(root: Any, source: bytes) -> Iterator[Fault]:
    """Comments that never end and were read as regular expressions up to the next slash: none begins with a star."""
    for match in itertools.islice(re.finditer(rb"/\*", source), _MOST):
        start = match.start()
        node = root.descendant_for_byte_range(start, start + 1)
        while node is not None and node.start_byte == start and node.type != "regex":
            node = node.parent
        if node is not None and node.type == "regex" and node.start_byte == start:
            line = node.start_point[0] + 1
            yield Fault(("error", "comment", "/*"), line, start, node.end_byte, "a comment without an end: /*")


def _forward(cursor: Any) -> bool:
    """Go to the next node that is not below this one; False at the end. Iterative: trees may be very deep."""
    while not cursor.goto_next_sibling():
        if not cursor.goto_parent():
            return False
    return True


def _touched(before: list[Fault], old: bytes, new: bytes) -> bool:
    """Whether the edit from `old` to `new` lies in or at an error of `old`."""
    old, new = _as_utf8(old), _as_utf8(new)
    low = _common(old, new)
    high = len(old) - _common(old[low:][::-1], new[low:][::-1])
    return any(fault.start <= high and low <= fault.end for fault in before)


def _common(a: bytes, b: bytes) -> int:
    """Length of the common prefix, by halving."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _as_utf8(data: bytes) -> bytes:
    """The text in the encoding that parsers want; a lone ``\\r`` as line end (which they do not know) as ``\\n``."""
    decoded = text.decode(data)
    content = decoded.content.removeprefix("\ufeff")
    if decoded.eol == "\r":
        content = content.replace("\r", "\n")
    return content.encode("utf-8", "replace")
