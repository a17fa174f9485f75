"""Turns a name as languages and people write it into the dotted names of the index, likeliest first."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEYWORD = re.compile(r"^(?:async\s+)?(?:def|class|function|func|fn|struct|interface|trait|enum|type)\s+(?=\S)")
_TRAIT = re.compile(r"^([\w.]+)\s+as\s.*$")
_PARAMETERS = re.compile(r"(?<=[\w?!])\(.*$")
_RECEIVER = re.compile(r"\(\s*[*&]*\s*([\w.]+)\s*\)")
_INSTANCE = re.compile(r"(?<=[\w?!=])#(?=[\w~])")
_SIGIL = re.compile(r"(?:^|(?<=\.))[$*&@]+(?=\w)")


def forms(name: str) -> Iterator[str]:
    """`name`, then a plainer form: of ``(*S[T]).Run``, ``<S as Tr>.f``, ``C<T>.f``, ``A#f``, ``X.$p``, ``f(int)``."""
    yield name
    plain = _KEYWORD.sub("", name.strip("`"))
    if "operator" not in name:
        if plain.startswith("<"):
            inner, rest = _bracketed(plain)
            plain = _TRAIT.sub(r"\1", inner) + rest
        plain = _PARAMETERS.sub("", _without(plain, "<", ">"))
        plain = _RECEIVER.sub(r"\1", _without(plain, "[", "]"))
    plain = _SIGIL.sub("", _INSTANCE.sub(".", plain.replace("\\", "."))).strip(". ")
    if plain and plain != name:
        yield plain


def _bracketed(text: str) -> tuple[str, str]:
    """What stands in the angle brackets with which `text` begins, and the rest."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "<") - (char == ">")
        if not depth:
            return _without(text[1:at], "<", ">"), text[at + 1 :]
    return text[1:], ""


def _without(text: str, opening: str, closing: str) -> str:
    """`text` without what stands in brackets of one kind, and without them."""
    kept, depth = [], 0
    for char in text:
        depth += char == opening
        if not depth:
            kept.append(char)
        depth -= char == closing and depth > 0
    return "".join(kept)
