"""What test commands said, as the host reads it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from sweagent.core.errors import BadInput
from sweagent.core.report import TestReport
from sweagent.lead.plan import check_baseline
from sweagent.lead.verify import judge
from tools.process import Runner
from tools.testing import junit_report, pytest_report, unittest_report
from tools.testing.junit_report import node_id

Bench = Any
PYTEST = f"{sys.executable} -m pytest -q -p no:asyncio -p no:timeout"
MIXED = """
import pytest

def helper(x):
    return 1 // x

@pytest.mark.parametrize("x", [1, 0])
def test_div(x):
    assert helper(x) == 1

class TestC:
    def test_ok(self): pass
    @pytest.mark.skip
    def test_skipped(self): pass
    @pytest.mark.xfail
    def test_known(self): assert 0

@pytest.fixture
def broken(): raise ValueError("fixture")
def test_setup(broken): pass

@pytest.fixture
def untidy():
    yield
    raise ValueError("teardown")
def test_teardown(untidy): pass
"""


def report(bench: Bench, **arguments: Any) -> TestReport:
    result = bench("run_tests", **arguments)
    assert result.data is not None, result.text
    assert set(result.data) == set(TestReport.model_fields)
    return TestReport.model_validate(result.data)


def test_pytest_outcomes_ids_and_frames(bench: Bench) -> None:
    bench.write("tests/test_m.py", MIXED)
    done = report(bench, command=PYTEST)
    assert done.framework == "pytest" and done.exit_code == 1 and not done.passed
    assert done.tests == {
        "tests/test_m.py::test_div[1]": "passed",
        "tests/test_m.py::test_div[0]": "failed",
        "tests/test_m.py::TestC::test_ok": "passed",
        "tests/test_m.py::TestC::test_skipped": "skipped",
        "tests/test_m.py::TestC::test_known": "skipped",
        "tests/test_m.py::test_setup": "error",
        "tests/test_m.py::test_teardown": "error",
    }
    failure = next(f for f in done.failures if f.id.endswith("test_div[0]"))
    assert [(f.path, f.function) for f in failure.frames] == [
        ("tests/test_m.py", "test_div"),
        ("tests/test_m.py", "helper"),
    ]
    assert failure.message.startswith("ZeroDivisionError")
    again = report(bench, command=PYTEST, paths=[failure.id])
    assert again.tests == {failure.id: "failed"}


def test_the_workspace_stays_clean(bench: Bench) -> None:
    bench.write("test_a.py", "def test_a(): pass\n")
    assert report(bench, command=PYTEST).passed
    assert [p.name for p in bench.root.iterdir()] == ["test_a.py"]


def test_through_make_and_from_a_subfolder(bench: Bench) -> None:
    bench.write("pkg/pytest.ini", "[pytest]\n")
    bench.write("pkg/test_a.py", "def test_a(): pass\n")
    bench.write("Makefile", f"test:\n\tcd pkg && {PYTEST}\n")
    assert report(bench, command="make test").tests == {"pkg/test_a.py::test_a": "passed"}


def test_collection_errors_name_the_file(bench: Bench) -> None:
    bench.write("test_a.py", "def test_a(): pass\n")
    bench.write("test_b.py", "import no_such_module\n")
    done = report(bench, command=PYTEST)
    assert done.tests["test_b.py"] == "error" and not done.passed
    (failure,) = done.failures
    assert failure.message == "ModuleNotFoundError: No module named 'no_such_module'"
    assert [(f.path, f.line) for f in failure.frames] == [("test_b.py", 1)]


@pytest.mark.parametrize(
    "body",
    [
        "import os\ndef test_a(): pass\ndef test_die(): os._exit(0)\n",
        "import os, signal\ndef test_die(): os.kill(os.getpid(), signal.SIGKILL)\n",
        "import os\nos._exit(0)\n",
    ],
)
def test_a_run_that_ends_too_early_never_passes(bench: Bench, body: str) -> None:
    bench.write("test_a.py", body)
    done = report(bench, command=PYTEST)
    assert not done.passed and done.failing


def test_a_report_that_vanished_never_passes(bench: Bench) -> None:
    bench.write(
        "test_a.py",
        "import glob, os, tempfile\ndef test_a():\n"
        "    for name in glob.glob(tempfile.gettempdir() + '/test-report-*/*.jsonl'): os.unlink(name)\n",
    )
    done = report(bench, command=PYTEST)
    assert not done.passed and "(pytest)" in done.tests


def test_a_time_limit_keeps_what_was_seen(bench: Bench) -> None:
    bench.write("test_a.py", "import time\ndef test_a(): pass\ndef test_b(): time.sleep(1000)\n")
    done = report(bench, command=PYTEST, timeout=4)
    assert done.timed_out and not done.passed and done.exit_code is None
    assert done.tests == {"test_a.py::test_a": "passed", "test_a.py::test_b": "error"}


def test_pytests_that_tests_start_are_not_mixed_in(bench: Bench) -> None:
    inner = "def test_inner(): assert 0\n"
    bench.write(
        "test_a.py",
        "import os, subprocess, sys\n"
        "def test_outer(tmp_path):\n"
        f"    (tmp_path / 'test_i.py').write_text({inner!r})\n"
        "    assert 'PYTEST_ADDOPTS' not in os.environ or 'tool_test' not in os.environ['PYTEST_ADDOPTS']\n"
        "    assert subprocess.run([sys.executable, '-m', 'pytest', str(tmp_path)]).returncode == 1\n",
    )
    done = report(bench, command=PYTEST)
    assert done.passed and done.tests == {"test_a.py::test_outer": "passed"}


def test_a_pytest_that_cannot_load_the_plugin_still_reports(bench: Bench) -> None:
    bench.write("test_a.py", "class TestC:\n    def test_a(self): pass\n    def test_b(self): assert 0\n")
    done = report(bench, command=f"{sys.executable} -I -m pytest -p no:asyncio -p no:timeout")
    assert done.tests == {"test_a.py::TestC::test_a": "passed", "test_a.py::TestC::test_b": "failed"}


def test_options_of_the_project_stay(bench: Bench) -> None:
    bench.write("test_a.py", "def test_a(): pass\ndef test_b(): pass\n")
    bench.runner = Runner(bench.root, env={**bench.runner.env, "PYTEST_ADDOPTS": "-k test_b"})
    assert set(report(bench, command=PYTEST).tests) == {"test_a.py::test_b"}


UNIT = '''
import unittest
class T(unittest.TestCase):
    def test_ok(self): pass
    def test_fail(self):
        """with a doc line"""
        self.assertEqual(1, 2)
    def test_error(self): raise KeyError("k")
    @unittest.skip("later")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_known(self): self.fail()
    def test_loud(self): print("noise")
'''


def test_unittest_outcomes(bench: Bench) -> None:
    bench.write("test_u.py", UNIT)
    done = report(bench, command=f"{sys.executable} -m unittest")
    assert done.framework == "unittest" and done.exit_code == 1
    assert done.tests == {
        "test_u.T.test_ok": "passed",
        "test_u.T.test_fail": "failed",
        "test_u.T.test_error": "error",
        "test_u.T.test_skip": "skipped",
        "test_u.T.test_known": "passed",
        "test_u.T.test_loud": "passed",
    }
    failure = next(f for f in done.failures if f.id == "test_u.T.test_fail")
    assert failure.message == "AssertionError: 1 != 2"
    assert [(f.path, f.function) for f in failure.frames] == [("test_u.py", "test_fail")]
    assert report(bench, command=f"{sys.executable} -m unittest", paths=["test_u.T.test_ok"]).passed


def test_unittest_of_older_pythons_and_without_v() -> None:
    old = "test_a (pkg.test_x.T) ... ok\nRan 1 test in 0.0s\n\nOK\n"
    assert unittest_report.read(old, Path("/w")).tests == {"pkg.test_x.T.test_a": "passed"}
    rule, thin = "=" * 70, "-" * 70
    quiet = (
        f"F.\n{rule}\nFAIL: test_a (t.T.test_a)\n{thin}\nTraceback:\nAssertionError\n\n{thin}\nRan 2 tests in 0.1s\n"
    )
    assert unittest_report.read(quiet, Path("/w")).tests == {"t.T.test_a": "failed"}
    assert unittest_report.verbose("python -m unittest discover") == "python -m unittest -v discover"
    assert unittest_report.verbose("python -m unittest -q x") == "python -m unittest -v x"


UNIT_SLOW = """
import time, unittest
class T(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): time.sleep(1000)
"""


def test_a_time_limit_keeps_what_unittest_said(bench: Bench) -> None:
    bench.write("test_u.py", UNIT_SLOW)
    done = report(bench, command=f"{sys.executable} -m unittest", timeout=2)
    assert done.timed_out and done.tests == {"test_u.T.test_a": "passed", "test_u.T.test_b": "error"}


def test_unittest_names_what_an_import_lacked(bench: Bench) -> None:
    bench.write("test_u.py", "import no_such_module\n")
    (failure,) = report(bench, command=f"{sys.executable} -m unittest").failures
    assert failure.message == "ModuleNotFoundError: No module named 'no_such_module'"
    assert [(frame.path, frame.line) for frame in failure.frames] == [("test_u.py", 1)]


TWO = "def test_a(): pass\ndef test_b(): pass\n"


@pytest.mark.parametrize(
    ("files", "command", "words"),
    [
        ({"test_a.py": TWO}, f"{PYTEST} -k zzz", "no tests ran (2 deselected) (exit status 5"),
        ({"test_a.py": TWO}, f"{PYTEST} --collect-only", "no tests ran (2 collected) (exit status 0"),
        ({"a.py": ""}, PYTEST, "no tests ran (exit status 5"),
        ({"a.py": ""}, f"{sys.executable} -m unittest", "no tests ran (exit status "),
        ({"test_a.py": TWO}, f"{PYTEST} -k test_b", "1 passed (exit status 0"),
    ],
)
def test_runs_without_a_test_say_so(bench: Bench, files: dict[str, str], command: str, words: str) -> None:
    for name, text in files.items():
        bench.write(name, text)
    assert bench("run_tests", command=command).text.startswith(words)


@pytest.mark.parametrize(
    ("files", "more", "line"),
    [
        ({"test_a.py": TWO}, "test_a.py::nope", "ERROR (pytest): not found: "),
        ({"test_a.py": TWO}, "nope.py", "ERROR (pytest): file or directory not found: nope.py"),
        ({"test_a.py": TWO}, "--no-such-option", "ERROR (pytest): unrecognized arguments: --no-such-option"),
        (
            {"test_a.py": TWO, "conftest.py": "import os\nimport no_such_module\n"},
            "",
            "ERROR (conftest.py) at conftest.py:2: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        (
            {"test_a.py": TWO, "conftest.py": "def pytest_configure(): raise ValueError('no')\n"},
            "",
            "ERROR (pytest): ValueError: no",
        ),
        ({"test_a.py": "import os\ndef test_a(:\n"}, "", "ERROR test_a.py at test_a.py:2: SyntaxError: invalid syntax"),
        ({"a/test_a.py": TWO, "b/test_a.py": TWO}, "", "ERROR b/test_a.py: import file mismatch: imported module"),
        ({"test_a.py": "import sys\nsys.exit(3)\n"}, "", "ERROR (pytest) at test_a.py:2: SystemExit: 3"),
        ({"test_a.py": "import pytest\ndef test_a(): pytest.exit('bye')\n"}, "", "Exit: bye"),
    ],
)
def test_why_pytest_would_not_run_is_said_at_once(bench: Bench, files: dict[str, str], more: str, line: str) -> None:
    for name, text in files.items():
        bench.write(name, text)
    result = bench("run_tests", command=f"{PYTEST} {more}")
    done = TestReport.model_validate(result.data)
    assert line in result.text.partition("\n\n")[0]
    assert done.framework == "pytest" and done.failing and not done.passed


def test_a_conftest_that_does_not_load_can_be_worked_on(bench: Bench) -> None:
    """It is a fault of a file, and not a command that names no tests; mended, its tests are the others'."""
    bench.write("test_a.py", TWO)
    bench.write("conftest.py", "import no_such_module\n")
    before = report(bench, command=PYTEST)
    check_baseline(before, (), False, ())
    bench.write("conftest.py", "")
    assert judge(before, report(bench, command=PYTEST)).passed
    nowhere = report(bench, command=f"{PYTEST} nope.py")
    with pytest.raises(BadInput):
        check_baseline(nowhere, (), False, ())


