"""Viewing and searching: bounded, numbered as editors number, and unimpressed by odd files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tools.process import Runner

Bench = Any


def test_lines_are_numbered_and_ranges_shown(bench: Bench) -> None:
    bench.write("a.txt", "one\ntwo\nthree\n")
    assert bench("view", path="a.txt").text == "     1\tone\n     2\ttwo\n     3\tthree"
    assert bench("view", path="a.txt", view_range=[2, -1]).text == "     2\ttwo\n     3\tthree"
    assert bench("view", path=str(bench.root / "a.txt"), view_range=[3, 9]).text == "     3\tthree"
    assert "has 3 lines" in bench("view", path="a.txt", view_range=[4, 9]).text
    assert bench("view", path="a.txt", view_range=[3, 2]).is_error


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\r", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\x0cb\xe2\x80\xa8c\n", ["a\x0cb\u2028c"]),
        (b"caf\xe9\n", ["café"]),
        ("a\nb\n".encode("utf-16"), ["a", "b"]),
    ],
)
def test_odd_files_are_shown(bench: Bench, data: bytes, shown: list[str]) -> None:
    bench.write("odd", data)
    wanted = "\n".join(f"{n:>6}\t{line}" for n, line in enumerate(shown, 1))
    assert bench("view", path="odd").text == wanted


def test_empty_binary_and_missing(bench: Bench) -> None:
    bench.write("empty", b"")
    bench.write("binary", b"\x7fELF\0\0")
    assert bench("view", path="empty").text == "empty is empty"
    assert "binary, 6 bytes" in bench("view", path="binary").text
    assert bench("view", path="nope").is_error
    (bench.root / "dangling").symlink_to("nowhere")
    assert "is a link to nowhere" in bench("view", path="dangling").text
    assert bench("view", path="").is_error and bench("view", path="a\0b").is_error


def test_long_files_come_in_pages_that_join(bench: Bench) -> None:
    lines = [f"line {n} {'x' * (n % 50)}" for n in range(1, 5001)]
    bench.write("long", "\n".join(lines) + "\n")
    seen: list[str] = []
    while len(seen) < len(lines):
        page = bench("view", path="long", view_range=[len(seen) + 1, -1]).text
        assert len(page) < 40_000
        seen += [row.split("\t", 1)[1] for row in page.split("\n") if "\t" in row]
    assert seen == lines


def test_endless_lines_are_cut(bench: Bench) -> None:
    bench.write("wide", b"x" * 3_000_000 + b"\nsecond\n")
    page = bench("view", path="wide").text
    assert len(page) < 10_000 and "more characters" in page
    assert bench("view", path="wide", view_range=[2, 2]).text == "     2\tsecond"


def test_folders_are_listed_two_levels_deep(bench: Bench) -> None:
    bench.write("a/b/c/deep.txt", "x")
    bench.write("a/f.txt", "x")
    bench.write(".git/config", "x")
    (bench.root / "link").symlink_to("a")
    (bench.root / "loop").symlink_to(".")
    listing = bench("view", path=".").text
    assert "f.txt" in listing and "deep.txt" not in listing and "config" not in listing
    assert "link -> a" in listing and "loop -> ." in listing


def test_big_folders_are_bounded(bench: Bench) -> None:
    for number in range(400):
        bench.write(f"f{number}", "")
    assert "more entries" in bench("view", path=".").text


@pytest.fixture(params=["ripgrep", "python"])
def finder(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    if request.param == "python":
        bench.runner = Runner(bench.root, env={"PATH": "/nonexistent"})
    elif not any(os.access(Path(folder, "rg"), os.X_OK) for folder in bench.runner.env["PATH"].split(":")):
        pytest.skip("no ripgrep here")
    return bench


def test_search_finds_lines(finder: Bench) -> None:
    finder.write("a.py", "import os\ndef needle(x):\n    return x\n")
    finder.write("sub/b.txt", "a needle\n")
    finder.write(".git/c", "needle\n")
    finder.write("bin", b"\0needle\n")
    result = finder("search", pattern="needle")
    assert result.text == "a.py:2: def needle(x):\nsub/b.txt:1: a needle"
    assert result.data["complete"] and result.data["matches"][0]["line"] == 2
    assert finder("search", pattern="needle", glob="*.txt").text == "sub/b.txt:1: a needle"
    assert finder("search", pattern="needle", path="sub").text == "sub/b.txt:1: a needle"
    assert finder("search", pattern="needle(x", literal=True).text == "a.py:2: def needle(x):"
    assert finder("search", pattern="NEEDLE", ignore_case=True, path="sub").text == "sub/b.txt:1: a needle"
    assert finder("search", pattern="nothing").text == "no matches"


def test_search_is_bounded_and_says_so(finder: Bench) -> None:
    finder.write("many", "needle\n" * 500)
    result = finder("search", pattern="needle", max_results=10)
    assert len(result.data["matches"]) == 10 and not result.data["complete"]
    assert "narrow the pattern" in result.text


def test_bad_patterns_and_odd_names(finder: Bench) -> None:
    assert "literal=true" in finder("search", pattern="(").text
    assert finder("search", pattern="(", path="nowhere").is_error
    finder.write("-e x\ny.txt", "needle\n")
    assert finder("search", pattern="needle").data["matches"][0]["path"] == "-e x\ny.txt"
    assert finder("search", pattern="-v", literal=True).text == "no matches"


SHAPES = """import os


class Shape:
    @property
    def area(self):
        return 1

    def name(self):
        return 2
"""


@pytest.mark.parametrize("arguments", [{"path": "a.py::Shape.area"}, {"path": "a.py", "symbol": "Shape.area"}])
def test_view_of_a_symbol(bench: Bench, arguments: dict[str, str]) -> None:
    bench.write("a.py", SHAPES)
    shown = bench("view", **arguments)
    assert not shown.is_error, shown.text
    assert "     6\t    def area(self):\n     7\t        return 1" in shown.text
    assert "def name" not in shown.text and "import os" not in shown.text


def test_view_of_a_symbol_that_is_not_there_names_the_nearest(bench: Bench) -> None:
    bench.write("a.py", SHAPES)
    missed = bench("view", path="a.py::Shape.aera")
    assert missed.is_error and "Shape.area" in missed.text
    assert bench("view", path="a.py", symbol="Shape", view_range=[1, 2]).is_error


def test_view_of_a_symbol_sees_the_edit_before(bench: Bench) -> None:
    bench.write("a.py", SHAPES)
    assert not bench("view", path="a.py::Shape.name").is_error
    assert not bench(
        "str_replace", path="a.py", old_str="return 2", new_str="return 22\n\n    def more(self): ..."
    ).is_error
    assert "return 22" in bench("view", path="a.py::Shape.name").text
    assert "def more" in bench("view", path="a.py::Shape.more").text


def test_a_file_with_colons_in_its_name_is_a_file(bench: Bench) -> None:
    bench.write("a::b.txt", "hello\n")
    assert "hello" in bench("view", path="a::b.txt").text
