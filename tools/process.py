"""Runs commands: a fresh process group each, a time limit that kills all it started, bounded output.

A command that times out or is cancelled is killed with everything it started: its group, its descendants, and, by a
mark in the environment, those that left both. A background process that a finished command left behind lives on; its
output is read by a thread so that it never blocks or dies of a closed pipe.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import limits
from tools.capture import Capture, Output
from tools.descent import MARK, kill_marked, kill_tree, tree_of
from tools.reaper import Reaper
from tools.watch import CHUNK, Watch

_SLICE = 0.1
"""Seconds between looks at the cancel flag."""
_LINGER = 0.1
"""Seconds after the command's end in which its pipe may still close by itself."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    `exit_code` is the shell's (128+n where signal n ended it) and None where it was stopped or never started; `signal`
    is the number of the signal that ended it. `limit` names the sandbox limit that was hit where that can be told:
    ``memory``, ``pids``, ``disk`` or ``file``. `background` is true where a process it started lives on.
    """

    exit_code: int | None
    output: Output
    seconds: float
    signal: int | None = None
    timed_out: bool = False
    cancelled: bool = False
    background: bool = False
    limit: str | None = None
    error: str | None = None
    """Why it could not be started; None where it was."""


@dataclass(slots=True)
class _Ending:
    timed_out: bool = False
    cancelled: bool = False


class Runner:
    """Starts and ends commands in `workspace`; safe to use from several threads."""

    def __init__(self, workspace: Path, reaper: Reaper | None = None, env: Mapping[str, str] | None = None) -> None:
        self.workspace = workspace
        self.env = dict(env) if env is not None else clean_environment()
        self.shell = _shell(self.env)
        self.mark = os.urandom(8).hex()
        self._reaper = reaper or Reaper()
        self._numbers = itertools.count(1)
        self._running: set[str] = set()
        self._children: list[subprocess.Popen[bytes]] = []

    def run(
        self,
        command: str | Sequence[str],
        *,
        timeout: float = 120.0,
        cancelled: threading.Event | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        head: int = 8192,
        tail: int = 8192,
        grace: float = 1.0,
        spill: bool = True,
    ) -> Finished:
        """Run `command` (a string through the shell, a sequence as it is) and wait for its end.

        `env` adds to the environment. `timeout` is wall seconds; then SIGTERM, and after `grace` seconds SIGKILL.
        `head` and `tail` are the bytes of output kept. Never raises for a command that fails or cannot start.
        """
        started = time.monotonic()
        mark = f"{self.mark}:{next(self._numbers)}."
        before = limits.counters()
        capture = Capture(head, tail) if spill else Capture(head, tail, 0)
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        self._running.add(mark)
        try:
            process = self._start(command, mark, env, cwd, write_end)
        except OSError as error:
            self._running.discard(mark)
            os.close(read_end)
            limit = limits.of_error(error)
            return Finished(None, capture.output(), time.monotonic() - started, limit=limit, error=str(error))
        finally:
            os.close(write_end)
        watch = Watch(process.pid, read_end, capture)
        ending = self._wait(watch, mark, started + timeout, grace, cancelled or threading.Event())
        status = self._reaper.wait(process)
        self._running.discard(mark)
        watch.release()
        open_still = not watch.drain(_LINGER)
        if open_still:
            _read_on(read_end, capture)
        else:
            os.close(read_end)
            capture.close()
        output = capture.output()
        stopped = ending.timed_out or ending.cancelled
        limit = None if stopped else limits.hit(before, status, output, capture.disk_full)
        if limit == "pids":  # what it left would hold the process table full
            kill_marked(mark)
        return Finished(
            exit_code=None if stopped else status if status >= 0 else 128 - status,
            output=output,
            seconds=time.monotonic() - started,
            signal=-status if status < 0 else None,
            timed_out=ending.timed_out,
            cancelled=ending.cancelled,
            background=open_still,
            limit=limit,
        )

    def open_pipes(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a child of the server's own, with pipes for its input and output; end it with `collect`.

        Raises:
            OSError: it cannot be started.
        """
        full = {**self.env, MARK: f"{self.mark}:0."}

        def spawn() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                list(argv),
                cwd="/",
                env=full,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

        child = self._reaper.start(spawn)
        self._children.append(child)
        return child

    def collect(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for a child that is ending, close its pipes, and return its status."""
        if child in self._children:
            self._children.remove(child)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        return self._reaper.wait(child)

    def make_room(self) -> int:
        """Kill what finished commands left in the background, for when no process can be started; how many."""
        killed = kill_marked(self.mark + ":", {*self._running, f"{self.mark}:0."})
        deadline = time.monotonic() + 1.0
        while self._reaper.bury() and time.monotonic() < deadline:
            time.sleep(0.01)
        return killed

    def kill_all(self) -> None:
        """Kill everything that was ever started here and still lives."""
        kill_marked(self.mark + ":")
        for child in list(self._children):
            self.collect(child)

    def _start(
        self, command: str | Sequence[str], mark: str, env: Mapping[str, str] | None, cwd: Path | None, out: int
    ) -> subprocess.Popen[bytes]:
        argv = [*self.shell, command] if isinstance(command, str) else list(command)
        full = {**self.env, **(env or {}), MARK: mark}

        def spawn() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                argv,
                cwd=cwd or self.workspace,
                env=full,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

        try:
            try:
                return self._reaper.start(spawn)
            except BlockingIOError:  # the process table is full
                self.make_room()
                return self._reaper.start(spawn)
        except (ValueError, UnicodeEncodeError) as error:  # NUL or lone surrogates in the command
            raise OSError(f"the command cannot be passed to the system: {error}") from error

    def _wait(self, watch: Watch, mark: str, deadline: float, grace: float, cancelled: threading.Event) -> _Ending:
        """Read output until the process is dead, ending it where it must be; it is not yet reaped afterwards."""
        while not watch.dead():
            if cancelled.is_set():
                self._kill(watch, mark)
                return _Ending(cancelled=True)
            left = deadline - time.monotonic()
            if left <= 0:
                tree = tree_of(watch.pid)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(watch.pid, signal.SIGTERM)
                end = time.monotonic() + grace
                while not watch.dead() and (left := end - time.monotonic()) > 0 and not cancelled.is_set():
                    watch.step(min(left, _SLICE))
                kill_tree(tree)
                self._kill(watch, mark)
                return _Ending(timed_out=True)
            watch.step(min(left, _SLICE))
        return _Ending()

    def _kill(self, watch: Watch, mark: str) -> None:
        kill_tree(tree_of(watch.pid))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(watch.pid, signal.SIGKILL)
        kill_marked(mark)
        while not watch.dead():
            watch.step(_SLICE)


def _read_on(fd: int, capture: Capture) -> None:
    """Keep reading for a background process until it closes its output; what comes goes to the spill file."""
    capture.ensure_file()
    os.set_blocking(fd, True)

    def body() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(fd, CHUNK):
                capture.feed(data)
        os.close(fd)
        capture.close()

    try:
        threading.Thread(target=body, name="background-output", daemon=True).start()
    except RuntimeError:  # at the process limit: let the pipe go instead
        os.close(fd)
        capture.close()


def clean_environment() -> dict[str, str]:
    """The environment for commands: the server's own without what only the server needs."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SWEAGENT_")}
    env.pop(MARK, None)
    try:
        first = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return env
    if not any(entry.startswith(b"LC_CTYPE=") for entry in first):
        env.pop("LC_CTYPE", None)  # Python's own locale coercion, not the sandbox's wish
    return env


def _shell(env: Mapping[str, str]) -> list[str]:
    bash = shutil.which("bash", path=env.get("PATH", os.defpath))
    return [bash, "-c"] if bash else [shutil.which("sh", path=env.get("PATH", os.defpath)) or "/bin/sh", "-c"]
