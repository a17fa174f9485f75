"""Compares the syntax errors of a file before and after an edit. Runs in a worker, as parsers hang and crash.

Python is judged by compiling it, which knows indentation and `return` outside a function; tree-sitter speaks where it
cannot. Where a grammar lags behind its language, what it may not know is a doubt and no error (`unknown`).
"""

from __future__ import annotations

import json
import re
import tomllib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools import text, worker
from tools.edit.balance import ALWAYS_BALANCED, OPENERS, first_new_loose_end
from tools.edit.dialect import in_known_words
from tools.edit.faults import as_utf8, faults, new_faults
from tools.edit.unknown import OPEN, may_be_unknown

_HEAD = re.compile(rb"(?:\s|#![^\n]*|//[^\n]*|/\*.*?\*/|(['\"])use \w+\1;?)*", re.S)
"""What comes before any code of JavaScript; with the types of Flow, it says ``@flow``."""
_OBJECTIVE_C = re.compile(
    rb"^[ \t]*(?:@(?:interface|protocol|class|implementation|end|import)\b|#[ \t]*import\b)", re.M
)
_SHOWN, _DOUBTS = 5, 3
_NAMES = {"c": "C", "cpp": "C++", "c_sharp": "C#", "css": "CSS", "html": "HTML", "java": "Java", "rust": "Rust"}

Verdict = tuple[Sequence[Sequence[Any]], Sequence[Sequence[Any]]]
"""Errors, and what the grammar may not know: each as line and message."""


def main() -> None:
    """Answer questions of `tools.edit.gate`."""
    worker.serve(answer)


def answer(question: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, Any], Sequence[bytes]]:
    """New errors of the second byte string beside the first one, by the best of ``grammars``, and doubts about them."""
    errors, doubts = _verdict(list(question["grammars"]), *blobs)
    return {"errors": [list(error) for error in errors], "doubts": [list(doubt) for doubt in doubts]}, ()


def _verdict(grammars: list[str], old: bytes, new: bytes) -> Verdict:
    for grammar, strict in STRICT.items():
        if grammar in grammars:
            error = strict(new)
            if error is None:
                return [], []
            if strict(old) is None:
                return [error], []
    old, new = as_utf8(old), as_utf8(new)
    if "cpp" in grammars and _OBJECTIVE_C.search(new):
        loose = _loose("cpp", old, new)  # no grammar at hand reads it
        return [loose] if loose else [], []
    head = _HEAD.match(new)
    if is_flow := grammars == ["javascript"] and head is not None and b"@flow" in head[0]:
        grammars = ["javascript", "tsx"]
    found = [_by_grammar(grammar, old, new, is_open=is_flow) for grammar in _best(grammars, old or new)]
    return min(found, key=lambda verdict: (len(verdict[0]), len(verdict[1])), default=([], []))


def _best(grammars: list[str], source: bytes) -> list[str]:
    """Those of `grammars` that find the fewest errors in `source`."""
    if len(grammars) < 2:
        return grammars
    counts = {grammar: sum(1 for _ in faults(grammar, source)) for grammar in grammars}
    return [grammar for grammar, count in counts.items() if count == min(counts.values())]


def _by_grammar(grammar: str, old: bytes, new: bytes, *, is_open: bool) -> Verdict:
    fresh = new_faults(grammar, old, new)
    if fresh and (plain := [_plain(grammar, source) for source in (old, new)]) != [old, new]:
        known = new_faults(grammar, *plain)
        if len(known) < len(fresh):
            fresh, (old, new) = known, plain
    is_open = is_open or grammar in OPEN
    if is_open and (loose := _unbalanced(grammar, old, new, is_faulty=bool(fresh))):
        return [loose], []
    shown = [(fault.line, fault.message) for fault in fresh[:_SHOWN]]
    if fresh and may_be_unknown(grammar, fresh, old, new, is_open=is_open):
        doubt = f"the {_NAMES.get(grammar, grammar)} grammar may not know this syntax; check that it is right"
        return [], [(line, doubt) for line, _ in shown[:_DOUBTS]]
    return shown, []


def _plain(grammar: str, source: bytes) -> bytes:
    return in_known_words(grammar, source.decode("latin-1")).encode("latin-1")


def _unbalanced(grammar: str, old: bytes, new: bytes, *, is_faulty: bool) -> Sequence[Any] | None:
    """Line and message of a bracket or quotation mark that an edit left alone: it counts where the grammar is lost."""
    if grammar not in ALWAYS_BALANCED and not is_faulty and next(faults(grammar, new), None) is None:
        return None
    return _loose(grammar, old, new)


def _loose(grammar: str, old: bytes, new: bytes) -> Sequence[Any] | None:
    found = first_new_loose_end(grammar, old.decode("latin-1"), new.decode("latin-1"))
    if found is None:
        return None
    kind, at = found
    return new.count(b"\n", 0, at) + 1, f"nothing closes this {kind}" if kind in OPENERS else f"{kind} is out of place"


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
