"""The whole search on a small package: real processes, real edits, and tests that misbehave."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.process import Runner
from tools.registry import Call, ToolFailure
from tools.repair.candidate import Candidate, Edit
from tools.repair.catalog import TOOLS
from tools.repair.copies import copy_tree, unchanged
from tools.repair.goal import Goal
from tools.repair.judge import Judge
from tools.repair.search import Search

PYTEST = f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {shlex.quote(sys.executable)} -m pytest -q"

CORE = '''\
import os
import time


def clamp(value, low, high):
    """Value, kept between low and high."""
    if value < low:
        return high
    if value > high:
        return high
    return value


def countdown(n):
    while n > 0:
        n -= 1
    return n
'''

TESTS = """\
import pytest
from pkg.core import clamp, countdown


@pytest.mark.parametrize("value, wanted", [(1, 3), (4, 4), (9, 7)])
def test_clamp(value, wanted):
    assert clamp(value, 3, 7) == wanted


def test_countdown():
    assert countdown(3) == 0
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "a project"
    (root / "pkg").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "core.py").write_text(CORE)
    (root / "tests" / "test_core.py").write_text(TESTS)
    return root


@pytest.fixture
def searches() -> Iterator[list[Search]]:
    opened: list[Search] = []
    yield opened
    for search in opened:
        search.close()


def start(root: Path, searches: list[Search], command: str = PYTEST, wanted: tuple[str, ...] = ()) -> Search:
    search = Search(Runner(root), root, Goal(command, wanted=wanted, workers=1, test_seconds=60, trace_seconds=5))
    searches.append(search)
    search.localise()
    search.propose()
    return search


def run(search: Search, batches: int = 60) -> None:
    for _ in range(batches):
        if search.evaluate(1.0, threading.Event()) or search.plausible:
            return


