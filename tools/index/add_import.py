"""The `add_import` tool: puts an import where the language and the file want it, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tools.edit.desk import Desk
from tools.index.session import index_of
from tools.registry import Call, Result, ToolFailure

_STATEMENTS: dict[str, re.Pattern[str]] = {
    "python": re.compile(r"(?:from\s+[\w.]+\s+import\s|import\s+[\w.])"),
    "javascript": re.compile(r"import\b|(?:const|let|var)\s.*=\s*require\("),
    "typescript": re.compile(r"import\b|(?:const|let|var)\s.*=\s*require\("),
    "tsx": re.compile(r"import\b|(?:const|let|var)\s.*=\s*require\("),
    "go": re.compile(r"import\b"),
    "java": re.compile(r"import\s"),
    "rust": re.compile(r"(?:pub\s+)?use\s"),
    "c": re.compile(r"#\s*include\b"),
    "cpp": re.compile(r"#\s*include\b"),
    "c-sharp": re.compile(r"using\s"),
    "php": re.compile(r"use\s"),
    "ruby": re.compile(r"require(?:_relative)?\b"),
}
_OPEN, _CLOSE = "([{", ")]}"


def add_import(arguments: dict[str, Any], call: Call) -> Result:
    """Add an import to a file unless it is there."""
    index = index_of(call, refresh=False)
    statement = arguments["statement"].strip()
    if not statement or "\n" in statement:
        raise ToolFailure("statement must be one line, such as `from os import path` or `import x from 'y'`")
    with Desk.of(call).lock:
        draft = Desk.of(call).open(arguments["path"], force=arguments["force"])
        language = index.language(draft.shown, (draft.state.data or b""))
        if language is None or language.name not in _STATEMENTS:
            known = ", ".join(_STATEMENTS)
            raise ToolFailure(f"add_import knows {known}; for {draft.shown} use insert")
        if not _STATEMENTS[language.name].match(statement):
            raise ToolFailure(f"{statement!r} is no import of {language.name}")
        content = draft.text.content
        eol = draft.text.eol
        plain = content.replace("\r\n", "\n") if eol == "\r\n" else content
        changed = added(plain, statement, language.name)
        if changed == plain:
            return Result(f"{draft.shown} imports that already; nothing was written")
        after = changed.replace("\n", "\r\n") if eol == "\r\n" else changed
        if eol == "\r\n" and content != plain.replace("\n", "\r\n"):
            raise ToolFailure(f"{draft.shown} mixes line ends; use insert")
        warnings = Desk.of(call).write("add_import", [draft.change(after)], force=arguments["force"])
    number = next(n for n, (a, b) in enumerate(_pairs(plain, changed), 1) if a != b)
    lines = [f"added to {draft.shown}, line {number}", *(f"warning: {warning}" for warning in warnings)]
    return Result("\n".join([*lines, f"{number:>6}\t{changed.split(chr(10))[number - 1]}"]))


def _pairs(old: str, new: str) -> list[tuple[str, str]]:
    return [*zip([*old.split("\n"), ""], new.split("\n"), strict=False), ("", "\0")]


def added(content: str, statement: str, language: str) -> str:
    """`content` with the import, or unchanged where it is there already. Adding twice is adding once."""
    return _ADDERS.get(language, _plain)(content, statement, language)


def _plain(content: str, statement: str, language: str) -> str:
    lines = content.split("\n")
    blocks = _blocks(lines, _STATEMENTS[language])
    if any(_same(" ".join(lines[a : b + 1]), statement) for a, b in blocks):
        return content
    if blocks:
        lines.insert(blocks[-1][1] + 1, statement)
        return "\n".join(lines)
    at = _top(lines, language)
    return "\n".join([*lines[:at], statement, *([""] if at < len(lines) and lines[at].strip() else []), *lines[at:]])


def _same(one: str, other: str) -> bool:
    def tidy(text: str) -> str:
        text = re.sub(r",\s*([})])", r"\1", text)
        return re.sub(r"\s*([,{}()\"';])\s*", r"\1", re.sub(r"\s+", " ", text)).replace('"', "'").strip().rstrip(";")

    return tidy(one.partition("#")[0] if not other.startswith("#") else one) == tidy(other)


def _python(content: str, statement: str, language: str) -> str:
    """``from m import a`` joins an existing ``from m import …`` of one line; ``from __future__`` goes first."""
    lines = content.split("\n")
    blocks = _blocks(lines, _STATEMENTS[language])
    wanted = re.match(r"from\s+([\w.]+)\s+import\s+(.+)$", statement)
    texts = {
        n: " ".join(line.partition("#")[0].strip() for line in lines[a : b + 1]) for n, (a, b) in enumerate(blocks)
    }
    if wanted is None:
        if any(_same(text, statement) for text in texts.values()):
            return content
        missing = [
            part
            for part in _names(statement.removeprefix("import"))
            if not any(_brings(t, part) for t in texts.values())
        ]
        if not missing:
            return content
        statement = "import " + ", ".join(missing)
    else:
        module, names = wanted[1], _names(wanted[2])
        have: list[str] = []
        joinable = None
        for number, text in texts.items():
            found = re.match(r"from\s+([\w.]+)\s+import\s+\(?(.+?)\)?\s*$", text)
            if found and found[1] == module:
                have += _names(found[2])
                a, b = blocks[number]
                if (
                    a == b
                    and "#" not in lines[a]
                    and "(" not in lines[a]
                    and "*" not in lines[a]
                    and ";" not in lines[a]
                ):
                    joinable = a
        names = [name for name in names if name not in have]
        if not names:
            return content
        if joinable is not None and len(lines[joinable]) + sum(len(name) + 2 for name in names) <= 100:
            lines[joinable] = lines[joinable].rstrip() + ", " + ", ".join(names)
            return "\n".join(lines)
        statement = f"from {module} import {', '.join(names)}"
    future = [b for n, (a, b) in enumerate(blocks) if texts[n].startswith("from __future__")]
    if statement.startswith("from __future__"):
        at = _top(lines, language)
    elif blocks:
        # Beside others of its kind: a relative one after the last relative one, and so for absolute ones.
        kin = [
            b
            for n, (a, b) in enumerate(blocks)
            if ("from ." in texts[n]) == ("from ." in statement) and b not in future
        ]
        at = (kin[-1] if kin else blocks[-1][1]) + 1
    else:
        at = _top(lines, language)
    gap = [""] if at < len(lines) and lines[at].strip() and not blocks else []
    return "\n".join([*lines[:at], statement, *gap, *lines[at:]])


def _names(text: str) -> list[str]:
    return [re.sub(r"\s+", " ", part).strip() for part in text.strip("() ").split(",") if part.strip()]


def _brings(text: str, part: str) -> bool:
    return text.startswith("import ") and part in _names(text.removeprefix("import"))


def _go(content: str, statement: str, language: str) -> str:
    spec = statement.removeprefix("import").strip().strip("()").strip()
    path = spec.split()[-1]
    lines = content.split("\n")
    blocks = _blocks(lines, _STATEMENTS[language])
    for first, last in blocks:
        for line in lines[first : last + 1]:
            words = line.removeprefix("import").strip().strip("()").split("//")[0].split()
            if words and words[-1] == path and (len(words) == len(spec.split())):
                return content
    grouped = next(((a, b) for a, b in blocks if lines[a].rstrip().endswith("(")), None)
    if grouped is not None:
        inner = lines[grouped[0] + 1 : grouped[1]]
        at = grouped[0] + 1
        for number, line in enumerate(inner):
            if not line.strip():
                break
            if line.split()[-1] < path:
                at = grouped[0] + 2 + number
        lines.insert(at, "\t" + spec)
        return "\n".join(lines)
    if blocks:
        lines.insert(blocks[-1][1] + 1, f"import {spec}")
        return "\n".join(lines)
    at = next((n + 1 for n, line in enumerate(lines) if line.startswith("package ")), 0)
    return "\n".join([*lines[:at], "", f"import {spec}", *lines[at:]])


_ADDERS: dict[str, Callable[[str, str, str], str]] = {"python": _python, "go": _go}


def _blocks(lines: list[str], pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """First and last line of each import at the top level; brackets and backslashes carry it over lines."""
    blocks: list[tuple[int, int]] = []
    number, quote, comment = 0, "", False
    while number < len(lines):
        line = lines[number]
        was_text = bool(quote) or comment
        quote, comment = _state(line, quote, comment)
        if not was_text and not quote and not comment and pattern.match(line):
            first, depth = number, _depth(line)
            while (depth > 0 or lines[number].rstrip().endswith("\\")) and number + 1 < len(lines):
                number += 1
                depth += _depth(lines[number])
            blocks.append((first, number))
        number += 1
    return blocks


def _depth(line: str) -> int:
    return sum((char in _OPEN) - (char in _CLOSE) for char in re.sub(r"'[^']*'|\"[^\"]*\"|#.*|//.*", "", line))


def _state(line: str, quote: str, comment: bool) -> tuple[str, bool]:
    """Whether the next line begins in a triple-quoted string (which one) or in a block comment."""
    if comment:
        return quote, "*/" not in line
    for found in re.finditer(r'"""|\'\'\'', line):
        if not quote:
            if "#" not in line[: found.start()]:
                quote = found[0]
        elif quote == found[0]:
            quote = ""
    opened = line.strip().startswith("/*") and "*/" not in line
    return quote, opened


def _top(lines: list[str], language: str) -> int:
    """The line before which a first import goes: below the shebang, comments, docstring, package, directives."""
    at, quote, comment = 0, "", False
    skip: tuple[str, ...] = (
        "#",
        "//",
        "/*",
        "*",
        "'use ",
        '"use ',
        "package ",
        "namespace ",
        "<?php",
        "declare(",
        "#![",
        "extern crate",
    )
    if language in ("c", "cpp"):
        skip = ("//", "/*", "*", "#pragma once")
    while at < len(lines):
        line = lines[at].strip()
        starts_doc = language == "python" and re.match(r"[rRuU]?(\"\"\"|'''|\"|')", line) and not quote
        if not (quote or comment or starts_doc or line.startswith(skip) or (not line and at + 1 < len(lines))):
            break
        if not line and not quote and not comment and not any(rest.strip() for rest in lines[at:]):
            break
        quote, comment = _state(lines[at], quote, comment)
        at += 1
    return at
