"""Kill -9 in the midst of a write: the file is the old or the new one, whole, and no litter outlives the next write."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import catalog
from tools.edit.partial import alone_in, open_partial
from tools.edit.store import Change, ChangedError, State, commit, read
from tools.process import Runner
from tools.registry import Call, Result
from tools.server import use

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tools.edit.store import Change, State, commit, read
target, size, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
os.umask(0o022)
seen = 0
def hook(event, arguments):
    # Each look at the file system during the write is a place to die.
    global seen
    if event == "open" or event.startswith(("os.", "fcntl.")):
        seen += 1
        if seen == last:
            os.kill(os.getpid(), 9)
if last:
    sys.addaudithook(hook)
else:
    print("go", flush=True)
for number in range(1 if last else 1000):
    before = read(target)
    letter = b"B" if (before.data or b"A").startswith(b"A") else b"A"
    commit([Change(target, before, State(letter * size, 0o640))])
"""


def start(target: Path, size: int, last: int) -> subprocess.Popen[str]:
    code = WRITER.format(root=str(ROOT))
    command = [sys.executable, "-I", "-c", code, str(target), str(size), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def is_whole(target: Path, size: int) -> bool:
    return target.read_bytes() in (b"A" * size, b"B" * size)


def write_through_the_tools(root: Path, name: str) -> Result:
    runner = Runner(root)
    try:
        return use("create", {"path": name, "file_text": "x\n"}, catalog.load(), Call(root, runner))
    finally:
        runner.kill_all()


@pytest.mark.parametrize("there", [True, False])
def test_death_at_every_step_of_a_write(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "sub" / "target.txt"
    target.parent.mkdir()
    littered = finished = died = 0
    while not finished:
        if there:
            target.write_bytes(b"A" * 100)
        else:
            target.unlink(missing_ok=True)
        with start(target, 100, died + 1) as child:
            finished = child.wait(60) == 0
        assert finished or child.returncode == -signal.SIGKILL
        died += not finished
        assert is_whole(target, 100) if there or target.exists() else not finished
        littered += len(list(target.parent.iterdir())) > target.exists()
        assert died < 200
    assert littered and died >= 5, "the deaths did not come in the midst of writing"
    assert not write_through_the_tools(tmp_path, "other.txt").is_error
    assert {path.name for path in target.parent.iterdir()} == {"target.txt"}


def test_death_at_any_moment(tmp_path: Path) -> None:
    """Random moments of big writes, where a half written file would show."""
    size, rng = 4 << 20, random.Random(5)
    target = tmp_path / "target.txt"
    target.write_bytes(b"A" * size)
    for _ in range(8):
        with start(target, size, 0) as child:
            assert child.stdout is not None and child.stdout.readline() == "go\n"
            time.sleep(rng.uniform(0, 0.05))
            child.kill()
        assert is_whole(target, size)
    assert not write_through_the_tools(tmp_path, "other.txt").is_error
    assert {path.name for path in tmp_path.iterdir()} == {"target.txt", "other.txt"}


def test_the_sweep_leaves_live_writers_and_other_files_alone(tmp_path: Path) -> None:
    path, fd = open_partial(tmp_path)
    (tmp_path / ".edit-notes").write_text("mine")
    (tmp_path / ".edit-0123456789abcdef.partial").write_text("of a dead writer")
    outside = tmp_path.parent / "outside.txt"
    outside.write_text("safe")
    (tmp_path / ".edit-aaaaaaaaaaaaaaaa.partial").symlink_to(outside)
    assert not write_through_the_tools(tmp_path, "a.txt").is_error
    left = {entry.name for entry in tmp_path.iterdir()}
    assert left == {path.name, ".edit-notes", ".edit-aaaaaaaaaaaaaaaa.partial", "a.txt"}
    assert outside.read_text() == "safe"
    os.close(fd)


ADDER = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tools import catalog
from tools.process import Runner
from tools.registry import Call
from tools.server import use
root, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
runner, session, known = Runner(root), {{}}, catalog.load()
for number in range(count):
    arguments = {{"path": "a.txt", "old_str": f"{{who}} {{number}} open\\n", "new_str": f"{{who}} {{number}} done\\n"}}
    while True:
        answer = use("str_replace", arguments, known, Call(root, runner, session=session))
        if not answer.is_error:
            break
        if "changed by something else" not in answer.text:
            sys.exit(answer.text)
runner.kill_all()
"""


def test_servers_that_write_the_same_file_lose_nothing(tmp_path: Path) -> None:
    people, count = "abc", 12
    lines = [f"{who} {number} open\n" for number in range(count) for who in people]
    (tmp_path / "a.txt").write_text("".join(lines))
    command = [sys.executable, "-I", "-c", ADDER.format(root=str(ROOT)), str(tmp_path)]
    children = [subprocess.Popen([*command, who, str(count)], stderr=subprocess.PIPE, text=True) for who in people]
    for child in children:
        with child:
            assert child.stderr is not None
            assert (child.stderr.read(), child.wait(120)) == ("", 0)
    assert (tmp_path / "a.txt").read_text() == "".join(lines).replace("open", "done")
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt"}


def test_a_writer_waits_for_the_one_before_and_sees_what_it_wrote(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"one")
    change = Change(target, read(target), State(b"two", 0o644))
    with ThreadPoolExecutor(1) as pool:
        with alone_in([tmp_path]):
            writer = pool.submit(commit, [change])
            while not any(tmp_path.glob(".edit-*.partial")) and not writer.done():
                time.sleep(0.001)
            time.sleep(0.05)  # it is about to look whether the file is as it was, and must not yet
            target.write_bytes(b"by another")
        with pytest.raises(ChangedError):
            writer.result()
    assert target.read_bytes() == b"by another"
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt"}
