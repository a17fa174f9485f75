"""Patches in both formats: applied where they fit for certain, all files or none."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.edit.filepatch import BadPatchError
from tools.edit.hunks import apply_hunks
from tools.edit.ladder import RefusedError
from tools.edit.patch import parse

Bench = Any
FILE = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 1\n"


def block(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def test_block_updates_adds_moves_and_deletes(bench: Bench) -> None:
    bench.write("a.py", FILE)
    bench.write("old.txt", "x\n")
    bench.write("gone.txt", "x\n")
    patch = block(
        "*** Update File: a.py",
        "@@ class A:",
        "@@ def g(self):",
        "-        return 1",
        "+        return 2",
        "*** Add File: new/n.txt",
        "+one",
        "+",
        "+two",
        "*** Update File: old.txt",
        "*** Move to: sub/moved.txt",
        "-x",
        "+y",
        "*** Delete File: gone.txt",
    )
    result = bench("apply_patch", patch=patch)
    assert not result.is_error, result.text
    assert (bench.root / "a.py").read_text() == FILE[:-2] + "2\n"
    assert (bench.root / "new/n.txt").read_text() == "one\n\ntwo\n"
    assert (bench.root / "sub/moved.txt").read_text() == "y\n"
    assert not (bench.root / "old.txt").exists() and not (bench.root / "gone.txt").exists()
    assert not bench("undo").is_error
    assert (bench.root / "a.py").read_text() == FILE
    assert sorted(p.name for p in bench.root.rglob("*")) == ["a.py", "gone.txt", "old.txt"]


def test_one_bad_file_stops_all(bench: Bench) -> None:
    bench.write("a.py", FILE)
    patch = block("*** Update File: a.py", "-class A:", "+class B:", "*** Update File: a.py", "-no such line", "+x")
    result = bench("apply_patch", patch=patch)
    assert result.is_error and "nothing was written" in result.text
    assert (bench.root / "a.py").read_text() == FILE


def test_a_hunk_that_fits_twice_is_refused(bench: Bench) -> None:
    bench.write("a.py", FILE)
    result = bench("apply_patch", patch=block("*** Update File: a.py", "-        return 1", "+        return 2"))
    assert result.is_error and "line 3, line 6" in result.text


def test_unified_diff_uses_its_line_numbers(bench: Bench) -> None:
    bench.write("a.py", FILE)
    patch = "--- a/a.py\n+++ b/a.py\n@@ -6,1 +6,1 @@\n-        return 1\n+        return 2\n"
    assert not bench("apply_patch", patch=patch).is_error
    assert (bench.root / "a.py").read_text() == FILE[:-2] + "2\n"


def test_a_patch_that_breaks_syntax_is_refused(bench: Bench) -> None:
    bench.write("a.py", FILE)
    bench.write("b.txt", "x\n")
    patch = block("*** Update File: b.txt", "-x", "+y", "*** Update File: a.py", "-class A:", "+class A(:")
    result = bench("apply_patch", patch=patch)
    assert result.is_error and "a.py line 1" in result.text
    assert (bench.root / "b.txt").read_text() == "x\n"


def test_crlf_stays_and_context_keeps_its_blanks(bench: Bench) -> None:
    path = bench.write("a.txt", b"one \r\ntwo\r\nthree\r\n")
    patch = "--- a.txt\n+++ a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    assert not bench("apply_patch", patch=patch).is_error
    assert path.read_bytes() == b"one \r\n2\r\nthree\r\n"


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ("a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n", "a\nc\n"),
        ("a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n", "a\nc"),
        ("a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "a\nc"),
        ("a\n", "@@ -1,0 +2,2 @@\n+b\n+c\n", "a\nb\nc\n"),
        ("a\n", "@@ -0,0 +1,1 @@\n+b\n", "b\na\n"),
        ("\ufeffa\n", "@@ -1,1 +1,1 @@\n-a\n+b\n", "\ufeffb\n"),
        ("-- x\ny\n", "@@ -1,2 +1,2 @@\n--- x\n+++ z\n y\n", "++ z\ny\n"),
    ],
)
def test_ends_of_files(before: str, patch: str, after: str) -> None:
    (file,) = parse(f"--- a/f\n+++ b/f\n{patch}")
    assert apply_hunks(before, file.hunks)[0] == after


def test_git_headers(bench: Bench) -> None:
    bench.write("r.txt", "x\n")
    bench.write("d.txt", "bye\n")
    patch = (
        "diff --git a/run.sh b/run.sh\nnew file mode 100755\nindex 000..111\n--- /dev/null\n+++ b/run.sh\n"
        "@@ -0,0 +1 @@\n+echo\ndiff --git a/empty b/empty\nnew file mode 100644\nindex 000..e69\n"
        "diff --git a/r.txt b/s.txt\nsimilarity index 100%\nrename from r.txt\nrename to s.txt\n"
        "diff --git a/d.txt b/d.txt\ndeleted file mode 100644\n--- a/d.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n"
    )
    result = bench("apply_patch", patch=patch)
    assert not result.is_error, result.text
    assert sorted(p.name for p in bench.root.iterdir()) == ["empty", "run.sh", "s.txt"]
    assert stat.S_IMODE((bench.root / "run.sh").stat().st_mode) & 0o111
    assert (bench.root / "empty").read_bytes() == b""


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "just words",
        "*** Begin Patch\n*** End Patch\n",
        "@@ -1 +1 @@\n-a\n+b\n",
        "diff --git a/x b/x\nGIT binary patch\nliteral 3\n",
        "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n",
        "*** Begin Patch\n*** Frobnicate File: x\n*** End Patch\n",
    ],
)
def test_what_is_no_patch_is_refused(patch: str) -> None:
    with pytest.raises(BadPatchError):
        parse(patch)


@pytest.mark.parametrize("path", ["../x", ".git/hooks/pre-commit", "/etc/x"])
def test_patches_stay_in_the_workspace(bench: Bench, path: str) -> None:
    assert bench("apply_patch", patch=block(f"*** Add File: {path}", "+x")).is_error
    assert bench("apply_patch", patch=f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n").is_error


def test_a_hunk_shifted_by_indentation_is_applied() -> None:
    (file,) = parse(block("*** Update File: f", " def g(self):", "-    return 1", "+    return 2"))
    content, rungs = apply_hunks(FILE, file.hunks)
    assert content == FILE[:-2] + "2\n"
    assert "indentation" in rungs[0]


LINES = st.lists(st.sampled_from(["a", "b", "  c", "", "d "]), max_size=14)


@settings(max_examples=60, deadline=None)
@given(old=LINES, new=LINES, old_end=st.booleans(), new_end=st.booleans())
def test_what_git_diff_writes_is_applied_or_refused_never_wrong(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str], old_end: bool, new_end: bool
) -> None:
    before = "\n".join(old) + ("\n" if old and old_end else "")
    after = "\n".join(new) + ("\n" if new and new_end else "")
    if before == after or not before or not after:
        return
    folder: Path = tmp_path_factory.mktemp("diff")
    (folder / "a").write_text(before)
    (folder / "b").write_text(after)
    command = ["git", "diff", "--no-index", "--no-color", "--no-ext-diff", "a", "b"]
    diff = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    (file,) = parse(diff)
    try:
        assert apply_hunks(before, file.hunks)[0] == after
    except RefusedError:
        pytest.fail("git's own diff of the very file must apply")
