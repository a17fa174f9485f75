"""Triage: what kind of work an issue is, and with which strategy one agent should begin."""

from __future__ import annotations

import re

from sweagent.core.errors import BadInput
from sweagent.core.report import TestReport, real_tests
from sweagent.core.task import Issue, Plan, Task
from sweagent.repo.detect import Project

PYTEST_RAN_NOTHING = (4, 5)
"""pytest's exit statuses for a wrong command line (such as a file that is not there) and for no test collected."""


def choose_strategy(wanted: str, has_model: bool) -> tuple[str, str]:
    """The strategy to use and why. `auto` means an agent with a model where one is configured, else a search.

    Raises:
        BadInput: `react` was asked for without a model.
    """
    if wanted == "react" and not has_model:
        raise BadInput("strategy react needs a model: pass --model NAME (any LiteLLM name), or use --strategy repair")
    if wanted != "auto":
        return wanted, f"{wanted} was asked for"
    if has_model:
        return "react", "a model is configured"
    return "repair", "no model is configured, so small edits are searched and proven by the tests"


def make_plan(issue: Issue, base: str, project: Project, before: TestReport, strategy: str, why: str,
              targets: tuple[str, ...]) -> Plan:  # fmt: skip
    """One task for one agent: more workers on one issue cost more than they bring until a gate has failed."""
    goal = targets or tuple(sorted(before.failing))
    task = Task(
        id="t1",
        title=issue.title,
        issue=issue,
        base=base,
        test_command=project.test_command,
        fail_to_pass=targets,
        strategy=strategy,
    )
    tests = f"{len(goal)} failing test(s) must pass" if goal else "the test command must end with status 0"
    return Plan(tasks=(task,), why=f"one task, one agent, strategy {strategy} ({why}); {tests}, and no other may break")


def slug(title: str, limit: int = 40) -> str:
    """A branch-safe name from an issue's title: lower-case words joined by dashes."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return words[:limit].rsplit("-", 1)[0] if len(words) > limit and "-" in words[:limit] else words[:limit] or "change"


def check_baseline(before: TestReport, targets: tuple[str, ...], allow_passing: bool, notices: tuple[str, ...]) -> None:
    """Refuse to start where the tests cannot tell right from wrong.

    Raises:
        BadInput: the command did not start, timed out, ran nothing, a target is not failing, or all pass already.
    """
    if not before.started:
        last = before.output.strip().split("\n")[-1][:200]
        raise BadInput(f"the test command does not start in the sandbox: {before.command!r} ({last}); see --test")
    if before.timed_out:
        raise BadInput(
            f"the tests did not end within {before.seconds:.0f} s: narrow --test down or raise --test-timeout"
        )
    if before.framework == "pytest" and not real_tests(before) and before.exit_code in PYTEST_RAN_NOTHING:
        last = before.output.strip().split("\n")[0][:200]
        raise BadInput(f"{before.command!r} found no tests ({last}): name them with --test")
    unknown = sorted(target for target in targets if before.tests and target not in before.failing)
    if unknown:
        state = before.tests.get(unknown[0], "not among the tests that ran")
        raise BadInput(f"target test {unknown[0]} is {state} at the base: a target must fail before the work")
    if before.passed and not allow_passing:
        hint = f" ({'; '.join(notices)})" if notices else ""
        raise BadInput(
            f"all tests pass already ({before.summary()}){hint}: commit a test that shows the fault, "
            "or pass --allow-passing to let a model work from the issue alone"
        )
