"""A statement as whole lines, its neighbours, and the loop around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tools.repair.rule import Site


@dataclass(frozen=True, slots=True)
class Lines:
    """A statement as whole lines: byte span from the start of its first line to the end of its last, and its indent."""

    start: int
    end: int
    indent: str
    text: str

    @property
    def shiftable(self) -> bool:
        """Whether moving it sideways keeps its meaning (no string over several lines)."""
        return '"""' not in self.text and "'''" not in self.text


def lines_of(node: Any, site: Site) -> Lines | None:
    """The lines of `node`; None where it shares a line with something else."""
    source = site.facts.source
    start = source.rfind(b"\n", 0, node.start_byte) + 1
    end = source.find(b"\n", node.end_byte)
    end = len(source) if end < 0 else end + 1
    indent = source[start : node.start_byte]
    after = source[node.end_byte : end].strip()
    if indent.strip() or (after and not after.startswith(b"#")):
        return None
    return Lines(start, end, indent.decode(), source[start:end].decode("utf-8", "surrogateescape"))


def siblings_of(node: Any, site: Site) -> list[Any]:
    """The statements of the block that `node` stands in."""
    parent = node.parent
    return [c for c in parent.named_children if c.type != "comment"] if parent is not None else []


def position_of(node: Any, siblings: list[Any]) -> int:
    """Which of `siblings` (from 0) `node` is; -1 for none."""
    return next((i for i, s in enumerate(siblings) if s.start_byte == node.start_byte), -1)


def in_loop(node: Any, site: Site) -> bool:
    """Whether a loop of the same function is around `node`."""
    parent = node.parent
    while parent is not None and not site.has("function", parent):
        if site.has("for", parent) or site.has("while", parent):
            return True
        parent = parent.parent
    return False


def indent_step(site: Site) -> str:
    """One level of the file's indentation."""
    match = re.search(rb"\n( +|\t)\S", site.facts.source)
    return match.group(1).decode() if match and len(match.group(1)) in (1, 2, 4, 8) else "    "
