"""What a patch does to files: parts that build on each other, links, copies, modes, and names that say the same."""

from __future__ import annotations

import stat
from typing import Any

import pytest

Bench = Any


def block(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def tree(bench: Bench) -> dict[str, str]:
    return {str(path.relative_to(bench.root)): path.read_text() for path in bench.root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        (("*** Add File: b", "+1", "*** Update File: b", "-1", "+2"), {"a": "1\n2\n", "b": "2\n"}),
        (("*** Update File: a", "*** Move to: b", "-1", "+3", "*** Update File: b", "-3", "+4"), {"b": "4\n2\n"}),
        (("*** Update File: a", "-1", "+3", "*** Update File: a", "-3", "+4"), {"a": "4\n2\n"}),
        (("*** Update File: a", "*** Move to: a", "-1", "+3"), {"a": "3\n2\n"}),
        (("*** Update File: a", "*** Move to: ./d/../a", "-1", "+3"), {"a": "3\n2\n"}),
        (("*** Update File: `a`", "-1", "+3"), {"a": "3\n2\n"}),
        (("*** Delete File: a", "*** Add File: a", "+3"), {"a": "3\n"}),
        (("*** Update File: a", "*** Move to: d/b"), {"d/b": "1\n2\n"}),
    ],
)
def test_parts_build_on_each_other(bench: Bench, patch: tuple[str, ...], after: dict[str, str]) -> None:
    bench.write("a", "1\n2\n")
    result = bench("apply_patch", patch=block(*patch))
    assert not result.is_error, result.text
    assert tree(bench) == after
    assert not bench("undo").is_error
    assert tree(bench) == {"a": "1\n2\n"}


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (block("*** Update File: a"), "nothing would change"),
        (block("*** Update File: a", " 1", " 2"), "nothing would change"),
        (block("*** Update File: a", "-1", "+1"), "nothing would change"),
        (block("*** Update File: a", "*** Move to: a"), "nothing would change"),
        (block("*** Add File: b", "+1", "*** Delete File: b"), "changes nothing"),
        (block("*** Delete File: a", "*** Update File: a", "-1", "+2"), "removed it"),
        (block("*** Update File: a", "*** Move to: b", "*** Update File: a", "-1", "+2"), "removed it"),
        (block("*** Add File: a", "+1"), "exists already"),
        (block("*** Update File: a", "*** Move to: c"), "exists already"),
        ("--- a/a\n+++ b/c\n@@ -1 +1 @@\n-1\n+2\n", "both exist"),
        (block("*** Update File: a", "-1", "+2") + block("*** Update File: c", "-no", "+2"), "nothing was written"),
    ],
)
def test_what_does_nothing_or_is_unclear_is_refused(bench: Bench, patch: str, said: str) -> None:
    bench.write("a", "1\n2\n")
    bench.write("c", "3\n")
    result = bench("apply_patch", patch=patch)
    assert result.is_error and said in result.text
    assert tree(bench) == {"a": "1\n2\n", "c": "3\n"}
    assert bench("undo").is_error


@pytest.mark.parametrize("old", ["a.orig", "a.bak", "a~", "a.old"])
@pytest.mark.parametrize("there", [True, False])
def test_a_diff_against_an_old_state_is_an_update(bench: Bench, old: str, there: bool) -> None:
    bench.write("a", "1\n")
    if there:
        bench.write(old, "1\n")
    assert not bench("apply_patch", patch=f"--- {old}\t2020\n+++ a\t2021\n@@ -1 +1 @@\n-1\n+2\n").is_error
    assert tree(bench) == {"a": "2\n"} | ({old: "1\n"} if there else {})


def test_a_diff_with_one_prefix_is_an_update(bench: Bench) -> None:
    bench.write("a", "1\n")
    assert not bench("apply_patch", patch="--- a/a\n+++ a\n@@ -1 +1 @@\n-1\n+2\n").is_error
    assert tree(bench) == {"a": "2\n"}


def test_a_copy_leaves_its_source(bench: Bench) -> None:
    bench.write("a", "1\n2\n").chmod(0o755)
    header = "diff --git a/a b/{0}\nsimilarity index 50%\ncopy from a\ncopy to {0}\n"
    hunk = "--- a/a\n+++ b/b\n@@ -1,2 +1,2 @@\n-1\n+one\n 2\n"
    result = bench("apply_patch", patch=header.format("b") + hunk + header.format("c"))
    assert not result.is_error, result.text
    assert tree(bench) == {"a": "1\n2\n", "b": "one\n2\n", "c": "1\n2\n"}
    assert stat.S_IMODE((bench.root / "c").stat().st_mode) == 0o755
    assert not bench("undo").is_error
    assert tree(bench) == {"a": "1\n2\n"}


@pytest.mark.parametrize("lines", [("*** Delete File: l",), ("*** Update File: l", "*** Move to: m", "-1", "+2")])
def test_a_link_is_not_removed_in_place_of_its_file(bench: Bench, lines: tuple[str, ...]) -> None:
    bench.write("real", "1\n")
    (bench.root / "l").symlink_to("real")
    result = bench("apply_patch", patch=block(*lines))
    assert result.is_error and "link to real" in result.text
    assert sorted(path.name for path in bench.root.iterdir()) == ["l", "real"]
    assert not bench("apply_patch", patch=block("*** Update File: l", "-1", "+2")).is_error
    assert (bench.root / "real").read_text() == "2\n" and (bench.root / "l").is_symlink()


def test_two_names_of_one_file_are_not_written_apart(bench: Bench) -> None:
    path = bench.write("x", "1\n2\n")
    (bench.root / "y").hardlink_to(path)
    patch = block("*** Update File: x", "-1", "+one", "*** Update File: y", "-2", "+two")
    result = bench("apply_patch", patch=patch)
    assert result.is_error and "two names of one file" in result.text
    assert path.read_text() == "1\n2\n"
    same = block("*** Update File: x", "-1", "+one", "*** Update File: y", "-1", "+one")
    assert not bench("apply_patch", patch=same).is_error
    assert tree(bench) == {"x": "one\n2\n", "y": "one\n2\n"}
    assert not bench("undo").is_error
    assert tree(bench) == {"x": "1\n2\n", "y": "1\n2\n"}


def test_the_mode_of_a_file_that_is_written_anew_stays(bench: Bench) -> None:
    path = bench.write("run.sh", "1\n")
    path.chmod(0o755)
    assert not bench("apply_patch", patch=block("*** Delete File: run.sh", "*** Add File: run.sh", "+2")).is_error
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    mode = "diff --git a/run.sh b/run.sh\nold mode 100755\nnew mode 100644\n"
    assert not bench("apply_patch", patch=mode).is_error
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert bench("apply_patch", patch=mode).is_error
    assert not bench("undo").is_error
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_undo_names_the_later_edit_that_is_in_its_way(bench: Bench) -> None:
    bench.write("a", "1\n")
    bench.write("b", "1\n")
    bench("apply_patch", patch=block("*** Update File: a", "-1", "+2", "*** Update File: b", "-1", "+2"))
    bench("str_replace", path="b", old_str="2", new_str="3")
    refused = bench("undo", path="a")
    assert refused.is_error and "also wrote b, which a later str_replace changed" in refused.text
    assert not bench("undo", path="b").is_error
    assert not bench("undo", path="a").is_error
    assert tree(bench) == {"a": "1\n", "b": "1\n"}
