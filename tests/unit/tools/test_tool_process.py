"""Commands: bounded output, time limits that leave nothing running, background processes that live on."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.capture import Capture, plain
from tools.process import Runner

Bench = Any


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_exit_codes_and_merged_output(bench: Bench) -> None:
    result = bench("bash", command="echo out; echo err >&2; exit 3")
    assert result.text == "out\nerr\n[exit status 3]"
    assert result.data["exit_code"] == 3 and not result.is_error
    assert bench("bash", command="kill -9 $$").data["signal"] == 9
    assert bench("bash", command="true").text == "(no output)"


def test_commands_get_no_input_and_no_server_environment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEAGENT_SECRET", "1")
    runner = Runner(bench.root)
    said = runner.run("cat; env").output.text()
    assert "SWEAGENT_" not in said
    assert f"PWD={bench.root}" in said


@pytest.mark.parametrize("odd", ["a\0b", "\udcff"])
def test_a_command_that_the_system_cannot_take(bench: Bench, odd: str) -> None:
    assert "cannot be passed" in bench("bash", command=odd).text or odd == "\udcff"


def test_output_that_is_no_text(bench: Bench) -> None:
    assert bench("bash", command=r"printf 'a\xff\x00b'").text == "a\ufffd\x00b"
    assert plain(b"\x1b[31mred\x1b[0m\x1b]0;title\x07\r\n") == "red\n"


def test_long_output_keeps_head_and_tail_and_can_be_paged(bench: Bench) -> None:
    result = bench("bash", command="seq 1 100000")
    assert result.text.startswith("1\n2\n") and result.text.endswith("100000")
    assert len(result.text) < 20_000
    spill = result.data["spill"]
    assert result.data["truncated_bytes"] > 500_000
    assert bench("view", path=spill, view_range=[54321, 54322]).text == " 54321\t54321\n 54322\t54322"


def test_200_mb_of_output_do_not_grow_memory(bench: Bench) -> None:
    bench("bash", command="seq 1 100000")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = bench("bash", command="head -c 200000000 /dev/zero | tr '\\0' 'x'")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert result.data["output_bytes"] == 200_000_000
    assert grown < 20_000  # kilobytes
    Path(result.data["spill"]).unlink()


def test_a_time_limit_kills_the_group_and_those_that_left_it(bench: Bench) -> None:
    command = (
        "trap '' TERM; sleep 1000 & echo $! >> pids; setsid sleep 1000 & echo $! >> pids;"
        "(setsid sh -c 'echo $$ >> pids; exec sleep 1000' &) ; echo $$ >> pids; sleep 1000"
    )
    result = bench("bash", command=command, timeout=0.5)
    assert result.data["timed_out"] and result.data["exit_code"] is None
    pids = [int(line) for line in (bench.root / "pids").read_text().split()]
    assert len(pids) == 4
    assert eventually(lambda: not any(running(pid) for pid in pids))


def test_a_background_process_lives_on_and_does_not_hold_the_call(bench: Bench) -> None:
    result = bench("bash", command="(sleep 0.3; echo late; exec sleep 1000) & echo $!")
    pid = int(result.text.split()[0])
    assert result.data["background"] and running(pid)
    spill = Path(result.data["spill"])
    assert eventually(lambda: b"late" in spill.read_bytes())
    assert running(pid)
    bench.runner.kill_all()
    assert eventually(lambda: not running(pid))


def test_cancelling_kills_at_once(bench: Bench) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    done = bench.runner.run("echo $$ > pid; sleep 1000", cancelled=cancelled)
    assert done.cancelled and done.exit_code is None
    assert not running(int((bench.root / "pid").read_text()))


def test_a_missing_program_is_no_crash(bench: Bench) -> None:
    done = bench.runner.run(["/no/such/program"])
    assert done.exit_code is None and done.error is not None
    assert "not found" in bench("bash", command="no-such-program").text


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ("echo 'write: No space left on device'; exit 1", "disk"),
        ("echo 'bash: fork: retry: Resource temporarily unavailable'; exit 254", "pids"),
        ("kill -XFSZ $$", "file"),
        ("echo 'No space left on device'", None),
    ],
)
def test_which_limit_was_hit(bench: Bench, said: str, limit: str | None) -> None:
    assert bench("bash", command=said).data["limit"] == limit


def test_without_bash_there_is_sh(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    runner = Runner(tmp_path, env={"PATH": str(tmp_path)})
    assert runner.run("echo $((1+1))").output.text() == "2\n"


def test_capture_is_exact_below_its_bounds_and_bounded_above() -> None:
    capture = Capture(head=10, tail=10, spill_limit=50)
    for _ in range(5):
        capture.feed(b"abcd")
    assert capture.output().text() == "abcd" * 5 and capture.output().spill is None
    for _ in range(100):
        capture.feed(b"wxyz")
    output = capture.output()
    capture.close()
    assert (output.head, output.tail, output.total) == (b"abcdabcdab", b"yzwxyzwxyz", 420)
    assert output.spill is not None
    assert Path(output.spill).read_bytes() == (b"abcd" * 5 + b"wxyz" * 100)[:50]
    Path(output.spill).unlink()


def test_characters_are_not_cut_in_halves() -> None:
    capture = Capture(head=10, tail=10, spill_limit=0)
    capture.feed("ééééééééééééééééé".encode())
    assert "\ufffd" not in capture.output().text()


def test_many_commands_leave_no_descriptors(bench: Bench) -> None:
    bench("bash", command="true")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        bench("bash", command="echo x")
        bench("bash", command="sleep 9", timeout=0.1)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_making_room_spares_what_runs(bench: Bench) -> None:
    left = int(bench("bash", command="sleep 1000 & echo $!").text.split()[0])
    cancelled = threading.Event()
    caller = threading.Thread(
        target=bench.runner.run, args=("echo $$ > pid; sleep 1000",), kwargs={"cancelled": cancelled}
    )
    caller.start()
    assert eventually(lambda: (bench.root / "pid").exists() and (bench.root / "pid").read_text().strip() != "")
    busy = int((bench.root / "pid").read_text())
    assert bench.runner.make_room() >= 1
    assert not running(left) and running(busy)
    cancelled.set()
    caller.join()
