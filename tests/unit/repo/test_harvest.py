"""The harvest gives the tree that `git add -A -f` would give, for overlays and for copies, and follows no link."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandboxes.contract import CopyWorkspace, Workspace
from sweagent.core.errors import RepoError
from sweagent.repo import harvest as harvest_module
from sweagent.repo.change import Change
from sweagent.repo.harvest import harvest, ignore_rules
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import open_source
from sweagent.repo.template import template
from sweagent.repo.tree import EXECUTABLE, FILE, LINK
from sweagent.repo.workspace import Workspaces, overlay_works

KINDS = ["copy", "overlay"]


@contextmanager
def seen_as_folder(workspace: Workspace, place: Path) -> Iterator[Path]:
    """The workspace as its sandbox would see it."""
    if isinstance(workspace, CopyWorkspace):
        yield workspace.root
        return
    place.mkdir(parents=True)
    options = (
        f"lowerdir={workspace.lower},upperdir={workspace.upper},workdir={workspace.work},redirect_dir=off,metacopy=off"
    )
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


class Bench:
    """A repository, its template, and workspaces of one kind on it."""

    def __init__(self, mirror: Mirror, lower: Path, folder: Path, kind: str) -> None:
        self.mirror, self.lower, self.folder, self.kind = mirror, lower, folder, kind
        self.count = 0

    async def workspace(self, changes: list[Change] | None = None) -> Workspace:
        self.count += 1
        place = self.folder / f"w{self.count}"
        if self.kind == "overlay":
            return await Workspaces(self.folder / "ws", 0, 0).create(f"w{self.count}", self.lower, changes or [])
        shutil.copytree(self.lower, place, symlinks=True)
        from sweagent.repo.workspace import _write_copy

        _write_copy(place, changes or [])
        return CopyWorkspace(place)


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, repo: Path, tmp_path: Path) -> Bench:
    if request.param == "overlay" and not overlay_works(tmp_path):
        pytest.skip("overlays cannot be mounted here")
    mirror = await Mirror.open(tmp_path / "home", await open_source(str(repo)))
    return Bench(mirror, await template(mirror, mirror.source.base, 0, 0), tmp_path, request.param)


async def changes_after(bench: Bench, work: str) -> dict[bytes, Change]:
    workspace = await bench.workspace()
    with seen_as_folder(workspace, bench.folder / f"m{bench.count}") as folder:
        subprocess.run(["sh", "-ec", work], cwd=folder, check=True)
    tree = await bench.mirror.tree(bench.mirror.source.base)
    found = await harvest(workspace, tree, ignore_rules({"": "*.log\nbuild/\n"}))
    return {change.path: change for change in found.changes}


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("true", {}),
        ("touch pkg/one.py; chmod 644 pkg/one.py", {}),
        ("echo y > pkg/one.py", {b"pkg/one.py": FILE}),
        ("chmod +x pkg/one.py", {b"pkg/one.py": EXECUTABLE}),
        ("rm pkg/one.py", {b"pkg/one.py": None}),
        ("rm -r pkg", {b"pkg/one.py": None, b"pkg/run.sh": None}),
        ("rm -r pkg; mkdir pkg; echo 1 > pkg/new", {b"pkg/one.py": None, b"pkg/run.sh": None, b"pkg/new": FILE}),
        ("mv pkg lib", {b"pkg/one.py": None, b"pkg/run.sh": None, b"lib/one.py": FILE, b"lib/run.sh": EXECUTABLE}),
        ("rm -r pkg; echo file > pkg", {b"pkg/one.py": None, b"pkg/run.sh": None, b"pkg": FILE}),
        ("rm data.bin; mkdir data.bin; echo 1 > data.bin/x", {b"data.bin": None, b"data.bin/x": FILE}),
        ("ln -sfn /etc/passwd link", {b"link": LINK}),
        ("rm link; cp pkg/one.py link", {b"link": FILE}),
        ("rm -r pkg; ln -s /etc pkg", {b"pkg/one.py": None, b"pkg/run.sh": None, b"pkg": LINK}),
        ("mkdir -p build __pycache__; touch build/x a.log __pycache__/m.pyc .coverage", {}),
        ("git init -q inner; touch inner/x; echo evil > .git/config", {b"inner/x": FILE}),
        ("mkfifo pipe; mkdir empty", {}),
        ("touch \"$(printf 'new\\nline \\377')\"", {b"new\nline \xff": FILE}),
    ],
)
async def test_what_a_command_changed(bench: Bench, work: str, expected: dict[bytes, int | None]) -> None:
    found = await changes_after(bench, work)
    assert {path: None if c.data is None else c.mode for path, c in found.items()} == expected


async def test_no_link_is_followed(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("k")
    found = await changes_after(bench, f"ln -s {tmp_path}/secret stolen; ln -s {tmp_path}/secret/key key")
    assert {path: c.data for path, c in found.items()} == {
        b"stolen": f"{tmp_path}/secret".encode(),
        b"key": f"{tmp_path}/secret/key".encode(),
    }


async def test_too_much_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvest_module, "MAX_FILES", 3)
    with pytest.raises(RepoError, match="4 files"):
        await changes_after(bench, "touch a b c d")
    monkeypatch.setattr(harvest_module, "MAX_BYTES", 1000)
    with pytest.raises(RepoError, match="larger"):
        await changes_after(bench, "head -c 1001 /dev/zero > big")


async def test_changes_written_into_a_fresh_workspace_come_back(bench: Bench) -> None:
    changes = [
        Change(b"data.bin", data=None),
        Change(b"link", FILE, b"now a file"),
        Change(b"pkg/deep/er/new.py", FILE, b"1"),
        Change(b"pkg/one.py", data=None),
        Change(b"pkg/one.py/inside", FILE, b"2"),
        Change(b"crlf.txt", LINK, b"pkg"),
    ]
    workspace = await bench.workspace(changes)
    found = await harvest(workspace, await bench.mirror.tree(bench.mirror.source.base))
    assert found.changes == sorted(changes, key=lambda c: c.path)


_NAMES = st.sampled_from(["a", "b", "pkg", "one.py", "link", "d e"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), _PATHS, st.sampled_from(["", "x = 1\n", "other"])),
        st.tuples(st.just("remove"), _PATHS, st.just("")),
        st.tuples(st.just("link"), _PATHS, st.sampled_from(["pkg", "nowhere", "../.."])),
        st.tuples(st.just("move"), _PATHS, _PATHS),
        st.tuples(st.just("exec"), _PATHS, st.just("")),
    ),
    max_size=8,
)


def do_step(folder: Path, kind: str, path: str, argument: str) -> None:
    where = folder / path
    if kind == "write":
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(argument)
    elif kind == "remove":
        shutil.rmtree(where) if where.is_dir() and not where.is_symlink() else where.unlink()
    elif kind == "link":
        where.parent.mkdir(parents=True, exist_ok=True)
        where.symlink_to(argument)
    elif kind == "move":
        (folder / argument).parent.mkdir(parents=True, exist_ok=True)
        where.rename(folder / argument)
    else:
        where.chmod(0o755)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
async def test_same_tree_as_git_add(bench: Bench, steps: list[tuple[str, str, str]]) -> None:
    workspace = await bench.workspace()
    with seen_as_folder(workspace, bench.folder / f"m{bench.count}") as folder:
        for kind, path, argument in steps:
            if any((folder / p).is_symlink() for p in Path(path).parents) or ".." in str(
                (folder / path).parent.resolve()
            ):
                continue
            try:
                do_step(folder, kind, path, argument)
            except OSError:
                continue
        environment = {**os.environ, "GIT_INDEX_FILE": str(bench.folder / f"index{bench.count}")}
        subprocess.run(["git", "add", "-A", "-f"], cwd=folder, env=environment, check=True, capture_output=True)
        done = subprocess.run(["git", "write-tree"], cwd=folder, env=environment, check=True, capture_output=True)
        expected = done.stdout.decode().strip()
    base = bench.mirror.source.base
    found = await harvest(workspace, await bench.mirror.tree(base))
    head = await bench.mirror.commit(base, found.changes, "m", f"refs/sweagent/attempts/r/a{bench.count}")
    assert await bench.mirror.git.text("rev-parse", f"{head}^{{tree}}") == expected


def test_ignore_rules_keep_their_folder() -> None:
    rules = ignore_rules({"": "*.log\n!keep.log\n", "sub": "/only\nany\n"})
    assert rules.match_file("x/a.log")
    assert not rules.match_file("keep.log")
    assert rules.match_file("sub/only")
    assert not rules.match_file("only")
    assert not rules.match_file("sub/deep/only")
    assert rules.match_file("sub/deep/any")
    assert not rules.match_file("any")
