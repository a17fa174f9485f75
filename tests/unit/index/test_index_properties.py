"""Properties of edits by symbol over real and made-up files."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.index.languages import BY_NAME
from tools.index.symbols.place import reindent, unit_of
from tools.index.symbols.spans import Span, spans
from tools.index.symbols.strings import string_lines

STDLIB = Path(sysconfig.get_paths()["stdlib"])
PYTHON = BY_NAME["python"]
_MANY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def indent_of(source: bytes, start: int) -> str:
    line = source[source.rfind(b"\n", 0, start) + 1 : start].decode()
    return line[: len(line) - len(line.lstrip())]


@pytest.mark.parametrize("name", ["argparse.py", "textwrap.py", "dataclasses.py", "configparser.py"])
def test_every_symbol_of_real_files_fits_back_as_it_is_and_dedented(name: str) -> None:
    source = (STDLIB / name).read_bytes()
    unit = unit_of(source.decode())
    for symbol, start, end, *_ in spans(source, PYTHON):
        span = Span(symbol, start, end, 0)
        indent = indent_of(source, span.outer_start)
        if source[source.rfind(b"\n", 0, start) + 1 : start].strip():
            continue
        text = source[start:end].decode()
        assert reindent(text, indent, unit, frozenset(string_lines(text.encode(), PYTHON)), indents=True) == text
        # The same body as a model writes it, at the left edge; strings keep their blanks on both ways.
        frozen = frozenset(string_lines(text.encode(), PYTHON))
        lines = text.split("\n")
        bare = "\n".join(line if n in frozen or n == 0 else line.removeprefix(indent) for n, line in enumerate(lines))
        again = frozenset(string_lines(bare.encode(), PYTHON))
        assert reindent(bare, indent, unit, again, indents=True) == text, span.symbol.qualified


@pytest.mark.parametrize("name", ["textwrap.py", "shlex.py", "fnmatch.py"])
def test_replacing_every_symbol_by_itself_writes_nothing(room: Any, name: str) -> None:
    source = (STDLIB / name).read_bytes()
    room.write("m.py", source)
    room.use("outline", path="m.py")
    for symbol, start, end, *_ in spans(source, PYTHON):
        address = f"m.py::{symbol[1]}@L{symbol[5]}"
        result = room.use("replace_symbol", symbol=address, body=source[start:end].decode())
        assert "nothing was written" in result.text
    assert (room.workspace / "m.py").read_bytes() == source


@_MANY
@given(
    before=st.text(alphabet="\n xé# ", max_size=20),
    behind=st.text(alphabet="\n xé# ", max_size=20),
    eol=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
)
def test_bytes_outside_the_span_stay(room: Any, before: str, behind: str, eol: str, final: bool) -> None:
    head = f"'''{before}'''\n\n\n".replace("\n", eol)
    tail = f"\n\n\ny = '''{behind}'''".replace("\n", eol) + (eol if final else "")
    old = "def f():\n    return 1".replace("\n", eol)
    room.write("m.py", (head + old + tail).encode())
    room.use("replace_symbol", symbol="m.py::f", body="def f():\n    return 2")
    new = "def f():\n    return 2".replace("\n", "\r\n" if (head + old + tail).count("\r\n") else "\n")
    assert (room.workspace / "m.py").read_bytes() == (head + new + tail).encode()


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])


@_MANY
@given(data=st.data())
def test_renaming_there_and_back_is_the_identity(room: Any, data: st.DataObject) -> None:
    name = data.draw(NAMES)
    uses = data.draw(
        st.lists(
            st.sampled_from(
                [
                    f"x = {name}(1)",
                    f"def g({name}):\n    return {name}",
                    f"z = obj.{name}",
                    f"s = '{name}'  # {name}",
                    f"class K:\n    def {name}(self):\n        return self.{name}() + {name}(2)",
                    f"w = f(a={name})",
                ]
            ),
            max_size=5,
        )
    )
    main = "\n\n".join([f"def {name}(a):\n    return a", *uses]) + "\n"
    other = (
        "\n".join([f"from main import {name}", "import main", f"print({name}(1), main.{name}(2), q.{name})", *uses])
        + "\n"
    )
    room.write("main.py", main)
    room.write("other.py", other)
    room.use("rename_symbol", symbol="main.py::" + name, new_name="zeta_new")
    for path in ("main.py", "other.py"):
        ast.parse(room.read(path))
    assert "def zeta_new(a)" in room.read("main.py")
    room.use("rename_symbol", symbol="main.py::zeta_new", new_name=name, force=True)
    assert (room.read("main.py"), room.read("other.py")) == (main, other)
