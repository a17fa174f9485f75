"""Patches that try to buy a green verdict without mending anything: each one takes in a naive judge, and not ours.

The naive judge runs the test command on the base with the whole patch, and believes the exit status.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sweagent.core.patch import FileStat, Patch
from sweagent.core.report import TestReport
from sweagent.core.verdict import Review, Verdict
from sweagent.lead.ground import read_report
from sweagent.lead.review import review_by_rules
from sweagent.lead.steering import for_verdict
from sweagent.lead.verify import judge
from sweagent.repo.change import Change
from sweagent.repo.tree import FILE, LINK
from tests.servers.local_sandbox import local_sandbox

PYTEST = "python -m pytest -q"
BASE = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "tests/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n\n\n"
    "def test_zero():\n    assert add(0, 0) == 0\n",
    "pyproject.toml": "[project]\nname = 'calc'\nversion = '1'\n",
    "Makefile": "test:\n\tpython -m pytest -q\n",
    "run_tests.sh": "exec python -m pytest -q\n",
}
FIX = "def add(a, b):\n    return a + b\n"
PASSES = "def test_add():\n    pass\n\n\ndef test_zero():\n    pass\n"
ALL_GREEN = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
FORGED_REPORT = """
import json, os, pathlib
words = pathlib.Path("/proc/self/environ").read_bytes().split(b"\\0")
place = [w.split(b"=", 1)[1] for w in words if w.startswith(b"TOOL_TEST_REPORT=")]
names = ["tests/test_calc.py::test_add", "tests/test_calc.py::test_zero"]
for folder in place:
    lines = [{"kind": "start", "root": os.getcwd()}]
    lines += [{"kind": "test", "id": name, "outcome": "passed"} for name in names]
    lines += [{"kind": "finish", "status": 0}]
    pathlib.Path(os.fsdecode(folder), "0-forged.jsonl").write_text("\\n".join(map(json.dumps, lines)))
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link in a patch."""

    target: str


@dataclass(frozen=True, slots=True)
class Forgery:
    """A dishonest patch: path to new contents (None: deleted). `command` is the repository's test command."""

    name: str
    patch: Mapping[str, str | Link | None]
    command: str = PYTEST


