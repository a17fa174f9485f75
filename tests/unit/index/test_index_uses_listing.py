"""What `references` and `callers` list of names that are no words, of very many uses, and within what size."""

from __future__ import annotations

from typing import Any

import pytest


def write(room: Any, files: dict[str, str]) -> None:
    for path, text in files.items():
        room.write(path, text)


@pytest.mark.parametrize(
    ("files", "symbol", "possible"),
    [
        (
            {
                "a.css": ".btn { color: var(--main) }\n.btn:hover { }\n:root { --main: red }\n",
                "b.html": '<p class="btn big"></p>\n',
            },
            "a.css::.btn",
            {("a.css", 2), ("b.html", 1)},
        ),
        (
            {"a.css": ".btn { color: var(--main) }\n:root { --main: red }\n"},
            "a.css::--main",
            {("a.css", 1)},
        ),
        (
            {"a.cpp": "struct A { A& operator=(const A&); };\nvoid f(A a) { a.operator=(a); }\n"},
            "a.cpp::A.operator=",
            {("a.cpp", 2)},
        ),
    ],
)
def test_names_that_are_no_words_have_uses(
    room: Any, files: dict[str, str], symbol: str, possible: set[tuple[str, int]]
) -> None:
    write(room, files)
    data = room.use("references", symbol=symbol).data
    assert {(use["path"], use["line"]) for use in data["possible"]} == possible


def test_more_uses_than_are_looked_at_are_told_and_not_renamed(room: Any) -> None:
    room.write("a.py", "def f(): ...\n" + "f()\n" * 10_050)
    result = room.use("references", symbol="a.py::f")
    assert (len(result.text) < 32_500, result.data["more"]) == (True, 51)
    assert "51 more occurrences" in result.text
    assert "51 uses of 'f'" in room.refused("rename_symbol", symbol="a.py::f", new_name="g")


def test_a_listing_stays_within_its_budget(room: Any) -> None:
    line = "    return f(" + ", ".join(f"argument_{number}" for number in range(20)) + ")\n"
    room.write("a.py", "def f(*a): ...\n" + "".join(f"def long_name_of_caller_{n}():\n{line}" for n in range(600)))
    for tool in ("references", "callers"):
        text = room.use(tool, symbol="a.py::f", max_results=500).text
        assert len(text) < 33_000
        assert " more" in text
    assert "the listing is full" in room.use("references", symbol="a.py::f", max_results=500).text
