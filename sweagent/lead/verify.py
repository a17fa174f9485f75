"""The verdict: what a test run in a clean sandbox says of a patch, compared with the run before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sweagent.core.report import TestReport
from sweagent.core.verdict import Verdict
from sweagent.repo.change import Change

_PROTECTED = re.compile(
    r"(^|/)(conftest\.py|pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|sitecustomize\.py|usercustomize\.py|[^/]*\.pth)$"
    r"|(^|/)(tests?|testing|__tests__|spec)/"
    r"|(^|/)(test_[^/]*|[^/]*_test|tests)\.\w+$"
    r"|\.(test|spec)\.\w+$"
)
"""Files that decide what a test run says: the agent's versions of those that exist at the base are not used."""

_STARTUP = re.compile(r"(^|/)(conftest|sitecustomize|usercustomize)\.py$|\.pth$|(^|/)\.?pytest\.ini$")
"""Files that change what a test run says merely by being there: new ones are left out of the verdict."""


def for_verdict(changes: Sequence[Change], base: Iterable[bytes]) -> tuple[list[Change], tuple[str, ...]]:
    """The part of a change that the verdict runs with, and the protected paths that were restored to the base.

    New test files stay (an agent may add tests); changed, deleted or start-up files that steer a test run do not.
    """
    known = set(base)
    kept, restored = [], []
    for change in changes:
        path = change.path.decode("utf-8", "replace")
        if (change.path in known and _PROTECTED.search(path)) or _STARTUP.search(path):
            restored.append(path)
        else:
            kept.append(change)
    return kept, tuple(restored)


def judge(before: TestReport, after: TestReport, wanted: Sequence[str] = (), restored: tuple[str, ...] = ()) -> Verdict:
    """Compare two runs of the same command. `wanted` are the tests that must turn green (empty: every failing one).

    Without wanted tests, every test must pass and the command must end with 0. With them, tests that failed before
    and are not wanted may go on failing. A test that passed before must be there and pass. Where the runner's output
    is not understood, only the exit status speaks.
    """
    goal = frozenset(wanted) or before.failing
    fixed = sorted(name for name in goal if _is_fixed(name, after))
    still = sorted(goal - set(fixed))
    broken = sorted(name for name in before.ids("passed") if after.tests.get(name) not in ("passed", "skipped"))
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
    return f"all tests pass in a clean sandbox ({after.summary()})"
