"""Task suites as data: one folder a task, with `repo/`, `issue.md` and `task.toml`."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

TASKS = Path(__file__).parent / "tasks"


@dataclass(frozen=True, slots=True)
class SuiteTask:
    """A task on disk. `test` is the command that decides."""

    name: str
    folder: Path
    title: str
    test: str

    @property
    def issue(self) -> Path:
        """The file with the issue's text."""
        return self.folder / "issue.md"

    def unpack(self, target: Path) -> Path:
        """Make a git repository with one commit of the task's files at `target`."""
        shutil.copytree(self.folder / "repo", target)
        identity = [
            "-c",
            "user.name=benchmark",
            "-c",
            "user.email=benchmark@localhost",
            "-c",
            "init.defaultBranch=main",
        ]
        for command in (
            ["init", "-q"],
            ["add", "-A"],
            ["commit", "-q", "-m", "The state in which the issue was filed"],
        ):
            subprocess.run(["git", *identity, *command], cwd=target, check=True)
        return target


def load(name: str) -> SuiteTask:
    """The task called `name`.

    Raises:
        FileNotFoundError: there is none.
    """
    folder = TASKS / name
    table = tomllib.loads((folder / "task.toml").read_text(encoding="utf-8"))
    return SuiteTask(name, folder, table["title"], table["test"])
