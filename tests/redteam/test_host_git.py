"""Git repositories laid as traps for the host: each one goes off under naive git, and none under ours.

Ours meets them in two ways: as the workspace that an agent leaves behind, and as the repository that a user points at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes.contract import CopyWorkspace, OverlayWorkspace
from sweagent.core.errors import RepoError
from sweagent.repo.change import Change, import_stream, quote
from sweagent.repo.harvest import harvest
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import open_source
from sweagent.repo.template import template
from sweagent.repo.tree import EXECUTABLE, FILE, LINK, Entry, check_path, read_tree
from sweagent.repo.workspace import Workspaces

Trap = Callable[[Path, str], None]
IDENTITY = ["-c", "user.name=u", "-c", "user.email=u@example.org", "-c", "init.defaultBranch=main"]


def git(folder: Path, *arguments: str, check: bool = True, data: bytes | None = None) -> bytes:
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "ext:file:ssh",
    }
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, env=env, input=data, capture_output=True, check=check, timeout=60
    )
    return done.stdout


def script(folder: Path, name: str, run: str) -> Path:
    path = folder / ".git" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{run}\nexec timeout 1 cat\n")
    path.chmod(0o755)
    return path


def config(folder: Path, *pairs: tuple[str, str]) -> None:
    for key, value in pairs:
        git(folder, "config", key, value)


def hook(name: str) -> Trap:
    def lay(folder: Path, run: str) -> None:
        script(folder, f"hooks/{name}", run)

    return lay


def setting(key: str) -> Trap:
    return lambda folder, run: config(folder, (key, str(script(folder, "trap", run))))


def hooks_path(folder: Path, run: str) -> None:
    config(folder, ("core.hooksPath", str(script(folder, "h/pre-commit", run).parent)))


def fsmonitor(folder: Path, run: str) -> None:
    config(folder, ("core.fsmonitor", str(script(folder, "trap", run))))


def clean_filter(folder: Path, run: str) -> None:
    (folder / ".gitattributes").write_text("* filter=t diff=t\n")
    config(folder, ("filter.t.clean", str(script(folder, "trap", run))))


def filter_process(folder: Path, run: str) -> None:
    (folder / ".gitattributes").write_text("* filter=t\n")
    config(folder, ("filter.t.process", str(script(folder, "trap", run))))


def attributes_of_the_repository(folder: Path, run: str) -> None:
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/attributes").write_text("* filter=t\n")
    config(folder, ("filter.t.clean", str(script(folder, "trap", run))))


def text_conversion(folder: Path, run: str) -> None:
    (folder / ".gitattributes").write_text("*.py diff=t\n")
    config(folder, ("diff.t.textconv", str(script(folder, "trap", run))))


def driver(folder: Path, run: str) -> None:
    (folder / ".gitattributes").write_text("*.py diff=t\n")
    config(folder, ("diff.t.command", str(script(folder, "trap", run))))


def included(folder: Path, run: str) -> None:
    (folder / ".git/more").write_text(f"[core]\n\tfsmonitor = {script(folder, 'trap', run)}\n")
    config(folder, ("include.path", "more"))


def signing(folder: Path, run: str) -> None:
    config(folder, ("commit.gpgSign", "true"), ("gpg.program", str(script(folder, "trap", run))))


def submodule(folder: Path, run: str) -> None:
    (folder / ".gitmodules").write_text(f'[submodule "s"]\n\tpath = s\n\turl = ext::sh {script(folder, "trap", run)}\n')
    (folder / "s").mkdir()
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},s")
    config(folder, ("protocol.ext.allow", "always"))


def remote(folder: Path, run: str) -> None:
    path = script(folder, "trap", run)
    config(folder, ("remote.origin.url", f"ext::sh {path}"), ("protocol.ext.allow", "always"))


def ssh_command(folder: Path, run: str) -> None:
    config(folder, ("remote.origin.url", "ssh://nowhere/x"), ("core.sshCommand", str(script(folder, "trap", run))))


def inner_repository(folder: Path, run: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "x.py").write_text("1\n")
    git(inner, "add", "-A")
    git(inner, "commit", "-qm", "x")
    git(folder, "add", "inner", check=False)
    (inner / "x.py").write_text("2\n")
    fsmonitor(inner, run)


TRAPS: dict[str, Trap] = {
    "pre-commit hook": hook("pre-commit"),
    "post-index-change hook": hook("post-index-change"),
    "reference-transaction hook": hook("reference-transaction"),
    "hooks path": hooks_path,
    "file system monitor": fsmonitor,
    "clean filter": clean_filter,
    "filter process": filter_process,
    "attributes of the repository": attributes_of_the_repository,
    "text conversion": text_conversion,
    "diff driver": driver,
    "external diff": setting("diff.external"),
    "included configuration": included,
    "signing program": signing,
    "submodule by ext": submodule,
    "remote by ext": remote,
    "ssh command": ssh_command,
    "repository inside": inner_repository,
}


@pytest.fixture(params=TRAPS)
def trapped(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """A repository with one commit and a trap, and the file that appears when the trap goes off."""
    folder, mark = tmp_path / "repo", tmp_path / "sprung"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.py").write_text("x = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    TRAPS[request.param](folder, f"touch {mark}")
    mark.unlink(missing_ok=True)  # what went off while it was laid
    (folder / "a.py").write_text("x = 2\n")
    return folder, mark


def test_naive_git_walks_into_it(trapped: tuple[Path, Path]) -> None:
    folder, mark = trapped
    for line in ("status", "diff", "add -A", "commit -m x", "log -p", "fetch", "submodule update --init"):
        git(folder, *line.split(), check=False)
    assert mark.exists()


async def test_the_harvest_does_not(trapped: tuple[Path, Path], tmp_path: Path) -> None:
    folder, mark = trapped
    clean = tmp_path / "clean"
    subprocess.run(["git", "init", "-q", "-b", "main", clean], check=True)
    (clean / "a.py").write_text("x = 1\n")
    git(clean, "add", "-A")
    git(clean, "commit", "-qm", "base")
    mirror = await Mirror.open(tmp_path / "home", await open_source(str(clean)))
    base = mirror.source.base
    found = await harvest(CopyWorkspace(folder), await mirror.tree(base))
    head = await mirror.commit(base, found.changes, "m", "refs/sweagent/attempts/r/a1")
    patch = await mirror.diff(base, head)
    assert "+x = 2" in patch.text
    await template(mirror, head, 0, 0)
    await mirror.publish(head, "sweagent/x")
    assert not mark.exists()


async def test_nor_does_work_on_such_a_repository(trapped: tuple[Path, Path], tmp_path: Path) -> None:
    folder, mark = trapped
    source = await open_source(str(folder), allow_dirty=True)
    mirror = await Mirror.open(tmp_path / "home", source)
    await template(mirror, source.base, 0, 0)
    head = await mirror.commit(source.base, [Change(b"a.py", data=b"x = 3\n")], "m", "refs/sweagent/attempts/r/a1")
    await mirror.diff(source.base, head)
    await mirror.publish(head, "sweagent/x")
    assert not mark.exists()


HOSTILE_PATHS = [
    b".git/hooks/pre-commit", b".GIT/config", b"sub/.Git/config", b".git", b"git~1/config", b".git./config",
    b".git /config", b".git::$INDEX_ALLOCATION/config", ".g\u200cit/config".encode(), "\ufeff.git/x".encode(),
    b"../outside", b"a/../../outside", b"/etc/passwd", b"a//b", b"./a", b"a/.", b"", b"a\0b", b"a/" * 300 + b"b",
    b"x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=[repr(path[:30]) for path in HOSTILE_PATHS])
def test_a_change_with_a_hostile_path_is_refused(path: bytes) -> None:
    with pytest.raises(RepoError):
        check_path(path)
    with pytest.raises(RepoError):
        import_stream("0" * 40, [Change(path, data=b"x")], "m", "refs/heads/x")


def test_fast_import_alone_takes_paths_into_git_s_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", ".")
    stream = b"commit refs/heads/x\ncommitter u <u@e> 0 +0000\ndata 1\nm\n"
    for path in (b".GIT/config", b"git~1/x", ".g\u200cit/config".encode()):
        stream += b"M 100644 inline %s\ndata 1\nx\n" % quote(path)
    git(tmp_path, "-c", "core.protectNTFS=false", "fast-import", "--quiet", data=stream)
    assert b".GIT" in git(tmp_path, "ls-tree", "-r", "--name-only", "x")


@pytest.mark.parametrize("mode", [0o160000, 0o040000, 0o104755, 0o100777, 0o060000, 0])
def test_a_change_with_a_mode_of_its_own_is_refused(mode: int) -> None:
    with pytest.raises(RepoError):
        import_stream("0" * 40, [Change(b"a", mode, b"x")], "m", "refs/heads/x")


def test_contents_cannot_speak_to_fast_import() -> None:
    """Data is counted, not delimited: what looks like a command inside it is data."""
    evil = b"x\n\nreset refs/heads/main\nfrom 0\nfeature import-marks=/etc/passwd\n"
    stream = import_stream("1" * 40, [Change(b"a\nM 100644 inline b", data=evil)], evil.decode(), "refs/x")
    assert stream.count(b"\ndata %d\n" % len(evil)) == 2
    assert b'"a\\012M 100644 inline b"' in stream


@pytest.mark.parametrize("name", [b".GIT", b"..", b"git~1"])
async def test_a_commit_with_a_hostile_tree_is_not_checked_out(tmp_path: Path, name: bytes) -> None:
    git(tmp_path, "init", "-q", ".")
    blob = git(tmp_path, "hash-object", "-w", "--stdin", data=b"x").strip()
    raw = b"100644 " + b"config\0" + bytes.fromhex(blob.decode())
    inner = git(tmp_path, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=raw).strip()
    outer = b"40000 " + name + b"\0" + bytes.fromhex(inner.decode())
    tree = git(tmp_path, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=outer).strip().decode()
    head = git(tmp_path, "commit-tree", "-m", "x", tree).decode().strip()
    git(tmp_path, "update-ref", "HEAD", head)
    mirror = Mirror(tmp_path / "m", await open_source(str(tmp_path), allow_dirty=True))
    with pytest.raises(RepoError, match="must not be checked out"):
        await read_tree(type(mirror.git)(tmp_path), head)


async def test_modes_that_a_file_may_not_keep_are_dropped(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("x")
    (tmp_path / "root").chmod(0o6755)
    (tmp_path / "out").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    found = await harvest(CopyWorkspace(tmp_path), {})
    assert {change.path: change.mode for change in found.changes} == {b"root": EXECUTABLE, b"out": LINK}
    assert {change.path: change.data for change in found.changes}[b"out"] == b"/etc/passwd"


async def test_a_tree_too_deep_for_paths_is_refused_and_removed(tmp_path: Path) -> None:
    lower = tmp_path / "lower"
    lower.mkdir()
    workspaces = Workspaces(tmp_path / "ws", os.geteuid(), os.getegid())
    workspace = await workspaces.create("w", lower)
    root = workspace.upper if isinstance(workspace, OverlayWorkspace) else tmp_path / "ws/w/root"
    dig = "import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(1500): os.mkdir('d' * 100); os.chdir('d' * 100)"
    subprocess.run([sys.executable, "-c", dig, root], check=True)
    with pytest.raises(RepoError):
        await harvest(workspace, {})
    with pytest.raises((RecursionError, OSError)):
        shutil.rmtree(root)  # what one would have written
    await workspaces.remove("w")
    assert not (tmp_path / "ws/w").exists()


async def test_a_hole_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RepoError, match="larger"):
        await harvest(CopyWorkspace(tmp_path), {b"big": Entry(FILE, "0" * 40, 5)})


@pytest.mark.skipif(os.geteuid() != 0, reason="trusted attributes need root")
@pytest.mark.parametrize("mark", ["trusted.overlay.redirect", "trusted.overlay.metacopy"])
async def test_marks_of_an_overlay_that_nobody_made_are_refused(tmp_path: Path, mark: str) -> None:
    upper = tmp_path / "upper"
    (upper / "folder").mkdir(parents=True)
    (upper / "folder/file").write_text("x")
    os.setxattr(upper / ("folder/file" if "metacopy" in mark else "folder"), mark, b"/etc")
    with pytest.raises(RepoError, match="overlay"):
        await harvest(OverlayWorkspace(tmp_path, upper, tmp_path), {})
