"""Whole runs of the command, as a person would start it: a real repository, real sandboxes, a home of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SWEAGENT = Path(sys.executable).with_name("sweagent")

WRONG = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return add(a, a)\n"
TESTS = (
    "from calc import add, twice\n\n\ndef test_add():\n    assert add(2, 3) == 5\n\n\n"
    "def test_zero():\n    assert add(0, 0) == 0\n"
)


@dataclass
class Finished:
    """A command that ended: its status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Cli:
    """`sweagent` with a home of its own and no key in its environment."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    program: str = str(SWEAGENT)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        return {**kept, "SWEAGENT_HOME": str(self.home), "NO_COLOR": "1", **self.env}

    def __call__(self, *arguments: str | Path, timeout: float = 120) -> Finished:
        command = [str(SWEAGENT), *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=timeout, check=False
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        command = [str(SWEAGENT), *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment(), stdout=pipe, stderr=pipe, text=True)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=u", "-c", "user.email=u@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _containers(run: str) -> list[str]:
    command = ["docker", "ps", "-a", "--filter", f"label=run={run}", "--format", "{{.Names}}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)


@pytest.fixture
def git() -> Callable[..., str]:
    """Plain git in a folder."""
    return _git


@pytest.fixture
def containers() -> Callable[[str], list[str]]:
    """Names of the containers, running or not, of a run."""
    return _containers


@pytest.fixture
def wait_for() -> Callable[..., None]:
    """Wait until a condition holds, or fail saying what was waited for."""
    return _wait_for


MakeRepo = Callable[..., Path]


@pytest.fixture
def make_repo(tmp_path: Path) -> MakeRepo:
    """Make a committed repository from a table of files; by default one wrong operator and a test that shows it."""

    def make(files: Mapping[str, str | bytes] | None = None, name: str = "repo") -> Path:
        folder = tmp_path / name
        for path, data in (files or {"calc.py": WRONG, "test_calc.py": TESTS}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data if isinstance(data, bytes) else data.encode())
        _git(folder, "init", "-q", "-b", "main")
        _git(folder, "add", "-A", "-f")
        _git(folder, "commit", "-q", "-m", "base")
        return folder

    return make


@pytest.fixture
def slow_repo(make_repo: MakeRepo) -> Iterator[Path]:
    """A repository whose tests take long enough to be interrupted."""
    yield make_repo({"test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(60)\n"}, name="slow")