def test_asking_for_the_version_is_no_failed_run(bench: Bench) -> None:
    bench.write("test_a.py", TWO)
    assert report(bench, command=f"{PYTEST} --version; {PYTEST}").passed


@pytest.mark.parametrize(
    "command",
    [
        "{} && echo done",
        "{} || true",
        "{}; echo done",
        "{} | cat",
        "{} &",
        "({})",
        "{}\necho done",
        "{} # all of them",
        "sh -c '{}'",
        "echo 'open",
        "if true; then {}; fi",
        "{} <<E\nE",
        "make test",
        "{}.sh",
    ],
)
def test_paths_that_would_not_reach_the_tests_are_refused(bench: Bench, command: str) -> None:
    bench.write("test_a.py", TWO)
    refused = bench("run_tests", command=command.format(f"{sys.executable} -m pytest"), paths=["test_a.py::test_a"])
    assert refused.is_error and "give the whole command" in refused.text


@pytest.mark.parametrize(
    "command",
    ["{}", "cd . && {}", "{} -k 'test_a or (not test_b)'", "{} 2>&1", "{} > log.txt", "X='a;b' {}", "true; {}"],
)
def test_paths_reach_the_tests(bench: Bench, command: str) -> None:
    bench.write("test_a.py", TWO)
    done = report(bench, command=command.format(PYTEST), paths=["test_a.py::test_a"])
    assert done.tests == {"test_a.py::test_a": "passed"}


