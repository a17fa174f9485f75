"""The ground a run stands on: one repository at one base commit, and the clean sandboxes that start from it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pathspec import GitIgnoreSpec
from pydantic import ValidationError

from sandboxes.contract import Backend, CallResult, NetworkUse, OnNetwork, Policy, Sandbox, SandboxSpec, Workspace
from sandboxes.errors import ProtocolViolation
from sweagent.agent.strategy import Emit
from sweagent.core import event as ev
from sweagent.core.patch import Patch
from sweagent.core.report import TestReport
from sweagent.repo.change import Change
from sweagent.repo.detect import Project
from sweagent.repo.harvest import Harvest, harvest, ignore_rules
from sweagent.repo.mirror import Mirror
from sweagent.repo.template import template
from sweagent.repo.tree import Tree
from sweagent.repo.workspace import Workspaces

INDEX = "/opt/index/index.db"
"""Where sandboxes see the shared code index, read-only."""

GRACE = 30.0
"""Seconds that a call through the wall may take beyond the limit that the tool itself keeps."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that stays the same during a run. Sandboxes made here differ only in their changes and purpose."""

    run: str
    mirror: Mirror
    base: str
    tree: Tree
    project: Project
    workspaces: Workspaces
    backend: Backend
    image: str
    emit: Emit
    test_seconds: float
    policy: Policy = field(default_factory=Policy)

    @asynccontextmanager
    async def sandbox(
        self, purpose: str, changes: Sequence[Change] = (), index: Path | None = None
    ) -> AsyncIterator[tuple[Sandbox, Workspace]]:
        """A fresh sandbox on the base tree plus `changes`; it and its workspace are gone when the block ends.

        `index` is a code index of the base to show inside.

        Raises:
            SandboxError: it did not start.
        """
        lower = await template(self.mirror, self.base, self.workspaces.uid, self.workspaces.gid)
        name = f"{self.run}-{purpose}"
        workspace = await self.workspaces.create(name, lower, changes)
        try:
            began = time.monotonic()
            spec = SandboxSpec(
                image=self.image,
                workspace=workspace,
                policy=self._policy({"SWEAGENT_INDEX": INDEX} if index else {}),
                uid=self.workspaces.uid,
                gid=self.workspaces.gid,
                labels={"run": self.run, "purpose": purpose},
                read_only={INDEX: index} if index else {},
                on_network=self._tell(purpose),
            )
            async with await self.backend.start(spec) as sandbox:
                await self.emit(
                    ev.SandboxStarted(
                        name=sandbox.name,
                        backend=self.backend.name,
                        image=self.image,
                        purpose=purpose,
                        seconds=time.monotonic() - began,
                    )
                )
                yield sandbox, workspace
            await self.emit(ev.SandboxClosed(name=sandbox.name))
        finally:
            await self.workspaces.remove(name)

    def _policy(self, more: Mapping[str, str]) -> Policy:
        env = {**self.policy.env, **self.project.env, "SWEAGENT_TEST_COMMAND": self.project.test_command, **more}
        return replace(self.policy, env=env)

    def _tell(self, purpose: str) -> OnNetwork | None:
        """What a sandbox that may reach hosts is told of with; each use is an event."""

        async def tell(use: NetworkUse) -> None:
            await self.emit(ev.NetworkUsed(purpose=purpose, **asdict(use)))

        return tell if self.policy.allow else None

    async def run_tests(self, sandbox: Sandbox) -> TestReport:
        """Run the whole test command inside and read its report.

        Raises:
            ProtocolViolation: the answer is no test report.
            SandboxError: the wall failed.
        """
        arguments = {"command": self.project.test_command, "timeout": self.test_seconds}
        result = await sandbox.call("run_tests", arguments, timeout=self.test_seconds + GRACE)
        return read_report(result)

    async def harvest(self, workspace: Workspace) -> Harvest:
        """What the agent changed in `workspace`, as inert bytes."""
        return await harvest(workspace, self.tree, await self._ignore())

    async def _ignore(self) -> GitIgnoreSpec:
        paths = [path.decode("utf-8", "replace") for path in self.tree if path.rsplit(b"/", 1)[-1] == b".gitignore"]
        texts = {path.rpartition("/")[0]: await self.mirror.read(self.base, path) or "" for path in paths}
        return ignore_rules(texts)

    async def commit(self, changes: Sequence[Change], message: str, attempt: str) -> Patch:
        """Commit `changes` on the base in the host's mirror and return them as a patch."""
        ref = f"refs/sweagent/attempts/{self.run}/{attempt}"
        head = await self.mirror.commit(self.base, changes, message, ref)
        return await self.mirror.diff(self.base, head)


def read_report(result: CallResult) -> TestReport:
    """A test report from a tool's answer, which is untrusted.

    Raises:
        ProtocolViolation: it is not one.
    """
    try:
        return TestReport.model_validate(dict(result.data or {}))
    except ValidationError:
        raise ProtocolViolation(f"run_tests gave no test report: {result.text[:300]}") from None
