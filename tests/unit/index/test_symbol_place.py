"""The parts that fit a text to its place, each on its own: indentation, its style, comments, twins of lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.index.languages import BY_NAME
from tools.index.symbols.align import aligned
from tools.index.symbols.comments import is_comment, leading, split_last
from tools.index.symbols.place import reindent
from tools.index.symbols.strings import string_lines
from tools.index.symbols.style import style_of, unit_of


@pytest.mark.parametrize(
    ("source", "unit"),
    [
        ("a\n\tb\n\t\tc\n", "\t"),
        ("        a\n            b\n", "    "),
        ("a\n  b\n    c\nd\n      e\n", "  "),
        ("a\nb\n", "    "),
    ],
)
def test_one_step_of_a_file(source: str, unit: str) -> None:
    assert unit_of(source) == unit


@pytest.mark.parametrize(
    ("body", "indent", "unit", "old", "step"),
    [
        (["f", "    g"], "", "\t", [], "    "),
        (["f", "\tg"], "", "  ", [], "\t"),
        (["    f", "        g", "          h"], "\t", "\t", [], "    "),
        (["f", "        g"], "", "\t", ["f", "\t\tg"], "    "),
        (["f", "    g"], "", "\t", ["f", "    h"], ""),
        (["f", "\t  g"], "", "\t", ["f", "  h", "\tg"], ""),
        (["f", " * c"], "", "\t", [], ""),
    ],
)
def test_which_blanks_become_tabs(body: list[str], indent: str, unit: str, old: list[str], step: str) -> None:
    twins = [(1, 1)] if len(old) > 1 else []
    style = style_of(body, indent, unit, old, twins)
    assert style.step == step or (step == "" and style.converted(body[-1]) == body[-1])


@pytest.mark.parametrize(
    ("body", "indents", "moved"),
    [
        ("def f(\n    a,\n):\n    return 1", True, "def f(\n        a,\n    ):\n        return 1"),
        ("def f(\n        a,\n    ):\n        return 1", True, "def f(\n        a,\n    ):\n        return 1"),
        ("@d\ndef f(): ...", True, "@d\n    def f(): ..."),
        ("@d\n    def f(): ...", True, "@d\n    def f(): ..."),
        ("f(a,\n  b)", True, "f(a,\n      b)"),
        ("f(a,\n      b)", True, "f(a,\n      b)"),
        ("void f() {\n    g();\n}", False, "void f() {\n        g();\n    }"),
        ("void f() {\n        g();\n    }", False, "void f() {\n        g();\n    }"),
        (
            "void f() {\n#ifdef X\n        g();\n#endif\n    }",
            False,
            "void f() {\n#ifdef X\n        g();\n#endif\n    }",
        ),
        ("void f() {\n    if (a) {\n        g();\n    }\n}", False, None),
        ("/** Doc.\n     * More. */\n    f() {\n    }", False, "/** Doc.\n     * More. */\n    f() {\n    }"),
    ],
)
def test_a_body_whose_first_line_was_cut_is_told_from_one_at_the_edge(
    body: str, indents: bool, moved: str | None
) -> None:
    moved = "\n    ".join(body.split("\n")) if moved is None else moved
    assert reindent(body, "    ", "    ", (), indents=indents) == moved


def test_old_lines_decide_between_two_readings_and_keep_their_blanks() -> None:
    old = "  template<class T>\n    void\n    f()\n    {\n\tg();\n    }"
    for body in (old.lstrip(), old, "template<class T>\n  void\n  f()\n  {\n      g();\n  }"):
        assert reindent(body, "  ", "  ", (), indents=False, old=old) == old.lstrip()
    edited = "template<class T>\n  void\n  f()\n  {\n      h();\n  }"
    assert reindent(edited, "  ", "  ", (), indents=False, old=old).endswith("    f()\n    {\n        h();\n    }")


def test_a_block_put_around_old_lines_moves_them() -> None:
    old = "    def f(self):\n        a()\n        b()\n        c()"
    body = "def f(self):\n    with x:\n        a()\n        b()\n        c()"
    moved = "def f(self):\n        with x:\n            a()\n            b()\n            c()"
    assert reindent(body, "    ", "    ", (), indents=True, old=old) == moved


def test_strings_that_were_moved_with_the_code_go_back_with_it() -> None:
    old = '    def f(self):\n        s = """\n      a\n        b\n        """\n        return s'
    body = 'def f(self):\n    s = """\n  a\n    b\n    """\n    return s + 1'
    expected = old.lstrip().replace("return s", "return s + 1")
    assert reindent(body, "    ", "    ", (2, 3, 4), indents=True, old=old) == expected
    as_given = 'def f(self):\n    s = """\n      a\n        b\n        """\n    return s + 1'
    assert reindent(as_given, "    ", "    ", (2, 3, 4), indents=True, old=old) == expected


LINES = st.lists(st.sampled_from(["a", "  b", "\tb", "", "  ", "}", "c"]), max_size=12)


@given(new=LINES, old=LINES)
@settings(max_examples=200)
def test_twins_say_the_same_and_keep_their_order(new: list[str], old: list[str]) -> None:
    pairs = sorted(aligned(new, old).items())
    assert all(new[a].strip() == old[b].strip() for a, b in pairs)
    assert [b for _, b in pairs] == sorted({b for _, b in pairs})
    assert aligned(new, new) == {n: n for n in range(len(new))}


@pytest.mark.parametrize(
    ("line", "language", "code", "comment"),
    [
        ("x = 1  # a", "python", "x = 1", "# a"),
        ("x = '# b'", "python", "x = '# b'", ""),
        ("x = '\\'# b'  # c", "python", "x = '\\'# b'", "# c"),
        ("it's # c", "ruby", "it's", "# c"),
        ("echo ${x#y} $#", "bash", "echo ${x#y} $#", ""),
        ("f(); // why", "javascript", "f();", "// why"),
        ("f('http://x');", "javascript", "f('http://x');", ""),
        ("int x; /* a */ /* b */", "c", "int x; /* a */", "/* b */"),
        ("int x; /* a */ int y;", "c", "int x; /* a */ int y;", ""),
        ("int x; /* a", "c", "int x; /* a", ""),
        ("# all", "python", "", "# all"),
    ],
)
def test_the_comment_at_the_end_of_a_line(line: str, language: str, code: str, comment: str) -> None:
    found = split_last(line, BY_NAME[language].comments)
    assert (found[0], found[2]) == (code, comment)
    assert "".join(found) == line


def test_comments_above() -> None:
    c, python = BY_NAME["c"].comments, BY_NAME["python"].comments
    assert leading(["/* a", "b */", "// c", "", "int x;"], c) == 4
    assert leading(["/* a */ int x;"], c) == 0
    assert leading(["# a", "@b", "def f(): ..."], python) == 1
    assert leading(["#[a]", "struct S;"], ("//", "#"), ("#[",)) == 0
    assert leading(["/* never", "ends"], c) in (0, 2)
    assert is_comment(" // a ", c) and is_comment("/* a */", c)
    assert not is_comment("/* a */ b /* c */", c) and not is_comment("a", c)


@pytest.mark.parametrize(
    ("language", "source", "lines"),
    [
        ("python", 'x = """\na\n"""\n', [1, 2]),
        ("python", 'def f():\n    """Doc.\n\n    More.\n    """\n', []),
        ("python", 'def f():\n    """Doc.\n\nMore.\n    """\n', [2, 3, 4]),
        ("python", 'x = ("a"\n     "b")\n', []),
        ("cpp", "template <class T>\nint\nf() { return 1; }\n", []),
        ("cpp", 'auto s = R"(\na)";\n', [1]),
        ("ruby", "x = %w[\n  a\n]\n", []),
        ("ruby", "x = <<E\na\nE\ny = `a\nb`\n", [1, 2, 4]),
        ("ruby", "=begin\na\n=end\nx\n", [1, 2]),
        ("bash", "(\n  a\n)\ncat <<E\nb\nE\n", [4, 5]),
        ("javascript", "x = `\na${\nb}`;\n", [1, 2]),
        ("tsx", "x = <a>\n  b\n</a>;\n", []),
        ("yaml", "a: |\n  b\nc: 'd\n  e'\n", []),
        ("html", "<p>\na\n</p>\n<pre>\nb\n</pre>\n", [4, 5]),
        ("php", "<?php\n$a = 'b\nc';\n$d = <<<E\ne\nE;\n", [2, 4, 5]),
        ("java", 'class A { String s = """\n  a\n  """; }\n', [1, 2]),
        ("c-sharp", 'class A { string s = $@"\na"; }\n', [1]),
        ("rust", 'const A: &str = r#"\na"#;\n', [1]),
        ("go", "package p\n\nvar a = `\nb`\n", [3]),
        ("toml", "a = '''\nb'''\n", [1]),
    ],
)
def test_lines_inside_strings(language: str, source: str, lines: list[int]) -> None:
    assert string_lines(source.encode(), BY_NAME[language]) == lines
