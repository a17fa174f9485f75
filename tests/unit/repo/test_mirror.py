import subprocess
from pathlib import Path

import pytest

from sweagent.core.errors import RepoError
from sweagent.repo.change import Change, import_stream, quote
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import open_source
from sweagent.repo.template import template
from sweagent.repo.tree import EXECUTABLE, LINK, check_path


@pytest.fixture
async def mirror(repo: Path, tmp_path: Path) -> Mirror:
    return await Mirror.open(tmp_path / "home", await open_source(str(repo)))


async def test_template_is_what_git_stores(mirror: Mirror, repo: Path) -> None:
    folder = await template(mirror, mirror.source.base, 0, 0)
    for name in ("pkg/one.py", "data.bin", ".gitattributes"):
        assert (folder / name).read_bytes() == (repo / name).read_bytes()
    stored = subprocess.run(["git", "show", "HEAD:crlf.txt"], cwd=repo, capture_output=True, check=True).stdout
    assert (folder / "crlf.txt").read_bytes() == stored == b"a\nb\n"
    assert (folder / "pkg/run.sh").stat().st_mode & 0o111
    assert (folder / "link").readlink() == Path("pkg/one.py")
    assert await template(mirror, mirror.source.base, 0, 0) == folder
    status = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, check=True)
    assert status.stdout == b""


async def test_the_agent_sees_no_later_commit(repo: Path, git, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    git("commit", "-q", "--allow-empty", "-m", "the fix", cwd=repo)
    later = git("rev-parse", "HEAD", cwd=repo)
    home = tmp_path / "home"
    await Mirror.open(home, await open_source(str(repo)))  # an earlier run knows the fix
    mirror = await Mirror.open(home, await open_source(str(repo), "HEAD~1"))
    folder = await template(mirror, mirror.source.base, 0, 0)
    found = subprocess.run(["git", "cat-file", "-e", later], cwd=folder, capture_output=True, check=False)
    assert found.returncode != 0


async def test_commit_and_diff(mirror: Mirror) -> None:
    base = mirror.source.base
    changes = [
        Change(b"pkg/one.py", data=b"x = 2\n"),
        Change(b"data.bin", data=None),
        Change('nö\n"w\\.txt'.encode(), data=b"no final newline"),
        Change(b"tool", EXECUTABLE, b"#!/bin/sh\n"),
        Change(b"pointer", LINK, b"/etc/passwd"),
    ]
    head = await mirror.commit(base, changes, "message", "refs/sweagent/attempts/r/a1")
    patch = await mirror.diff(base, head)
    assert {(f.path, f.status) for f in patch.files} == {
        ("pkg/one.py", "modified"), ("data.bin", "deleted"), ("nö\n\"w\\.txt", "added"), ("tool", "added"),
        ("pointer", "added"),
    }  # fmt: skip
    assert "-x = 1\n+x = 2\n" in patch.text
    assert next(f for f in patch.files if f.path == "data.bin").binary
    tree = await mirror.tree(head)
    assert tree[b"pointer"].mode == LINK
    assert tree[b"tool"].mode == EXECUTABLE


async def test_renames_are_counted_once(mirror: Mirror) -> None:
    changes = [Change(b"pkg/run.sh", data=None), Change(b"pkg/go.sh", EXECUTABLE, b"#!/bin/sh\n")]
    head = await mirror.commit(mirror.source.base, changes, "m", "refs/sweagent/attempts/r/a1")
    assert [(f.path, f.status) for f in (await mirror.diff(mirror.source.base, head)).files] == [
        ("pkg/go.sh", "renamed")
    ]


async def test_publish_never_moves_a_branch_nor_touches_the_tree(mirror: Mirror, repo: Path, git) -> None:  # type: ignore[no-untyped-def]
    mark = repo.parent / "ran"
    hook = repo / ".git/hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    hook.chmod(0o755)
    head = await mirror.commit(mirror.source.base, [Change(b"n", data=b"1")], "m", "refs/sweagent/attempts/r/a1")
    assert await mirror.publish(head, "sweagent/fix") == ("sweagent/fix", str(repo))
    assert await mirror.publish(head, "sweagent/fix") == ("sweagent/fix-2", str(repo))
    assert await mirror.publish(head, "sweagent/fix") == ("sweagent/fix-3", str(repo))
    assert not mark.exists()
    hook.unlink()
    assert git("rev-parse", "sweagent/fix", cwd=repo) == head
    assert git("rev-parse", "--abbrev-ref", "HEAD", cwd=repo) == "main"
    assert not (repo / "n").exists()
    assert git("status", "--porcelain", cwd=repo) == ""


@pytest.mark.parametrize(
    "path", [b"../x", b"a/../../x", b"/etc/x", b".git/config", b"a/.GIT/hooks/x", b"", b"a//b", b".git."]
)
def test_paths_that_no_tree_may_hold(path: bytes) -> None:
    with pytest.raises(RepoError):
        check_path(path)
    with pytest.raises(RepoError):
        import_stream("0" * 40, [Change(path, data=b"")], "m", "refs/x")


def test_quoting_leaves_no_way_out() -> None:
    assert quote(b'a"\nM 100644 inline x') == b'"a\\"\\012M 100644 inline x"'
