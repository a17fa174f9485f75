"""How near an accepted patch is to the real fix: the same code, the same place, or only plausible."""

from __future__ import annotations

import ast
import re

from benchmarks.repair.reconstruct import Bug

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


def likeness(bug: Bug, patched: dict[str, str], patch: str) -> str:
    """`same code`, `same lines`, or `plausible`; `patched` maps changed paths to their text after the patch.

    Same code: every function that the patch changes reads as in the fixed release (comments and layout aside). Same
    lines: the patch changes a line that the real fix changes too.
    """
    if patched and all(
        _functions_agree(_read(bug, path), text, bug.fixed.get(path, "")) for path, text in patched.items()
    ):
        return "same code"
    real = _lines_of_fix(bug)
    if any(place in real for place in touched(patch)):
        return "same lines"
    return "plausible"


def _read(bug: Bug, path: str) -> str:
    file = bug.repo / path
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def _functions_agree(before: str, patched: str, fixed: str) -> bool:
    try:
        old, new, right = _pieces(before), _pieces(patched), _pieces(fixed)
    except SyntaxError:
        return False
    changed = [name for name in new if old.get(name) != new[name]]
    return bool(changed) and all(right.get(name) == new[name] for name in changed)


def _pieces(text: str) -> dict[str, str]:
    """Functions and module-level statements of a file as dumps without positions, by name."""
    found: dict[str, str] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for number, node in enumerate(body):
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if ast.get_docstring(node) is not None:
                    node.body = node.body[1:]
                found[prefix + node.name] = ast.dump(node)
            else:
                names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
                found[f"{prefix}{'/'.join(names) or number}"] = ast.dump(node)

    visit(ast.parse(text).body, "")
    return found


def _lines_of_fix(bug: Bug) -> set[tuple[str, int]]:
    from benchmarks.repair.reconstruct import real_fix

    return touched(real_fix(bug))


def touched(patch: str) -> set[tuple[str, int]]:
    """Old lines (path, number from 1) that a unified diff removes or inserts beside."""
    found: set[tuple[str, int]] = set()
    path, line, replacing = "", 0, False
    for row in patch.splitlines():
        if row.startswith("--- "):
            path = row[4:].split("\t")[0].removeprefix("a/")
        elif match := _HUNK.match(row):
            line, replacing = int(match.group(1)) + (match.group(2) == "0"), False
        elif row.startswith("-"):
            found.add((path, line))
            line, replacing = line + 1, True
        elif row.startswith("+") and not row.startswith("+++"):
            if not replacing:
                found.add((path, max(1, line)))
        elif row.startswith(" "):
            line, replacing = line + 1, False
    return found
