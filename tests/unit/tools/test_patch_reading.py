"""What the two formats of patches say: every line is understood, or refused with a word about it."""

from __future__ import annotations

import pytest

from tools.edit.filepatch import BadPatchError
from tools.edit.hunks import apply_hunks
from tools.edit.ladder import RefusedError
from tools.edit.patch import parse

F, G = (f"def {name}():\n    a = 1\n\n    b = 2\n    return {a}\n" for name, a in (("f", "a"), ("g", "b")))
CODE = f"import os\n\n\n{F}\n\n{G}"
BODY = " def f():\n-    a = 1\n+    a = 11\n\n-    b = 2\n+    b = 22\n     return a\n"
HEAD = "--- a/a.py\n+++ b/a.py\n"


def block(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def applied(content: str, patch: str) -> str:
    (file,) = parse(patch)
    return apply_hunks(content, file.hunks)[0]


@pytest.mark.parametrize(
    "header",
    ["@@", "@@ ... @@", "@@ def f():", "@@ def f(): @@", "@@ -4,2 +4,2 @@", "@@ -4,9 +4,9 @@", "@@ -4,5 +4,5 @@ x"],
)
@pytest.mark.parametrize("tail", ["", "\n\n", "```\n"])
def test_an_empty_line_without_its_blank_ends_no_hunk(header: str, tail: str) -> None:
    wanted = CODE.replace("a = 1", "a = 11", 1).replace("b = 2", "b = 22", 1)
    assert applied(CODE, f"{HEAD}{header}\n{BODY}{tail}") == wanted


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (HEAD + "@@ -5,3 +5,3 @@\n-    a = 1\n+    a = 2\ndef x\n-    return a\n", "line 6.*'def x'"),
        (HEAD + "@@ -4,2 +4,2 @@\ndef f():\n-    a = 1\n+    a = 2\n", "line 4.*blank before it"),
        (HEAD + "@@ -1 +1 @@\n@@ -3 +3 @@\n-a\n+b\n@@\n", "no lines"),
        (HEAD + "@@ -1 +1 @@\n-import os\n+import re\n\nAnd then:\n\n-    b = 2\n", "line 9.*belongs to no hunk"),
        (HEAD + "@@ -1,4 +1,4 @@\n-import os\n+import re\n\ndef f():\n", "line 7.*'def f"),
        (HEAD + "-import os\n+import re\n", "no hunk"),
        ("-import os\n+import re\n" + HEAD + "@@ -1 +1 @@\n-a\n+b\n", "belongs to no file"),
        ("+import os\n", "belongs to no file"),
        (HEAD + "@@@ -1 -1 +1 @@@\n  a\n", "merges"),
        (HEAD + "@@ -1,3 +1,4 @@\n+import re\n", "speaks of 3 old"),
        (HEAD + "@@\n+import re\n\n", "cannot be told"),
        (HEAD + "\\ No newline at end of file\n", "no hunk"),
        ("diff --git a/x b/x\nindex 1..2 100644\n", "nothing follows"),
        ("diff --git a/x b/x\nnew mode 100755\nand some text\n", "'and some text"),
        ("--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+a\n-b\n", "begins with"),
        ("--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+a\n b\n", "begins with"),
        (block("*** Update File: a", "-x", "+y") + "-z\n", "belongs to no hunk"),
        (block("*** Update File: a", "@@ def f():", "*** Update File: b", "-x", "+y"), "no lines"),
        (block("*** Update File: a", "+x", "", "*** Update File: b", "-x", "+y"), "cannot be told"),
        (block("*** Add File: n", "", "+x"), "begins with"),
        (block("*** Add File: n", "+x", " y"), "begins with"),
        (block("*** Add File: n", "*** Move to: m", "+x"), "Move to"),
        (block("*** Update File: a", "-x", "+y", "*** Rename to: b"), "not understood"),
    ],
)
def test_no_line_is_passed_over(patch: str, said: str) -> None:
    with pytest.raises(BadPatchError, match=said):
        parse(patch)


