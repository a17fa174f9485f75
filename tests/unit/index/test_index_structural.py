"""Rewriting by shape: what fits, what is kept, what is left alone and told."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path
from typing import Any

import pytest

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def rewritten(room: Any, path: str, source: str | bytes, pattern: str, replacement: str, **more: Any) -> str:
    room.write(path, source)
    room.use("structural_replace", pattern=pattern, replacement=replacement, path=path, **more)
    return str(room.read(path))


SEMICOLONS = [
    ("a.js", "foo(1);\n", "bar(1);\n"),
    ("a.js", "foo(1)\n", "bar(1)\n"),
    ("a.c", "int f(void) { foo(1); return 0; }\n", "int f(void) { bar(1); return 0; }\n"),
    ("A.java", "class A { void f() { foo(1); } }\n", "class A { void f() { bar(1); } }\n"),
    ("a.cs", "class A { void F() { foo(1); } }\n", "class A { void F() { bar(1); } }\n"),
    ("a.rs", "fn f() { foo(1); }\n", "fn f() { bar(1); }\n"),
    ("a.php", "<?php\nfoo(1);\n", "<?php\nbar(1);\n"),
]


@pytest.mark.parametrize(("path", "source", "expected"), SEMICOLONS)
def test_a_statement_keeps_its_one_semicolon(room: Any, path: str, source: str, expected: str) -> None:
    assert rewritten(room, path, source, "foo($A);", "bar($A);") == expected
    assert rewritten(room, path, source, "foo($A)", "bar($A)") == expected


@pytest.mark.parametrize(
    ("path", "source", "pattern", "replacement", "expected"),
    [
        # What was left out of the pattern stays
        ("a.js", "const x = 1;\n", "const $X = $Y", "let $X = $Y", "let x = 1;\n"),
        # Places inside places
        ("a.py", "foo(foo(foo(1)))\n", "foo($A)", "bar($A)", "bar(bar(bar(1)))\n"),
        ("a.py", "f(f(1))\n", "f($A)", "f(g($A))", "f(g(f(g(1))))\n"),
        # Commas
        ("a.py", "f(1)\nf(1, 2)\n", "f($A, $$$R)", "g($A, $$$R)", "g(1)\ng(1, 2)\n"),
        (
            "a.py",
            "f(1, timeout=3, z=4)\nf(timeout=5)\n",
            "f($$$A, timeout=$T, $$$B)",
            "f($$$A, t=$T, $$$B)",
            "f(1, t=3, z=4)\nf(t=5)\n",
        ),
        ("a.py", "f()\nf(1)\n", "f($$$A)", "g(0, $$$A)", "g(0)\ng(0, 1)\n"),
        ("a.py", "f(\n    1,\n    2,\n)\n", "f($A, $B)", "g($A, $B)", "g(\n    1,\n    2,\n)\n"),
        ("a.py", "x[1,]\nx[1]\n", "x[$A]", "y[$A]", "x[1,]\ny[1]\n"),
        # Statements
        ("a.py", "a = 1\nb = f(a)\nc = 2\n", "a = $X\nb = $Y", "b = $Y\na = $X", "b = f(a)\na = 1\nc = 2\n"),
        (
            "a.go",
            "package p\n\nfunc f() {\n\ta(1)\n\tb(2)\n}\n",
            "a($X)\nb($Y)",
            "c($X, $Y)",
            "package p\n\nfunc f() {\n\tc(1, 2)\n}\n",
        ),
        ("a.py", "def f():\n    log(1)\n    return 2\n", "log($A)", "", "def f():\n    return 2\n"),
        ("a.py", "@foo(1)\ndef f(): ...\n", "@foo($A)", "@bar($A)", "@bar(1)\ndef f(): ...\n"),
        # PHP
        ("a.php", "<?php\n$this->foo(1);\n", "$this->foo($A)", "$this->bar($A)", "<?php\n$this->bar(1);\n"),
        ("a.php", "<?php\nfoo($_GET, $x);\n", "foo($_GET, $A)", "bar($A, $_GET)", "<?php\nbar($x, $_GET);\n"),
        # A name that begins like a variable is none
        ("a.js", "f($El, 1);\n", "f($El, $A);", "g($El, $A);", "g($El, 1);\n"),
        # Precedence
        ("a.py", "dbl(x + 1)\n", "dbl($A)", "$A * 2", "(x + 1) * 2\n"),
        ("a.py", "2 * add(1, 3)\nadd(1, 3)\n", "add($A, $B)", "$A + $B", "2 * (1 + 3)\n1 + 3\n"),
        ("a.py", "x = not (a or b)\n", "not $A", "neg($A)", "x = neg((a or b))\n"),
        (
            "A.java",
            "class A { int y = 2 * add(1, z ? 1 : 2); }\n",
            "add($A, $B)",
            "$A * $B",
            "class A { int y = 2 * (1 * (z ? 1 : 2)); }\n",
        ),
        ("a.js", "g(`$A`, 1);\nf(x, y);\n", "f($A, $B)", "f(`${$A}`, '$B')", "g(`$A`, 1);\nf(`${x}`, 'y');\n"),
    ],
)
def test_what_fits_is_rewritten(
    room: Any, path: str, source: str, pattern: str, replacement: str, expected: str
) -> None:
    assert rewritten(room, path, source, pattern, replacement) == expected


@pytest.mark.parametrize(
    ("path", "source", "pattern", "replacement", "expected"),
    [
        (
            "a.py",
            "def f():\n    if 1:\n        log(1)\n        x = 2\n",
            "log($A)",
            "with ctx():\n    emit($A)",
            "def f():\n    if 1:\n        with ctx():\n            emit(1)\n        x = 2\n",
        ),
        ("a.py", "def f():\n\tlog(1)\n", "log($A)", "with c:\n    emit($A)", "def f():\n\twith c:\n\t\temit(1)\n"),
        (
            "a.py",
            "def f():\n    log(a(\n        1,\n    ))\n",
            "log($A)",
            "with c:\n    emit($A)",
            "def f():\n    with c:\n        emit(a(\n            1,\n        ))\n",
        ),
        (
            "a.py",
            "def f():\n    if a:\n        x = '''\n  raw\n'''\n        y = 2\n    return 3\n",
            "if a:\n    $$$B",
            "$$$B",
            "def f():\n    x = '''\n  raw\n'''\n    y = 2\n    return 3\n",
        ),
        (
            "a.py",
            "if x:\n    f(1)\n",
            "f($A)",
            "g($A, '''\nraw\n''')",
            "if x:\n    g(1, '''\nraw\n''')\n",
        ),
        (
            "a.js",
            "function f() {\n  log(1);\n}\n",
            "log($A);",
            "try {\n  log($A);\n} catch (e) {\n}",
            "function f() {\n  try {\n    log(1);\n  } catch (e) {\n  }\n}\n",
        ),
        (
            "a.js",
            "foo(1);\r\nx();\r\n",
            "foo($A);",
            "if ($A) {\n  bar();\n}",
            "if (1) {\r\n  bar();\r\n}\r\nx();\r\n",
        ),
    ],
)
def test_several_lines_stand_at_the_indentation_of_their_place(
    room: Any, path: str, source: str, pattern: str, replacement: str, expected: str
) -> None:
    assert rewritten(room, path, source, pattern, replacement) == expected


def test_comments_stay_where_what_they_belong_to_stays(room: Any) -> None:
    source = "f(  # why\n    1,  # one\n    2,  # two\n)\n"
    assert rewritten(room, "a.py", source, "f($$$A)", "g($$$A)") == source.replace("f(", "g(")


def test_a_place_whose_comment_would_be_lost_is_left_alone_and_told(room: Any) -> None:
    source = "f(1,  # one\n  2)\nf(3, 4)\n"
    room.write("a.py", source)
    result = room.use("structural_replace", pattern="f($A, $B)", replacement="g($B, $A)", path="a.py")
    assert room.read("a.py") == "f(1,  # one\n  2)\ng(4, 3)\n"
    assert "rewrote 1 places in 1 files" in result.text
    assert "skipped 1 places that match:\n  a.py:1: a comment would be lost: # one" in result.text
    assert result.data == {"places": 1, "files": 1, "skipped": 1}
    assert "no place" in room.refused("structural_replace", pattern="f($A, $B)", replacement="g($B, $A)", path="a.py")
    room.use("structural_replace", pattern="f($A, $B)", replacement="g($B, $A)", path="a.py", force=True)
    assert room.read("a.py") == "g(2, 1)\ng(4, 3)\n"


def test_places_that_overlap_are_told(room: Any) -> None:
    room.write("a.py", "f(f(f(1)))\n")
    result = room.use("structural_replace", pattern="f(f($A))", replacement="h($A)", path="a.py")
    assert room.read("a.py") == "h(f(1))\n"
    assert "a.py:1: it overlaps another place" in result.text


def test_a_place_where_the_new_text_would_be_torn_is_left_alone(room: Any) -> None:
    room.write("a.js", "f(1);\nx = f(2);\n")
    result = room.use("structural_replace", pattern="f($A)", replacement="a($A); b($A)", path="a.js")
    assert room.read("a.js") == "a(1); b(1);\nx = f(2);\n"
    assert "a.js:2: there the new text would not be read as one piece" in result.text


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("a.js", b"// caf\xe9 \xe9\xe8\nfoo(1);\n", b"// caf\xe9 \xe9\xe8\nbar('\xe9', 1);\n"),
        ("a.py", b"# coding: latin-1\nfoo('\xe8')\n", b"# coding: latin-1\nbar('\xe9', '\xe8')\n"),
        ("a.py", b"\xef\xbb\xbffoo(1)\r\n", b"\xef\xbb\xbfbar('\xc3\xa9', 1)\r\n"),
        ("a.py", b"foo(1)\rx = 2\r", b"bar('\xc3\xa9', 1)\rx = 2\r"),
    ],
)
def test_the_encoding_of_the_file_is_kept(room: Any, path: str, source: bytes, expected: bytes) -> None:
    room.write(path, source)
    room.use("structural_replace", pattern="foo($A)", replacement="bar('é', $A)", path=path)
    assert (room.workspace / path).read_bytes() == expected


def test_what_the_encoding_has_not_is_refused(room: Any) -> None:
    room.write("a.js", b"// caf\xe9 \xe9\xe8\nfoo(1);\n")
    assert "latin-1" in room.refused("structural_replace", pattern="foo($A)", replacement="bar('€')", path="a.js")


def test_a_read_only_file_is_written_by_force(room: Any) -> None:
    room.write("a.py", "f(1)\n")
    (room.workspace / "a.py").chmod(0o444)
    assert "read-only" in room.refused("structural_replace", pattern="f($A)", replacement="g($A)", path="a.py")
    assert rewritten_by_force(room) == "g(1)\n"


def rewritten_by_force(room: Any) -> str:
    room.use("structural_replace", pattern="f($A)", replacement="g($A)", path="a.py", force=True)
    return str(room.read("a.py"))


def test_a_file_with_two_names_is_rewritten_once(room: Any) -> None:
    room.write("a.py", "f(1)\n")
    (room.workspace / "b.py").hardlink_to(room.workspace / "a.py")
    assert (
        "rewrote 1 places in 1 files"
        in room.use("structural_replace", pattern="f($A)", replacement="f($A, 2)", path=".").text
    )
    assert (room.read("a.py"), room.read("b.py")) == ("f(1, 2)\n", "f(1, 2)\n")
    room.use("undo")
    assert room.read("b.py") == "f(1)\n"


def test_languages_that_the_pattern_is_no_code_of_are_told(room: Any) -> None:
    room.write("a.py", "if x:\n    y()\n")
    room.write("b.json", "{}\n")
    room.write("c.go", "package p\n")
    text = room.use("structural_replace", pattern="if $C:\n    $$$B", replacement="while $C:\n    $$$B", path=".").text
    assert "not searched, as the pattern is no code of their language: 1 go, 1 json" in text
    assert "part of a name or string" in room.refused(
        "structural_replace", pattern="f('x $A')", replacement="$A", path="a.py"
    )


class _Swapped(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        plain = len(node.args) == 2 and not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args)
        if isinstance(node.func, ast.Name) and node.func.id == "isinstance" and plain:
            return ast.Call(ast.Name("is_a", ast.Load()), node.args[::-1], [])
        return node


class _Multiplied(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        node.op = ast.Mult() if isinstance(node.op, ast.Add) else node.op
        return node


@pytest.mark.parametrize(
    "name", ["argparse.py", "textwrap.py", "dataclasses.py", "smtplib.py", "codecs.py", "shlex.py"]
)
@pytest.mark.parametrize(
    ("pattern", "replacement", "transformer"),
    [("isinstance($A, $B)", "is_a($B, $A)", _Swapped), ("$A + $B", "$A * $B", _Multiplied)],
)
def test_real_files_mean_what_the_same_rewriting_of_their_tree_means(
    room: Any, name: str, pattern: str, replacement: str, transformer: type[ast.NodeTransformer]
) -> None:
    source = (STDLIB / name).read_text()
    room.write("m.py", source)
    want = ast.dump(transformer().visit(ast.parse(source)))
    if want == ast.dump(ast.parse(source)):
        pytest.skip("nothing of it is there")
    text = room.use("structural_replace", pattern=pattern, replacement=replacement, path="m.py").text
    assert "skipped" not in text
    assert ast.dump(ast.parse(room.read("m.py"))) == want
