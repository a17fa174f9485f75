"""Tells syntax that a grammar does not know from broken code. Pure but for parsing.

Two kinds of languages are read by grammars that cannot know all of them. *Open* ones take what no grammar lists: macros
in C, any at-rule and value in CSS, any text in HTML. There, errors in the new lines, and what follows from them, are
doubts where nothing looks left out, such as a semicolon; brackets and quotation marks are counted apart (`balance`).
*Growing* ones get new words: there, a few words too many at a declaration are a doubt if the rest parses without them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.edit.dialect import blank, has_templates
from tools.edit.faults import Fault, changed, new_faults
from tools.edit.faults import faults as find_faults

OPEN = frozenset({"c", "cpp", "css", "html"})
_GROWING = frozenset({"c_sharp", "go", "java", "php", "rust", "tsx", "typescript"})

_DECLARES = re.compile(r"import|export|type_param|signature|declaration|_item|modifiers|(?:class|interface|enum)_body")
_COMPUTES = re.compile(r"local|lexical|variable|let_|field|const|expression|argument|formal_param")
_SURPLUS = re.compile(r"(?=.*[A-Za-z]{2})[\w$*&:,?!<>= \t]{1,60}")

_TOKEN = re.compile(r"(?P<word>[A-Za-z_]\w*)$|(?P<literal>\d[\w.]*|[\"'\]])$|(?P<call>\))$")
_CALLEE = re.compile(r"(?P<word>[A-Za-z_]\w*)\s*\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\)$")
_MACRO = re.compile(r"(?:[A-Z0-9_]*[A-Z][A-Z0-9_]*|[A-Z]{3,}_\w*|\w*_[A-Z]{2,}_[A-Z]\w*|__\w+|\w*each\w*)$", re.ASCII)
_WORD = re.compile(r"\s*(?P<word>\w+)")
_LINE_ENDS = re.compile(r"[ \t]*(?://[^\n]*|/\*[^\n]*?\*/[ \t]*)?(?:\r?\n|\Z)")
_NO_COLON = re.compile(r"(?:case|default)\b[^:\n]*(?:\n|$)")
_LITERAL = re.compile(r"\s*(?:[\d.][\w.']*|\"[^\"]*\"|'[^']*')\s*")
_TYPE_WORDS = frozenset(
    {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "bool", "const"}
)
_HEADS = frozenset({"if", "for", "while", "switch"})
_PREPROCESSOR = re.compile(r"^[ \t]*#[ \t]*(?!el)[^\n]*\n", re.M)
_FAR = 1000
_FEW = 5
"""Of more errors than this, one in so many may look like something left out: the grammar has lost its way."""
_NEXT_LINE = re.compile(rb"(?:\s|//[^\n]*|/\*.*?\*/)*[^\n]*", re.S)

_CSS_WORDS = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\burl\([^)\n]*\)", re.S)
_CSS_VALUE = re.compile(r"\s*[*_$]?-*[A-Za-z][-\w]*\s*:(?!.*\n\s*[-\w]+\s*:\s)", re.S)
_CSS_DECLARATION = re.compile(r"[-\w]+\s*:\s[^\n]*\n")


def may_be_unknown(grammar: str, faults: Sequence[Fault], old: bytes, new: bytes, *, is_open: bool) -> bool:
    """Whether `faults`, the errors that the edit from `old` to `new` brought, may be none at all.

    `is_open` takes the language of this file as an open one, as one of `OPEN` is.
    """
    first, last = _changed_lines(old, new)
    here = [fault for fault in faults if fault.start <= last and first <= fault.end]
    source = new.decode("latin-1")
    if is_open:
        if not here and not _was_lost_before(grammar, old, new, adds=first < last):
            return False
        left_out = sum(_looks_left_out(grammar, fault, source) for fault in here)
        return left_out * _FEW <= len(here) if len(here) > _FEW else not left_out
    if grammar not in _GROWING or len(here) < len(faults) or not all(_is_surplus(fault, source) for fault in faults):
        return False
    for fault in faults:
        source = source[: fault.start] + blank(source[fault.start : fault.end]) + source[fault.end :]
    return not new_faults(grammar, old, source.encode("latin-1"))


def _was_lost_before(grammar: str, old: bytes, new: bytes, *, adds: bool) -> bool:
    """Whether the grammar was lost in `old`: then its errors may come up anywhere, but no more for less code."""
    before = sum(1 for _ in find_faults(grammar, old))
    return before > 0 and (adds or before >= sum(1 for _ in find_faults(grammar, new)))


def _changed_lines(old: bytes, new: bytes) -> tuple[int, int]:
    """Bytes of the new lines, and of one line after them, where a macro's trouble shows; equal where none is new."""
    low, high = changed(old, new)
    first = new.rfind(b"\n", 0, low) + 1
    if low >= high:
        return first, first
    end = new.find(b"\n", high)
    after = _NEXT_LINE.match(new, len(new) if end < 0 else end)
    return first, after.end() if after else len(new)


