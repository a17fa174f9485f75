"""Tells comments that stand for code which was left out, such as ``# ... existing code ...``, from real ones. Pure.

A comment is taken apart into words. It is an elision where all of them are of a small vocabulary (what is left out,
that it stays as it was, and the words between) and they say both, or where one is enough because dots mark them.
"""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DOTS = r"(?:\.{2,}|…)"
_OPENERS = r"\#+|///?|/\*+|--|<!--|;+|%+|\{/\*+|\{\#|<%--|\(\*"
_CLOSERS = r"\*+/\}?|-->|\#\}|--%>|\*\)"
_FULL = re.compile(rf"^[ \t]*(?:(?:{_OPENERS})[ \t]*)+(?P<said>.*?)[ \t]*(?:{_CLOSERS})?[ \t]*$")
_MARKUP = re.compile(r"^[ \t]*<!--[ \t]*(?P<said>.*?)[ \t]*-->[ \t]*$")
_INNER = re.compile(
    r"[ \t](?:\#|//|/\*+|--|<!--|\{/\*+|\{\#)[ \t]*"
    rf"(?P<said>[(\[<]?[ \t]*{_DOTS}.*?)[ \t]*(?:{_CLOSERS})?[ \t]*$"
)
"""A comment after code: only one that begins with dots is looked at."""
_SAID = re.compile(
    rf"^(?P<open>[(\[<{{]*)[ \t]*(?P<before>{_DOTS})?[ \t]*"
    rf"(?P<words>.*?)[ \t]*(?P<after>{_DOTS})?[ \t]*[)\]>}}]*[.!:]?$"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z']*|[^\sA-Za-z]+")
_BETWEEN = re.compile(r"[,/()\[\]]")
_BRACKET = re.compile(r"[(\[<]")
_MOST_WORDS = 12
_HINT = re.compile(
    r"rest|remain|exist|previous|original|current|earlier|un(?:changed|modified|touched)|intact|omitted|elided|"
    r"truncated|skipped|snip|same|similar|other|brevity|more|additional|further|here|as is|as it was|as they were|"
    r"before|no changes|not shown",
    re.IGNORECASE,
)
"""One of these words is in every elision: most lines need no closer look."""

_WHOLE = _set("rest remainder remaining")
_KNOWN = _set("existing original previous unchanged current earlier")
_WIDER = _set("other same more additional further similar")
_STAYS = _set("unchanged unmodified untouched same intact omitted elided truncated skipped")
_BRIEF = _set("brevity snip snipped")
_CODE = _set(
    """body class code component content file function implementation import logic method module script style template
    test"""
)
_NOUNS = _CODE | _set(
    """arg argument attribute block branch button call case check comment condition config configuration constant
    constructor control css declaration def definition dependency document element endpoint entry enum event export
    expression field fixture form getter handler helper hook html initialization init input interface item javascript js
    jsx key line loop markup member middleware model option override page param parameter part program prop property
    query render route rule schema section selector setter setting setup source state statement step stuff switch tag
    text thing tsx type util validation value var variable view widget"""
)
_GLUE = _set(
    """a above add all and any are as at be before below can change changes continue continues copy exactly for from go
    goes here here's i in include insert is it its just keep keeping leave left like made needed no not now of on or our
    paste preserve put remain remains retain shown stay stays still that the then there these they this those to up was
    were with you your"""
)
_VOCABULARY = _WHOLE | _KNOWN | _WIDER | _STAYS | _BRIEF | _NOUNS | _GLUE
_ANY_CODE = rf"(?:{'|'.join(sorted(_CODE))})(?:e?s)?"
_REST_OF = re.compile(
    rf"(?:the )?(?:rest|remainder) of (?:the |your |this |our |existing |original |current )*{_ANY_CODE}"
    r"(?: (?:is|are|remains?|stays?|here|unchanged|the same|as before|as is|goes|continues?|omitted|not shown))*$"
)
_KNOWN_CODE = re.compile(
    rf"(?:keep |your |the |all )*(?:existing|previous|original|unchanged|remaining|same) {_ANY_CODE}(?: here)?$"
)
_AS_BEFORE = ("as is", "as before", "as it was", "as they were", "no changes", "not shown")


def is_elision(line: str, *, prose: bool = False) -> bool:
    """Whether a line is a comment that stands for code that was left out, or ends in one.

    In `prose`, such as Markdown, ``#`` begins a heading and examples may leave out what they like: only markup counts.
    """
    if not _HINT.search(line):
        return False
    if prose:
        full = _MARKUP.match(line)
        return full is not None and _stands_for_code(full["said"], alone=True)
    if full := _FULL.match(line):
        return _stands_for_code(full["said"], alone=True)
    inner = _INNER.search(line)
    return inner is not None and _is_code(line[: inner.start()]) and _stands_for_code(inner["said"], alone=False)


def _is_code(head: str) -> bool:
    """Whether no quotation is open at the end of `head`."""
    return all(head.count(quote) % 2 == 0 for quote in "\"'`")


def _stands_for_code(said: str, *, alone: bool) -> bool:
    """Whether what a comment says does; `alone`: nothing but the comment is on the line."""
    found = _SAID.match(said)
    if found is None:
        return False
    words = [word.lower() for word in _WORD.findall(_BETWEEN.sub(" ", found["words"]))]
    if not words or len(words) > _MOST_WORDS or not all(word in _VOCABULARY or _noun(word) for word in words):
        return False
    bracketed = found["open"] in {"(", "["} and not _BRACKET.search(found["words"])
    marked = bool(found["before"]) or (bracketed and alone)
    return _says_left_out(words, marked=marked, dots=bool(found["before"] or found["after"]))


def _says_left_out(words: list[str], *, marked: bool, dots: bool) -> bool:
    """`marked`: dots or a bracket before the words; `dots`: dots on any side."""
    said = frozenset(words)
    nouns = {noun for word in words if (noun := _noun(word))}
    joined = " ".join(words)
    stays = words[-1] in _STAYS or joined.endswith(_AS_BEFORE)
    if marked:
        left = bool(said & (_WHOLE | _KNOWN | _STAYS)) or stays
        return left or (dots and bool(said & _BRIEF)) or (bool(said & _WIDER) and bool(nouns))
    if _REST_OF.match(joined) or (_KNOWN_CODE.match(joined) and (dots or words[-1] == "here")):
        return True
    if said & _BRIEF:
        return bool(nouns and said & _STAYS)
    wide = bool(said & (_WHOLE | {"other"})) or bool(nouns & _CODE and said & _KNOWN - {"unchanged"})
    return stays and wide


def _noun(word: str) -> str | None:
    """The noun of the vocabulary that `word` is, in its singular."""
    singulars = (word, word.removesuffix("s"), word.removesuffix("es"), f"{word.removesuffix('ies')}y")
    return next((noun for noun in singulars if noun in _NOUNS), None)
