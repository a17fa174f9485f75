"""The verdict: what a test run in a clean sandbox says of a patch, compared with the run before it."""

from __future__ import annotations

from collections.abc import Sequence

from sweagent.core.report import TestReport
from sweagent.core.verdict import Verdict


def judge(before: TestReport, after: TestReport, wanted: Sequence[str] = (), restored: tuple[str, ...] = ()) -> Verdict:
    """Compare two runs of the same command. `wanted` are the tests that must turn green (empty: every failing one).

    Without wanted tests, every test must pass and the command must end with 0. With them, tests that failed before
    and are not wanted may go on failing. A test that passed before must be there and pass. Where the runner's output
    is not understood, only the exit status speaks.
    """
    goal = frozenset(wanted) or before.failing
    fixed = sorted(name for name in goal if _is_fixed(name, after))
    still = sorted(goal - set(fixed))
    broken = sorted(name for name in before.ids("passed") if after.tests.get(name) != "passed")
    fresh = sorted(after.failing - before.failing - set(broken) - set(still))
    excused = wanted and after.exit_code is not None and after.failing <= before.failing
    green = after.passed or bool(excused)
    passed = not still and not broken and not fresh and green and not after.timed_out
    return Verdict(
        passed=passed,
        reason=_reason(after, still, broken + fresh, green),
        report=after,
        fixed=tuple(fixed),
        still_failing=tuple(still),
        broken=tuple(broken + fresh),
        restored=restored,
    )


def _is_fixed(name: str, after: TestReport) -> bool:
    """Whether what failed under `name` passes now.

    A file that could not be collected is fixed when its tests ran and passed; the runner's own failure (a name in
    brackets) when it is gone and tests ran.
    """
    if name in after.tests:
        return after.tests[name] == "passed"
    if name.startswith("("):
        return bool(after.ids("passed"))
    inside = {outcome for test, outcome in after.tests.items() if test.startswith(f"{name}::")}
    return "passed" in inside and inside <= {"passed", "skipped"}


def _reason(after: TestReport, still: list[str], broken: list[str], green: bool) -> str:
    if not after.started:
        return "the test command did not start in the clean sandbox"
    if after.timed_out:
        return f"the tests did not end within their time limit ({after.seconds:.0f} s)"
    if broken:
        return f"{len(broken)} test(s) that passed before do not pass any more, for example {broken[0]}"
    if still:
        return f"{len(still)} test(s) still fail, for example {still[0]}"
    if not green:
        return f"the test command ended with status {after.exit_code}"
    if not after.tests:
        return "the test command ended with status 0 in a clean sandbox; which tests ran is not known"
    return f"all tests pass in a clean sandbox ({after.summary()})"
