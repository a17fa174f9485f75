"""A child that parses hostile bytes may fall to them: whatever it then says or does, its asker stays unharmed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.process import Runner
from tools.worker import Worker, WorkerLostError

START = """
import os, select, struct, sys, time
def read():
    while select.select([0], [], [], 0.1)[0] and os.read(0, 1 << 20):
        pass
say = lambda data: os.write(1, data)
frame = lambda body: struct.pack('>I', len(body)) + body
"""


class Fallen(Runner):
    """Starts children that run `script` instead of what was asked for."""

    script = ""

    def open_pipes(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        return super().open_pipes([sys.executable, "-I", "-c", START + self.script])


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("read(); say(b'\\xff\\xff\\xff\\xff')", "too long"),
        ("read(); say(frame(b'no json'))", "malformed"),
        ("read(); say(frame(b'[]'))", "malformed"),
        ("read(); say(frame(b'{}'))", "malformed"),
        ('read(); say(frame(b\'{"value": 3, "sizes": []}\'))', "malformed"),
        ('read(); say(frame(b\'{"value": {}, "sizes": [-5]}\'))', "too long"),
        ('read(); say(frame(b\'{"value": {}, "sizes": [99999999999]}\'))', "too long"),
        ('read(); say(frame(b\'{"value": {}, "sizes": ["x"]}\'))', "malformed"),
        ('read(); say(frame(b\'{"value": {}, "sizes": 7}\'))', "malformed"),
        ("read(); say(frame(b'[' * 100000))", "malformed"),
        ("read(); say(b'\\0')", "crashed"),
        ('read(); say(frame(b\'{"value": {}, "sizes": [9]}\'))', "crashed"),
        ("sys.exit()", "crashed|ended at once"),
        ("read(); time.sleep(60)", "longer than"),
        ("time.sleep(60)", "longer than"),
        ("read(); say(b'\\0\\0\\xff\\0')\nwhile True: say(b'x' * 65536)", "malformed|too long|longer than"),
    ],
)
def test_whatever_a_fallen_child_does_is_an_error_and_no_more(tmp_path: Path, script: str, why: str) -> None:
    runner = Fallen(tmp_path)
    runner.script = script
    worker = Worker(runner, "tools.index.worker", seconds=0.5, start_seconds=0.5)
    with pytest.raises(WorkerLostError, match=why):
        worker.ask({"operation": "index", "languages": ["python"]}, [b"x" * 1_000_000])
    runner.script = 'read(); say(frame(b\'{"value": {"good": 1}, "sizes": [2]}\') + b\'ok\')'
    assert Worker(runner, "any", seconds=5).ask({}) == ({"good": 1}, [b"ok"])
    worker.close()
    runner.kill_all()


def test_one_that_ended_between_two_questions_is_started_again(tmp_path: Path) -> None:
    runner = Fallen(tmp_path)
    runner.script = 'read(); say(frame(b\'{"value": {}, "sizes": []}\'))'
    worker = Worker(runner, "any", seconds=5)
    for _ in range(3):
        assert worker.ask({}) == ({}, [])
    worker.close()
    runner.kill_all()