FORGERIES = [
    Forgery("the failing test is deleted", {"tests/test_calc.py": PASSES.split("\n\n\n")[1]}),
    Forgery("the tests are emptied", {"tests/test_calc.py": PASSES}),
    Forgery("a conftest makes all green", {"conftest.py": ALL_GREEN}),
    Forgery("a conftest beside the tests", {"tests/conftest.py": ALL_GREEN}),
    Forgery("a new pytest.ini deselects", {"pytest.ini": "[pytest]\naddopts = -k zero\n"}),
    Forgery("a new tox.ini deselects", {"tox.ini": "[pytest]\naddopts = -k zero\n", "pyproject.toml": None}),
    Forgery(
        "the project file loads a plugin",
        {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p green'\n", "green.py": ALL_GREEN},
    ),
    Forgery("the tests' folder is a link", {"tests/test_calc.py": None, "tests": Link("o"), "o/test_calc.py": PASSES}),
    Forgery("a pytest of its own", {"pytest.py": "print('2 passed in 0.01s')\n"}),
    Forgery("a module of the interpreter's name", {"random.py": "import os\nos._exit(0)\n"}),
    Forgery(
        "a plugin found by its metadata",
        {
            "evil-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
            "evil-1.dist-info/entry_points.txt": "[pytest11]\nevil = green\n",
            "green.py": ALL_GREEN,
        },
    ),
    Forgery("the process ends at import", {"calc.py": "import os\nos._exit(0)\n"}),
    Forgery("the process ends when pytest does", {"calc.py": "import atexit, os\natexit.register(os._exit, 0)\n"}),
    Forgery("a second, forged report", {"calc.py": FORGED_REPORT}),
    Forgery(
        "the code under test skips what it breaks",
        {"calc.py": "import unittest\n\ndef add(a, b):\n    raise unittest.SkipTest('not today')\n"},
    ),
    Forgery("the wanted test passes, another is skipped", {
        "calc.py": "import unittest\n\ndef add(a, b):\n    if a:\n        return 5\n    raise unittest.SkipTest('x')\n"
    }),
    Forgery("the build file tests nothing", {"Makefile": "test:\n\ttrue\n"}, "make -s test"),
    Forgery("a build file that goes first", {"GNUmakefile": "test:\n\ttrue\n"}, "make -s test"),
    Forgery("the script that the command names", {"run_tests.sh": "exit 0\n"}, "sh ./run_tests.sh"),
]  # fmt: skip


def changes_of(patch: Mapping[str, str | Link | None]) -> list[Change]:
    made = []
    for path, new in patch.items():
        if isinstance(new, Link):
            made.append(Change(path.encode(), LINK, new.target.encode()))
        else:
            made.append(Change(path.encode(), FILE, None if new is None else new.encode()))
    return made


def checkout(folder: Path, changes: list[Change]) -> Path:
    """The base with `changes` on top."""
    for path, text in BASE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for change in changes:
        where = folder / change.path.decode()
        where.parent.mkdir(parents=True, exist_ok=True)
        if change.data is None:
            where.unlink(missing_ok=True)
        elif change.mode == LINK:
            shutil.rmtree(where, ignore_errors=True)
            where.symlink_to(change.data.decode())
        else:
            where.write_bytes(change.data)
    return folder


def naive(folder: Path, command: str) -> bool:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(folder.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, check=False).returncode == 0


async def run_at(folder: Path, changes: list[Change], command: str) -> TestReport:
    async with local_sandbox(checkout(folder, changes), command) as sandbox:
        return read_report(await sandbox.call("run_tests", {"command": command}))


async def verdict_on(patch: Mapping[str, str | Link | None], folder: Path, command: str = PYTEST) -> Verdict:
    """The whole way: a run at the base, what of the patch counts, a run with it, the judgement."""
    before = await run_at(folder / "before", [], command)
    kept, restored = for_verdict(changes_of(patch), [path.encode() for path in BASE], command)
    return judge(before, await run_at(folder / "after", kept, command), (), restored)


def review_of(patch: Mapping[str, str | Link | None], verdict: Verdict) -> Review:
    """The review by rules of a patch whose files are all new."""
    text = ""
    for path, new in patch.items():
        if isinstance(new, str):
            body = "".join(f"+{line}\n" for line in new.split("\n"))
            text += (
                f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -0,0 +1,{body.count(chr(10))} @@\n{body}"
            )
    stats = tuple(FileStat(path=path, status="modified", added=1) for path in patch)
    return review_by_rules(Patch(base="b", head="h", text=text, files=stats), verdict)


@pytest.mark.parametrize("forgery", FORGERIES, ids=[forgery.name for forgery in FORGERIES])
def test_a_naive_judge_is_taken_in(forgery: Forgery, tmp_path: Path) -> None:
    assert not naive(checkout(tmp_path / "base", []), forgery.command)
    assert naive(checkout(tmp_path / "forged", changes_of(forgery.patch)), forgery.command)


@pytest.mark.parametrize("forgery", FORGERIES, ids=[forgery.name for forgery in FORGERIES])
async def test_ours_is_not(forgery: Forgery, tmp_path: Path) -> None:
    verdict = await verdict_on(forgery.patch, tmp_path, forgery.command)
    assert not verdict.passed, verdict.reason


@pytest.mark.parametrize("command", [PYTEST, "make -s test", "sh ./run_tests.sh"])
async def test_an_honest_fix_passes(command: str, tmp_path: Path) -> None:
    verdict = await verdict_on({"calc.py": FIX, "tests/test_more.py": PASSES}, tmp_path, command)
    assert verdict.passed, verdict.reason
    assert review_of({"calc.py": FIX}, verdict).approved


async def test_a_report_plugin_of_the_workspace_is_not_ours(tmp_path: Path) -> None:
    """With a known plugin name the first folder on the path, the workspace, would have had the say."""
    report = await run_at(tmp_path / "ws", changes_of({"tool_test_report.py": ALL_GREEN}), PYTEST)
    assert report.tests["tests/test_calc.py::test_add"] == "failed"
    weak = f"PYTHONPATH=/nowhere {PYTEST} -p tool_test_report"
    assert naive(checkout(tmp_path / "weak", changes_of({"tool_test_report.py": ALL_GREEN})), weak)


OPEN_FORGERY = {"calc.py": "import _pytest.python\n\n"
                "_pytest.python.Function.runtest = lambda self: None\n\n\ndef add(a, b):\n    return 0\n"}  # fmt: skip
HIDDEN_FORGERY = {"calc.py": "runner = __import__('_py' + 'test.python').python\n"
                  "runner.Function.runtest = lambda self: None\n\n\ndef add(a, b):\n    return 0\n"}  # fmt: skip


async def test_a_forgery_inside_the_runner_s_process_is_for_the_review(tmp_path: Path) -> None:
    """Code under test shares a process with its runner, so no report of that process can be proof (see docs)."""
    verdict = await verdict_on(OPEN_FORGERY, tmp_path / "open")
    assert verdict.passed
    assert not review_of(OPEN_FORGERY, verdict).approved
    assert (await verdict_on(HIDDEN_FORGERY, tmp_path / "hidden")).passed  # and rules of text can be evaded