@pytest.mark.parametrize(
    ("command", "started"),
    [
        ("no-such-program --x", False),
        ("./no-such-file", False),
        (f"{sys.executable} -m no_such_runner", True),
        ("true", True),
        ("exit 127", True),
        ("sh -c 'exit 3'", True),
    ],
)
def test_what_did_not_start(bench: Bench, command: str, started: bool) -> None:
    done = report(bench, command=command)
    assert done.started is started and done.framework == "unknown" and not done.tests
    assert done.passed is (command == "true")


def test_the_default_command(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SWEAGENT_TEST_COMMAND", raising=False)
    assert bench("run_tests").is_error
    monkeypatch.setenv("SWEAGENT_TEST_COMMAND", "echo from the environment")
    assert "from the environment" in report(bench).output
    assert bench("run_tests", paths=["x"]).is_error


def test_hostile_reports_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(
        b'{"kind":"test","id":5,"outcome":"passed"}\nnull\n[1]\n{"kind":"test","id":"x","outcome":"root"}\n'
        b'{"kind":"test","id":"y","outcome":"failed","frames":"no","message":["m"]}\n' + b"[" * 100_000 + b"\n"
        b'{"kind":"test","id":"z","outcome":"failed","frames":[["/etc/passwd",1,""],["../../x",1,""],["a.py",-1,""]]}\n'
        b'{"kind":"finish","status":0}\n'
    )
    findings = pytest_report.read(tmp_path, tmp_path)
    assert findings.tests == {"5": "passed", "y": "failed", "z": "failed"}
    assert findings.failures["z"].frames == ()


def test_junit_is_parsed_and_entities_are_refused(tmp_path: Path) -> None:
    report_file = tmp_path / "junit.xml"
    report_file.write_text(
        '<testsuites><testcase classname="t.C" name="a[x]" file="t.py"><skipped/></testcase></testsuites>'
    )
    assert junit_report.read(tmp_path).tests == {"t.py::C::a[x]": "skipped"}
    report_file.write_text('<!DOCTYPE x [<!ENTITY a "b">]><testsuites><testcase name="&a;"/></testsuites>')
    assert junit_report.read(tmp_path).seen == 0
    assert node_id("", "m.C", "t") == "m.C::t"


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.12", "3.13"])
def test_the_plugin_runs_on_other_pythons(version: str) -> None:
    """At least its syntax: compiled by each other Python that this machine has."""
    import shutil
    import subprocess

    plugin = Path(pytest_report.__file__).parent / "plugin" / "tool_test_report.py"
    name = f"python{version}"
    found = next(map(str, Path.home().glob(f".pyenv/versions/{version}*/bin/{name}")), None) or shutil.which(name)
    if found is None or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip(f"no Python {version} here")
    code = f"compile(open({os.fspath(plugin)!r}).read(), 'plugin', 'exec')"
    assert subprocess.run([found, "-I", "-c", code], check=False).returncode == 0
