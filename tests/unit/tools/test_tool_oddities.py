"""Files that trip editors: each is edited where it is sound, byte for byte, and an edit that breaks it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

Bench = Any

# Name of the file, its bytes, a text to replace and what by. Everything else must stay as it is.
SYNTAX: dict[str, tuple[str, str, str, str]] = {
    "python 2": ("a.py", 'print "a"\nexec "x"\nx = 1\n', "x = 1", "x = 2"),
    "PEP 695": ("a.py", "type A[T] = list[T]\n\ndef f[T](x: T) -> T:\n    return x\n", "return x", "return (x)"),
    "PEP 701": ("a.py", 'x = f"{\', \'.join(["a", "b"])}"\ny = 1\n', "y = 1", "y = 2"),
    "t-strings": ("a.py", 'x = t"{name!r}"\ny = 1\n', "y = 1", "y = 2"),
    "mixed tabs": ("a.py", "if x:\n\ta = 1\n\tif y:\n\t    b = 2\n", "b = 2", "b = 3"),
    "unterminated string": ("a.py", "x = 'abc\ny = 1\n", "y = 1", "y = 2"),
    "nested f-strings": ("a.py", "x = f'{f\"{1}\"}'\ny = 1\n", "y = 1", "y = 2"),
    "JSX": ("a.jsx", "const a = () => <b c={`${x}`}>{x && <i/>}</b>;\n", "<i/>", "<i>y</i>"),
    "TSX": ("a.tsx", "const a = <T,>(x: T) => <b<T> c={x as T}>x</b>;\n", "x</b>", "y</b>"),
    "Vue": (
        "a.vue",
        '<template>\n  <p v-if="a < b">{{ x }}</p>\n</template>\n<script>\nlet x = 1\n</script>\n',
        "x = 1",
        "x = 2",
    ),
    "HTML with script": ("a.html", "<script>if (a < b) { c(); }</script>\n<p>x</p>\n", "c()", "d()"),
    "Django template": ("a.html", "{% if a < b %}<p>{% else %}<div>{% endif %}x\n", "x\n", "y\n"),
    "PHP in HTML": ("a.php", "<p><?php if ($a): ?>x<?php endif; ?></p>\n", "x<", "y<"),
    "C macros": (
        "a.c",
        "#define LOOP(i) for (int i = 0;;) {\nint f(void) { LOOP(i) g(); } return 1; }\n",
        "g()",
        "h()",
    ),
    "C++ templates": (
        "a.cpp",
        "template <class T, int N = (1 > 0)> struct A { T x[N >> 1]; };\nint y = 1;\n",
        "y = 1",
        "y = 2",
    ),
    "a header that is C++": ("a.h", "#pragma once\nnamespace n { class A final { int x = 1; }; }\n", "x = 1", "x = 2"),
    "minified": ("a.min.js", "!function(){var a=1;" + "f(a,[1,2,3],{b:a});" * 20_000 + "}();\n", "var a=1", "var a=2"),
    "many brackets": ("a.json", "[" * 500 + "1" + "]" * 500 + "\n", "1", "2"),
    "LFS pointer": ("a.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "size 1", "size 2"),
    "JSON with comments": ("tsconfig.json", '{\n  // why\n  "a": 1,\n}\n', '"a": 1', '"a": 2'),
}


@pytest.mark.parametrize("name", SYNTAX)
def test_odd_syntax_is_edited_byte_for_byte(bench: Bench, name: str) -> None:
    file, content, old, new = SYNTAX[name]
    path = bench.write(file, content)
    result = bench("str_replace", path=file, old_str=old, new_str=new)
    assert not result.is_error, result.text
    assert path.read_bytes() == content.replace(old, new).encode()
    assert not bench("undo").is_error
    assert path.read_bytes() == content.encode()


ENCODED: dict[str, bytes] = {
    "crlf": b"def f():\r\n    return 1\r\n",
    "mixed": b"def f():\r\n    return 1\n",
    "cr only": b"def f():\r    return 1\r",
    "bom": b"\xef\xbb\xbfdef f():\n    return 1\n",
    "latin-1": b"# coding: latin-1\ndef \xe9():\n    return 1\n",
    "no final newline": b"def f():\n    return 1",
    "form feed": b"\x0cdef f():\n    return 1\n\x0c\n",
    "line separators": "s = '\u2028\x85'\ndef f():\n    return 1\n".encode(),
    "combining": "e\u0301 = 1\ndef f():\n    return 1\n".encode(),
    "lone surrogate": b"# \xed\xa0\x80\ndef f():\n    return 1\n",
}


@pytest.mark.parametrize("name", ENCODED)
def test_odd_encodings_are_edited_and_guarded(bench: Bench, name: str) -> None:
    """As Python source: a sound edit changes one byte, one that breaks the indentation is refused where it compiled."""
    data = ENCODED[name]
    path = bench.write("a.py", data)
    assert not bench("str_replace", path="a.py", old_str="return 1", new_str="return 2").is_error
    assert path.read_bytes() == data.replace(b"return 1", b"return 2")
    broken = bench("str_replace", path="a.py", old_str="return 2", new_str="return (2")
    assert broken.is_error and "would break" in broken.text
    assert path.read_bytes() == data.replace(b"return 1", b"return 2")


def test_what_only_newer_python_knows_is_still_guarded(bench: Bench) -> None:
    bench.write("a.py", SYNTAX["PEP 695"][1])
    assert bench("str_replace", path="a.py", old_str="return x", new_str="return (x").is_error


def test_half_a_million_brackets_are_survived(bench: Bench) -> None:
    path = bench.write("deep.json", "[" * 500_000 + "1" + "]" * 500_000)
    bench("str_replace", path="deep.json", old_str="1", new_str="2")
    assert path.stat().st_size == 1_000_001
    assert not bench("create", path="a.json", file_text="[1]\n").is_error
    assert bench("create", path="a.json", file_text="[1\n").is_error


def test_two_megabytes_of_literals_are_edited(bench: Bench) -> None:
    path = bench.write("big.py", "x = [\n" + "    1234567890,\n" * 125_000 + "]\ny = 1\n")
    assert not bench("str_replace", path="big.py", old_str="y = 1", new_str="y = 2").is_error
    assert path.read_bytes().endswith(b"]\ny = 2\n")


def test_files_of_a_submodule_are_edited_but_not_its_git_file(bench: Bench) -> None:
    bench.write("sub/.git", "gitdir: ../.git/modules/sub\n")
    path = bench.write("sub/a.txt", "one\n")
    assert not bench("str_replace", path="sub/a.txt", old_str="one", new_str="two").is_error
    assert path.read_text() == "two\n"
    assert "belongs to git" in bench("create", path="sub/.git", file_text="x").text


STRICT = {
    "a.json": ('{"a": 1}\n', ["", '{"a": 1,}\n', "{'a': 1}\n", '{"a": 1} 2\n', '// x\n{"a": 1}\n']),
    "a.toml": ("a = 1\n[b]\nc = 2\n", ["a = 1\na = 2\n", "a = 01\n", "[b]\n[b]\n", "a = \n"]),
    "a.js": ("f();\ng();\n", ["/* f();\na = 1 / 2;\n", "/*! x https://y\n!function(){}();\n"]),
}


@pytest.mark.parametrize("name", STRICT)
def test_what_grammars_forgive_is_refused(bench: Bench, name: str) -> None:
    good, bad = STRICT[name]
    path = bench.write(name, good)
    for content in bad:
        assert bench("create", path=name, file_text=content).is_error, content
    assert path.read_text() == good


def test_stars_in_regular_expressions_are_no_comments(bench: Bench) -> None:
    content = "x = /a*/;\n/* ok */ y = a /* c */ / b;\ns = '/* no'; t = /[/*]x/; // /* x\n"
    assert not bench("create", path="a.js", file_text=content).is_error
    assert not bench("create", path="a.ts", file_text=content).is_error


def _listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_no_litter_is_left(bench: Bench) -> None:
    bench.write("a.py", "x = 1\n")
    bench("str_replace", path="a.py", old_str="x = 1", new_str="x = 2")
    bench("str_replace", path="a.py", old_str="x = 2", new_str="x = (")
    bench("create", path="b.py", file_text="y = 1\n")
    bench("undo")
    assert _listing(bench.root) == ["a.py"]
