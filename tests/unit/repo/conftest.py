import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

GitRun = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> GitRun:
    """Plain git in a scratch repository, the way a user would run it."""

    def run(*arguments: str, cwd: Path) -> str:
        identity = ["-c", "user.name=u", "-c", "user.email=u@example.org", "-c", "init.defaultBranch=main"]
        done = subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run


@pytest.fixture
def repo(tmp_path: Path, git: GitRun) -> Path:
    folder = tmp_path / "a repo ü"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "one.py").write_text("x = 1\n")
    (folder / "pkg" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "pkg" / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("pkg/one.py")
    (folder / "data.bin").write_bytes(bytes(range(256)))
    (folder / "crlf.txt").write_bytes(b"a\r\nb\r\n")
    (folder / ".gitattributes").write_text("*.txt text eol=lf\n*.py filter=evil\n")
    (folder / ".gitignore").write_text("*.log\nbuild/\n")
    git("init", "-q", cwd=folder)
    git("add", "-A", cwd=folder)
    git("commit", "-qm", "first", cwd=folder)
    return folder
