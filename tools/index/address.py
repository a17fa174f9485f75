"""Resolves addresses of symbols: ``path::Class.method``, with ``#2`` or ``@L120`` where several have that name."""

from __future__ import annotations

import heapq
import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tools.index.forms import forms
from tools.index.index import Hit, Index
from tools.index.outline.extract import CLASSES, Symbol
from tools.index.symbols.located import shown_lines
from tools.paths import readable, shown_path
from tools.registry import ToolFailure

_CHOICE = re.compile(r"(?:#(\d+)|@L?(\d+))$")
_NEAR = 5
_ROUGH = 250
_LONGEST = 100
_MOST_LISTED = 40


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts. `path` is empty where the whole repository is meant; `number` counts from 1."""

    path: str
    name: str
    number: int | None = None
    line: int | None = None


def parse(index: Index, given: str, path: str | None = None) -> Address:
    """The parts of `given`; `path` is a path that was given beside it.

    Raises:
        ToolFailure: it names no symbol.
    """
    text = given.strip()
    choice = _CHOICE.search(text)
    number = int(choice[1]) if choice and choice[1] else None
    line = int(choice[2]) if choice and choice[2] else None
    text = text[: choice.start()].rstrip() if choice else text
    head, tail = _split(index, text)
    head = head or path or ""
    name = tail.replace("::", ".").replace("->", ".").strip(". ").removesuffix("()")
    if not name:
        raise ToolFailure(f"{given!r} names no symbol; write path::Class.method or Class.method")
    return Address(relative(index.workspace, head) if head else "", name, number, line)


def _split(index: Index, text: str) -> tuple[str, str]:
    """The path and the name in `text`: ``path::name``, or ``path:name`` where there is such a file."""
    head, found, tail = text.partition("::")
    is_name = any(char in head for char in "<>()*")
    if found and (index.has(head) or (not is_name and ("/" in head or "." in head))):
        return head, tail
    head, found, tail = text.rpartition(":")
    if found and not head.endswith(":") and index.has(posixpath.normpath(head)):
        return head, tail
    return "", text


def relative(workspace: Path, given: str) -> str:
    """`given` as the index names files."""
    return shown_path(workspace, readable(workspace, given))


def resolve(index: Index, given: str, path: str | None = None) -> Hit:
    """The one symbol that `given` means.

    Raises:
        ToolFailure: there is none (the nearest names are told), or there are several (all are told, with lines).
    """
    address = parse(index, given, path)
    if address.path and not index.has(address.path):
        raise ToolFailure(_no_file(index, address))
    found = _without_constructors(candidates(index, address))
    if not found:
        raise ToolFailure(_nearest(index, address))
    chosen = choose(found, address) or _around(index, found, address.line)
    if len(chosen) == 1:
        return chosen[0]
    shown = chosen or found
    listing = "\n".join(f"  {written(hit, found)}  {hit.symbol.signature}" for hit in shown[:_MOST_LISTED])
    more = f"\n  … and {len(shown) - _MOST_LISTED} more" if len(shown) > _MOST_LISTED else ""
    if not chosen:
        where = f"#{address.number}" if address.line is None else f"at line {address.line}"
        said = "the only one there is" if len(found) == 1 else f"one of the {len(found)} there are"
        raise ToolFailure(f"{address.name!r} has none {where}; give {said}:\n{listing}{more}")
    raise ToolFailure(f"{given!r} means {len(shown)} symbols; say which:\n{listing}{more}")


def candidates(index: Index, address: Address) -> list[Hit]:
    """Every symbol whose qualified name is `address.name`, or ends in it where none is exactly it.

    Where there is none, the name is taken as languages and people write it: with type arguments, receivers, sigils, or
    with the module in front.
    """
    for name in forms(address.name):
        found = _named(index, address.path, name) or ([] if address.path else _in_module(index, name))
        if found:
            bodies = [hit for hit in found if hit.symbol.kind != "prototype"]
            return sorted(bodies or found, key=lambda hit: (hit.path, hit.symbol.start))
    return []


def _named(index: Index, path: str, name: str) -> list[Hit]:
    if path:
        hits = [Hit(path, symbol) for symbol in index.symbols(path)]
    else:
        hits = index.lookup(name.rpartition(".")[2]) or index.lookup(name)
    exact = [hit for hit in hits if hit.symbol.qualified == name]
    ending = [hit for hit in hits if hit.symbol.qualified.endswith("." + name)]
    # In one file the exact name wins; over a repository each file's own top level is as good as another's inner one.
    return exact if exact and path else exact + ending


def _in_module(index: Index, name: str) -> list[Hit]:
    """Symbols that `name` means with their module or package in front: ``pkg.mod.Class.f``."""
    found = []
    for hit in index.lookup(name.rpartition(".")[2]):
        stem = posixpath.splitext(hit.path)[0]
        for place in (stem, posixpath.dirname(stem)):
            dotted = f".{place.replace('/', '.')}.{hit.symbol.qualified}"
            if place and dotted.endswith("." + name) and len(name) > len(hit.symbol.qualified):
                found.append(hit)
                break
    return found


def _without_constructors(found: list[Hit]) -> list[Hit]:
    """`found` without constructors that have the name of their class, where the class is there too."""
    classes = {(hit.path, f"{hit.symbol.qualified}.{hit.symbol.name}") for hit in found if hit.symbol.kind in CLASSES}
    return [hit for hit in found if (hit.path, hit.symbol.qualified) not in classes]


def _around(index: Index, found: list[Hit], line: int | None) -> list[Hit]:
    """The symbols whose comments or decorators are on `line`."""
    if line is None:
        return []
    near = [hit for hit in found if line < hit.symbol.line][:_MOST_LISTED]
    return [hit for hit in near if shown_lines(index, hit)[0] <= line]


def choose(found: list[Hit], address: Address) -> list[Hit]:
    """What the ``#2`` or ``@L120`` of an address leaves of the symbols of its name."""
    if address.number is not None:
        return found[address.number - 1 : address.number] if address.number >= 1 else []
    if address.line is not None:
        return [hit for hit in found if hit.symbol.line == address.line] or [
            hit for hit in found if hit.symbol.line <= address.line <= hit.symbol.end_line
        ]
    return found


