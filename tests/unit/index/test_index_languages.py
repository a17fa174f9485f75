"""Every language: its query files compile, and find what they should in a small sample."""

from __future__ import annotations

import pytest

from tools.index.languages import BY_NAME, LANGUAGES, QUERIES, of_file, query, query_text
from tools.index.names.occurrences import occurrences
from tools.index.outline.extract import extract

SAMPLES: dict[str, tuple[bytes, set[str], set[str]]] = {
    "python": (
        b"import os.path as p\nfrom .a import b\nX = 1\n@d\nclass A:\n    y = 1\n    async def m(self): b()\n",
        {"variable X", "class A", "variable A.y", "method A.m"},
        {"os.path", ".a"},
    ),
    "javascript": (
        b'import d, {x as y} from "m";\nexport class A { #p = 1; m() { y(); } }\nmodule.exports.h = function () {};\n'
        b"A.prototype.k = function () {};\nconst f = async (a) => a;\nconst o = { n() {} };\n",
        {
            "class A",
            "property A.#p",
            "method A.m",
            "function h",
            "method A.k",
            "function f",
            "variable o",
            "method o.n",
        },
        {"m"},
    ),
    "typescript": (
        b'import type {Q} from "r";\nexport interface I { a: string; m(): void }\ntype T = Q;\nenum E { A }\n'
        b"abstract class C { abstract f(): void; private x: number; }\nnamespace N { export function z(): void; }\n",
        {"interface I", "property I.a", "method I.m", "type T", "enum E", "class C", "method C.f", "property C.x"},
        {"r"},
    ),
    "tsx": (b"export const App = () => <Foo a={1} />;\n", {"function App"}, set()),
    "go": (
        b'package p\nimport x "a/b"\ntype S struct { A int }\ntype I interface { M() }\nfunc (s *S) N() { x.F() }\n'
        b"func F() {}\nconst C = 1\nvar v = 2\n",
        {
            "struct S",
            "property S.A",
            "interface I",
            "method I.M",
            "method S.N",
            "function F",
            "constant C",
            "variable v",
        },
        {"a/b"},
    ),
    "rust": (
        b"use std::fmt;\npub struct S { a: i32 }\nimpl<T> Tr for S { fn m(&self) {} }\nenum E { A }\n"
        b"trait T { fn d(); }\n"
        b"macro_rules! mm { () => {} }\nmod k { pub fn z() {} }\nfn f() {}\n",
        {
            "struct S",
            "property S.a",
            "method S.m",
            "enum E",
            "trait T",
            "method T.d",
            "macro mm",
            "function f",
            "function k.z",
        },
        {"std::fmt"},
    ),
    "java": (
        b"import c.D;\n@Ann public class A extends B { int x = 1; A() {} void m() { n(); } enum E { P } }\n",
        {"class A", "property A.x", "method A.A", "method A.m", "enum A.E", "constant A.E.P"},
        {"c.D"},
    ),
    "c": (
        b'#include "a.h"\n#define M(x) x\nstruct s { int a; };\ntypedef struct { int b; } t;\nenum e { A };\n'
        b"static int *f(int a) { return g(a); }\nint proto(int);\nint glob = 1;\n",
        {"macro M", "struct s", "type t", "enum e", "constant e.A", "function f", "prototype proto", "variable glob"},
        {"a.h"},
    ),
    "cpp": (
        b"#include <vector>\nnamespace n { template <class T> class C { int x; void m(); }; }\n"
        b"void n::C::m() { foo(); }\n",
        {"module n", "class n.C", "property n.C.x", "method n.C.m"},
        {"vector"},
    ),
    "c-sharp": (
        b"using X.Y;\nnamespace A { public class C { public int P {get;set;} void M() { F(); } } interface I {} }\n",
        {"module A", "class A.C", "property A.C.P", "method A.C.M", "interface A.I"},
        {"X.Y"},
    ),
    "ruby": (
        b"require 'x'\nmodule A\n  class B < C\n    K = 1\n    def m(a) foo(a) end\n    def self.s; end\n  end\nend\n",
        {"module A", "class A.B", "constant A.B.K", "method A.B.m", "method A.B.s"},
        {"x"},
    ),
    "php": (
        b"<?php\nuse C\\D as E;\nclass X { const Z = 1; public $p = 2; function m() { g(); } }\n"
        b"function g() {}\ntrait T {}\n",
        {"class X", "constant X.Z", "property X.p", "method X.m", "function g", "trait T"},
        {"C\\D"},
    ),
    "bash": (b"source a.sh\nfoo() { bar; }\nX=1\nexport V=2\n", {"function foo", "variable X", "variable V"}, {"a.sh"}),
    "json": (b'{"a": {"b": [{"c": 1}]}, "d": 2}', {"key a", "key a.b", "key d"}, set()),
    "html": (b'<html><body id="b"><script src="a.js"></script></body></html>', {"element b"}, {"a.js"}),
    "css": (b'@import "x.css";\n.b > #c { --z: 1px; }\n@keyframes kk { from { a: b } }\n', {"rule kk"}, {"x.css"}),
    "yaml": (b"a:\n  b: 1\nc: 2\n", {"key a", "key a.b", "key c"}, set()),
    "toml": (b"a = 1\n[t.u]\nb = 2\n", {"key a", "table t.u", "key t.u.b"}, set()),
}


