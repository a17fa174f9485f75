"""Resolves addresses of symbols: ``path::Class.method``, with ``#2`` or ``@L120`` where several have that name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tools.index.extract import Symbol
from tools.index.index import Hit, Index
from tools.paths import readable, shown_path
from tools.registry import ToolFailure

_CHOICE = re.compile(r"(?:#(\d+)|@L?(\d+))$")
_NEAR = 5
_FEW = 500
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
    head, found, tail = text.partition("::")
    if not found or not ("/" in head or "." in head or index.has(head)):
        head, tail = path or "", text
    name = tail.replace("::", ".").replace("->", ".").strip(". ").removesuffix("()")
    if not name:
        raise ToolFailure(f"{given!r} names no symbol; write path::Class.method or Class.method")
    return Address(relative(index.workspace, head) if head else "", name, number, line)


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
    found = candidates(index, address)
    if not found:
        raise ToolFailure(_nearest(index, address))
    chosen = _choose(found, address)
    if len(chosen) == 1:
        return chosen[0]
    shown = chosen or found
    listing = "\n".join(f"  {written(hit, found)}  {hit.symbol.signature}" for hit in shown[:_MOST_LISTED])
    more = f"\n  … and {len(shown) - _MOST_LISTED} more" if len(shown) > _MOST_LISTED else ""
    raise ToolFailure(f"{given!r} means {len(shown)} symbols; say which:\n{listing}{more}")


def candidates(index: Index, address: Address) -> list[Hit]:
    """Every symbol whose qualified name is `address.name`, or ends in it where none is exactly it."""
    if address.path:
        hits = [Hit(address.path, symbol) for symbol in index.symbols(address.path)]
    else:
        hits = index.lookup(address.name.rpartition(".")[2])
        if not hits:
            hits = index.lookup(address.name)
    exact = [hit for hit in hits if hit.symbol.qualified == address.name]
    ending = [hit for hit in hits if hit.symbol.qualified.endswith("." + address.name)]
    # In one file the exact name wins; over a repository each file's own top level is as good as another's inner one.
    found = exact if exact and address.path else exact + ending
    bodies = [hit for hit in found if hit.symbol.kind != "prototype"]
    return sorted(bodies or found, key=lambda hit: (hit.path, hit.symbol.start))


def _choose(found: list[Hit], address: Address) -> list[Hit]:
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
    """The five names most like `name`, best first."""
    wanted = name.lower()
    pairs = {wanted[at : at + 2] for at in range(len(wanted) - 1)} or {wanted}
    rough = []
    for other in set(known):
        low = other.lower()
        shared = sum(pair in low for pair in pairs)
        if shared or len(known) < _FEW:
            rough.append((-shared / (len(pairs) + abs(len(low) - len(wanted)) / 2), len(other), other))
    rough.sort()
    matcher = SequenceMatcher(b=wanted, autojunk=False)

    def likeness(other: str) -> float:
        matcher.set_seq1(other.lower()[:100])
        return matcher.ratio()

    best = sorted((other for _, _, other in rough[:60]), key=lambda other: (-likeness(other), other))
    return best[:_NEAR]


def brief(symbol: Symbol) -> str:
    """One line for a symbol in a listing."""
    lines = f"{symbol.line}-{symbol.end_line}" if symbol.end_line > symbol.line else str(symbol.line)
    doc = f"  — {symbol.doc}" if symbol.doc else ""
    return f"{lines}: {symbol.signature}{doc}"
