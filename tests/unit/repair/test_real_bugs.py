"""How the benchmark tells real past bugs from missing features, and how near a patch is to the real fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.repair.likeness import likeness, touched
from benchmarks.repair.outcomes import Ending
from benchmarks.repair.packages import changelog_entry, is_test
from benchmarks.repair.reconstruct import Bug, lacks_feature

BUGGY = "def f(a):\n    # why\n    return a - 1\n\n\ndef g(a):\n    return a\n"
FIXED = "def f(a):\n    return a + 1\n\n\ndef g(a):\n    return [a]\n"


@pytest.fixture
def bug(tmp_path: Path) -> Bug:
    (tmp_path / "m.py").write_text(BUGGY)
    return Bug("m", "1→2", tmp_path, "true", ("t",), "f is wrong", {"m.py": FIXED})


def patch(old: str, new: str, line: int) -> str:
    return f"--- a/m.py\n+++ b/m.py\n@@ -{line} +{line} @@\n-{old}\n+{new}\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "like"),
    [
        ("    return a - 1", "    return a + 1", 3, "same code"),
        ("    return a - 1", "    return 3", 3, "same lines"),
        ("    # why", "    a = a + 2", 2, "same lines"),
        ("def g(a):", "def g(a, b=1):", 6, "plausible"),
    ],
)
def test_an_accepted_patch_is_compared_with_the_real_fix(bug: Bug, old: str, new: str, line: int, like: str) -> None:
    assert likeness(bug, {"m.py": BUGGY.replace(old, new)}, patch(old, new, line)) == like


def test_touched_lines_are_counted_in_the_old_file() -> None:
    text = "--- a/m.py\n+++ b/m.py\n@@ -1,3 +1,4 @@\n x\n-y\n+z\n+w\n v\n@@ -9,0 +11 @@\n+u\n"
    assert touched(text) == {("m.py", 2), ("m.py", 10)}


@pytest.mark.parametrize(
    ("error", "message", "lacks"),
    [
        ("AttributeError", "module 'm' has no attribute 'new'", True),
        ("TypeError", "f() got an unexpected keyword argument 'b'", True),
        ("collection", "no such name", True),
        ("AssertionError", "assert 1 == 2", False),
        ("TypeError", "unhashable type: 'slice'", False),
    ],
)
def test_a_missing_feature_is_no_bug(error: str, message: str, lacks: bool) -> None:
    assert lacks_feature(Ending("failed", error, message)) is lacks


def test_the_issue_is_the_changelog_entry_that_speaks_of_it(tmp_path: Path) -> None:
    (tmp_path / "CHANGES.md").write_text(
        "# 1.2\n\n- Colours are kept.\n- Slices of results work.\n\n# 1.1\n\n- Slices!\n"
    )
    assert changelog_entry(tmp_path, "1.2", "test_slices_work") == "Slices of results work."
    assert changelog_entry(tmp_path, "9.9", "anything") == ""


def test_what_belongs_to_the_tests() -> None:
    assert [is_test(p) for p in ("tests/a.py", "pkg/test_a.py", "conftest.py", "pkg/contest.py", "pkg/a.py")] == [
        True,
        True,
        True,
        False,
        False,
    ]
