"""The bench for any other test command: a real edit in a private copy, then the command; exit status 0 is a pass."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from pathlib import Path

from tools.process import Runner
from tools.repair.baseline import Trial
from tools.repair.candidate import Candidate
from tools.repair.copies import copy_tree
from tools.repair.repair_runner.tree import Tree


class BlindBench:
    """Knows nothing of single tests. Close it, or the copies stay."""

    def __init__(self, runner: Runner, workspace: Path, command: str, workers: int, test_seconds: float) -> None:
        self.runner, self.workspace, self._command = runner, workspace.resolve(), command
        self.scratch = Path(tempfile.mkdtemp(prefix="repair-", dir=runner.env.get("TMPDIR") or None))
        self._test_seconds = test_seconds
        self.slots: list[BlindSlot] = []
        for number in range(workers):
            self.slots.append(BlindSlot(self.scratch / f"w{number}" / self.workspace.name, self.workspace))
        self.wall = test_seconds

    def measure(self) -> tuple[int | None, str]:
        """Run the command once as it is: its exit status and output."""
        done = self._run(self.slots[0], self._test_seconds)
        self.wall = done[2]
        return done[0], done[1]

    def _run(self, slot: BlindSlot, seconds: float) -> tuple[int | None, str, float]:
        command = self._command.replace(str(self.workspace), str(slot.root))
        env = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(self.scratch / "pyc")}
        done = self.runner.run(
            command, timeout=seconds, cwd=slot.root, env=env, spill=False, grace=0.1, cancelled=threading.Event()
        )
        return done.exit_code, done.output.text(), done.seconds

    def edited(self, slot: BlindSlot, candidate: Candidate) -> Trial:
        """Try a candidate."""
        try:
            for path, edits in candidate.by_file().items():
                slot.tree.edit(path, edits)
            status, _, _ = self._run(slot, max(2.0, 5 * self.wall))
        except (OSError, ValueError) as error:
            return Trial(candidate, "skipped", note=str(error))
        finally:
            slot.tree.restore()
        return Trial(candidate, "plausible" if status == 0 else "timeout" if status is None else "failed")

    def close(self) -> None:
        """Remove the copies."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.scratch, ignore_errors=True)


class BlindSlot:
    """One private copy."""

    def __init__(self, root: Path, workspace: Path) -> None:
        self.root = root
        self.linked = copy_tree(workspace, root)
        self.tree = Tree(str(root), str(workspace))
