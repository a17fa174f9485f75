"""`git_history` after edits that are not committed yet, which is how an agent works."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.index.history import at_base

BEFORE = "def f():\n    return 1\n\n\nclass A:\n    def m(self):\n        return 2\n"
AFTER = "def f():\n    return 11\n\n\nclass A:\n    def m(self):\n        return 2\n"


@pytest.fixture
def past(room: Any) -> Any:
    """A file whose `f` was changed once, and whose `A.m` was not."""
    room.write("a.py", BEFORE)
    room.write("d/é x.py", "y = 1\n")
    room.write("w.md", "hello\n")
    room.commit()
    room.write("a.py", AFTER)
    room.commit()
    return room


def test_lines_that_an_edit_moved_keep_their_history(past: Any) -> None:
    past.write("a.py", "# 1\n# 2\n# 3\n# 4\n# 5\n# 6\n" + AFTER)
    f = past.use("git_history", path="a.py::f").text
    assert f.startswith("[a.py lines 7-8 were lines 1-2 at the last commit") and "+    return 11" in f
    assert "class A" not in f and "def m" not in f
    m = past.use("git_history", path="a.py::A.m").text
    assert "def m" in m and "return 11" not in m
    assert past.use("git_history", path="a.py", lines=[12, 13]).text.partition("\n")[2] == m.partition("\n")[2]
    assert "def m" in past.use("git_history", path="a.py::A.m", mode="blame").text


def test_lines_that_an_edit_replaced_have_the_history_of_the_old(past: Any) -> None:
    past.write("a.py", AFTER.replace("return 11", "return 111"))
    assert "+    return 11" in past.use("git_history", path="a.py", lines=[2, 2]).text


def test_lines_that_no_commit_holds(past: Any) -> None:
    past.write("a.py", AFTER + "\n\ndef g():\n    return 3\n")
    assert "not committed yet" in past.use("git_history", path="a.py::g").text
    past.write("new.py", "def z(): pass\n")
    assert "not committed yet" in past.use("git_history", path="new.py").text
    for arguments in ({"path": "new.py::z"}, {"path": "new.py", "mode": "blame"}):
        assert "not in the last commit" in past.refused("git_history", **arguments)


def test_names_of_files_are_readable(past: Any) -> None:
    assert "é x.py" in past.use("git_history", path="d").text
    assert "y = 1" in past.use("git_history", path="d/é x.py", lines=[1, 1]).text
    past.write("x[1]*.py", "1\n")
    past.write("x1.py", "2\n")
    past.commit()
    assert "x1.py" not in past.use("git_history", path="x[1]*.py").text


def test_a_file_that_is_gone_has_a_history(past: Any) -> None:
    (past.workspace / "w.md").unlink()
    assert "base" in past.use("git_history", path="w.md").text
    past.commit()
    assert "1 deletion" in past.use("git_history", path="w.md").text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "nope.py"}, "nope.py does not exist"),
        ({"path": "nope.py", "lines": [1, 2]}, "nope.py does not exist"),
        ({"path": "nope.py", "mode": "blame"}, "nope.py does not exist"),
        ({"path": "a.py", "lines": [99, 100]}, "a.py has 7 lines; there is no line 99"),
        ({"path": "a.py", "lines": [0, 5]}, "counted from 1"),
        ({"path": "a.py", "lines": [5, 2]}, "counted from 1"),
        ({"path": "a.py::f", "lines": [1, 2]}, "either a symbol or lines"),
        ({"path": "d", "lines": [1, 2]}, "d is a folder"),
        ({"path": "d", "mode": "blame"}, "d is a folder"),
        ({"path": "../x"}, "outside the workspace"),
    ],
)
def test_each_reason_has_words_of_its_own(past: Any, arguments: dict[str, Any], words: str) -> None:
    assert words in past.refused("git_history", **arguments)


def test_without_a_history_that_is_said(room: Any) -> None:
    room.write("a.py", BEFORE)
    assert "there is no history here" in room.refused("git_history", path="a.py")


def test_lines_may_reach_over_the_end(past: Any) -> None:
    whole = past.use("git_history", path="a.py", lines=[6, 7]).text
    assert past.use("git_history", path="a.py", lines=[6, 5000]).text == whole
    assert past.use("git_history", path="a.py", lines=[6, -1]).text == whole


OPERATIONS = st.lists(st.sampled_from(["keep", "keep", "drop", "add", "change"]), min_size=1, max_size=25)


@given(OPERATIONS, st.data())
def test_lines_are_found_again_through_any_edit(operations: list[str], data: st.DataObject) -> None:
    """Every line has a text of its own, so that the truth is known."""
    old = [f"old {n}\n" for n, what in enumerate(operations) if what != "add"]
    new = []
    for n, what in enumerate(operations):
        new += {"keep": [f"old {n}\n"], "drop": [], "add": [f"new {n}\n"], "change": [f"new {n}\n"]}[what]
    if not new:
        return
    first = data.draw(st.integers(1, len(new)))
    last = data.draw(st.integers(first, len(new)))
    diff = "".join(difflib.unified_diff(old, new, n=0)).encode()
    found = at_base(diff, first, last)
    kept = [old.index(line) + 1 for line in new[first - 1 : last] if line in old]
    if kept:
        assert found is not None and found[0] <= kept[0] and kept[-1] <= found[1]
    if len(kept) == last - first + 1:
        assert found == (kept[0], kept[-1])
    if found is not None:
        assert 1 <= found[0] <= found[1] <= len(old)
