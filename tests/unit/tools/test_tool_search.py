"""Searching: the same answers with ripgrep and without, bounded, and never a silent nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.look.globs import compile_glob, split, verdict
from tools.process import Runner

Bench = Any
NO_RG = {"PATH": "/nonexistent"}


@pytest.fixture(params=["ripgrep", "python"])
def finder(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    if request.param == "python":
        bench.runner = Runner(bench.root, env=NO_RG)
    elif not any(os.access(Path(folder, "rg"), os.X_OK) for folder in bench.runner.env["PATH"].split(":")):
        pytest.skip("no ripgrep here")
    return bench


@pytest.fixture
def tree(finder: Bench) -> Bench:
    """Files of many kinds with the word foo, some of them ignored."""
    for name in (
        "a.py",
        "b.js",
        "c.txt",
        ".hidden/d.py",
        "sub/e.py",
        "sub/deep/f.ts",
        "sub/deep/t.py",
        "node_modules/g.js",
    ):
        finder.write(name, "one\nfoo\nthree\n")
    for name in ("ign/h.py", "x.log", "keep.log", "sub/i.tmp", "sub/deep/i.tmp", ".git/config"):
        finder.write(name, "foo\n")
    finder.write(".gitignore", "# comment\nign/\n*.log\n!keep.log\n")
    finder.write("sub/.gitignore", "/i.tmp\n")
    return finder


def paths(result: Any) -> list[str]:
    assert not result.is_error, result.text
    return [match["path"] for match in result.data["matches"]]


ALL = [
    ".hidden/d.py", "a.py", "b.js", "c.txt", "keep.log", "node_modules/g.js", "sub/deep/f.ts", "sub/deep/i.tmp",
    "sub/deep/t.py", "sub/e.py",
]  # fmt: skip
PY = [".hidden/d.py", "a.py", "sub/deep/t.py", "sub/e.py"]


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("", ALL),
        ("*.py", PY),
        ("*.{js,ts}", ["b.js", "node_modules/g.js", "sub/deep/f.ts"]),
        ("*.js,*.ts", ["b.js", "node_modules/g.js", "sub/deep/f.ts"]),
        ("*.js *.ts", ["b.js", "node_modules/g.js", "sub/deep/f.ts"]),
        ("!*.py", [path for path in ALL if not path.endswith(".py")]),
        ("*.py, !sub/**", [".hidden/d.py", "a.py"]),
        ("sub/**", ["sub/deep/f.ts", "sub/deep/i.tmp", "sub/deep/t.py", "sub/e.py", "sub/i.tmp"]),
        ("sub/*.py", ["sub/e.py"]),
        ("/a.py", ["a.py"]),
        ("**/deep/*.py", ["sub/deep/t.py"]),
        ("[a-c].*", ["a.py", "b.js", "c.txt"]),
        ("[!a].py", [".hidden/d.py", "sub/deep/t.py", "sub/e.py"]),
        ("?.py", [".hidden/d.py", "a.py", "sub/deep/t.py", "sub/e.py"]),
    ],
)
def test_globs_and_ignore_files(tree: Bench, glob: str, found: list[str]) -> None:
    """As in ripgrep a glob goes before ignore files, but not into folders that they name."""
    assert paths(tree("search", pattern="foo", glob=glob)) == found


@pytest.mark.parametrize("glob", ["*", "**/*", "**"])
def test_no_glob_opens_the_folder_of_git(tree: Bench, glob: str) -> None:
    found = paths(tree("search", pattern="foo", glob=glob))
    assert set(ALL) <= set(found) and not any(path.startswith(".git/") for path in found)


@pytest.mark.parametrize("glob", ["[bad", "a{b"])
def test_a_bad_glob_is_refused_without_bad_advice(tree: Bench, glob: str) -> None:
    refused = tree("search", pattern="foo", glob=glob)
    assert refused.is_error and "glob" in refused.text and "literal" not in refused.text


def test_a_glob_that_no_file_fits_is_said(tree: Bench) -> None:
    assert "no file fits the glob '*.rs'" in tree("search", pattern="foo", glob="*.rs").text
    assert tree("search", pattern="zzz", glob="*.py").text == "no matches"


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("foo$", [1, 4]),
        ("^bar$", [2]),
        ("^$", [3]),
        ("(?<=f)oo", [1, 4]),
        (r"f(o)\1", [1, 4]),
        ("[[:alpha:]]+", [1, 2, 4]),
        ("[^[:space:]]oo", [1, 4]),
        ("[[:digit:]_]", []),
        ("ba[^\\n]", [2]),
        ("é", [5]),
        ("^.$", [5]),
        (r"^\s*$", [3]),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_patterns(finder: Bench, pattern: str, lines: list[int], end: bytes) -> None:
    finder.write("a.txt", end.join([b"foo", b"bar", b"", b"foo", "é".encode(), b""]))
    assert [match["line"] for match in finder("search", pattern=pattern).data["matches"]] == lines


@pytest.mark.parametrize("pattern", [r"foo\nbar", "foo\nbar", r"a\\\nb"])
def test_patterns_over_several_lines_are_refused_with_advice(finder: Bench, pattern: str) -> None:
    finder.write("a.txt", "foo\nbar\n")
    refused = finder("search", pattern=pattern)
    assert refused.is_error and "context=3" in refused.text and "--multiline" not in refused.text


def test_a_backslash_before_n_is_no_line_end(finder: Bench) -> None:
    finder.write("a.txt", "foo\\nbar\n")
    assert paths(finder("search", pattern=r"foo\\nbar")) == ["a.txt"]
    assert paths(finder("search", pattern=r"foo\nbar", literal=True)) == ["a.txt"]


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(?<=f)oo(", "a**b("])
def test_bad_patterns_say_what_can_be_passed(finder: Bench, pattern: str) -> None:
    finder.write("a.txt", "foo\n")
    refused = finder("search", pattern=pattern)
    assert refused.is_error and "literal=true" in refused.text and "--" not in refused.text


def test_context(finder: Bench) -> None:
    finder.write("a.txt", "".join(f"{n}\n" for n in range(1, 10)))
    finder.write("b.txt", "5\n")
    result = finder("search", pattern="^[35]$", context=1)
    assert result.text == "a.txt-2- 2\na.txt:3: 3\na.txt-4- 4\na.txt:5: 5\na.txt-6- 6\n--\nb.txt:1: 5"
    assert [match["line"] for match in result.data["matches"]] == [3, 5, 1]
    first = finder("search", pattern="^[38]$", context=1, max_results=1)
    assert first.text.startswith("a.txt-2- 2\na.txt:3: 3\na.txt-4- 4\n[first 1 of 2") and not first.data["complete"]
    assert finder("search", pattern="^5$", path="b.txt", context_lines=2).text == "b.txt:1: 5"


def test_the_answer_is_bounded_in_characters(finder: Bench) -> None:
    finder.write("a.txt", ("needle " + "w" * 290 + "\n") * 1000)
    finder.write("b.txt", "needle" + "w" * 5000)
    result = finder("search", pattern="needle", max_results=2000)
    assert 25_000 < len(result.text) < 33_000
    assert f"[first {result.text.count(chr(10))} of 1001 matches, the answer is full; narrow" in result.text
    assert len(result.data["matches"]) == 1001 and result.data["complete"]
    assert finder("search", pattern="needle", path="b.txt").text.endswith("www…")


def test_the_first_matches_in_the_order_of_paths(finder: Bench) -> None:
    for folder in range(20):
        for file in range(5):
            finder.write(f"d{folder:02}/f{file}.txt", "needle\n" * 3)
    result = finder("search", pattern="needle", max_results=20)
    assert paths(result) == [f"d{n // 15:02}/f{n // 3 % 5}.txt" for n in range(20)]
    assert "first 20 of" in result.text


def test_ripgrep_counts_what_it_does_not_show(bench: Bench) -> None:
    for file in range(30):
        bench.write(f"f{file}.txt", "needle\n" * 100)
    text = bench("search", pattern="needle").text
    assert "[first 100 of 3000 matches; " in text
    assert "[first 100 of 100 " not in text


def test_what_is_no_file_is_refused(finder: Bench) -> None:
    os.mkfifo(finder.root / "pipe")
    refused = finder("search", pattern="x", path="pipe")
    assert refused.is_error and "neither a file nor a folder" in refused.text
    assert finder("search", pattern="x").text == "no matches"


def test_binary_files(finder: Bench) -> None:
    finder.write("a.bin", b"foo\0bar\n")
    assert finder("search", pattern="foo").text == "no matches"
    assert "binary" in finder("search", pattern="foo", path="a.bin").text
    assert finder("search", pattern="zzz", path="a.bin").text == "no matches"


def test_places_that_cannot_be_read_are_no_bad_pattern(finder: Bench) -> None:
    """A path may become longer than the system takes: such a folder cannot be opened by its path."""
    start = Path.cwd()
    finder.write("a.txt", "foo\n")
    try:
        os.chdir(finder.root)
        for _ in range(25):
            os.mkdir("d" * 200)  # noqa: PTH102
            os.chdir("d" * 200)
    finally:
        os.chdir(start)
    nothing = finder("search", pattern="zzz")
    assert not nothing.is_error and nothing.text.startswith("no matches (some files or folders could not be read")
    found = finder("search", pattern="foo")
    assert "a.txt:1: foo\n[some files or folders could not be read" in found.text and not found.data["complete"]


NAMES = st.text(st.sampled_from("ab./"), min_size=1, max_size=8)


@given(NAMES)
def test_a_plain_name_fits_itself_at_any_depth(name: str) -> None:
    name = name.strip("/.") or "a"
    glob = compile_glob(name)
    assert verdict([glob], name, False) is True
    assert (verdict([glob], f"x/{name}", False) is True) == ("/" not in name)
    assert verdict([compile_glob(f"!{name}")], name, False) is False


@pytest.mark.parametrize(
    ("globs", "parts"),
    [
        ("*.py", ["*.py"]),
        ("*.py,*.txt", ["*.py", "*.txt"]),
        ("*.{py,js}, !x*", ["*.{py,js}", "!x*"]),
        ("[,]x", ["[,]x"]),
        (r"a\,b", [r"a\,b"]),
        ("my file.txt", ["my file.txt"]),
        ("*.py *.js", ["*.py", "*.js"]),
        (" , ", []),
    ],
)
def test_lists_of_globs(globs: str, parts: list[str]) -> None:
    assert split(globs) == parts
