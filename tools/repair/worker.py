"""A runner process as seen from the search: started in the sandbox, spoken to over a socket, always ended."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.process import Runner

HOME = Path(__file__).resolve().parent
_BOOT = (
    "import sys, json; c = json.loads(sys.argv[1]); del sys.argv[1:]; sys.path.insert(0, c['home']); "
    "import repair_runner.main as m; sys.exit(m.main(c))"
)
_SLACK = 20.0
"""Seconds beyond a job's own limit until a silent runner is given up."""


class RunnerLost(Exception):
    """The runner process went away or did not answer; a new one is needed."""


class Worker:
    """One runner process. Not for use from two threads at once."""

    def __init__(self, runner: Runner, python: str, config: Mapping[str, Any], env: Mapping[str, str]) -> None:
        self._stop = threading.Event()
        path = Path(config["scratch"]) / f"{secrets.token_hex(4)}.sock"
        self._rest = b""
        full = {**config, "socket": str(path), "home": str(HOME)}
        argv = [python, "-c", _BOOT, json.dumps(full)]
        self.output = ""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen(1)

            def live() -> None:
                done = runner.run(
                    argv, timeout=86400.0, cancelled=self._stop, env=env, cwd=Path(config["root"]), spill=False
                )
                self.output = done.error or done.output.text()
                self._ended.set()

            self._ended = threading.Event()
            self._thread = threading.Thread(target=live, name="repair-runner", daemon=True)
            self._thread.start()
            self._channel = self._accept(listener)
        path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> socket.socket:
        listener.settimeout(0.2)
        for _ in range(150):
            try:
                return listener.accept()[0]
            except TimeoutError:
                if self._ended.is_set():
                    break
        self._stop.set()
        raise RunnerLost(f"the runner did not start: {self.output[-500:]}")

    def hello(self, seconds: float) -> dict[str, Any]:
        """Wait for the runner's first message.

        Raises:
            RunnerLost: it ended or said nothing within `seconds`.
        """
        return self._receive(seconds)

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Send a job and wait for its answer: `ending` and `records`.

        Raises:
            RunnerLost: no answer came.
        """
        message = json.dumps({**job, "nonce": secrets.token_hex(8)}).encode() + b"\n"
        try:
            self._channel.settimeout(30.0)
            self._channel.sendall(message)
        except OSError as error:
            raise RunnerLost(f"the runner is gone: {error}") from error
        return self._receive(float(job["seconds"]) + _SLACK)

    def _receive(self, seconds: float) -> dict[str, Any]:
        self._channel.settimeout(seconds)
        pieces = [self._rest]
        try:
            while b"\n" not in pieces[-1]:
                data = self._channel.recv(1 << 20)
                if not data:
                    self._ended.wait(2.0)
                    raise RunnerLost(f"the runner ended: {self.output[-500:]}")
                pieces.append(data)
        except OSError as error:
            raise RunnerLost(f"the runner does not answer: {error}") from error
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise RunnerLost("the runner's answer was not JSON") from error
        if not isinstance(answer, dict):
            raise RunnerLost("the runner's answer was no object")
        return answer

    def close(self) -> None:
        """End the process and all that it started."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._channel.close()
        self._thread.join(10.0)


def edits_as_json(files: Mapping[str, Sequence[tuple[int, int, bytes]]]) -> dict[str, list[list[Any]]]:
    """Edits by path, with their bytes as text that any JSON carries."""
    return {
        path: [[start, end, new.decode("utf-8", "surrogateescape")] for start, end, new in edits]
        for path, edits in files.items()
    }
