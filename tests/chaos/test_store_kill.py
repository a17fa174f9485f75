"""Kill -9 a writer at random moments, many times: what it was told is stored is there, in order, without a gap."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from pathlib import Path

from sweagent.core.event import Warned
from sweagent.store.sync import SyncEventLog

WRITER = """
import sys
from pathlib import Path
from sweagent.core.event import Warned
from sweagent.store.sync import SyncEventLog
log = SyncEventLog.open(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(100_000):
    event = log.append("r", Warned(message=f"{sys.argv[2]}:{number} " + "x" * (number * 37 % 9000)))
    print(event.seq, flush=True)
"""

ROUNDS = 12


def start(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True)


def kill_and_collect(writer: subprocess.Popen[str]) -> set[int]:
    """Kill the writer and return every seq that it had been given."""
    writer.kill()
    rest, _ = writer.communicate()
    whole = rest.split("\n")[:-1]  # a cut-off last line was not a whole acknowledgement
    return {int(line) for line in whole if line.isdigit()}


def check(path: Path, acknowledged: set[int]) -> None:
    with SyncEventLog.open(path) as log:
        events = log.read("r")
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert acknowledged <= {event.seq for event in events}
        assert all(isinstance(event.body, Warned) for event in events)
        assert log.runs()[0].events == len(events)


def test_a_killed_writer_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path, chance, acknowledged = tmp_path / "events.db", random.Random(7), set[int]()
    for number in range(ROUNDS):
        writer = start(path, str(number))
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        for _ in range(chance.randrange(1, 120)):  # the kill falls at a random number of appends
            acknowledged.add(int(writer.stdout.readline()))
        acknowledged |= kill_and_collect(writer)
        check(path, acknowledged)
    assert len(acknowledged) > ROUNDS


def test_a_writer_killed_while_the_log_is_made_leaves_a_usable_one(tmp_path: Path) -> None:
    chance = random.Random(11)
    for number in range(ROUNDS):
        path = tmp_path / str(number) / "events.db"
        writer = start(path, "first")
        while not path.exists():  # then it is between making the file and its first append
            assert writer.poll() is None
        with contextlib.suppress(subprocess.TimeoutExpired):
            writer.wait(chance.uniform(0, 0.15))
        acknowledged = kill_and_collect(writer)
        with SyncEventLog.open(path) as log:
            log.append("r", Warned(message="after"))
        check(path, acknowledged)


def test_two_processes_on_one_run_one_of_them_killed(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "events.db", set[int]()
    SyncEventLog.open(path).close()
    for number in range(3):
        writers = [start(path, f"{number}a"), start(path, f"{number}b")]
        given = []
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            given += [int(writer.stdout.readline()) for _ in range(30)]
        for writer in writers:
            more = kill_and_collect(writer)
            given += more
        assert len(given) == len(set(given)), "two writers were given the same place"
        acknowledged |= set(given)
        check(path, acknowledged)
