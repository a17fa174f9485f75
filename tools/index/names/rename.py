"""The `rename_symbol` tool: changes what is certainly the symbol, returns what only shares its name."""

from __future__ import annotations

import re
from typing import Any

from tools.edit.desk import Desk, fresh
from tools.edit.store import Change
from tools.index.address import resolve, written
from tools.index.index import Hit
from tools.index.names.clash import Clashes
from tools.index.names.group import Group, group_of
from tools.index.names.reader import Reader
from tools.index.names.uses import NOTE, Use, Uses, uses_of
from tools.index.names.wholeword import plain
from tools.index.session import index_of
from tools.index.symbol import CLASSES
from tools.registry import Call, Result, ToolFailure
from tools.text import CannotEncodeError

_WORD = r"[^\W\d]\w*"
_NAMES = {
    "javascript": r"#?(?!\d)[\w$]+",
    "ruby": _WORD + r"[?!=]?|\$" + _WORD,
    "bash": r"[^\s\d$\"'`\\|&;<>(){}][^\s$\"'`\\|&;<>(){}]*",
    "css": r"[.#]?-*[^\W\d][\w-]*|--[\w-]+",
    "html": r"[^\s\"'<>=]+",
    "yaml": r"[\w.-]+",
    "toml": r"[\w-]+",
    "json": r"[^\"\\\n]+",
    "cpp": _WORD + r"|operator\b.+",
}
_NAMES["typescript"] = _NAMES["tsx"] = _NAMES["javascript"]
_CONSTRUCTED = frozenset({"java", "c-sharp", "cpp"})
_CALLED = {
    "python": r"__\w+__",
    "cpp": r"operator\b.*",
    "php": r"__\w+",
    "ruby": r"initialize|method_missing|to_s|each|<=>|==|\W+",
    "javascript": r"constructor",
    "typescript": r"constructor",
    "tsx": r"constructor",
    "go": r"init|main",
    "rust": r"main",
    "c": r"main",
}
"""Names that languages call by themselves, where no use of them is written."""
_MOST_LISTED = 60
_MOST_CHARACTERS = 32_000


def rename_symbol(arguments: dict[str, Any], call: Call) -> Result:
    """Rename a symbol where it is certainly meant."""
    index = index_of(call)
    new, force = arguments["new_name"].strip(), bool(arguments["force"])
    with Desk.of(call).lock:
        target = resolve(index, arguments["symbol"], arguments.get("path"))
        old = target.symbol.name
        reader = Reader(index, old, new)
        if not force:
            _check_kind(reader, target)
        if not re.fullmatch(_NAMES.get(reader.language(target.path), _WORD), new):
            raise ToolFailure(f"{new!r} is not a name")
        if plain(old) != old and plain(new) == new:
            raise ToolFailure(f"{old!r} assigns: its new name must end with '=', as {new}=")
        if new == old:
            return Result(f"{written(target)} has that name already; nothing was written")
        group = group_of(reader, target)
        found = uses_of(reader, target, call, together=True, every=True)
        if not any(use.path == target.path and use.at.start in group.places[target.path] for use in found.definite):
            raise ToolFailure(f"{written(target)} could not be found by its name {old!r}; nothing was renamed")
        _check(reader, target, group, found, new, force=force)
        paths = dict.fromkeys(use.path for use in found.definite)
        changes = [
            _change(call, path, [u for u in found.definite if u.path == path], old, new, force) for path in paths
        ]
        warnings = Desk.of(call).write("rename_symbol", changes, force=force)
    lines = [f"renamed {written(target)} to {new}: {len(found.definite)} places in {len(changes)} files", NOTE]
    lines += [f"warning: {warning}" for warning in (*warnings, *_remarks(reader, target, new))]
    text = "\n".join([*lines, *_left(found)])
    data = {
        "renamed": len(found.definite),
        "possible": len(found.possible),
        "others": len(found.others),
        "files": [str(change.path) for change in changes],
    }
    return Result(text, data=data)


def _check_kind(reader: Reader, target: Hit) -> None:
    """Refuse what has its name from something else.

    Raises:
        ToolFailure: it is such a thing.
    """
    old, path = target.symbol.name, target.path
    outer = target.symbol.qualified.rpartition(".")[0]
    language = reader.language(path)
    if re.fullmatch(_CALLED.get(language, r"(?!)"), old):
        raise ToolFailure(
            f"{old!r} is a name that {language} itself calls; force=true renames the places that write it"
        )
    if language in _CONSTRUCTED and outer.rpartition(".")[2] == old.lstrip("~") and target.symbol.kind not in CLASSES:
        raise ToolFailure(
            f"{written(target)} is a constructor or destructor: rename the class {outer}; force=true renames it alone"
        )
    if language == "ruby" and target.symbol.kind == "property":
        raise ToolFailure(
            f"{written(target)} also names the variable @{old}: rename both by hand; force=true renames it alone"
        )


