"""The lead: takes one issue from its base commit to a verified, reviewed branch, and says every step as an event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sandboxes.contract import Workspace
from sandboxes.errors import SandboxError, SandboxLimit
from sweagent.agent.strategy import AttemptContext, Strategy
from sweagent.core import event as ev
from sweagent.core.budget import Meter
from sweagent.core.errors import BadInput, LimitReached, ModelError, ModelRefused, RepoError
from sweagent.core.patch import Patch
from sweagent.core.report import TestReport
from sweagent.core.task import AttemptResult, Issue, Plan, Task
from sweagent.core.verdict import Review, Verdict
from sweagent.lead.ground import Ground
from sweagent.lead.index import shared_index
from sweagent.lead.plan import check_baseline, make_plan, slug
from sweagent.lead.review import review_by_rules
from sweagent.lead.steering import for_verdict
from sweagent.lead.verify import judge
from sweagent.models.protocol import Model
from sweagent.repo.change import Change


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended, for the `run_ended` event."""

    status: ev.RunStatus
    reason: str
    best_attempt: str | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked of this run beyond the issue itself."""

    issue: Issue
    strategy: str
    why: str
    targets: tuple[str, ...] = ()
    allow_passing: bool = False
    notices: tuple[str, ...] = ()
    seconds: float | None = None


class Lead:
    """Works one issue on one `Ground` with one strategy."""

    def __init__(self, ground: Ground, strategy: Strategy, model: Model | None, meter: Meter) -> None:
        self.ground = ground
        self.strategy = strategy
        self.model = model
        self.meter = meter

    async def solve(self, wishes: Wishes) -> Outcome:
        """Run all phases and return how it ended.

        Raises:
            BadInput: the tests cannot tell right from wrong at the base.
            SandboxError: the wall failed outside of an attempt.
            RepoError: git failed.
        """
        before = await self._baseline(wishes)
        plan = await self._plan(wishes, before)
        task = plan.tasks[0]
        result, changes = await self._attempt("a1", task, before, wishes.seconds)
        patch = await self._keep("a1", task, result, changes)
        if patch is None or patch.empty:
            status: ev.RunStatus = "limit" if result.status == "limit" else "unsolved"
            return Outcome(status, f"no change was made: {result.reason}", "a1")
        verdict = await self._verify("a1", task, before, changes)
        review = await self._review("a1", patch, verdict)
        if verdict.passed and review.approved:
            branch = await self._integrate("a1", task, patch)
            return Outcome("solved", f"branch {branch} is ready for a pull request", "a1")
        why = verdict.reason if not verdict.passed else f"the review objects: {review.summary}"
        kept = f"refs/sweagent/attempts/{self.ground.run}/a1"
        status = "limit" if result.status == "limit" else "unsolved"
        return Outcome(status, f"{why}; the attempt is kept as {kept} (sweagent diff {self.ground.run})", "a1")

    async def _say(self, phase: str, message: str) -> None:
        await self.ground.emit(ev.Progressed(phase=phase, message=message))

    async def _baseline(self, wishes: Wishes) -> TestReport:
        await self._say("baseline", f"run {self.ground.project.test_command!r} at {self.ground.base[:12]}")
        try:
            async with self.ground.sandbox("before") as (sandbox, _):
                report = await self.ground.run_tests(sandbox)
        except SandboxLimit as error:
            raise BadInput(f"the tests at the base hit the sandbox's {error.limit} limit: {error}") from None
        await self.ground.emit(ev.TestsRan(phase="before", report=report))
        check_baseline(report, wishes.targets, wishes.allow_passing, wishes.notices)
        return report

    async def _plan(self, wishes: Wishes, before: TestReport) -> Plan:
        ground = self.ground
        plan = make_plan(wishes.issue, ground.base, ground.project, before, wishes.strategy, wishes.why, wishes.targets)
        await ground.emit(ev.Planned(plan=plan, base=ground.base))
        return plan

    async def _attempt(
        self, attempt: str, task: Task, before: TestReport, seconds: float | None
    ) -> tuple[AttemptResult, list[Change]]:
        """Let the agent work, then take what it left in its workspace, however it ended."""
        name = self.model.name if self.model else None
        await self.ground.emit(
            ev.AttemptStarted(attempt=attempt, task=task.id, strategy=self.strategy.name, model=name)
        )
        index = await shared_index(self.ground) if self.model is not None else None  # a search asks no index
        async with self.ground.sandbox(attempt, index=index) as (sandbox, workspace):
            context = AttemptContext(
                attempt=attempt,
                task=task,
                before=before,
                sandbox=sandbox,
                meter=self.meter,
                emit=self.ground.emit,
                model=self.model,
                test_seconds=self.ground.test_seconds,
            )
            result = await self._work(context, seconds)
            await sandbox.close()  # nothing may write any more while the workspace is read
            return result, await self._harvest(workspace)

    async def _work(self, context: AttemptContext, seconds: float | None) -> AttemptResult:
        try:
            async with asyncio.timeout(seconds):
                return await self.strategy.run(context)
        except LimitReached as error:
            return AttemptResult(status="limit", reason=str(error))
        except TimeoutError:
            return AttemptResult(status="limit", reason=f"time limit of {seconds:.0f} s reached")
        except SandboxLimit as error:
            return AttemptResult(status="failed", reason=f"the sandbox hit its {error.limit} limit: {error}")
        except ModelRefused as error:
            if not self.meter.usage.prompt:  # refused from the first call on: a key or a name is wrong
                raise BadInput(str(error)) from None
            return AttemptResult(status="failed", reason=str(error))
        except (SandboxError, ModelError) as error:
            return AttemptResult(status="failed", reason=str(error))

    async def _harvest(self, workspace: Workspace) -> list[Change]:
        try:
            found = await self.ground.harvest(workspace)
        except RepoError as error:
            await self.ground.emit(ev.Warned(message=f"the agent's changes cannot be taken: {error}"))
            return []
        odd = [reason for reason in found.left_out if not reason.endswith("ignored")]
        if odd:
            await self.ground.emit(ev.Warned(message=f"left out of the change: {'; '.join(odd[:5])}"))
        return found.changes

    async def _keep(self, attempt: str, task: Task, result: AttemptResult, changes: Sequence[Change]) -> Patch | None:
        """Commit what was harvested in the host's mirror, so that no attempt is ever lost."""
        patch = None
        if changes:
            message = f"{task.title}\n\n{result.summary or result.reason}\n"
            patch = await self.ground.commit(changes, message, attempt)
        await self.ground.emit(
            ev.AttemptEnded(
                attempt=attempt, status=result.status, reason=result.reason, summary=result.summary, patch=patch
            )
        )
        return patch

    async def _verify(self, attempt: str, task: Task, before: TestReport, changes: Sequence[Change]) -> Verdict:
        kept, restored = for_verdict(changes, self.ground.tree, task.test_command)
        await self._say("verify", "run all tests in a fresh sandbox on base + patch")
        try:
            async with self.ground.sandbox(f"{attempt}-verify", kept) as (sandbox, _):
                after = await self.ground.run_tests(sandbox)
            verdict = judge(before, after, task.fail_to_pass, restored)
        except SandboxLimit as error:
            report = TestReport(command=task.test_command, exit_code=None, output=str(error))
            reason = f"the tests hit the sandbox's {error.limit} limit"
            verdict = Verdict(passed=False, reason=reason, report=report, restored=restored)
        await self.ground.emit(ev.TestsRan(phase="after", report=verdict.report, attempt=attempt))
        await self.ground.emit(ev.Verified(attempt=attempt, verdict=verdict))
        return verdict

    async def _review(self, attempt: str, patch: Patch, verdict: Verdict) -> Review:
        await self._say("review", f"read the diff ({patch.summary()})")
        review = review_by_rules(patch, verdict)
        await self.ground.emit(ev.Reviewed(attempt=attempt, review=review))
        return review

    async def _integrate(self, attempt: str, task: Task, patch: Patch) -> str:
        branch, where = await self.ground.mirror.publish(patch.head, f"sweagent/{slug(task.title)}")
        await self.ground.emit(
            ev.Committed(attempt=attempt, branch=branch, base=patch.base, head=patch.head, where=where)
        )
        return branch
