"""`replace_symbol` and the inserts: what a symbol's text is, what stays around it, and where the new text goes."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest


class Case(NamedTuple):
    """A file, an edit of one symbol in it, and the file after that; None: refused."""

    path: str
    source: str
    symbol: str
    body: str
    expected: str | None


def run(room: Any, tool: str, case: Case) -> str:
    room.write(case.path, case.source)
    arguments = {"symbol": f"{case.path}::{case.symbol}", "body": case.body}
    if case.expected is None:
        said: str = room.refused(tool, **arguments)
        assert room.read(case.path) == case.source, case
        return said
    said = room.use(tool, **arguments).text
    assert room.read(case.path) == case.expected, case
    return said


PROPERTY = "class A:\n    # important\n    @property\n    def name(self):\n        return 1\n"
RUST = "/// Docs\n#[derive(Debug)]\npub struct S;\n"
HEADS = [
    Case(
        "v.py",
        PROPERTY,
        "A.name",
        "    def name(self):\n        return 2\n",
        PROPERTY.replace("return 1", "return 2"),
    ),
    Case(
        "v.py",
        PROPERTY,
        "A.name",
        "# new\ndef name(self): ...",
        f"{PROPERTY[:9]}    # new\n    @property\n    def name(self): ...\n",
    ),
    Case(
        "v.py", PROPERTY, "A.name", "@cached\ndef name(self): ...", "class A:\n    @cached\n    def name(self): ...\n"
    ),
    Case("v.rs", RUST, "S", "pub struct S(u8);", RUST.replace("S;", "S(u8);")),
    Case("v.rs", RUST, "S", "/// New\npub struct S(u8);", "/// New\n#[derive(Debug)]\npub struct S(u8);\n"),
    Case("v.rs", RUST, "S", "/// New\n#[x]\npub struct S(u8);", "/// New\n#[x]\npub struct S(u8);\n"),
    Case(
        "v.ts",
        "class A {\n  /** doc */\n  @Dec({\n    a: 1,\n  })\n  f() {}\n}\n",
        "A.f",
        "f() {\n  g();\n}",
        "class A {\n  /** doc */\n  @Dec({\n    a: 1,\n  })\n  f() {\n    g();\n  }\n}\n",
    ),
    Case(
        "v.ts",
        "class A {\n  // doc\n  @Dec({\n    a: 1,\n  })\n  f() {}\n}\n",
        "A.f",
        "// new\nf() {\n  g();\n}",
        "class A {\n  // new\n  @Dec({\n    a: 1,\n  })\n  f() {\n    g();\n  }\n}\n",
    ),
    Case("v.ts", "@D()\nexport class C {}\n", "C", "class C { x = 1; }", "@D()\nexport class C { x = 1; }\n"),
    Case(
        "V.java",
        "class A {\n    @Test\n    void f() {}\n}\n",
        "A.f",
        "void f() {\n    g();\n}",
        "class A {\n    @Test\n    void f() {\n        g();\n    }\n}\n",
    ),
    Case(
        "v.cs",
        "class A\n{\n    [Test]\n    void F() {}\n}\n",
        "A.F",
        "void F()\n{\n}",
        "class A\n{\n    [Test]\n    void F()\n    {\n    }\n}\n",
    ),
    Case("v.js", "export const f = () => 1;\n", "f", "const f = () => 2", "export const f = () => 2;\n"),
    Case("v.js", "export const f = () => 1;\n", "f", "f = () => 2", "export const f = () => 2;\n"),
]


def test_what_stands_above_stays_where_the_body_brings_none(room: Any) -> None:
    for case in HEADS:
        run(room, "replace_symbol", case)


def test_view_shows_what_a_replacement_takes_and_the_rest_is_told(room: Any) -> None:
    room.write("v.py", PROPERTY)
    assert "lines 2-5\n     2\t    # important\n     3\t    @property\n" in room.use("view", path="v.py::A.name").text
    assert "lines 2-5" in room.use("view", path="v.py::A.name@L3").text
    assert "kept, as the new text has none: @property" in run(room, "replace_symbol", HEADS[0])
    room.write("v.rs", RUST)
    assert "     1\t/// Docs" in room.use("view", path="v.rs::S").text


@pytest.mark.parametrize("body", ["def f\n  2\nend", "private def f\n  2\nend"])
def test_a_call_around_a_definition_stays(room: Any, body: str) -> None:
    source = "class A\n  private def f; 1; end\nend\n"
    expected = "class A\n  private def f\n    2\n  end\nend\n"
    run(room, "replace_symbol", Case("v.rb", source, "A.f", body, expected))
    inserted = "class A\n  def g; end\n\n  private def f; 1; end\nend\n"
    run(room, "insert_before_symbol", Case("v.rb", source, "A.f", "def g; end", inserted))


ENDS = [
    Case("a.c", "#define A 1\nint x;\n", "A", "#define A 2", "#define A 2\nint x;\n"),
    Case("a.h", "#define A(x) \\\n  x\nint x;\n", "A", "#define A(x) 2", "#define A(x) 2\nint x;\n"),
    Case("a.toml", "[t]\na = 1\n\n[u]\nc = 1\n", "t", "[t]\na = 3", "[t]\na = 3\n\n[u]\nc = 1\n"),
    Case("a.toml", "[t]\na = 1\n# about u\n[u]\n", "t", "[t]\na = 3", "[t]\na = 3\n# about u\n[u]\n"),
    Case("a.yaml", "a:\n  b: 1\n\n# about e\ne: 1\n", "a", "a:\n  b: 3", "a:\n  b: 3\n\n# about e\ne: 1\n"),
    Case("a.yaml", "a:\n  b: |\n    x\nc: 1\n", "a.b", "b: |\n  y\n  # z", "a:\n  b: |\n    y\n    # z\nc: 1\n"),
    Case("a.rb", "X = <<~E\n  a\nE\nY = 1\n", "X", "X = 2", "X = 2\nY = 1\n"),
    Case(
        "a.py",
        "class A:\n    def f(self):\n        pass\n        # last\n\n    y = 1\n",
        "A.f",
        "def f(self): ...",
        "class A:\n    def f(self): ...\n\n    y = 1\n",
    ),
]


def test_a_symbol_ends_where_its_text_ends(room: Any) -> None:
    for case in ENDS:
        run(room, "replace_symbol", case)


def test_text_after_a_macro_goes_on_the_next_line(room: Any) -> None:
    case = Case("a.c", "#define A 1\n#define B 2\n", "A", "#define C 3", "#define A 1\n#define C 3\n#define B 2\n")
    run(room, "insert_after_symbol", case)


SEVERAL = [
    Case("A.java", "class A {\n    int x = 1, y = 2;\n}\n", "A.y", "int y = 3;", None),
    Case("a.cpp", "int a = 1, b = 2;\n", "a", "int a = 3;", None),
    Case("a.c", "int a, b;\n", "b", "int b = 3;", None),
    Case("a.go", "package p\n\nvar a, b = 1, 2\n", "a", "var a = 3", None),
    Case("a.cs", "class A {\n    int x, y;\n}\n", "A.x", "int x;", None),
    Case("a.php", "<?php\nclass A {\n    const X = 1, Y = 2;\n}\n", "A.X", "const X = 3;", None),
    Case("a.py", "a = b = 1\n", "a", "a = 2", None),
    Case("a.py", "a, b = 1, 2\n", "b", "b = 3", None),
    Case("a.c", "int a, b;\n", "b", "int a, b = 3;", "int a, b = 3;\n"),
    Case("a.py", "a = b = 1\n", "b", "b = 2", "a = b = 2\n"),
    Case("a.js", "const a = 1, b = 2;\n", "a", "const a = 3;", "const a = 3, b = 2;\n"),
    Case("a.js", "const a = 1, b = 2;\n", "b", "b = 3", "const a = 1, b = 3;\n"),
    Case("a.c", "struct P { int a; } p;\n", "P", "struct P { int c; }", "struct P { int c; } p;\n"),
]


def test_nothing_is_lost_of_what_is_declared_together(room: Any) -> None:
    for case in SEVERAL:
        said = run(room, "replace_symbol", case)
        assert case.expected is not None or "is declared together with" in said, case


def test_text_beside_one_of_several_goes_beside_their_statement(room: Any) -> None:
    source = "export const a = 1, b = 2;\nf();\n"
    run(room, "insert_after_symbol", Case("a.js", source, "a", "g();", source.replace("\nf", "\ng();\nf")))
    run(room, "insert_before_symbol", Case("a.js", source, "b", "g();", "g();\n" + source))
    source = "struct P { int a; } p;\nint z;\n"
    expected = source.replace("\nint z", "\n\nint y;\nint z")
    run(room, "insert_after_symbol", Case("a.c", source, "P", "int y;", expected))


BEFORE = [
    Case("a.rs", "use a::b;\n\n" + RUST, "S", "fn f() {}", "use a::b;\n\nfn f() {}\n\n" + RUST),
    Case("a.rs", "//! Module.\nfn g() {}\n", "g", "fn f() {}", "//! Module.\nfn f() {}\n\nfn g() {}\n"),
    Case(
        "a.go",
        "package p\n\ntype (\n\tA int\n)\n",
        "A",
        "type B int",
        "package p\n\ntype (\n\tB int\n\n\tA int\n)\n",
    ),
    Case("a.py", "x = 1\ny = 2; z = 3\n", "z", "w = 1", None),
    Case("a.js", "f(); function g() {}\n", "g", "h();", "f();\nh();\n\nfunction g() {}\n"),
]


def test_text_before_a_symbol_goes_before_all_that_is_attached(room: Any) -> None:
    for case in BEFORE:
        run(room, "insert_before_symbol", case)


CLASS = "class A:\n    def f(self):\n        pass\n"
MOVED = [
    Case(  # a template of C++ is no string
        "a.cpp",
        "class C {\npublic:\n    int f();\n};\n",
        "C.f",
        "template <class T>\nint f(T t) {\n    return 1;\n}",
        "class C {\npublic:\n    template <class T>\n    int f(T t) {\n        return 1;\n    }\n};\n",
    ),
    Case(
        "a.py",
        CLASS,
        "A.f",
        'def f(self):\n    x = (\n        "a"\n        "b"\n    )',
        'class A:\n    def f(self):\n        x = (\n            "a"\n            "b"\n        )\n',
    ),
    Case(
        "a.rb",
        "class A\n  def f\n  end\nend\n",
        "A.f",
        "def f\n  %w[\n    a\n  ]\nend",
        "class A\n  def f\n    %w[\n      a\n    ]\n  end\nend\n",
    ),
    Case(  # the body of a method of PHP is no program of its own
        "a.php",
        "<?php\nclass A\n{\n    function f()\n    {\n    }\n}\n",
        "A.f",
        "function f()\n{\n    $s = 'a\nb';\n    $t = <<<EOT\nraw\nEOT;\n}",
        "<?php\nclass A\n{\n    function f()\n    {\n        $s = 'a\nb';\n        $t = <<<EOT\nraw\nEOT;\n    }\n}\n",
    ),
    Case(
        "a.jsx",
        "class A {\n  f() {\n  }\n}\n",
        "A.f",
        "f() {\n  return <div>\n    text\n    <p/>\n  </div>;\n}",
        "class A {\n  f() {\n    return <div>\n      text\n      <p/>\n    </div>;\n  }\n}\n",
    ),
    Case(
        "a.sh",
        "f() {\n  g() {\n    :\n  }\n}\n",
        "f.g",
        "g() {\n  cat <<EOF\nraw\nEOF\n}",
        "f() {\n  g() {\n    cat <<EOF\nraw\nEOF\n  }\n}\n",
    ),
    Case(  # a signature over several lines whose first line alone was cut
        "a.py",
        CLASS,
        "A.f",
        "def f(\n        self,\n    ):\n        return 2",
        "class A:\n    def f(\n        self,\n    ):\n        return 2\n",
    ),
    Case(
        "a.py",
        CLASS,
        "A.f",
        "def f(\n    self,\n):\n    return 2",
        "class A:\n    def f(\n        self,\n    ):\n        return 2\n",
    ),
    Case(
        "t.py",
        "class A:\n\tdef f(self):\n\t\tpass\n",
        "A.f",
        "def f(self):\n    if 1:\n        return 2",
        "class A:\n\tdef f(self):\n\t\tif 1:\n\t\t\treturn 2\n",
    ),
    Case("a.py", CLASS, "A.f", "def f(self):\n\treturn 2", "class A:\n    def f(self):\n        return 2\n"),
    Case(
        "a.go",
        "package p\n\nfunc f() {\n\tg()\n}\n",
        "f",
        "func f() {\n    h()\n}",
        "package p\n\nfunc f() {\n\th()\n}\n",
    ),
    Case(  # tabs of eight columns and blanks, as GNU has it
        "a.c",
        "void\nf (void)\n{\n  if (a)\n    {\n      while (b)\n\tg ();\n    }\n}\n",
        "f",
        "void\nf (void)\n{\n  if (a)\n    {\n      while (c)\n\tg ();\n    }\n}\n",
        "void\nf (void)\n{\n  if (a)\n    {\n      while (c)\n\tg ();\n    }\n}\n",
    ),
    Case("a.py", "x = 1\n", "x", 'x = """\nselect\n"""', 'x = """\nselect\n"""\n'),
    Case(  # a docstring moves with its code
        "a.py",
        CLASS,
        "A.f",
        'def f(self):\n    """Doc.\n\n    More.\n    """',
        'class A:\n    def f(self):\n        """Doc.\n\n        More.\n        """\n',
    ),
    Case(
        "a.cr.py", "def f():\r    return 1\rx = 1\r", "f", "def f():\n    return 2\n", "def f():\r    return 2\rx = 1\r"
    ),
]


def test_code_moves_to_its_place_and_strings_stay(room: Any) -> None:
    for case in MOVED:
        run(room, "replace_symbol", case)


SHARED = [
    Case("a.js", "o = {\n  a() {},\n  b: 2\n};\n", "a", "a() { f(); },", "o = {\n  a() { f(); },\n  b: 2\n};\n"),
    Case("a.rs", "struct S { a: u8, b: u8 }\n", "S.a", "a: u16,", "struct S { a: u16, b: u8 }\n"),
    Case("A.java", "enum E { A, B }\n", "E.A", "A(1),", "enum E { A(1), B }\n"),
    Case("a.c", "enum E { A, B };\n", "A", "A = 2,", "enum E { A = 2, B };\n"),
    Case("a.json", '{\n  "a": 1,\n  "b": 2\n}\n', "a", '"a": 3,', '{\n  "a": 3,\n  "b": 2\n}\n'),
    Case("a.json", '{"a": 1, "b": 2}\n', "b", '{"a": 1, "b": 3}', '{"a": 1, "b": 3}\n'),
    Case("a.py", "x = 1  # a\n", "x", "x = 2  # b", "x = 2  # b\n"),
    Case("a.py", "x = 1  # a\n", "x", "x = 2", "x = 2  # a\n"),
    Case("a.py", "x = 1  # a\n", "x", "x = [\n    2,\n]", "x = [\n    2,\n]\n"),
    Case("a.py", "x = '#'  # a\n", "x", "x = '# b'", "x = '# b'  # a\n"),
    Case("a.rs", "struct S {\n    a: u8, // one\n}\n", "S.a", "a: u16, // two", "struct S {\n    a: u16, // two\n}\n"),
    Case("a.js", "const a = 1; f();\n", "a", "const a = 2; // why", None),
    Case("a.py", "x = 1; y = 2\n", "x", "x = 3", "x = 3; y = 2\n"),
    Case("a.py", "x = 1; y = 2\n", "y", "x = 1; y = 3", "x = 1; y = 3\n"),
    Case("a.c", "int x;\n", "x", "int x = 1\n// why", None),
    Case("a.c", "int x;\n", "x", "int x = 1", "int x = 1;\n"),
    Case("a.cpp", "class C {\n};\n", "C", "class C {\n    int x;\n}", "class C {\n    int x;\n};\n"),
]


def test_what_shares_the_lines_of_a_symbol_stays_once(room: Any) -> None:
    for case in SHARED:
        run(room, "replace_symbol", case)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A struct {\n\tY int\n}", "A struct {\n\t\tY int\n\t}"),
        ("type A struct {\n    Y int\n}", "A struct {\n\t\tY int\n\t}"),
        ("// New.\ntype A string", "// New.\n\tA string"),
    ],
)
def test_the_keyword_of_a_group_is_not_repeated(room: Any, body: str, expected: str) -> None:
    source = "package p\n\ntype (\n\tA int\n\tB int\n)\n"
    run(room, "replace_symbol", Case("a.go", source, "A", body, source.replace("A int", expected)))
    run(
        room,
        "replace_symbol",
        Case("b.go", "package p\n\ntype A int\n", "A", "A string", "package p\n\ntype A string\n"),
    )


def test_a_member_of_a_class_template_is_found_by_its_class(room: Any) -> None:
    room.write("a.cpp", "template <class T, int N>\nint C<std::vector<T>, N>::f(int a) const {\n    return a;\n}\n")
    room.use("replace_symbol", symbol="a.cpp::C.f", body="template <class T, int N>\nint C<T, N>::f() {\n}")
    assert room.read("a.cpp") == "template <class T, int N>\nint C<T, N>::f() {\n}\n"


@pytest.mark.parametrize(
    ("path", "encoding", "source", "body"),
    [
        ("a.py", "cp1252", "# coding: cp1252\ndef f():\n    return '€'\n", "def f():\n    return '€€'"),
        ("a.js", "latin-1", "// é\nfunction f() { return 'é'; }\n", "function f() { return 'ü'; }"),
        ("b.js", "utf-8", "\ufefffunction f() { return 'é'; }\n", "function f() { return 'ü'; }"),
    ],
)
def test_a_file_keeps_its_encoding(room: Any, path: str, encoding: str, source: str, body: str) -> None:
    room.write(path, source.encode(encoding))
    room.use("replace_symbol", symbol=f"{path}::f", body=body)
    old = source[source.index("def" if path == "a.py" else "function") :]
    assert (room.workspace / path).read_bytes() == source.replace(old, body + "\n").encode(encoding)


def test_a_character_that_the_encoding_has_not_is_told(room: Any) -> None:
    source = "// \xe9\xe8\nfunction f() {}\n".encode("latin-1")
    room.write("a.js", source)
    said = room.refused("replace_symbol", symbol="a.js::f", body="function f() { return '€'; }")
    assert "cannot be written in latin-1" in said
    assert (room.workspace / "a.js").read_bytes() == source