def _check(reader: Reader, target: Hit, group: Group, found: Uses, new: str, *, force: bool) -> None:
    """Refuse what would break the program, or might.

    Raises:
        ToolFailure: there is such a thing, and no force.
    """
    if force:
        return
    old, path = target.symbol.name, target.path
    if found.unread or found.more:
        what = f"{found.unread} files hold {old!r} and could not be read" if found.unread else ""
        more = f"{found.more} uses of {old!r}, in files with too many of them, were not looked at" if found.more else ""
        raise ToolFailure("; ".join(part for part in (what, more, "force=true renames the rest") if part))
    if "." not in target.symbol.qualified:
        for binder in reader.top(path):
            if binder.how == "import":
                line = reader.survey(path).brought[binder.item].line
                raise ToolFailure(
                    f"{path} also imports {old!r} (line {line}): its uses may be either; force=true renames anyway"
                )
    clashes = Clashes(reader, target, group, new)
    found_clashes = list(clashes.definitions())
    for touched in dict.fromkeys(use.path for use in found.definite):
        found_clashes += clashes.in_file(touched, [use.at for use in found.definite if use.path == touched])
    if found_clashes:
        shown = "; ".join(dict.fromkeys(found_clashes[:5]))
        raise ToolFailure(f"{shown}; nothing was renamed. force=true renames anyway")


def _change(call: Call, path: str, uses: list[Use], old: str, new: str, force: bool) -> Change:
    if old.endswith("=") and new.endswith("="):  # Ruby's ``def a=`` is used as ``x.a = 1``
        old, new = plain(old), plain(new)
    draft = Desk.of(call).open(path, force=force)
    source = draft.state.data or b""
    word = old.encode("utf-8", "surrogateescape")
    try:
        fitted = draft.text.encode(new)
    except CannotEncodeError as error:
        raise ToolFailure(f"{path}: {error}; nothing was written") from None
    parts, done = [], 0
    for use in sorted(uses, key=lambda use: use.at.start):
        at = use.at.start
        if source[at : at + len(word)] != word:
            raise ToolFailure(f"{path} changed since it was read; try again")
        parts += [source[done:at], _spelt(use, word, fitted)]
        done = at + len(word)
    return fresh(draft, b"".join([*parts, source[done:]]))


def _spelt(use: Use, old: bytes, new: bytes) -> bytes:
    """The new name, after the key that it leaves as it is where one name stood for both."""
    if use.at.kind in ("import", "export"):
        return new
    if use.at.form in ("shorthand", "pattern"):
        return old + b": " + new
    return old + b" = " + new if use.at.form == "member" else new


def _remarks(reader: Reader, target: Hit, new: str) -> list[str]:
    """What a rename asks for besides."""
    symbol, name = target.symbol, target.path.rpartition("/")[2]
    if reader.language(target.path) == "java" and symbol.kind in CLASSES and name == f"{symbol.name}.java":
        return [f"a public class of Java needs a file of its name: move {target.path} to {new}.java"]
    return []


def _left(found: Uses) -> list[str]:
    """What was not renamed, the most dangerous first."""
    imports = [use for use in found.possible if use.at.kind in ("import", "export")]
    rest = [use for use in found.possible if use.at.kind not in ("import", "export")]
    lines: list[str] = []
    room = _MOST_CHARACTERS
    for title, uses in (
        ("CHECK: imports and exports that may mean it and could not be followed, not renamed", imports),
        ("CHECK: other definitions of the name (overrides, declarations, namesakes), not renamed", found.others),
        ("possible, not renamed", rest),
        ("in comments and strings, not renamed", found.text),
    ):
        if not uses:
            continue
        shown: list[str] = []
        for use in uses[:_MOST_LISTED]:
            line = f"  {use.path}:{use.at.line} {use.at.text}"
            room -= len(line) + 1
            if room < 0:
                break
            shown.append(line)
        more = [f"  … and {len(uses) - len(shown)} more"] if len(uses) > len(shown) else []
        lines += [f"{title}: {len(uses)}", *shown, *more]
    return lines