def written(hit: Hit, among: list[Hit] | None = None) -> str:
    """The address of a hit; with its line where `among` holds another of that name in the file."""
    text = f"{hit.path}::{hit.symbol.qualified}"
    twins = [h for h in among or () if (h.path, h.symbol.qualified) == (hit.path, hit.symbol.qualified)]
    return f"{text}@L{hit.symbol.line}" if len(twins) > 1 or among is None else f"{text}  (line {hit.symbol.line})"


def _no_file(index: Index, address: Address) -> str:
    name = address.path.rpartition("/")[2]
    same = [path for path in index.paths() if path.rpartition("/")[2] == name][:_NEAR]
    near = same or nearest(address.path, index.paths())
    return f"{address.path} is not a source file of the index. Near it: {', '.join(near) or 'nothing'}"


def _nearest(index: Index, address: Address) -> str:
    where = f" in {address.path}" if address.path else ""
    if address.path:
        known = [symbol.qualified for symbol in index.symbols(address.path)]
        lines = {symbol.qualified: symbol.line for symbol in index.symbols(address.path)}
        shown = [f"{name} (line {lines[name]})" for name in nearest(address.name, known)]
    else:
        shown = nearest(address.name.rpartition(".")[2], index.names())
    elsewhere = index.lookup(address.name.rpartition(".")[2])[:_NEAR] if address.path else []
    text = f"no symbol {address.name!r}{where}. Nearest names: {', '.join(shown) or 'none'}"
    if elsewhere:
        text += ". Elsewhere: " + ", ".join(f"{hit.path}::{hit.symbol.qualified}" for hit in elsewhere)
    return text


def nearest(name: str, known: list[str]) -> list[str]:
    """The five names most like `name`, best first; of names that differ in case alone, one."""
    wanted = name.lower()
    letters = Counter(wanted)
    pairs = {wanted[at : at + 2] for at in range(len(wanted) - 1)}
    spelt: dict[str, list[str]] = {}
    for other in known:
        spelt.setdefault(other.lower()[:_LONGEST], []).append(other)

    def rough(low: str) -> float:
        # Letters see past two that changed places, pairs past what was put in or left out.
        alike = sum(min(count, low.count(letter)) for letter, count in letters.items())
        return (alike + sum(pair in low for pair in pairs)) / (len(wanted) + len(low))

    matcher = SequenceMatcher(b=wanted, autojunk=False)

    def likeness(low: str) -> float:
        matcher.set_seq1(low)
        return matcher.ratio()

    best = sorted(heapq.nlargest(_ROUGH, spelt, key=rough), key=lambda low: (-likeness(low), low))
    return [min(spelt[low], key=lambda other: (other != name, other)) for low in best[:_NEAR]]


def brief(symbol: Symbol) -> str:
    """One line for a symbol in a listing."""
    lines = f"{symbol.line}-{symbol.end_line}" if symbol.end_line > symbol.line else str(symbol.line)
    doc = f"  — {symbol.doc}" if symbol.doc else ""
    return f"{lines}: {symbol.signature}{doc}"