def test_hunks_of_several_files_with_counts_too_big() -> None:
    hunk = "@@ -1,5 +1,5 @@\n-1\n+one\n 2\n"
    files = parse(f"--- a/a.txt\n+++ b/a.txt\n{hunk}--- a/b.txt\n+++ b/b.txt\n{hunk}\n--- /dev/null\n+++ b/c.txt\n")
    assert [(file.kind, file.path) for file in files] == [("update", "a.txt"), ("update", "b.txt"), ("add", "c.txt")]
    assert [apply_hunks("1\n2\n", file.hunks)[0] for file in files[:2]] == ["one\n2\n"] * 2


@pytest.mark.parametrize("header", ["@@ -1,3 +1,2 @@", "@@", "@@ -1,9 +1,9 @@"])
def test_lines_of_two_dashes_that_go_are_no_header(header: str) -> None:
    assert applied("-- x\n-- y\n++ z\nend\n", f"{HEAD}{header}\n--- x\n -- y\n ++ z\n end\n") == "-- y\n++ z\nend\n"
    assert applied("-- x\nend\n", f"{HEAD}{header}\n--- x\n+++ z\n end\n") == "++ z\nend\n"


def test_several_blocks_and_what_stands_around_them() -> None:
    one, two = block("*** Update File: a", "-x", "+y"), block("*** Delete File: `b`")
    files = parse("apply_patch <<'EOF'\n" + one + "\n" + two + "EOF\n\nDone.\n")
    assert [(file.kind, file.path) for file in files] == [("update", "a"), ("delete", "b")]
    assert [file.path for file in parse("*** Update File: a\n-x\n+y\n")] == ["a"]


def test_an_added_file_keeps_its_empty_lines() -> None:
    for patch in (
        block("*** Add File: n", "+a", "", "+b", "", ""),
        "--- /dev/null\n+++ b/n\n@@ -0,0 +1,3 @@\n+a\n\n+b\n\n",
        "diff --git a/n b/n\nnew file mode 100644\n@@ -0,0 +1,3 @@\n+a\n\n+b\n",
    ):
        (file,) = parse(patch)
        assert file.kind == "add" and file.path == "n"
        assert file.hunks[0].new() == ["a", "", "b"]


def test_an_empty_file_and_an_empty_line_after_it() -> None:
    files = parse(block("*** Add File: e", "", "*** Add File: n", "+x", "", "*** Delete File: d", ""))
    assert [(file.kind, [hunk.new() for hunk in file.hunks]) for file in files] == [
        ("add", []),
        ("add", [["x"]]),
        ("delete", []),
    ]


def test_text_that_marks_a_block_may_stand_in_a_file() -> None:
    content = "*** Begin Patch\n*** End Patch\nx\n"
    lines = [" *** Begin Patch", " *** End Patch", "-x", "+y"]
    assert applied(content, block("*** Update File: doc", *lines)) == content.replace("x", "y")
    assert applied(content, HEAD + "@@ -1,3 +1,3 @@\n" + "\n".join(lines) + "\n") == content.replace("x", "y")


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("a/x", "b/x", ("x", None)),
        ("i/x", "w/x", ("x", None)),
        ("x", "x", ("x", None)),
        ("a/x", "b/y", ("x", "y")),
        ('"a/\\303\\251"', '"b/\\303\\251"', ("é", None)),
        ("a/b c\t2020-01-01", "b/b c\t2020-01-02", ("b c", None)),
        ("i/x", "w/y", ("i/x", "w/y")),
    ],
)
def test_names_in_headers(first: str, second: str, names: tuple[str, str | None]) -> None:
    (file,) = parse(f"--- {first}\n+++ {second}\n@@ -1 +1 @@\n-1\n+2\n")
    assert (file.path, file.target) == names


def test_names_of_git_with_blanks() -> None:
    for name in ("x", "a b", "b/b c", "d b/d"):
        (file,) = parse(f"diff --git a/{name} b/{name}\nold mode 100644\nnew mode 100755\n")
        assert (file.path, file.mode) == (name, 0o755)


