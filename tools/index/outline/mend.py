"""Blanks the macros that hide definitions of C and C++ from a parser that runs no preprocessor."""

from __future__ import annotations

import re

_MACRO = rb"[A-Z_][A-Z0-9_]{2,}+(?:\((?:[^()\n]|\([^()\n]*\))*\))?"
_IN_HEAD = re.compile(
    rb"(?:class|struct|union|enum)[ \t]+(?:(?:class|struct)[ \t]+)?((?:" + _MACRO + rb"\s+)+)"
    rb"(?=[A-Za-z_]\w*(?:::\w+)*\s*(?:<[^;{}]*>\s*)?(?:final\s*)?(?::[^;{}]*)?\{)"
)
"""``class MY_API Widget : Base {`` reads like a function of the type ``MY_API``."""
_WORDS = (
    rb"struct|class|union|enum|typedef|extern|static|namespace|template|using|"
    rb"public|private|protected|signals|virtual|explicit|friend"
)
_SPACE = rb"(?:\s|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)*+"
_ALONE = re.compile(rb"\n[ \t]*+((?:" + _MACRO + rb"[ \t]*\r?\n\s*+)+)(?=" + _SPACE + rb"(?:" + _WORDS + rb")\b)")
"""``Q_OBJECT`` or ``__END_DECLS`` on a line of its own reads like the type of what follows."""
_AFTER_NAME = re.compile(rb"namespace\s+[A-Za-z_][\w:]*\s+(" + _MACRO + rb")(?=\s*\{)")
"""So is what follows the name of a namespace."""
_TEXT = re.compile(rb"[^\r\n]")


def mended(source: bytes) -> bytes:
    """`source` with blanks for such macros; every offset and line holds."""
    for macro in (_IN_HEAD, _AFTER_NAME, _ALONE):
        source = macro.sub(_blank, source)
    return source


def _blank(found: re.Match[bytes]) -> bytes:
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return found[0][:start] + _TEXT.sub(b" ", found[1]) + found[0][end:]
