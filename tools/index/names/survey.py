"""What a parser tells of one name in one file: where it stands, what binds it there, what the file imports and exports.

`tools.index.names.occurrences` fills it in the killable process; it travels as rows that JSON knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar


class Occurrence(NamedTuple):
    """One place of a name. `start` in bytes, `line` from 1, `text` that line stripped.

    `kind` is ``definition``, ``import``, ``export`` (a list of exported names), ``call``, ``method_call``,
    ``attribute``, ``keyword`` (the name of an argument, a key), ``type``, ``name``, ``symbol`` (a name as data),
    ``label``, ``variable`` (of PHP), or ``text`` (a comment or string). `receiver` is the dotted path before it (``…``
    for what is more than names; of an import, its module), and `bound` the numbers of the binders of the first name in
    that path, or of the name itself where nothing is before it.
    `unsure`: between here and those binders a class could inherit the name.
    `owner` is the qualified name of the class whose own object the receiver is, or whose members are seen here by their
    bare names; `static`: that object is the class itself. `inside` is the innermost definition around.
    `space` tells names apart that do not meet in the language (``macro``, ``tag``, ``variable``, ``function``…).
    `item` is the number of the import whose thing is named here, or -1. `form`: ``shorthand`` for a name that stands
    for a key and a variable in one, ``pattern`` where it binds that variable. `other`: the binders of the other name
    that was asked for, where nothing is before this one.
    """

    start: int
    line: int
    kind: str
    text: str
    receiver: str = ""
    owner: str = ""
    inside: str = ""
    bound: tuple[int, ...] = ()
    unsure: bool = False
    static: bool = False
    space: str = ""
    item: int = -1
    form: str = ""
    other: tuple[int, ...] = ()


class Binder(NamedTuple):
    """A place that gives `name` its meaning in the bytes `low` to `high`; `top` where that is the whole file.

    `how` is ``import`` (then `item` is its number), ``definition``, ``parameter``, ``macro`` or ``local``.
    """

    name: str
    start: int
    low: int
    high: int
    top: bool
    how: str
    item: int = -1


class Brought(NamedTuple):
    """One imported thing: `name` in `module` (empty: the module itself, ``*``: all, ``default``), known as `local`.

    `form` tells what the language adds: ``static``, ``angle``, ``function``, ``export`` (passed on, not bound here).
    `inside`: the definitions around it.
    """

    module: str
    name: str
    local: str
    line: int
    form: str = ""
    inside: str = ""


class Exported(NamedTuple):
    """A name under which the file gives away its own `local` (``…``: some expression), or what import `item` brings."""

    name: str
    local: str
    item: int = -1


@dataclass(slots=True)
class Survey:
    """All of one name in one file. `package` is the package or namespace of the file; `more`: occurrences left out."""

    occurrences: list[Occurrence] = field(default_factory=list)
    binders: list[Binder] = field(default_factory=list)
    brought: list[Brought] = field(default_factory=list)
    exports: list[Exported] = field(default_factory=list)
    package: str = ""
    more: int = 0

    def rows(self) -> list[Any]:
        """This as JSON knows it."""
        return [self.occurrences, self.binders, self.brought, self.exports, self.package, self.more]

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Survey:
        """The survey that `rows` say; they come from a process that may say anything.

        Raises:
            ValueError: they are none.
        """
        try:
            occurrences, binders, brought, exports, package, more = rows
            made = cls(
                [
                    _typed(Occurrence, [*row[:7], tuple(row[7]), *row[8:13], *map(tuple, row[13:])])
                    for row in occurrences
                ],
                [_typed(Binder, row) for row in binders],
                [_typed(Brought, row) for row in brought],
                [_typed(Exported, row) for row in exports],
                str(package),
                int(more),
            )
        except (TypeError, IndexError, KeyError) as error:
            raise ValueError(str(error)) from None
        known = [number for found in made.occurrences for number in (*found.bound, *found.other)]
        if not all(isinstance(number, int) and 0 <= number < len(made.binders) for number in known):
            raise ValueError("a binder that is not there")
        items = [*(found.item for found in made.occurrences), *(found.item for found in made.binders)]
        items += [found.item for found in made.exports]
        if not all(-1 <= item < len(made.brought) for item in items):
            raise ValueError("an import that is not there")
        return made


_SAMPLES: dict[type, tuple[Any, ...]] = {
    Occurrence: Occurrence(0, 0, "", ""),
    Binder: Binder("", 0, 0, 0, False, ""),
    Brought: Brought("", "", "", 0),
    Exported: Exported("", ""),
}


_Row = TypeVar("_Row", bound="tuple[Any, ...]")


def _typed(kind: type[_Row], row: Sequence[Any]) -> _Row:
    sample = _SAMPLES[kind]
    if len(row) != len(sample) or any(type(a) is not type(b) for a, b in zip(row, sample, strict=True)):
        raise ValueError(f"no {kind.__name__}: {str(row)[:100]}")
    return kind(*row)
