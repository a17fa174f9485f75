import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from sweagent.core.errors import BadInput
from sweagent.repo.source import open_source


async def test_head_of_a_folder(repo: Path, git) -> None:  # type: ignore[no-untyped-def]
    source = await open_source(str(repo))
    assert source.base == git("rev-parse", "HEAD", cwd=repo)
    assert source.folder == repo
    assert source.notices == ()


async def test_a_folder_below_the_top_means_the_repository(repo: Path) -> None:
    assert (await open_source(str(repo / "pkg"))).folder == repo


async def test_detached_head_and_named_revision(repo: Path, git) -> None:  # type: ignore[no-untyped-def]
    first = git("rev-parse", "HEAD", cwd=repo)
    git("commit", "-q", "--allow-empty", "-m", "second", cwd=repo)
    git("checkout", "-q", "--detach", cwd=repo)
    assert (await open_source(str(repo), "HEAD~1")).base == first


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent", "no such repository"),
        ("plain", "not a git repository"),
        ("empty", "no commit yet"),
        ("f", "is a file"),
    ],
)
async def test_what_is_no_repository(tmp_path: Path, git, name: str, words: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "plain").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "f").write_text("")
    git("init", "-q", cwd=tmp_path / "empty")
    with pytest.raises(BadInput, match=words):
        await open_source(str(tmp_path / name))


@pytest.mark.parametrize("rev", ["nope", "--upload-pack=x", "HEAD:pkg"])
async def test_unknown_revision(repo: Path, rev: str) -> None:
    with pytest.raises(BadInput, match="revision"):
        await open_source(str(repo), rev)


async def test_dirty_tree_is_refused_and_untouched(repo: Path) -> None:
    (repo / "pkg/one.py").write_text("x = 2\n")
    with pytest.raises(BadInput, match=r"uncommitted changes \(pkg/one.py\)"):
        await open_source(str(repo))
    source = await open_source(str(repo), allow_dirty=True)
    assert "not part of the work" in source.notices[0]
    assert (repo / "pkg/one.py").read_text() == "x = 2\n"


async def test_untracked_files_are_only_noticed(repo: Path) -> None:
    (repo / "new.py").write_text("")
    assert "untracked" in (await open_source(str(repo))).notices[0]


@pytest.mark.parametrize("url", ["ext::sh -c touch% x", "ext://x", "fd::3", "ftp://h/x", "-u", "--upload-pack=touch x"])
async def test_hostile_urls_are_refused(url: str) -> None:
    with pytest.raises(BadInput):
        await open_source(url)


async def test_configuration_of_the_repository_runs_nothing(repo: Path, git, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    mark = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process", "filter.evil.smudge", "diff.external"):
        git("config", key, str(script), cwd=repo)
    git("config", "filter.evil.required", "true", cwd=repo)
    hooks = repo / ".git" / "hooks"
    for hook in ("post-index-change", "reference-transaction", "post-checkout"):
        (hooks / hook).write_text(script.read_text())
        (hooks / hook).chmod(0o755)
    os.utime(repo / "pkg/one.py", (1, 1))  # makes git look at the contents, which would fire the filter
    await open_source(str(repo), allow_dirty=True)
    assert not mark.exists()
    with contextlib.suppress(subprocess.CalledProcessError):  # the trap's filter does not speak git's protocol
        git("status", cwd=repo)
    assert mark.exists(), "the trap itself works"
