"""`outline`, `find_symbol` and `map` beyond the plain case: nesting, folders, focus, and what changes under them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.index.address import nearest


def test_nesting_is_by_place_and_not_by_dots_in_names(room: Any) -> None:
    room.write("a.cpp", "namespace google::cloud::storage {\nclass Client {\n  void go() {}\n};\n}\n")
    room.write("p.toml", "[tool.poetry.group.dev.dependencies]\nx = 1\n")
    said = room.use("outline", path="a.cpp").text
    assert "Client" in said and "go" in said
    assert "dependencies" in room.use("outline", path="p.toml").text
    assert "storage" in room.use("outline", path=".").text


def test_an_outline_tells_what_its_depth_hides(room: Any) -> None:
    room.write("a.py", f"class A:\n    class B:\n        class C:\n            def f(self): return {'x' * 120!r}\n")
    said = room.use("outline", path="a.py", depth=2).text
    assert "2 definitions deeper inside; depth=3" in said and "class C" not in said
    assert "def f" in room.use("outline", path="a.py", depth=4).text


@pytest.mark.parametrize("path", [".", "./", "", "pkg", "pkg/", "pkg/a.py"])
def test_a_symbol_is_found_below_any_folder(room: Any, path: str) -> None:
    room.write("pkg/a.py", "def f(): pass\n")
    assert "pkg/a.py::f" in room.use("find_symbol", name="f", path=path).text
    assert "pkg/a.py::f" in room.use("find_symbol", name="f", path=str(room.workspace)).text


def test_a_missing_place_is_told_and_not_taken_for_a_missing_name(room: Any) -> None:
    room.write("pkg/a.py", "def f(): pass\n")
    room.write("pkg/sub/b.py", "def g(): pass\n")
    assert "nope.py is no source file or folder" in room.refused("find_symbol", name="f", path="nope.py")
    said = room.use("find_symbol", name="f", path="pkg/sub")
    assert said.is_error and "Elsewhere: pkg/a.py::f" in said.text


def test_a_choice_that_is_not_there_is_told(room: Any) -> None:
    room.write("a.py", "def f(): pass\n\n\ndef f(): pass\n")
    assert "line 4" in room.use("find_symbol", name="a.py::f#2").text.replace("@L", "line ")
    assert "none of the 2" in room.refused("find_symbol", name="a.py::f#9")
    assert "none of the 2" in room.refused("find_symbol", name="f@L99")


def test_a_focus_means_the_symbol_of_that_path_and_class(room: Any) -> None:
    for number in range(30):
        room.write(f"other/m{number}.py", f"class Other{number}:\n    def render(self): return {number}\n")
    room.write("forms/widgets.py", "class Widget:\n    def render(self): return 1\n")
    room.write("io/db.py", "def db(): pass\n")
    for focus in ("forms/widgets.py::Widget.render", "Widget.render"):
        said = room.use("map", focus_symbols=[focus]).text
        assert said.startswith("forms/widgets.py"), focus
    assert room.use("map", focus_symbols=["db"]).text.startswith("io/db.py")
    assert room.use("map", focus_files=["forms/"]).text.startswith("forms/widgets.py")
    said = room.use("map", focus_symbols=["Widget.nope_such"], focus_files=["gone.py"]).text
    assert "not found: gone.py, Widget.nope_such" in said


def test_a_folder_in_the_place_of_a_file_is_no_harm(room: Any) -> None:
    room.write("app.py", "def old(): pass\n")
    room.write("b.py", "def other(): pass\n")
    room.use("find_symbol", name="old")
    (room.workspace / "app.py").unlink()
    room.write("app.py/x.py", "def new(): pass\n")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        assert not room.use("find_symbol", name="other").is_error
        assert "app.py/x.py::new" in room.use("find_symbol", name="new").text
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
    assert room.use("find_symbol", name="old").is_error


def test_a_folder_named_like_a_source_file_does_not_stop_the_build(room: Any) -> None:
    inner = room.workspace / "lib/three.js"
    room.write("lib/three.js/a.js", "function inside() {}\n")
    room.write("b.py", "def other(): pass\n")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qm", "m"]):
        subprocess.run(["git", *command], cwd=inner, check=True)
    room.commit()  # the inner repository becomes a gitlink
    assert not room.use("find_symbol", name="other").is_error


def test_what_git_ignores_may_change(room: Any) -> None:
    room.write("keep.py", "def keep(): pass\n")
    room.write("tmp/t.py", "def scratch(): pass\n")
    room.write("build/b.py", "def built(): pass\n")
    room.write(".gitignore", "build/\n")
    subprocess.run(["git", "init", "-q"], cwd=room.workspace, check=True)

    def found(name: str) -> bool:
        return not room.use("find_symbol", name=name).is_error

    assert (found("keep"), found("scratch"), found("built")) == (True, True, False)
    room.write(".gitignore", "tmp/\n")
    assert (found("keep"), found("scratch"), found("built")) == (True, False, True)
    room.write("tmp/t.py", "def scratch(): pass\n\n\ndef more(): pass\n")
    assert not found("more")
    room.write(".gitignore", "")
    assert (found("scratch"), found("more"), found("built")) == (True, True, True)
    (room.workspace / ".git/info").mkdir(exist_ok=True)
    room.write(".git/info/exclude", "keep.py\n")
    assert not found("keep")


def test_new_bytes_under_the_old_size_and_time_are_seen(room: Any) -> None:
    import os

    room.write("a.py", "def one(): pass\n")
    path = room.workspace / "a.py"
    os.utime(path, ns=(10**18, 10**18))
    assert not room.use("find_symbol", name="one").is_error
    room.write("a.py", "def two(): pass\n")
    os.utime(path, ns=(10**18, 10**18))
    assert not room.use("find_symbol", name="two").is_error


@pytest.mark.parametrize(
    ("asked", "meant"), [("fliter", "filter"), ("getUsre", "getUser"), ("QuerySte", "QuerySet"), ("rendr", "render")]
)
def test_the_nearest_name_is_the_one_that_was_meant(asked: str, meant: str) -> None:
    crowd = [
        f"{a}{b}{c}" for a in ("get", "iter", "Lit", "user", "qu") for b in ("Iter", "er", "Ust") for c in range(99)
    ]
    found = nearest(asked, [*crowd, "filter", "Filter", "getUser", "QuerySet", "queryset", "render"])
    assert found[0].lower() == meant.lower() and len(found) == 5
    assert len({name.lower() for name in found}) == 5
