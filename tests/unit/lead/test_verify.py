import pytest

from sweagent.core.report import Outcome, TestReport
from sweagent.lead.verify import judge


def report(exit_code: int | None = None, **tests: Outcome) -> TestReport:
    failing = any(outcome in ("failed", "error") for outcome in tests.values())
    code = exit_code if exit_code is not None else int(failing)
    return TestReport(command="pytest", exit_code=code, tests=tests, framework="pytest")


BEFORE = report(a="failed", b="passed", c="passed", d="skipped")


@pytest.mark.parametrize(
    ("after", "wanted", "passed"),
    [
        (report(a="passed", b="passed", c="passed", d="skipped"), (), True),
        (report(a="passed", b="passed", c="passed", d="skipped", new="passed"), (), True),
        (report(a="failed", b="passed", c="passed"), (), False),
        (report(a="passed", b="failed", c="passed"), (), False),
        (report(a="passed", b="passed"), (), False),  # c vanished
        (report(b="passed", c="passed"), (), False),  # the failing test was deleted
        (report(a="skipped", b="passed", c="passed"), (), False),  # skipping is not fixing
        (report(a="passed", b="skipped", c="passed"), (), False),  # nor a way to keep a test that passed
        (report(a="passed", b="passed", c="passed", new="failed"), (), False),
        (report(exit_code=1, a="passed", b="passed", c="passed"), (), False),
        (report(exit_code=0), (), False),  # an early exit with no report proves nothing
        (report(a="passed", b="passed", c="passed"), ("a",), True),
    ],
)
def test_judge(after: TestReport, wanted: tuple[str, ...], passed: bool) -> None:
    verdict = judge(BEFORE, after, wanted)
    assert verdict.passed is passed, verdict.reason


def test_with_targets_other_failures_may_stay() -> None:
    before = report(a="failed", flaky="failed", b="passed")
    after = report(a="passed", flaky="failed", b="passed")
    assert judge(before, after, ("a",)).passed
    assert not judge(before, after).passed


def test_without_understood_output_only_the_exit_status_speaks() -> None:
    before = TestReport(command="make test", exit_code=2)
    assert judge(before, TestReport(command="make test", exit_code=0)).passed
    assert not judge(before, TestReport(command="make test", exit_code=1)).passed
    assert not judge(before, TestReport(command="make test", exit_code=0, timed_out=True)).passed


def test_a_file_that_could_not_be_collected() -> None:
    before = TestReport(command="pytest", exit_code=2, tests={"t.py": "error", "u.py::a": "passed"})
    good = TestReport(command="pytest", exit_code=0, tests={"t.py::one": "passed", "u.py::a": "passed"})
    assert judge(before, good).passed
    assert not judge(before, good.model_copy(update={"tests": {"u.py::a": "passed"}})).passed
    partly = {"t.py::one": "passed", "t.py::two": "failed", "u.py::a": "passed"}
    assert not judge(before, good.model_copy(update={"tests": partly, "exit_code": 1})).passed


def test_a_runner_that_failed_itself() -> None:
    before = TestReport(command="pytest", exit_code=4, tests={"(pytest)": "error"})
    assert judge(before, TestReport(command="pytest", exit_code=0, tests={"t.py::a": "passed"})).passed
    assert not judge(before, TestReport(command="pytest", exit_code=0)).passed
