"""A symbol that is replaced by its own text, as `view` shows it, stays as it is, byte for byte."""

from __future__ import annotations

import random
import re
import sysconfig
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.index.languages import of_path
from tools.index.symbols.spans import spans
from tools.index.symbols.style import indent_of, unit_of

STDLIB = Path(sysconfig.get_paths()["stdlib"])
HEADERS = Path("/usr/include")
_MOST = 10
_FEW = 5
"""Symbols of one file that are tried: of a snippet, of a real file."""

FILES = sorted((Path(__file__).parent / "snippets").glob("*.txt"))
SNIPPETS = {file.stem: file.read_text(encoding="utf-8") for file in FILES}
"""Idiomatic code with what is hard to put back: by the name that its file would have."""


def shown(room: Any, address: str) -> str:
    """The lines of a symbol as `view` shows them, without the numbers."""
    lines = room.use("view", path=address).text.split("\n")[1:]
    return "\n".join(line.partition("\t")[2] for line in lines)


def dedented(text: str) -> str:
    """`text` moved to the left edge by columns, as a model writes it anew; strings are moved as well."""
    lines = text.split("\n")
    first = indent_of(lines[0])
    moved = []
    for line in lines:
        own = indent_of(line)
        column = max(0, len(own.expandtabs(8)) - len(first.expandtabs(8)))
        moved.append(line[len(first) :] if line.startswith(first) else " " * column + line[len(own) :])
    return "\n".join(moved)


def otherwise(text: str, content: str) -> str | None:
    """`text` with blanks for tabs or tabs for blanks; None where the file has both."""
    leads = [indent_of(line) for line in content.split("\n") if line.strip()]
    if any("\t" in lead for lead in leads) and any(" " in lead for lead in leads):
        return None
    unit = unit_of(content)
    width = 4 if unit == "\t" else len(unit)
    lines = []
    for line in text.split("\n"):
        own = indent_of(line)
        now = own.expandtabs(width) if "\t" in own else "\t" * (len(own) // width) + " " * (len(own) % width)
        lines.append(now + line[len(own) :])
    return "\n".join(lines)


def forms(text: str, content: str) -> Iterator[str]:
    """The ways in which a model may give back `text`."""
    yield text
    yield text.lstrip()
    yield dedented(text)
    yield textwrap.dedent(text)
    other = otherwise(text, content)
    if other is not None:
        yield other


def check(room: Any, path: str, data: bytes, most: int = _MOST) -> None:
    room.write(path, data)
    language = of_path(path)
    assert language is not None
    found = spans(data, language)
    assert found
    content = data.decode().replace("\r\n", "\n")
    for span in random.Random(1).sample(found, min(len(found), most)):
        address = f"{path}::{span.symbol.qualified}@L{span.symbol.line}"
        text = shown(room, address)
        for form in dict.fromkeys(forms(text, content)):
            said = room.use("replace_symbol", symbol=address, body=form).text
            assert "nothing was written" in said, (address, form, said)
    assert (room.workspace / path).read_bytes() == data


@pytest.mark.parametrize("path", sorted(SNIPPETS))
def test_every_symbol_of_a_snippet(room: Any, path: str) -> None:
    check(room, path, SNIPPETS[path].encode())


@pytest.mark.parametrize("path", ["a.py", "gnu.c", "a.go", "a.jsx"])
def test_every_symbol_with_other_line_ends(room: Any, path: str) -> None:
    check(room, path, SNIPPETS[path].replace("\n", "\r\n").encode())


@pytest.mark.parametrize("name", ["configparser.py", "pickle.py", "tempfile.py"])
def test_symbols_of_the_standard_library(room: Any, name: str) -> None:
    check(room, "m.py", (STDLIB / name).read_bytes(), _FEW)


@pytest.mark.parametrize("name", ["stdio.h", "stdlib.h", "linux/if_ether.h"])
def test_symbols_of_system_headers(room: Any, name: str) -> None:
    if not (HEADERS / name).is_file():
        pytest.skip("the header is not installed")
    check(room, "m.h", (HEADERS / name).read_bytes(), _FEW)


FORMS: list[Callable[[str], str]] = [str, str.lstrip, dedented]


def changeable(path: str) -> list[tuple[str, int, int]]:
    """The addresses of symbols, their first lines (from 0), and numbers in them of lines that can take a remark."""
    language = of_path(path)
    assert language is not None
    lines = SNIPPETS[path].split("\n")
    return [
        (f"{path}::{span.symbol.qualified}@L{span.symbol.line}", span.outer_line - 1, number)
        for span in spans(SNIPPETS[path].encode(), language)
        for number in range(1, span.symbol.end_line - span.outer_line)
        if re.match(r"[ \t]*(?:return|g |sql|@Input|unit)", lines[span.outer_line - 1 + number])
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["a.py", "a.go", "a.ts", "a.php", "a.cs", "gnu.c"]), data=st.data())
def test_a_change_of_one_line_is_a_change_of_that_line(room: Any, path: str, data: st.DataObject) -> None:
    room.write(path, SNIPPETS[path])
    address, first, number = data.draw(st.sampled_from(changeable(path)))
    form = data.draw(st.sampled_from(FORMS))
    remark = "#x" if path == "a.py" else "/*x*/"
    body = form(shown(room, address)).split("\n")
    body[number] += remark
    wanted = SNIPPETS[path].split("\n")
    wanted[first + number] += remark
    room.use("replace_symbol", symbol=address, body="\n".join(body), force=True)
    assert room.read(path) == "\n".join(wanted)
