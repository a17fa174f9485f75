"""Cuts names, paths and prose into the lower-case words by which tasks and files are compared."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|[^\W\d_a-zA-Z]+")
_NAMES = re.compile(r"[^\W\d]\w*")

_STOP_TEXT = """
a an and are as at be been but by can could did do does doing done for from get had has have how i if in into is it
its just let like make may me might more most must my no not now of off on one only or other our out over own same
set she should so some such than that the their them then there these they this those through to too under up use
used using very was we were what when where which while who why will with would you your self cls def class return
import none true false null new old fix fixes fixed fixing add adds added adding remove removes removed change
changes changed changing update updated updates allow allows allowed support supports supported bug bugs issue
issues also instead work works working now always never via when ensure ensures ensured correct correctly properly
handle handles handled release releases version patch minor major pull request thanks contributed function method
var const
"""
STOP = frozenset(_STOP_TEXT.split())
"""Words that say nothing of where in a repository a task is."""


@lru_cache(maxsize=200_000)
def of_name(name: str) -> tuple[str, ...]:
    """The words of an identifier: ``HTTPServer_main2`` → http, server, main. At least three letters each."""
    return split(name)


def split(name: str) -> tuple[str, ...]:
    """`of_name` without its memory, for callers that see each name once."""
    if name.islower() and name.isascii():
        if name.isalpha():
            return (stem(name),) if len(name) > 2 else ()
        parts = name.split("_")
        if "".join(parts).isalpha():
            return tuple({stem(part) for part in parts if len(part) > 2})
    return tuple({stem(part.lower()) for part in _PARTS.findall(name) if len(part) > 2})


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """`word` without the commonest English endings, so that ``queries`` and ``query`` meet."""
    if len(word) > 4:
        if word.endswith("ies"):
            return word[:-3] + "y"
        if word.endswith("sses"):
            return word[:-2]
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            return word[:-1]
    return word


def of_text(text: str) -> dict[str, float]:
    """The words of a task's text with weights: names in code shape weigh more than prose, repeats little."""
    weights: dict[str, float] = {}
    for name in names_of(text):
        shaped = is_code(name)
        for word in of_name(name):
            if word in STOP or (len(word) < 3):
                continue
            weights[word] = max(weights.get(word, 0.0), 1.5 if shaped else 1.0)
    return weights


def names_of(text: str) -> list[str]:
    """The identifiers that a text mentions, in order, without repeats."""
    return list(dict.fromkeys(_NAMES.findall(text)))


def is_code(name: str) -> bool:
    """Whether a word of prose looks like an identifier: ``snake_case``, ``camelCase``, ``CamelCase``, ``CONST_1``."""
    return "_" in name.strip("_") or any(a.islower() and b.isupper() for a, b in pairwise(name))
