"""What runners without a report of their own printed (recorded from the real ones), and how far it is believed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from sweagent.core.report import TestReport
from sweagent.lead.verify import judge
from tools.capture import plain
from tools.testing import printed
from tools.testing.report import Findings
from tools.testing.run_tests import _words as headline

Bench = Any
RECORDED = Path(__file__).parent / "printed"


def read(name: str, workspace: Path) -> Findings:
    """The recorded output `name`, made in a workspace that was called /w."""
    for file in ("a/a_test.go", "b/b_test.go", "c/c_test.go"):
        (workspace / file).parent.mkdir(parents=True, exist_ok=True)
        (workspace / file).touch()
    return printed.read(plain((RECORDED / f"{name}.txt").read_bytes()).replace("/w/", f"{workspace}/"), [], workspace)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cargo", "cargo printed: 3 failed, 4 passed, 1 skipped"),
        ("cargo_q", "cargo printed: 3 failed, 4 passed, 1 skipped"),
        ("cargo_build", "cargo printed: 1 error"),
        ("go", "go printed: 3 failed, 1 error"),
        ("go_v", "go printed: 3 failed, 1 error, 3 passed, 1 skipped"),
        ("go_json", "go printed: 3 failed, 1 error, 3 passed, 1 skipped"),
        ("node_tap", "node printed: 4 failed, 3 passed, 2 skipped"),
        ("node_spec", "node printed: 4 failed, 3 passed, 2 skipped"),
        ("node_junit", "junit printed: 4 failed, 3 passed, 2 skipped"),
        ("tap", "tap printed: 1 failed"),
        ("mocha", "mocha printed: 2 failed, 2 passed, 1 skipped"),
        ("mocha_tap", "tap printed: 2 failed, 2 passed, 1 skipped"),
        ("jest", "jest printed: 1 failed, 1 error, 3 passed, 2 skipped"),
        ("jest_v", "jest printed: 1 failed, 1 error, 3 passed, 2 skipped"),
        ("jest_none", "jest printed: no tests ran"),
        ("vitest", "vitest printed: 1 failed, 1 error, 3 passed, 1 skipped"),
        ("vitest_v", "vitest printed: 1 failed, 1 error, 3 passed, 1 skipped"),
        ("vitest_none", "vitest printed: no tests ran"),
    ],
)
def test_the_sums_of_each_runner(name: str, words: str, tmp_path: Path) -> None:
    found = read(name, tmp_path)
    assert found.printed and headline(found) == words


GO = {
    "ex.com/m/a.TestBad": ("got 1 want 2", "a/a_test.go:6"),
    "ex.com/m/a.TestSub/bad": ("boom", "a/a_test.go:10"),
    "ex.com/m/b.TestPanic": ("panic: assignment to entry in nil map [recovered, repanicked]", ""),
    "ex.com/m/c": ("c/c_test.go:5:29: undefined: undefined1", "c/c_test.go:5"),
}
CARGO = {
    "tests::bad": ("assertion `left == right` failed: words; left: 1; right: 2", "src/lib.rs:11"),
    "tests::res": ('Error: "oh"', ""),
    "src/lib.rs - add (line 2)": ("assertion `left == right` failed; left: 3; right: 4", "src/lib.rs:5"),
}
NODE = {
    "bad # one": ("1 == 2", "a.test.js:3"),
    "suite > inner bad": ("boom more", "a.test.js:6"),
    "parent > sub bad": ("Expected values to be loosely deep-equal: { a: 1 }", "a.test.js:7"),
    "b.test.js": ("Error: Cannot find module 'nope'", "b.test.js:1"),
}
MOCHA = {
    "suite > inner bad": ("AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: 1 !== 2", "m/m.js:2"),
    "suite > deep > x bad": ("Error: boom", "m/m.js:2"),
}
JEST = {
    "t/a.test.js > suite > inner bad": (
        "expect(received).toBe(expected) // Object.is equality Expected: 2 Received: 1",
        "a.test.js:2",
    ),
    "t/c.test.js": ("Cannot find module 'nope' from 'c.test.js'", "c.test.js:1"),
}
VITEST = {
    "v/c.test.mjs": ("Error: Cannot find module './nope.mjs' imported from", "v/c.test.mjs:1"),
    "v/a.test.mjs > suite > inner bad": (
        "AssertionError: expected 1 to be 2 // Object.is equality",
        "v/a.test.mjs:3",
    ),
}


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        ("go", GO),
        ("go_v", GO),
        ("go_json", GO),
        ("cargo", CARGO),
        ("cargo_q", CARGO),
        ("cargo_build", {"src/lib.rs:5": ("E0425: cannot find value `c` in this scope", "src/lib.rs:5")}),
        ("node_tap", NODE),
        ("node_spec", NODE),
        ("mocha", MOCHA),
        ("jest", JEST),
        ("jest_v", JEST),
        ("vitest", VITEST),
        ("vitest_v", VITEST),
        ("tap", {"x.test.cjs > x > nums": ("", "x.test.cjs:1")}),
    ],
)
def test_failing_tests_have_their_error_and_place(
    name: str, failures: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    found = read(name, tmp_path).failures
    assert found.keys() == failures.keys()
    for test, (message, place) in failures.items():
        frames = found[test].frames
        assert message in found[test].message
        assert not place or f"{frames[-1].path}:{frames[-1].line}" == place


def test_tests_are_named_where_the_runner_names_them(tmp_path: Path) -> None:
    assert read("go_v", tmp_path).tests == {
        "ex.com/m/a.TestOk": "passed",
        "ex.com/m/a.TestBad": "failed",
        "ex.com/m/a.TestSkip": "skipped",
        "ex.com/m/a.TestSub/one_two": "passed",
        "ex.com/m/a.TestSub/bad": "failed",
        "ex.com/m/b.TestOk": "passed",
        "ex.com/m/b.TestPanic": "failed",
        "ex.com/m/c": "error",
    }
    assert read("go_json", tmp_path).tests == read("go_v", tmp_path).tests
    assert read("node_spec", tmp_path).tests == read("node_tap", tmp_path).tests
    assert read("jest_v", tmp_path).tests["t/a.test.js > suite > inner ok"] == "passed"
    assert read("cargo", tmp_path).tests["tests::ign"] == "skipped"


@pytest.mark.parametrize(
    ("output", "words", "tests"),
    [
        ("ok  \tex.com/a\t0.1s\nok  \tex.com/b\t(cached)\n", "go printed: 2 packages ok", {}),
        ("?   \tex.com/a\t[no test files]\n", "go printed: no tests ran", {}),
        ("ok  \tex.com/a\t0.1s [no tests to run]\n", "go printed: no tests ran", {}),
        ("FAIL\tex.com/a\t0.1s\nFAIL\n", "go printed: 1 error", {"ex.com/a": "error"}),
        (
            "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\nexit status 3\nFAIL\tp\t0.1s\n",
            "go printed: 1 error, 1 passed",
            {"p.TestA": "passed", "p.TestB": "error"},
        ),
        ("running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0\n", "cargo printed: no tests ran", {}),
        (
            "running 1 test\ntest t::a ... ok\nrunning 1 test\ntest t::a ... FAILED\n",
            "cargo printed: 1 failed",
            {"t::a": "failed"},
        ),
        (
            "     Running unittests src/lib.rs (target/x)\nrunning 1 test\ntest a ... ok\n"
            "     Running tests/it.rs (target/y)\nrunning 1 test\ntest a ... FAILED\n",
            "cargo printed: 1 failed, 1 passed",
            {"a": "passed", "a (tests/it.rs)": "failed"},
        ),
        (
            "    Starting 2 tests\n        PASS [   0.004s] q tests::ok\n        FAIL [   0.003s] q tests::bad\n"
            "     Summary [   0.010s] 2 tests run: 1 passed, 1 failed, 0 skipped\n",
            "cargo printed: 1 failed, 1 passed",
            {"tests::ok (q)": "passed", "tests::bad (q)": "failed"},
        ),
        (
            "1..2\nok 1 - a\nnot ok 2 - b # TODO later\n",
            "tap printed: 1 passed, 1 skipped",
            {"a": "passed", "b": "skipped"},
        ),
        ("TAP version 14\n1..0 # SKIP no database\n", "tap printed: no tests ran (SKIP no database)", {}),
        (
            "TAP version 13\nok 1\nBail out! disk full\n",
            "tap printed: 1 error, 1 passed",
            {"test 1": "passed", "(tap)": "error"},
        ),
        ("\n  0 passing (1ms)\n\n", "mocha printed: no tests ran", {}),
        ("ok  \tex.com/a\t0.1s\n\n  3 passing (5ms)\n", "go, mocha printed: 3 passed; 1 package ok", {}),
        ("ok\nall fine\n2 passed\n", "no test results understood", {}),
        ("", "no test results understood", {}),
    ],
)  # fmt: skip
def test_odd_outputs(output: str, words: str, tests: dict[str, str]) -> None:
    found = printed.read(output, [], Path("/nowhere"))
    assert headline(found) == words and found.tests == tests


def test_lines_without_an_end_are_read_in_time() -> None:
    """Patterns that try every place of a line for every place would take hours here."""
    hostile = [
        "<testsuite " * 200_000,
        "\n".join(["ok  \ta\t1s", "--- FAIL: " * 50_000, " " * 500_000]),
        "TAP version 13\nnot ok 1 - x\n  ---\n" + " \n" * 200_000 + "  error: |-\n" + "    \n" * 100_000,
        "running 1 test\n" + "thread 'a' panicked at " * 50_000,
        " Test Files  1\n      Tests  " + "1 a " * 100_000,
        "Tests: 1 total\nFAIL " + "a " * 200_000 + "\n" + "  ● x\n" * 20_000,
        "ℹ tests 1\n✖ " + " (1" * 200_000,
    ]
    for output in hostile:
        assert isinstance(printed.read(output, [], Path("/nowhere")), Findings)


def report(bench: Bench, **arguments: Any) -> tuple[TestReport, str]:
    result = bench("run_tests", **arguments)
    return TestReport.model_validate(result.data), result.text


def test_what_is_only_printed_does_not_decide(bench: Bench) -> None:
    """The tests share the output with their runner: a green line may be theirs, and the exit status speaks."""
    bench.write("go.sh", "printf -- '--- FAIL: TestA (0.00s)\\n    a.go:1: no\\nFAIL\\tm\\t0.1s\\n'; exit 1\n")
    before, text = report(bench, command="bash go.sh")
    assert before.framework == "go" and text.startswith("go printed: 1 failed (exit status 1")
    assert [failure.id for failure in before.failures] == ["m.TestA"] and not before.tests
    bench.write("go.sh", "printf -- '=== RUN   TestA\\n--- PASS: TestA (0.00s)\\nok  \\tm\\t0.1s\\n'; exit 1\n")
    forged, text = report(bench, command="bash go.sh")
    assert "1 passed (exit status 1" in text
    assert not judge(before, forged).passed and not judge(before, forged, ["m.TestA"]).passed
    bench.write("go.sh", "printf -- '--- FAIL: TestZ (0.00s)\\nFAIL\\tm\\t0.1s\\n'\n")
    assert judge(before, report(bench, command="bash go.sh")[0]).passed


XML = '<testsuites><testsuite name="s"><testcase classname="m.C" name="t"{}></testsuite></testsuites>'


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("out/report.xml", "sh run.sh --junitfile=out/report.xml"),
        ("out/report.xml", "sh run.sh --reporter junit out/report.xml"),
        ("core/target/surefire-reports/TEST-m.C.xml", "sh run.sh mvn test"),
    ],
)
def test_xml_reports_that_the_run_wrote(bench: Bench, path: str, command: str) -> None:
    bench.write(path, XML.format("/"))
    bench.write("run.sh", "exit 1\n")
    assert report(bench, command=command)[0].framework == "unknown"  # an old report says nothing of this run
    failed = XML.format("><failure message='no'/></testcase")
    bench.write("run.sh", f'cat > {path} <<"E"\n{failed}\nE\nexit 1\n')
    done, text = report(bench, command=command)
    assert done.framework == "junit" and not done.tests
    assert "junit printed: 1 failed" in text and "FAILED m.C::t: no" in text


NODE_TESTS = """
const t = require('node:test'), a = require('node:assert');
t('ok', () => {});
t('bad', () => {a.equal(1, 2)});
"""
CARGO_TESTS = """#[cfg(test)]
mod tests {
    #[test]
    fn ok() {}
    #[test]
    fn bad() { assert_eq!(1, 2); }
}
"""
UNIT_TESTS = """
import os, unittest
class T(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): os._exit(0)
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
@pytest.mark.parametrize("reporter", ["tap", "spec", "junit"])
def test_node_itself(bench: Bench, reporter: str) -> None:
    bench.write("a.test.js", NODE_TESTS)
    done, text = report(bench, command=f"node --test --test-reporter={reporter}")
    assert "printed: 1 failed, 1 passed (exit status 1" in text and not done.passed
    assert [failure.id for failure in done.failures] == ["bad"]


def test_cargo_itself(bench: Bench) -> None:
    cargo = shutil.which("cargo") or shutil.which("cargo", path=os.path.expanduser("~/.cargo/bin"))  # noqa: PTH111
    if cargo is None:
        pytest.skip("no Cargo here")
    bench.write("Cargo.toml", '[package]\nname = "q"\nversion = "0.1.0"\nedition = "2021"\n')
    bench.write("src/lib.rs", CARGO_TESTS)
    done, text = report(bench, command=f"{cargo} test --offline --lib", timeout=120)
    assert "cargo printed: 1 failed, 1 passed (exit status 101" in text
    assert "FAILED tests::bad at src/lib.rs:6: assertion `left == right` failed; left: 1; right: 2" in text
    assert not done.passed and not done.tests


def test_a_unittest_that_ends_too_early_does_not_decide(bench: Bench) -> None:
    bench.write("test_u.py", UNIT_TESTS)
    done, text = report(bench, command=f"{sys.executable} -m unittest")
    assert not done.tests and "unittest printed: 1 error, 1 passed" in text
    assert "test_u.T.test_b: the test run ended in the middle of this test" in text
