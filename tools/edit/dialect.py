"""Writes what a grammar does not know as something that it does: newer syntax, and the marks of template engines. Pure.

Every change keeps length and lines, so that places in the result are places in the source. Sources are bytes read as
Latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_LINE = re.M
_BLOCK = re.M | re.S


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the group ``x`` of `pattern` matches becomes `text`, repeated or padded with blanks to its length."""

    pattern: re.Pattern[str]
    text: str = " "


def _rules(*rules: tuple[str, str]) -> tuple[_Rule, ...]:
    return tuple(_Rule(re.compile(pattern, _LINE), text) for pattern, text in rules)


_C = _rules(
    (r"^[ \t]*#[ \t]*if[ \t]+0\b[^\n]*(?P<x>\n(?:(?![ \t]*#[ \t]*(?:if|el|endif))[^\n]*\n)*)", " "),  # may be prose
)
_CPP = _rules(
    (r"^[ \t]*(?:public|protected|private)[ \t]+(?P<x>slots|Q_SLOTS)(?=[ \t]*:)", " "),  # Qt
    (r"^[ \t]*(?P<x>signals|Q_SIGNALS)(?=[ \t]*:)", "public"),
    (r"^[ \t]*(?P<x>(?:export[ \t]+)?(?:module|import)\b[^;{}()=\n]*;)", " "),  # C++20 modules
    (r"^[ \t]*(?P<x>export)(?=[ \t]+(?:\w|\{))", " "),
    (r"^[ \t]*(?P<x>(?:extern[ \t]+)?template)(?=[ \t]+(?:class|struct)\b[^;{}()=]*;)", " "),  # an instantiation
    (r"\([ \t]*(?P<x>this)(?=[ \t]+(?:const\b|auto\b|[A-Z]\w*))", " "),  # C++23: deducing this
)
_SCRIPT = _rules(
    (r"^[ \t]*import[ \t]+(?P<x>defer|source)(?=[ \t]+[*\w])(?![ \t]+from\b)", " "),
    (r"\bas[ \t]+(?P<x>(?:await|case|catch|class|const|delete|do|else|enum|export|extends|false|for|function|if|import|"
     r"in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)\b)"
     r"(?=[ \t\n]*[,}])", "x"),
)  # fmt: skip
_TYPED = (
    *_SCRIPT,
    *_rules(
        (r"^[ \t]*export[ \t]+(?P<x>type)(?=[ \t]+\*)", " "),
        (r"[<,][ \t\n]*(?P<x>(?:in[ \t]+out|in|out|const)(?=[ \t]+[A-Za-z_$]))", " "),
        (r"\bkeyof[ \t]+(?P<x>readonly)(?=[ \t])", " "),
        (r"^[ \t]*(?P<x>global)(?=[ \t]*\{)", " "),
        (r"""\b(?P<x>import\((?:"[^"\n]*"|'[^'\n]*')\))""", "x"),
    ),
)
_RUST = _rules((r"\b(?P<x>safe)(?=[ \t]+(?:fn|static)\b)", " "), (r"\b(?P<x>gen)(?=[ \t]+(?:fn|move|\{))", " "))
_JAVA = _rules(
    (r"^[ \t]*(?P<x>import[ \t]+module[ \t]+[\w.]+[ \t]*;)", " "),
    (r"^[ \t]*(?P<x>super|this)(?=[ \t]*\()", "x"),  # statements may precede it
)
_C_SHARP = _rules((r"^[ \t]*(?P<x>extension[ \t]*(?:<[^<>\n]*>)?[ \t]*\([^()\n]*\))(?=[ \t\n]*\{)", "class X"))
_BASH = _rules(
    (r"(?:^|[ \t;!(&|])(?P<x>\[\[[ \t](?:[^\n\"'`]|\"[^\"\n`]*\"|'[^'\n]*')*?[ \t]\]\])(?=[ \t;)&|\n]|$)", ":")
)

_RULES: Mapping[str, Sequence[_Rule]] = {
    "bash": _BASH,
    "c": _C,
    "cpp": (*_C, *_CPP),
    "c_sharp": _C_SHARP,
    "java": _JAVA,
    "javascript": _SCRIPT,
    "rust": _RUST,
    "tsx": _TYPED,
    "typescript": _TYPED,
}

_TEMPLATE = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
_LINES_OF_TEMPLATE = re.compile(rf"^[ \t]*(?:(?:{_TEMPLATE})[ \t]*)+\r?$", _BLOCK)
_IN_YAML = re.compile(_TEMPLATE, re.S)
_IN_HTML = re.compile(rf"{_TEMPLATE}|<%.*?%>|<\?.*?\?>", re.S)


def in_known_words(grammar: str, source: str) -> str:
    """`source` with what `grammar` does not know written in its words; the same text where it knows all."""
    match grammar:
        case "yaml":
            blank = _LINES_OF_TEMPLATE.sub(_filled(" "), source)
            return _IN_YAML.sub(_filled("x"), blank)
        case "html":
            return _IN_HTML.sub(_in_markup, source)
        case _:
            for rule in _RULES.get(grammar, ()):
                source = rule.pattern.sub(_replaced(rule.text), source)
            return source


def has_templates(grammar: str, source: str) -> bool:
    """Whether a template engine reads the file before `grammar` could."""
    pattern = {"yaml": _IN_YAML, "html": _IN_HTML}.get(grammar)
    return pattern is not None and pattern.search(source) is not None


def blank(piece: str, text: str = " ") -> str:
    """Blanks, or `text` repeated or padded to the length, in place of `piece`; its lines stay."""
    filler = text * len(piece) if len(text) == 1 else text.ljust(len(piece))
    return "".join(old if old in "\r\n" else new for old, new in zip(piece, filler, strict=False))


def _filled(text: str) -> Callable[[re.Match[str]], str]:
    return lambda match: blank(match[0], text)


def _replaced(text: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        start, end = (at - match.start() for at in match.span("x"))
        return match[0][:start] + blank(match[0][start:end], text) + match[0][end:]

    return replace


def _in_markup(match: re.Match[str]) -> str:
    """The value of an attribute and the name of a tag must be something; elsewhere a mark may be nothing."""
    before = match.string[max(0, match.start() - 1) : match.start()]
    return blank(match[0], "x" if before and before in "=</" else " ")
