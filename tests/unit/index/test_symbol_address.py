"""Addresses of symbols, as languages and people write them."""

from __future__ import annotations

from typing import Any

import pytest

from tools.index.address import resolve
from tools.index.forms import forms

FILES = {
    "a.py": "class A:\n    # doc\n    @property\n    def f(self):\n        return 1\n\n    def g(self): ...\n",
    "pkg/__init__.py": "def top(): ...\n",
    "pkg/mod.py": "class B:\n    def h(self): ...\n",
    "a.rb": "class K\n  def hid?; end\nend\n",
    "a.go": "package p\n\nfunc (s *S[T]) Run() {}\n",
    "N/X.php": "<?php\nnamespace N;\nclass X { public $p = 1; function m() {} }\n",
    "a.ts": "namespace N { export const q = 1; }\n",
    "a.rs": "impl<T> Tr for S<T> {\n    fn new(a: T) {}\n}\n",
    "a.cpp": "namespace n {\nclass C {\npublic:\n    C() {}\n    bool operator<(int);\n};\n}\n",
    "src/x/y/Z.java": "package x.y;\nclass Z { Z() {} void run(int a) {} }\n",
}
MEANT = [
    ("a.py::A.f", "a.py::A.f"),
    ("a.py:A.f", "a.py::A.f"),
    ("./a.py:A.f", "a.py::A.f"),
    ("a.A.f", "a.py::A.f"),
    ("A#f", "a.py::A.f"),
    ("`A.f`", "a.py::A.f"),
    ("a.py::def f", "a.py::A.f"),
    ("a.py::A.f(self, x=1)", "a.py::A.f"),
    ("a.py::A.f@L2", "a.py::A.f"),
    ("a.py::A.f@L3", "a.py::A.f"),
    ("pkg.mod.B.h", "pkg/mod.py::B.h"),
    ("pkg.top", "pkg/__init__.py::top"),
    ("K#hid?", "a.rb::K.hid?"),
    ("a.go::(*S).Run", "a.go::S.Run"),
    ("(*S[T]).Run", "a.go::S.Run"),
    ("N/X.php::X.$p", "N/X.php::X.p"),
    ("N\\X::m", "N/X.php::X.m"),
    ("S<a.B>::new", "a.rs::S.new"),
    ("a.ts::N.q", "a.ts::N.q"),
    ("S<T>::new", "a.rs::S.new"),
    ("<S<T> as Tr>::new", "a.rs::S.new"),
    ("a.cpp::C", "a.cpp::n.C"),
    ("a.cpp::C.C", "a.cpp::n.C.C"),
    ("a.cpp::C::operator<", "a.cpp::n.C.operator<"),
    ("x.y.Z.run(int)", "src/x/y/Z.java::Z.run"),
    ("Z", "src/x/y/Z.java::Z"),
]


def test_a_symbol_is_found_however_it_is_written(room: Any) -> None:
    for path, text in FILES.items():
        room.write(path, text)
    room.use("outline", path=".")
    for given, meant in MEANT:
        hit = resolve(room.index(), given)
        assert f"{hit.path}::{hit.symbol.qualified}" == meant, given


def test_a_choice_that_is_not_there_is_told_with_those_that_are(room: Any) -> None:
    room.write("a.py", "def f(): ...\n\n\ndef f(): ...\ndef g(): ...\n")
    said = room.refused("replace_symbol", symbol="a.py::f#3", body="def f(): pass")
    assert "'f' has none #3; give one of the 2 there are" in said and "a.py::f@L4" in said
    said = room.refused("replace_symbol", symbol="a.py::g@L99", body="def g(): pass")
    assert "'g' has none at line 99; give the only one there is" in said and "means 1" not in said


@pytest.mark.parametrize(
    ("given", "plainer"),
    [
        ("f", ["f"]),
        ("operator()", ["operator()"]),
        ("operator<", ["operator<"]),
        ("A.#p", ["A.#p"]),
        ("C<A<B>, D>.f", ["C<A<B>, D>.f", "C.f"]),
        ("f(a, (b)) const", ["f(a, (b)) const", "f"]),
        ("async def f", ["async def f", "f"]),
        ("$http", ["$http", "http"]),
        ("<T", ["<T", "T"]),
        ("(*S).f(a)", ["(*S).f(a)", "S.f"]),
        ("()", ["()"]),
    ],
)
def test_plainer_spellings(given: str, plainer: list[str]) -> None:
    assert list(forms(given)) == plainer
