"""Lists what a node lies in by one descent: a node asked for its parent searches the tree from the root each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter


def ancestors(root: tree_sitter.Node, node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The nodes around `node`, the innermost first."""
    found: list[tree_sitter.Node] = []
    cursor = root.walk()
    start = node.start_byte
    at = root
    while at != node:
        found.append(at)
        if cursor.goto_first_child_for_byte(start) is None or cursor.node is None:
            return _climbed(node)
        at = cursor.node
    found.reverse()
    return found


def _climbed(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The same the slow way, for nodes of no width, which a descent misses."""
    found = []
    at = node.parent
    while at is not None:
        found.append(at)
        at = at.parent
    return found
