"""The demo: one real fault in a sample repository, solved with no key and no model, every step shown."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.suite import load

SWEAGENT = Path(sys.executable).with_name("sweagent")


def main() -> int:
    """Unpack the sample, let `sweagent solve` work on it, and show what it made; the exit status is that of solve."""
    task = load("busy-calendar")
    with tempfile.TemporaryDirectory(prefix="sweagent-demo-") as folder:
        repo = task.unpack(Path(folder) / "calendars")
        print(f"The issue:\n\n{task.issue.read_text(encoding='utf-8')}", flush=True)
        command = [str(SWEAGENT), "solve", str(repo), "--issue", f"@{task.issue}"]
        print(f"$ sweagent solve {repo.name} --issue @issue.md\n", flush=True)
        status = subprocess.run(command, check=False).returncode
        if status == 0:
            print("\n$ git log --oneline --all; git status --short", flush=True)
            subprocess.run(["git", "log", "--oneline", "--decorate", "--all"], cwd=repo, check=True)
            subprocess.run(["git", "status", "--short"], cwd=repo, check=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