def test_hunks_in_any_order_and_with_lines_in_common() -> None:
    backwards = HEAD + "@@\n def g():\n-    a = 1\n+    a = 3\n@@\n-import os\n+import sys\n"
    assert applied(CODE, backwards) == CODE.replace("os", "sys").replace("def g():\n    a = 1", "def g():\n    a = 3")
    shared = HEAD + "@@ -1,2 +1,2 @@\n-1\n+one\n 2\n@@ -2,2 +2,2 @@\n 2\n-3\n+three\n"
    assert applied("1\n2\n3\n", shared) == "one\n2\nthree\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("@@\n-1\n 2\n@@\n 1\n-2\n", "contradict"),
        ("@@\n-1\n-2\n@@\n-2\n 3\n", "contradict"),
        ("@@\n 1\n+x\n 2\n@@\n 1\n+y\n 2\n", "both add lines after line 1"),
        ("@@\n+x\n", "does not say where"),
        ("@@ -9,0 +10,1 @@\n+x\n", "has 3 lines"),
        ("@@ -9 +9 @@\n-1\n+x\n@@ -30,0 +30,1 @@\n+y\n", "has 3 lines"),
        ("@@ -9 +9 @@\n-1\n+x\n@@ -3,0 +3,1 @@\n+y\n", "numbers of an earlier hunk are wrong"),
        ("@@\n-1\n+x\n\\ No newline at end of file\n", "not at the end of the file"),
        ("@@ -1 +1 @@\n-1\n+x\n\n-3\n+z\n", "begin the hunk of '3' with a line @@"),
    ],
)
def test_hunks_that_do_not_go_together_are_refused(body: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        applied("1\n2\n3\n", HEAD + body)


METHOD = "    def {}(self):\n        return 1\n"
TWICE = f"class A:\n{METHOD.format('f')}\n\nclass B:\n{METHOD.format('f')}\n{METHOD.format('g')}"
RETURN = "-        return 1\n+        return 2\n"


@pytest.mark.parametrize(
    ("anchors", "line"),
    [
        ("@@ class A:\n", 3),
        ("@@ class A:\n@@ def f(self):\n", 3),
        ("@@ class B:\n@@ def f(self):\n", 8),
        ("@@ def g(self):\n", 11),
        ("@@ def g(self):\n     def g(self):\n", 11),
    ],
)
def test_an_anchor_names_the_block_of_a_hunk(anchors: str, line: int) -> None:
    lines = TWICE.splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace("1", "2")
    assert applied(TWICE, f"{HEAD}{anchors}{RETURN}") == "".join(lines)


@pytest.mark.parametrize(
    ("anchors", "said"),
    [
        ("@@ class B:\n", "several places"),
        ("@@ def f(self):\n", "several places"),
        ("@@ class A:\n@@ def g(self):\n", "was not found in 'class A:'"),
        ("@@ class C:\n", "was not found"),
        ("", "several places"),
    ],
)
def test_an_anchor_that_leaves_a_choice_is_refused(anchors: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        applied(TWICE, f"{HEAD}@@\n{anchors}{RETURN}")


def test_the_first_fit_after_the_block_of_an_anchor_is_not_taken() -> None:
    content = "def f():\n    pass\n\n\ndef g():\n    return 1\n\n\ndef h():\n    return 1\n"
    with pytest.raises(RefusedError, match="only outside"):
        applied(content, HEAD + "@@ def f():\n-    return 1\n+    return 2\n")


def test_an_anchor_may_be_a_decorator() -> None:
    content = "class A:\n    @property\n    def x(self):\n        return 1\n"
    assert applied(content, HEAD + "@@ @property\n-        return 1\n+        return 2\n") == content.replace("1", "2")


def test_a_shift_of_one_blank_may_be_a_lost_mark() -> None:
    with pytest.raises(RefusedError, match="one blank more"):
        applied("if x:\n    a\n    b\n", HEAD + "@@\n    a\n+    new\n    b\n")


def test_lines_of_a_string_are_not_shifted() -> None:
    content = "class A:\n    def f(self):\n        return 1\n"
    with pytest.raises(RefusedError, match="inside of a string"):
        applied(content, HEAD + '@@\n def f(self):\n-    return 1\n+    return """\n+raw\n+"""\n')


def test_a_hunk_that_is_longer_than_it_says_and_fits_twice() -> None:
    content = "a\nb\nx\na\nb\nc\nd\n"
    assert applied(content, HEAD + "@@ -4,1 +4,1 @@\n-a\n+A\n b\n-c\n+C\n") == "a\nb\nx\nA\nb\nC\nd\n"
    with pytest.raises(RefusedError, match="may be another hunk"):
        applied(content, HEAD + "@@ -1,1 +1,1 @@\n-a\n+A\n b\n-c\n+C\n")
