"""What a test run said: outcomes per test where the runner can be understood, else the exit status alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sweagent.core.value import Value

Outcome = Literal["passed", "failed", "error", "skipped"]


class Frame(Value):
    """A traceback frame inside the workspace; `path` is relative to its root, `line` counts from 1."""

    path: str
    line: int
    function: str = ""


class TestFailure(Value):
    """One failing test: its id, the last line of the error, its frames (outermost first) and a bounded excerpt."""

    __test__ = False

    id: str
    message: str = ""
    frames: tuple[Frame, ...] = ()
    text: str = ""


class TestReport(Value):
    """One run of a test command.

    `tests` maps a test's id to its outcome and is empty where the runner's output is not understood; then only
    `exit_code` speaks. `started` is False where the command could not be started at all (not found, not executable).
    """

    __test__ = False

    command: str
    exit_code: int | None
    started: bool = True
    timed_out: bool = False
    seconds: float = 0.0
    framework: str = "unknown"
    tests: dict[str, Outcome] = Field(default_factory=dict)
    failures: tuple[TestFailure, ...] = ()
    output: str = ""

    def ids(self, *outcomes: Outcome) -> frozenset[str]:
        """The ids of all tests that ended in one of `outcomes`."""
        return frozenset(name for name, outcome in self.tests.items() if outcome in outcomes)

    @property
    def failing(self) -> frozenset[str]:
        """Tests that failed or could not run."""
        return self.ids("failed", "error")

    @property
    def passed(self) -> bool:
        """True where the command ended with status 0 in time and no known test failed."""
        return self.exit_code == 0 and not self.timed_out and not self.failing

    def summary(self) -> str:
        """One line for people, for example ``2 failed, 40 passed in 1.2 s``."""
        if not self.started:
            return "did not start"
        if self.timed_out:
            return f"timed out after {self.seconds:.0f} s"
        outcomes: tuple[Outcome, ...] = ("failed", "error", "passed", "skipped")
        counts = [(len(self.ids(outcome)), outcome) for outcome in outcomes]
        words = ", ".join(f"{n} {o}" for n, o in counts if n) or f"exit status {self.exit_code}"
        return f"{words} in {self.seconds:.1f} s"


def real_tests(report: TestReport) -> frozenset[str]:
    """The ids that name tests or files.

    A runner's own failure is reported under a name in brackets. So is a file that kept it from beginning, such as
    ``(conftest.py)``: when that is mended, its tests are others.
    """
    return frozenset(name for name in report.tests if not name.startswith("(") or name.endswith(".py)"))
