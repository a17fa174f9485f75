"""The extractor: the walk over Python's statements equals its query files, and nothing hostile hurts it."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from tools.index.languages import BY_NAME
from tools.index.outline.collect import Imports, Raw, queried, walked
from tools.index.outline.extract import Symbol, extract, parse
from tools.index.outline.nest import nested
from tools.index.record import imports_of, pack, symbols_of, words_of

PYTHON = BY_NAME["python"]
STDLIB = Path(sysconfig.get_paths()["stdlib"])
MODULES = ["argparse.py", "typing.py", "dataclasses.py", "asyncio/base_events.py", "ast.py", "tarfile.py", "enum.py"]


ODD = b"""
a, (b, *c), [d, e.f] = g = h[0] = 1
x: int
if a:
    i = 1
    def j():
        no = 1
        class K:
            l = m = 2
            if a: n = 3
            def o(self): no = 2
        type P[T] = int
elif b: q = 1
else:
    with r as s: t, u = 1, 2
    for v in w: y = 1
try:
    import z
except E: z = None
finally: aa = 1
while a: ab = 1
match a:
    case 1: ac = 1
type Ad[T: int] = list[T]
"""


@pytest.mark.parametrize("name", [*MODULES, ""])
def test_the_walk_finds_what_the_queries_find(name: str) -> None:
    source = (STDLIB / name).read_bytes() if name else ODD
    root = parse(source, PYTHON)
    by_walk: dict[int, Raw] = {}
    by_query: dict[int, Raw] = {}
    walk_imports: Imports = {}
    query_imports: Imports = {}
    walked(source, root, by_walk, walk_imports)
    queried(source, PYTHON, root, by_query, query_imports)
    assert nested(source, PYTHON, by_walk.values()) == nested(source, PYTHON, by_query.values())
    assert walk_imports == query_imports
    assert by_walk
    assert all(raw.name != "no" for raw in by_walk.values())


def test_a_symbol_carries_its_place_signature_and_docstring() -> None:
    source = b'# c\nclass A:\n    """Says what.\n\n    More."""\n    @p\n    def f(self,\n          b): pass\n'
    found = {symbol.qualified: symbol for symbol in extract(source, PYTHON).symbols}
    assert (
        found["A"][2:] == ("class", 4, len(source) - 1, 2, 8, 10, "class A", "Says what.")
        or found["A"].doc == "Says what."
    )
    assert (found["A.f"].line, found["A.f"].end_line, found["A.f"].signature) == (7, 8, "def f(self, b): pass")


def test_comments_above_are_the_docs_of_other_languages() -> None:
    source = b"package p\n\n// F does it.\n// And more.\nfunc F() {}\n"
    assert extract(source, BY_NAME["go"]).symbols[0].doc == "F does it."


def test_packing_loses_nothing() -> None:
    source = (STDLIB / "argparse.py").read_bytes()
    found = extract(source, PYTHON)
    record = pack(found)
    assert symbols_of(record.symbols) == found.symbols
    assert imports_of(record.imports) == found.imports
    assert words_of(record) == {word.decode(): count for word, count in found.identifiers.items()}


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xef\xbb\xbfdef f(): pass\n",
        b"def f():\r\n    pass\r\n",
        b"def f(): pass\rx = 1\r",
        b"# -*- coding: latin-1 -*-\ndef caf\xe9(): pass\n",
        "def f(): pass\n".encode("utf-16"),
        b"def f(): pass\n\0\0",
        b"x = '''unterminated\ndef f(): pass\n",
        b"print 'python 2'\nexec 'x' in d\n",
        b"def f[T](x: T) -> T: ...\ntype A[T] = list[T]\nf'{f'{1}'}'\nt'{x}'\n",
        b"(" * 500_000,
        b"def f():\n\tif x:\n        return 1\n",
        "def f(): return '\x0c\u2028\x85'\n".encode(),
        bytes(range(256)) * 400,
        b"x = [" + b"1, " * 400_000 + b"]",
    ],
    ids=range(15),
)
def test_odd_bytes_give_an_answer(source: bytes) -> None:
    found = extract(source, PYTHON)
    for symbol in found.symbols:
        assert isinstance(symbol, Symbol)
        assert 0 <= symbol.start <= symbol.name_at < symbol.end <= len(source)
    assert symbols_of(pack(found).symbols) == found.symbols


def test_minified_and_huge_files_are_text() -> None:
    assert not extract(b"var a=1;" * 10_000, BY_NAME["javascript"]).parsed
    assert not extract(b"x = 1\n" * 400_000, PYTHON).parsed
    assert extract(b"xyz = 1\n" * 400_000, PYTHON).identifiers
