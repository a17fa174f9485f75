"""The tools over the index: addresses, references, maps, and edits by symbol."""

from __future__ import annotations

from typing import Any

import pytest

SHAPES = '''"""Shapes."""
import os


def area(x):
    return x


class Shape:
    """A shape."""

    # how big
    @staticmethod
    def size(x):
        return area(x)

    def show(self):
        text = """
  raw text
"""
        return self.size(text)


class Square(Shape):
    def size(self, x):
        return x
'''
USER = """from shapes import Shape, area
import shapes


def use(thing):
    return area(1) + shapes.area(2) + Shape.size(3) + thing.area()


def shadow(area):
    return area()
"""


@pytest.fixture
def shapes(room: Any) -> Any:
    room.write("shapes.py", SHAPES)
    room.write("user.py", USER)
    return room


def test_outline_of_a_file_and_of_a_folder(shapes: Any) -> None:
    text = shapes.use("outline", path="shapes.py").text
    assert "9-20: class Shape  — A shape." in text or "9-21: class Shape  — A shape." in text
    assert "def size(x)" in text
    assert "user.py: use, shadow" in shapes.use("outline", path=".").text
    assert "Near it: shapes.py" in shapes.refused("outline", path="shape.py")


def test_an_address_without_a_hit_names_the_five_nearest(shapes: Any) -> None:
    text = shapes.refused("references", symbol="shapes.py::Shape.sizes")
    nearest = text.partition("Nearest names: ")[2].split(", ")
    assert nearest[0].startswith("Shape.size (line ")
    assert len(nearest) == 5


def test_several_hits_are_all_told_with_lines_and_never_the_first_is_taken(shapes: Any) -> None:
    text = shapes.refused("replace_symbol", symbol="size", body="def size(): pass")
    assert "shapes.py::Shape.size  (line 14)" in text
    assert "shapes.py::Square.size  (line 25)" in text
    shapes.write("twice.py", "def f(): return 1\n\n\ndef f(): return 2\n")
    assert "twice.py::f@L1" in shapes.refused("replace_symbol", symbol="twice.py::f", body="def f(): return 3")
    shapes.use("replace_symbol", symbol="twice.py::f#2", body="def f(): return 3")
    shapes.use("replace_symbol", symbol="twice.py::f@L1", body="def f(): return 0")
    assert shapes.read("twice.py") == "def f(): return 0\n\n\ndef f(): return 3\n"


def test_references_tell_definite_from_possible(shapes: Any) -> None:
    result = shapes.use("references", symbol="shapes.py::area")
    definite = {(hit["path"], hit["line"], hit["kind"]) for hit in result.data["definite"]}
    assert definite == {
        ("shapes.py", 5, "definition"),
        ("shapes.py", 15, "call"),
        ("user.py", 1, "import"),
        ("user.py", 6, "call"),
        ("user.py", 6, "method_call"),
    }
    assert {hit["line"] for hit in result.data["possible"]} == {6, 9, 10}
    assert "not by type" in result.text


def test_callers_are_grouped_by_definition(shapes: Any) -> None:
    data = shapes.use("callers", symbol="shapes.py::Shape.size").data
    assert data["definite"] == ["shapes.py::Shape.show", "user.py::use"]


def test_find_symbol_sees_an_edit_made_behind_the_tools(shapes: Any) -> None:
    assert "shapes.py::area" in shapes.use("find_symbol", name="area").text
    shapes.write("late.py", "class Late:\n    pass\n")
    assert shapes.use("find_symbol", name="Late").data["hits"][0]["path"] == "late.py"
    assert shapes.use("find_symbol", name="Lade").is_error


def test_the_map_keeps_its_budget_and_follows_task_and_focus(room: Any) -> None:
    for number in range(60):
        room.write(f"pkg/module{number}.py", f"def thing{number}():\n    return 'common'\n")
    room.write("pkg/parser.py", "class TokenReader:\n    def peek(self):\n        return None\n")
    for budget in (200, 1000):
        result = room.use("map", task="TokenReader.peek crashes at the end of input", tokens=budget)
        assert result.data["tokens"] <= budget
        assert result.text.startswith("pkg/parser.py:")
    assert room.use("map", focus_files=["pkg/module7.py"], tokens=300).text.startswith("pkg/module7.py:")
    assert room.use("map", focus_symbols=["thing9"], tokens=300).text.startswith("pkg/module9.py:")


def test_the_map_sees_new_text_of_a_file(shapes: Any) -> None:
    shapes.use("map", task="anything", tokens=300)
    shapes.write("user.py", "def quaternion_norm(q):\n    return q\n")
    assert shapes.use("map", task="quaternion norm is wrong", tokens=300).text.startswith("user.py:")