def files(root: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_the_fault_is_found_applied_and_nothing_else_touched(package: Path, searches: list[Search]) -> None:
    before = files(package)
    search = start(package, searches)
    assert search.suspects.ranked[0][:2] == ("pkg/core.py", 8)
    assert all(path == "pkg/core.py" for path, _, _ in search.suspects.ranked)
    run(search)
    assert files(package) == before
    assert search.plausible
    search.apply(0)
    after = files(package)
    changed = [path for path in before if before[path] != after[path]]
    assert changed == [str(package / "pkg" / "core.py")]
    assert set(after) == set(before)
    done = Runner(package).run(PYTEST + " -p no:cacheprovider")
    assert done.exit_code == 0, done.output.text()
    with pytest.raises(OSError, match="changed since"):
        search.apply(0)
    assert files(package)[changed[0]] == after[changed[0]]


def test_wanted_tests_decide_and_other_failures_are_left_alone(package: Path, searches: list[Search]) -> None:
    (package / "tests" / "test_other.py").write_text("def test_never():\n    assert False\n")
    search = start(package, searches, wanted=("tests/test_core.py::test_clamp[1-3]",))
    run(search)
    assert search.plausible


MISBEHAVING = (
    "os._exit(0)",
    "[None for _ in iter(int, 1)]",
    "raise SystemExit(0)",
    "os.fork() or os.setsid() and time.sleep(60)",
    "[print('x' * 100_000_000) for _ in range(5)]",
    "__import__('shutil').rmtree(os.path.dirname(os.path.dirname(__file__)))",
    "[0] * 10**10",
)


@pytest.mark.slow
def test_a_candidate_that_misbehaves_neither_passes_nor_breaks_the_bench(package: Path, searches: list[Search]) -> None:
    search = start(package, searches)
    bench = search._bench
    assert bench is not None
    judge = Judge(bench)
    bench.baseline.seconds = dict.fromkeys(bench.baseline.seconds, 0.05)
    at = CORE.index("return high")
    good = Candidate((Edit("pkg/core.py", at, at + len("return high"), b"return low"),), "good", 8, 1, 1)
    for body in MISBEHAVING:
        bad = Candidate((Edit("pkg/core.py", at, at, f"{body}\n        ".encode()),), "bad", 8, 1, 1)
        states = {
            judge.swapped(bench.slots[0], bad, hurry=True).state,
            judge.edited(bench.slots[0], bad).state,
        }
        assert states <= {"failed", "timeout", "partial"}, body
    bench.slots[0]._drop("hot")  # the same edit again is not news to the runner that saw it
    assert judge.swapped(bench.slots[0], good, hurry=False).state == "plausible"
    assert judge.edited(bench.slots[0], good).state == "plausible"


def test_a_fault_that_stops_the_import_gets_real_edits(package: Path, searches: list[Search]) -> None:
    (package / "pkg" / "core.py").write_text("def f(a):\n    return a\n\n\nNAMES = ('a',)\nLIMIT = NAMES[1]\n")
    (package / "tests" / "test_core.py").write_text("from pkg.core import f\n\n\ndef test_f():\n    assert f(1) == 1\n")
    search = start(package, searches)
    assert search._bench is not None
    assert search._bench.wanted == ["tests/test_core.py"]
    run(search)
    assert search.plausible


def test_a_wrong_value_of_a_module_costs_no_real_edit(package: Path, searches: list[Search]) -> None:
    (package / "pkg" / "core.py").write_text(
        "SIZES = {'a': 3, 'b': 5}\n\n\ndef size(name, times=1):\n    return SIZES[name] * times\n"
    )
    (package / "pkg" / "other.py").write_text("from pkg.core import SIZES, size\nNAMES = sorted(SIZES)\n")
    (package / "tests" / "test_core.py").write_text(
        "from pkg.other import SIZES, size\n\n\ndef test_b():\n    assert size('b') == SIZES['b'] == 6\n"
    )
    search = start(package, searches)
    judge = Judge(search._bench) if search._bench else None
    assert judge is not None
    source = (package / "pkg" / "core.py").read_bytes()
    for old, new, state in ((b"5}", b"6}", "plausible"), (b"5}", b"7}", "failed"), (b"times=1", b"times=2", "failed")):
        at = source.index(old)
        candidate = Candidate((Edit("pkg/core.py", at, at + len(old), new),), "some", 1, 1, 1)
        assert judge.swapped(judge._bench.slots[0], candidate, hurry=False).state == state
    assert search._bench is not None
    assert search._bench.in_import([("pkg/core.py", 1)], {})


@pytest.mark.parametrize("size, linked", [(20 << 20, True), (1 << 20, False)])
def test_big_files_are_linked_and_watched(tmp_path: Path, size: int, linked: bool) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with (source / "data.bin").open("wb") as file:
        file.truncate(size)
    marks = copy_tree(source, tmp_path / "copy")
    assert (tmp_path / "copy" / "data.bin").is_symlink() is linked
    assert (tmp_path / "copy" / "data.bin").stat().st_size == size
    assert unchanged(marks)
    (tmp_path / "copy" / "data.bin").write_bytes(b"less")
    assert unchanged(marks) is not linked


def test_any_other_command_is_judged_by_its_exit_status(package: Path, searches: list[Search]) -> None:
    (package / "check.py").write_text(
        "from pkg.core import clamp\nassert clamp(1, 3, 7) == 3 and clamp(9, 3, 7) == 7\n"
    )
    search = start(package, searches, command=f"{shlex.quote(sys.executable)} check.py")
    assert search._bench is None
    run(search)
    assert search.plausible
    search.apply(0)
    assert Runner(package).run([sys.executable, "check.py"]).exit_code == 0


def test_the_tools_refuse_what_makes_no_sense(package: Path) -> None:
    tools = {tool.name: tool for tool in TOOLS}
    assert all(tool.audience == "host" for tool in TOOLS)
    call = Call(package, Runner(package))
    with pytest.raises(ToolFailure, match="no open search"):
        tools["evaluate_candidates"].handler({"search": "nope", "for_seconds": 1}, call)
    (package / "pkg" / "core.py").write_text(CORE.replace("return high\n    if", "return low\n    if"))
    with pytest.raises(ToolFailure, match="no test fails"):
        tools["localise_fault"].handler({"command": PYTEST}, call)