def test_there_are_at_least_seventeen_languages_and_a_sample_of_each() -> None:
    assert len(LANGUAGES) >= 17
    assert set(SAMPLES) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(BY_NAME))
@pytest.mark.parametrize("kind", ["definitions", "references", "imports", "bindings"])
def test_query_files_compile(name: str, kind: str) -> None:
    compiled = query(name, (kind,))
    if kind in ("definitions", "references"):
        assert compiled is not None
    assert (compiled is None) == (not query_text(name, (kind,)).strip())


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_definitions_and_imports_are_found(name: str) -> None:
    source, symbols, modules = SAMPLES[name]
    found = extract(source, BY_NAME[name])
    assert found.parsed
    assert not found.broken
    assert symbols <= {f"{symbol.kind} {symbol.qualified}" for symbol in found.symbols}
    assert modules == {item.module for item in found.imports}
    for symbol in found.symbols:
        named = source[symbol.name_at :].decode()
        assert named.strip("\"'").startswith(symbol.name.split(".")[0].split(" ")[0]), symbol


@pytest.mark.parametrize(
    ("name", "source", "word", "kinds"),
    [
        (
            "python",
            b"def f(): pass\nf()\nx.f\nx.f()\n'f'\n",
            "f",
            ["definition", "call", "attribute", "method_call", "text"],
        ),
        (
            "javascript",
            b"function f() {}\nf(); x.f(); new f(); // f\n",
            "f",
            ["definition", "call", "method_call", "call", "text"],
        ),
        ("typescript", b"class K {}\nlet a: K;\n", "K", ["definition", "type"]),
        ("tsx", b"const K = () => 1;\nconst b = <K />;\n", "K", ["definition", "call"]),
        ("go", b"package p\nfunc F() {}\nfunc g() { F(); x.F() }\n", "F", ["definition", "call", "method_call"]),
        ("rust", b"fn f() {}\nfn g() { f(); x.f(); f!() }\n", "f", ["definition", "call", "method_call", "call"]),
        ("java", b"class A { void f() { f(); x.f(); } }\n", "f", ["definition", "call", "method_call"]),
        ("c", b"int f(void) { return 1; }\nint g(void) { return f(); }\n", "f", ["definition", "call"]),
        (
            "cpp",
            b"int f() { return 1; }\nint g() { return a::f() + p->f(); }\n",
            "f",
            ["definition", "call", "method_call"],
        ),
        ("c-sharp", b"class A { void F() { F(); x.F(); } }\n", "F", ["definition", "call", "method_call"]),
        ("ruby", b"def f; end\nx.f\nf(1)\n", "f", ["definition", "method_call", "call"]),
        ("php", b"<?php\nfunction f() {}\nf(); $x->f();\n", "f", ["definition", "call", "method_call"]),
        ("bash", b"f() { true; }\nf\n", "f", ["definition", "call"]),
    ],
)
def test_references_are_told_apart(name: str, source: bytes, word: str, kinds: list[str]) -> None:
    assert [found.kind for found in occurrences(source, BY_NAME[name], word)] == kinds


def test_names_shebangs_and_headers_tell_the_language() -> None:
    def name(path: str, head: bytes = b"") -> str | None:
        found = of_file(path, head)
        return found.name if found else None

    assert name("a/B.PY") == "python"
    assert name("bin/run", b"#!/usr/bin/env python3\n") == "python"
    assert name("bin/run", b"#!/bin/sh\n") == "bash"
    assert name("a.h", b"int f(void);\n") == "c"
    assert name("a.h", b"#pragma once\nnamespace x {}\n") == "cpp"
    assert name("README", b"text") is None
    assert all((QUERIES / folder).is_dir() for language in LANGUAGES for folder in language.queries)
