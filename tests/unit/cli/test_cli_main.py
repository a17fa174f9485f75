"""The command as a process: quick help, one-line errors, exit statuses, pipes, and a hostile current folder."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sweagent import __version__
from sweagent.core import event as ev
from sweagent.store.sync import SyncEventLog


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return {**kept, "SWEAGENT_HOME": str(tmp_path / "home")}


def sweagent(*arguments: str, env: dict[str, str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sweagent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, check=False)


def test_help_loads_no_heavy_library(env: dict[str, str]) -> None:
    code = (
        "import sys; from sweagent.cli.main import run; status = run(['--help']);"
        "heavy = {'pydantic', 'sqlalchemy', 'alembic', 'rich', 'docker', 'litellm', 'git', 'asyncio'};"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stderr.strip() == "0 []"
    for name in ("solve", "show", "diff", "log", "runs", "detect", "doctor", "sandbox"):
        assert f"  {name}" in done.stdout


@pytest.mark.parametrize("command", ["solve", "show", "diff", "log", "runs", "detect", "doctor", "sandbox"])
def test_every_command_named_in_the_help_is_there(command: str, env: dict[str, str]) -> None:
    done = sweagent(command, "--help", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: python -m sweagent {command}") or f"sweagent {command}" in done.stdout


def test_the_version(env: dict[str, str]) -> None:
    assert sweagent("--version", env=env).stdout == f"sweagent {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["solve"], "Missing argument 'REPO'"),
        (["solve", "."], "Missing option '--issue'"),
        (["solve", ".", "--issue", "x", "--budget", "nan"], "not a finite number"),
        (["solve", ".", "--issue", "x", "--strategy", "magic"], "'magic' is not one of"),
        (["show", "nope"], "`sweagent runs` lists them"),
        (["diff", "nope"], "`sweagent runs` lists them"),
        (["log", "nope"], "`sweagent runs` lists them"),
        (["show", "a\x1b[31m\nb"], "no run"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments: list[str], says: str, env: dict[str, str]) -> None:
    done = sweagent(*arguments, env=env)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("sweagent: error: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "\x1b" not in done.stderr


def test_no_arguments_print_the_help_and_status_2(env: dict[str, str]) -> None:
    done = sweagent(env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


def test_a_store_that_cannot_be_opened_is_one_line_and_status_2(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way", encoding="ascii")
    done = sweagent("runs", env=env)
    assert done.returncode == 2
    assert "set SWEAGENT_HOME" in done.stderr
    assert done.stderr.count("\n") == 1


def seed(tmp_path: Path, count: int) -> None:
    with SyncEventLog.open(tmp_path / "home" / "events.db") as log:
        for number in range(count):
            log.append("r1", ev.Warned(message=f"\x1b]0;owned\x07 [bold]{number}" + "x" * 100))


def test_a_reader_that_leaves_early_is_no_error(env: dict[str, str], tmp_path: Path) -> None:
    seed(tmp_path, 2000)
    command = [sys.executable, "-m", "sweagent", "log", "r1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def on_terminal(arguments: list[str], env: dict[str, str]) -> str:
    """What the command writes to a real pseudo-terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "sweagent", *arguments], stdout=follower, env=env) as process:
        os.close(follower)
        output = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:  # the other end is closed (EIO)
                break
            if not chunk:
                break
            output += chunk
        assert process.wait() == 0
    os.close(leader)
    return output.decode()


def test_a_terminal_gets_colour_and_nothing_of_what_events_smuggle(env: dict[str, str], tmp_path: Path) -> None:
    seed(tmp_path, 2)
    shown = on_terminal(["log", "r1"], {**env, "TERM": "xterm-256color"})
    assert "\x1b[33m" in shown
    assert "\x1b]0;owned" not in shown
    assert "[bold]1" in shown


@pytest.mark.parametrize("more", [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_and_dumb_terminals_get_plain_text(env: dict[str, str], tmp_path: Path, more: dict[str, str]) -> None:
    seed(tmp_path, 2)
    assert "\x1b" not in on_terminal(["log", "r1"], {**env, **more})


def test_a_hostile_current_folder_is_not_imported(env: dict[str, str], tmp_path: Path) -> None:
    hostile = tmp_path / "checkout"
    hostile.mkdir()
    for name in (
        "click",
        "rich",
        "pydantic",
        "sqlalchemy",
        "sandboxes",
        "tools",
        "json",
        "asyncio",
        "docker",
        "typing",
    ):
        (hostile / name).mkdir()
        (hostile / name / "__init__.py").write_text(
            f"open({str(tmp_path / 'stolen')!r}, 'w').close()\nraise SystemExit('imported {name}')\n", encoding="ascii"
        )
    for more in ({}, {"PYTHONPATH": ""}, {"PYTHONPATH": f"{hostile}:"}, {"PYTHONPATH": "."}):
        done = sweagent("runs", env={**env, **more}, cwd=hostile)
        assert (done.returncode, done.stderr) == (0, ""), more
        assert not (tmp_path / "stolen").exists()
