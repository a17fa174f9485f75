"""The outline of idiomatic code in every language: nothing missing, nothing too much, each definition in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.index.languages import BY_NAME, of_file
from tools.index.outline.extract import Symbol, extract
from tools.index.outline.mend import mended

OUTLINES = Path(__file__).parent / "outlines"
"""A file for each language: code, a line of ``=====``, its outline."""


def outline(language: str, source: str) -> list[str]:
    return [line(symbol) for symbol in extract(source.encode(), BY_NAME[language]).symbols]


def line(symbol: Symbol) -> str:
    doc = f" -- {symbol.doc}" if symbol.doc else ""
    return f"{symbol.line}-{symbol.end_line} {symbol.kind} {symbol.qualified}{doc}"


def test_every_language_has_an_outline() -> None:
    assert {path.stem for path in OUTLINES.glob("*.txt")} == set(BY_NAME)


@pytest.mark.parametrize("language", sorted(BY_NAME))
def test_the_outline_is_what_an_engineer_expects(language: str) -> None:
    source, _, expected = (OUTLINES / f"{language}.txt").read_text(encoding="utf-8").partition("\n=====\n")
    assert outline(language, source) == expected.splitlines()


@pytest.mark.parametrize("language", sorted(BY_NAME))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_stand_where_they_are_said_to(language: str, end: str) -> None:
    source = (OUTLINES / f"{language}.txt").read_text(encoding="utf-8").partition("\n=====\n")[0].replace("\n", end)
    for symbol in extract(source.encode(), BY_NAME[language]).symbols:
        assert symbol.start <= symbol.name_at < symbol.end
        assert "".join(source[symbol.name_at :].split()).startswith("".join(symbol.name.split()))
        assert symbol.signature


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        ("go", "package p\nvar u, v int\nconst c, d = 1, 2\n", "u v c d"),
        ("go", "package p\ntype S struct { addr, host string }\n", "S S.addr S.host"),
        ("java", "class A { int x = 1, y; }\n", "A A.x A.y"),
        ("c", "int g1 = 1, g2;\ntypedef struct node { int n; } node_t, *node_p;\n", "g1 g2 node_t node_p node node.n"),
        ("c", "struct s { int a; } v, *w;\nstruct { int b; } x, y;\n", "v w s s.a x y x.b"),
        ("cpp", "struct A { int x, y; };\n", "A A.x A.y"),
        ("c-sharp", "class A { int _log, _b; }\n", "A A._log A._b"),
        ("php", "<?php class A { const Z = 1, Y = 2; public $p, $q; }\n", "A A.Z A.Y A.p A.q"),
        ("bash", "declare D1=1 D2=2\n", "D1 D2"),
        ("ruby", "class A\n attr_reader :x, :y\n B, C = 1, 2\nend\n", "A A.x A.y A.B A.C"),
        ("python", "a, b = c = 1, 2\n", "a b c"),
        ("javascript", "exports.a = exports.b = function () { function c() {} };\n", "a b b.c"),
    ],
)
def test_what_is_declared_together_stands_side_by_side(language: str, source: str, names: str) -> None:
    found = [symbol.qualified for symbol in extract(source.encode(), BY_NAME[language]).symbols]
    assert found == names.split()


@pytest.mark.parametrize(
    ("language", "source", "kept"),
    [
        ("c", "int f(void) {\n#ifdef X\n int a = 1, *b;\n int g(int);\n#endif\n}\n", "f"),
        ("c", "int f(struct { int a; } x) { return 1; }\n", "f"),
        ("bash", "f() { A=1; if true; then B=1; fi; declare C=1; }\n", "f"),
        ("bash", "A=1 command\n", ""),
        ("typescript", "function f(a: { b: string }): { c: number } { exports.d = 1; }\n", "f"),
        ("javascript", "const { a } = require('m');\nconst [b] = await import('m');\n", ""),
        ("go", "package p\nvar _ I = x\nfunc f() { var a, b int }\n", "f"),
        ("rust", "const _: () = ();\n", ""),
        ("php", "<?php function f() { $g = function () {}; }\n", "f"),
        ("python", "def f():\n    if a:\n        b = 1\n    c, d = e = 1, 2\n", "f"),
    ],
)
def test_local_names_are_no_definitions(language: str, source: str, kept: str) -> None:
    assert [symbol.qualified for symbol in extract(source.encode(), BY_NAME[language]).symbols] == kept.split()


@pytest.mark.parametrize(
    ("language", "source", "docs"),
    [
        ("c", "// Both.\nstruct s { int a; };\n", ["Both.", ""]),
        ("c", "// Both.\nint a, b;\n", ["Both.", "Both."]),
        ("c", "/*\n First.\n Second.\n*/\nint a;\n", ["First."]),
        ("c", "int a; // of a\nint b;\n", ["", ""]),
        ("c", "int a; /* of a */\nint b;\n", ["", ""]),
        ("go", "package p\ntype S struct {\n\t*Base\n\tOther\n}\n", ["", "", ""]),
        ("java", "/** Doc. */\nclass A { void f() {} void g() {} }\n", ["Doc.", "", ""]),
        ("c-sharp", "/// <summary>Doc.</summary>\nclass A { int x; }\n", ["Doc.", ""]),
        ("c-sharp", "/// <summary>\n/// A <c>b</c> of <see cref='C'/>.\n/// </summary>\nclass A { }\n", ["A b of C."]),
        ("c-sharp", "// a < b and c > d\nclass A { }\n", ["a < b and c > d"]),
        ("rust", "/// Doc.\n#[derive(Debug)]\n#[repr(C)]\nstruct S;\n", ["Doc."]),
        ("cpp", "/// Doc.\ntemplate <class T>\nclass A {};\n", ["Doc."]),
        ("javascript", "// Doc.\n// More.\nfunction f() { function g() {} }\n", ["Doc.", ""]),
        ("bash", "#!/bin/sh\n\n# Doc.\nf() { g() { :; }; }\n", ["Doc.", ""]),
    ],
)
def test_a_comment_is_the_doc_of_the_first_definition_below(language: str, source: str, docs: list[str]) -> None:
    assert [symbol.doc for symbol in extract(source.encode(), BY_NAME[language]).symbols] == docs


def test_a_long_function_in_a_value_shows_its_head() -> None:
    source = "export const load = async (path: string, mode = 1): Promise<void> => {\n" + "  step();\n" * 20 + "};\n"
    (symbol,) = extract(source.encode(), BY_NAME["typescript"]).symbols
    assert symbol.signature == "load = async (path: string, mode = 1): Promise<void> =>"


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("/*\n" + " * Licence, std::string, class X.\n" * 400 + " */\nclass A {};\n", "cpp"),
        ('/* class A {\n namespace x\n std::string */\nint f(void); // a::b\nchar *s = "::x a::b";\n', "c"),
        ("#ifndef A_H\nstruct A : B {\n int x;\n};\n#endif\n", "cpp"),
        ("#include <vector>\n", "cpp"),
        ("#include <string.h>\nstruct s { unsigned f : 1; };\n#define X(a) a ? 1 : 2\n", "c"),
        ('#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n', "c"),
        ("void f(std::string s);\n", "cpp"),
        ("  template <typename T>\nT f();\n", "cpp"),
    ],
)
def test_a_header_is_told_by_its_code_alone(source: str, language: str) -> None:
    found = of_file("include/a.h", source.encode())
    assert found is not None
    assert found.name == language


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class MY_API Widget : Base { int x; };", "Widget Widget.x"),
        ("struct MY_EXPORT(1, (2)) DEPRECATED Widget final {};", "Widget"),
        ("enum class API Color { RED };", "Color Color.RED"),
        ("class A {\n  Q_OBJECT\n  Q_PROPERTY(int x READ x)\n public:\n  int y;\n};", "A A.y"),
        ("int a;\nEND_DECLS\nstruct s { int b; };", "a s s.b"),
        ("namespace n VISIBLE(default) {\nint a;\n}", "n n.a"),
        ("enum e { ONE,\n  TWO\n};\nstruct s { enum COLOR bits : 3; int z; };", "e e.ONE e.TWO s s.bits s.z"),
        ("DWORD\nrun(void)\n{\n  return 1;\n}", "run"),
        ("struct FOO bar = { 1 };\nstruct FOO *make(struct FOO x);", "bar make"),
    ],
)
def test_macros_hide_no_definition(source: str, names: str) -> None:
    found = extract((source + "\n").encode(), BY_NAME["cpp"]).symbols
    assert [symbol.qualified for symbol in found] == names.split()


PIECES = st.sampled_from(
    ["class ", "struct ", "namespace ", "MY_API", "API(1)", " ", "\n", "\r\n", "x", ":", "{", "}", "/*", "*/", "<", ">"]
)


@given(st.lists(PIECES, max_size=40))
def test_mending_keeps_every_place(pieces: list[str]) -> None:
    source = "".join(pieces).encode()
    after = mended(source)
    assert len(after) == len(source)
    assert all(new == old or (new == 0x20 and old not in b"\r\n") for new, old in zip(after, source, strict=True))
