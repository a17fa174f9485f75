"""Verdicts on uses, by language: in each sample a mark stands before every place of the name.

``§d`` is a definite use (the definition itself included), ``§p`` a possible one, ``§o`` another definition of the name,
``§t`` mere text. Definite must never be wrong: it is what a rename changes.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tools.index.address import resolve
from tools.index.names.reader import Reader
from tools.index.names.uses import uses_of
from tools.index.session import index_of

SAMPLES = Path(__file__).parent / "verdicts"
_MARK = re.compile("§([dpot])")
_GROUPS = {"d": "definite", "p": "possible", "o": "others", "t": "text"}


class Case(NamedTuple):
    """One symbol over some files."""

    name: str
    symbol: str
    files: dict[str, str]


def expected(files: dict[str, str]) -> tuple[dict[str, str], dict[tuple[str, int, str], str]]:
    """The files without marks, and for each mark its path, its byte, the line: the verdict."""
    plain, wanted = {}, {}
    for path, text in files.items():
        out = ""
        at = 0
        for mark in _MARK.finditer(text):
            out += text[at : mark.start()]
            line = text[text.rfind("\n", 0, mark.start()) + 1 :].split("\n", 1)[0]
            wanted[path, len(out.encode()), _MARK.sub("", line)] = _GROUPS[mark[1]]
            at = mark.end()
        plain[path] = out + text[at:]
    return plain, wanted


def verdicts(room: Any, symbol: str) -> dict[tuple[str, int, str], str]:
    index = index_of(room.call)
    target = resolve(index, symbol)
    found = uses_of(Reader(index, target.symbol.name), target)
    told = {}
    for group in _GROUPS.values():
        for use in getattr(found, group):
            source = room.read(use.path).encode()
            start = source.rfind(b"\n", 0, use.at.start) + 1
            told[use.path, use.at.start, source[start:].split(b"\n", 1)[0].decode()] = group
    return told


def cases(file: Path) -> list[Case]:
    """The samples of a file: ``### name | symbol`` begins one, ``--- path`` a file of it."""
    found = []
    for block in file.read_text(encoding="utf-8").split("### ")[1:]:
        head, _, body = block.partition("\n")
        name, _, symbol = head.partition(" | ")
        files = {}
        for part in body.split("--- ")[1:]:
            path, _, text = part.partition("\n")
            files[path.strip()] = text.rstrip("\n") + "\n"
        found.append(Case(name.strip(), symbol.strip(), files))
    return found


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.txt")), ids=lambda file: file.stem)
def test_every_place_of_the_name_gets_its_verdict(room: Any, subtests: pytest.Subtests, file: Path) -> None:
    for case in cases(file):
        shutil.rmtree(room.workspace)
        room.workspace.mkdir()
        plain, wanted = expected(case.files)
        for path, text in plain.items():
            room.write(path, text)
        with subtests.test(case.name):
            assert verdicts(room, case.symbol) == wanted


def test_there_is_a_sample_of_every_language_of_code() -> None:
    assert {file.stem for file in SAMPLES.glob("*.txt")} == {
        *("python", "ecmascript", "go", "rust", "java", "c", "cpp", "c-sharp", "ruby", "php", "bash")
    }
