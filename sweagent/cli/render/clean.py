"""Make untrusted text harmless on a terminal: nothing in it can move, hide, recolour or reorder what is shown.

Everything that a repository, a model, a test or a sandbox says passes here before it is printed (CWE-150, and the
bidirectional overrides of CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_KEPT = frozenset("\n\t")
# Control, format (bidi, zero width, tags), surrogate, private use, line and paragraph separator.
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def clean(text: str) -> str:
    """`text` with colours removed and every other control or invisible character shown as an escape.

    Newlines and tabs stay; CR before a newline goes.
    """
    text = _COLOUR.sub("", text.replace("\r\n", "\n"))
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in _KEPT or unicodedata.category(c) not in _UNSAFE else _escape(c) for c in text)


def one_line(text: str, limit: int | None = None) -> str:
    """`clean` text on one line, white space collapsed, at most `limit` characters."""
    # Cut before the costly part: what is dropped need not be cleaned. Escapes make text longer, never shorter.
    if limit is not None:
        text = text[: limit * 4]
    line = " ".join(clean(text).split())
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