def test_a_new_body_is_fitted_to_its_place_and_strings_are_left_alone(shapes: Any) -> None:
    body = 'def show(self):\n    text = """\n  kept\n"""\n    if text:\n        return text'
    shapes.use("replace_symbol", symbol="Shape.show", body=body)
    expected = (
        '    def show(self):\n        text = """\n  kept\n"""\n        if text:\n            return text\n\n\nclass'
    )
    assert expected in shapes.read("shapes.py")


def test_the_span_takes_decorators_and_attached_comments(shapes: Any) -> None:
    said = shapes.use("replace_symbol", symbol="Shape.size", body="@classmethod\ndef size(cls, x):\n    return x").text
    assert "the new text has no longer: # how big" in said
    assert '    """A shape."""\n\n    @classmethod\n    def size(cls, x):\n        return x\n' in shapes.read(
        "shapes.py"
    )


def test_exports_and_doc_comments_belong_to_javascript_definitions(room: Any) -> None:
    room.write("a.ts", "let z = 1;\n\n/** Says. */\nexport const f = (x: number) => {\n  return x;\n};\nlet y = 2;\n")
    room.use("replace_symbol", symbol="a.ts::f", body="export function f() {\n  return 2;\n}")
    assert room.read("a.ts") == "let z = 1;\n\n/** Says. */\nexport function f() {\n  return 2;\n}\nlet y = 2;\n"
    room.use("replace_symbol", symbol="a.ts::f", body="/** Tells. */\nexport const f = 1;")
    assert room.read("a.ts") == "let z = 1;\n\n/** Tells. */\nexport const f = 1;\nlet y = 2;\n"


def test_inserts_stand_apart_and_indented(shapes: Any) -> None:
    shapes.use("insert_after_symbol", symbol="Shape.size", body="def more(self):\n    return 2")
    shapes.use("insert_before_symbol", symbol="shapes.py::area", body="def first():\n    pass")
    text = shapes.read("shapes.py")
    assert "        return area(x)\n\n    def more(self):\n        return 2\n\n    def show" in text
    assert "import os\n\n\ndef first():\n    pass\n\n\ndef area(x):" in text


def test_line_ends_of_the_file_are_kept(room: Any) -> None:
    room.write("a.py", "x = 1\r\n\r\n\r\ndef f():\r\n    return 1\r\n")
    room.use("replace_symbol", symbol="f", body="def f():\n    return 2")
    assert room.read("a.py") == "x = 1\r\n\r\n\r\ndef f():\r\n    return 2\r\n"


def test_a_body_that_breaks_the_file_is_refused(shapes: Any) -> None:
    assert "not written" in shapes.refused("replace_symbol", symbol="shapes.py::area", body="def area(x:\n    return x")
    assert shapes.read("shapes.py") == SHAPES


def test_rename_applies_definite_hits_and_returns_the_rest(shapes: Any) -> None:
    result = shapes.use("rename_symbol", symbol="shapes.py::area", new_name="surface")
    assert result.data["renamed"] == 5
    assert shapes.read("user.py") == USER.replace("Shape, area", "Shape, surface").replace(
        "area(1) + shapes.area(2)", "surface(1) + shapes.surface(2)"
    )
    assert "user.py:6" in result.text
    assert "is not a name" in shapes.refused("rename_symbol", symbol="Shape.show", new_name="a b")
    assert "already" in shapes.refused("rename_symbol", symbol="Shape.show", new_name="size")


def test_undo_takes_a_rename_back_in_all_files(shapes: Any) -> None:
    shapes.use("rename_symbol", symbol="shapes.py::area", new_name="surface")
    shapes.use("undo")
    assert (shapes.read("shapes.py"), shapes.read("user.py")) == (SHAPES, USER)


@pytest.mark.parametrize(
    ("path", "source", "pattern", "replacement", "expected"),
    [
        ("a.py", "f(1, g(2))\nh(f(3))\n", "f($$$A)", "k($$$A)", "k(1, g(2))\nh(k(3))\n"),
        ("a.py", "x == x\nx == y\n", "$A == $A", "True", "True\nx == y\n"),
        (
            "a.py",
            "assertEquals(a, b)\n# assertEquals(a, b)\n",
            "assertEquals($A, $B)",
            "eq($B, $A)",
            "eq(b, a)\n# assertEquals(a, b)\n",
        ),
        ("a.js", "foo(a);\nbar(foo(b));\n", "foo($X)", "baz($X, 1)", "baz(a, 1);\nbar(baz(b, 1));\n"),
        (
            "a.go",
            "package p\n\nfunc g() { f(a, b) }\n",
            "f($A, $B)",
            "f($B, $A)",
            "package p\n\nfunc g() { f(b, a) }\n",
        ),
        ("a.rs", "fn g() { f(a, b); }\n", "f($A, $B)", "f($B, $A)", "fn g() { f(b, a); }\n"),
        ("A.java", "class A { void g() { f(a); } }\n", "f($A)", "h($A)", "class A { void g() { h(a); } }\n"),
    ],
)
def test_structural_replace(room: Any, path: str, source: str, pattern: str, replacement: str, expected: str) -> None:
    room.write(path, source)
    room.use("structural_replace", pattern=pattern, replacement=replacement, path=path)
    assert room.read(path) == expected