def _is_surplus(fault: Fault, source: str) -> bool:
    """Whether a fault is a few words too many where something is declared."""
    kind, symbol, _ = fault.key
    if kind != "error" or not _DECLARES.search(symbol) or _COMPUTES.search(symbol):
        return False
    return _SURPLUS.fullmatch(source[fault.start : fault.end]) is not None


def _looks_left_out(grammar: str, fault: Fault, source: str) -> bool:
    """Whether a fault looks as if something was forgotten, rather than something there that is unknown."""
    match grammar:
        case "c" | "cpp":
            return _c_left_out(fault, source)
        case "css":
            return not _is_css(fault, source)
        case "html":
            closes = fault.key[0] == "error" and source.startswith("</", fault.start)
            return closes and not has_templates("html", source)
        case _:
            return False


def _c_left_out(fault: Fault, source: str) -> bool:
    """A statement that stops at the end of a line, behind what is no macro, or one that C has a keyword for."""
    kind, symbol, _ = fault.key
    if kind == "error":
        piece = source[fault.start : fault.end]
        if symbol == "block" or _NO_COLON.match(piece):
            return True
        line = source[source.rfind("\n", 0, fault.start) + 1 : fault.start].lstrip()
        return bool(_LITERAL.fullmatch(piece) and _LINE_ENDS.match(source, fault.end)) and not line.startswith("#")
    if symbol != ";":
        return False
    head = _without_comments(source[max(0, fault.start - _FAR) : fault.start])
    follows = _PREPROCESSOR.sub("", source[fault.start : fault.start + _FAR])
    if not _LINE_ENDS.match(follows) and not follows.lstrip().startswith("}"):
        return False
    token, after = _TOKEN.search(head), _WORD.match(follows)
    if token is None or follows.lstrip().startswith(("{", "#")) or (after and _MACRO.match(after["word"])):
        return False
    if token["literal"]:
        return True
    if token["call"]:
        token = _CALLEE.search(head)
        if token is not None and token["word"] in _HEADS:
            return False
    return token is not None and token["word"] not in _TYPE_WORDS and not _MACRO.match(token["word"])


def _without_comments(head: str) -> str:
    """`head` without the blanks and comments that it ends in."""
    while True:
        head = head.rstrip()
        line = head.rfind("\n") + 1
        if head.endswith("*/") and "/*" in head:
            head = head[: head.rindex("/*")]
        elif head[line:].lstrip().startswith("//"):
            head = head[:line]
        else:
            return head


def _is_css(fault: Fault, source: str) -> bool:
    """Whether the rule or declaration around a fault has the form that every one has (CSS Syntax Level 3)."""
    plain = _CSS_WORDS.sub(lambda match: blank(match[0], "x"), source)
    at = min(
        fault.start + len(plain[fault.start : fault.end]) - len(plain[fault.start : fault.end].lstrip()), len(plain)
    )
    start = max(plain.rfind(sign, 0, at) for sign in ";{}") + 1
    end = min((found for sign in ";{}" if (found := plain.find(sign, at)) >= 0), default=len(plain))
    piece = plain[start:end].lstrip()
    if piece.startswith("@"):
        return True
    if plain[end : end + 1] == "{":
        return not _CSS_DECLARATION.match(piece)
    return _CSS_VALUE.match(piece) is not None