def test_structural_patterns_that_say_nothing_are_refused(room: Any) -> None:
    room.write("a.py", "f(1)\n")
    assert "only a variable" in room.refused("structural_replace", pattern="$X", replacement="1", path="a.py")
    assert "is not python" in room.refused("structural_replace", pattern="def (", replacement="1", path="a.py")
    assert "has not" in room.refused("structural_replace", pattern="f($X)", replacement="$Y", path="a.py")
    room.use("structural_replace", pattern="f($X)", replacement="g($X)", path=".", dry_run=True)
    assert room.read("a.py") == "f(1)\n"


@pytest.mark.parametrize(
    ("path", "source", "statement", "expected"),
    [
        ("a.py", '"""Doc."""\n\nx = 1\n', "import os", '"""Doc."""\n\nimport os\n\nx = 1\n'),
        ("a.py", "from a import b\nx = 1\n", "from a import c", "from a import b, c\nx = 1\n"),
        ("a.py", "from a import (\n    b,\n    c,\n)\nx = 1\n", "from a import c", None),
        ("a.py", "import os, sys\n", "import sys", None),
        (
            "a.py",
            "import os\n\nx = 1\n",
            "from __future__ import annotations",
            "from __future__ import annotations\nimport os\n\nx = 1\n",
        ),
        ("a.py", "s = '''\nimport os\n'''\n", "import os", "import os\n\ns = '''\nimport os\n'''\n"),
        (
            "a.js",
            "'use strict';\nimport a from 'a';\n\nf();\n",
            "import b from 'b'",
            "'use strict';\nimport a from 'a';\nimport b from 'b'\n\nf();\n",
        ),
        ("a.ts", "import {\n  a,\n} from 'a';\n", "import { a } from 'a'", None),
        (
            "a.go",
            'package p\n\nimport (\n\t"a"\n\t"c"\n)\n',
            'import "b"',
            'package p\n\nimport (\n\t"a"\n\t"b"\n\t"c"\n)\n',
        ),
        ("a.go", "package p\n\nfunc f() {}\n", 'import "b"', 'package p\n\nimport "b"\n\nfunc f() {}\n'),
        (
            "A.java",
            "package p;\n\nimport a.B;\n\nclass A {}\n",
            "import a.C;",
            "package p;\n\nimport a.B;\nimport a.C;\n\nclass A {}\n",
        ),
        ("a.rs", "//! Doc.\nuse a::b;\n\nfn f() {}\n", "use a::c;", "//! Doc.\nuse a::b;\nuse a::c;\n\nfn f() {}\n"),
    ],
)
def test_add_import_finds_the_place_and_is_idempotent(
    room: Any, path: str, source: str, statement: str, expected: str | None
) -> None:
    room.write(path, source)
    room.use("add_import", path=path, statement=statement)
    assert room.read(path) == (source if expected is None else expected)
    assert "already" in room.use("add_import", path=path, statement=statement).text


def test_git_history_of_a_symbol_and_of_lines(shapes: Any) -> None:
    shapes.commit()
    assert "base" in shapes.use("git_history", path="shapes.py::Shape.size").text
    assert "def area" in shapes.use("git_history", path="shapes.py", lines=[5, 6], mode="blame").text
    assert "does not exist" in shapes.refused("git_history", path="nothing.py")
    assert "there is no line 5000" in shapes.refused("git_history", path="shapes.py", lines=[5000, 6000])


def test_build_index_writes_what_a_sandbox_then_shares(shapes: Any, tmp_path: Any, monkeypatch: Any) -> None:
    assert shapes.use("build_index", output=str(tmp_path / "shared.db")).data == {"files": 2, "parsed": 2, "reused": 0}
    monkeypatch.setenv("SWEAGENT_INDEX", str(tmp_path / "shared.db"))
    data = shapes.use("map", task="area", tokens=300).data
    assert (data["parsed"], data["reused"]) == (0, 2)
