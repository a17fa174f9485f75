"""Run the tests of a source tree in a container of the base image and tell how each test ended."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_RECORD = r"""
import json, os, sys, pytest
class Recorder:
    def __init__(self): self.found = {}
    def note(self, name, outcome, error="", message="", frames=()):
        if self.found.get(name, ("",))[0] not in ("failed", "error"):
            self.found[name] = (outcome, error, message[:300], list(frames))
    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = (yield).get_result()
        if call.excinfo is None:
            if report.when == "call" or report.skipped: self.note(item.nodeid, report.outcome)
            return
        here, frames = os.getcwd() + "/", []
        for entry in call.excinfo.traceback:
            path = str(entry.path)
            if path.startswith(here): frames.append([path[len(here):], entry.lineno + 1])
        outcome = report.outcome if report.when == "call" or report.skipped else "error"
        self.note(item.nodeid, outcome, call.excinfo.type.__name__, str(call.excinfo.value), frames[-8:])
    def pytest_collectreport(self, report):
        if report.failed: self.note(report.nodeid, "error", "collection", str(report.longrepr)[-300:])
recorder = Recorder()
pytest.main(["-q", "-o", "addopts=", "-p", "no:cacheprovider", "--continue-on-collection-errors"], plugins=[recorder])
print("\nOUTCOMES " + json.dumps(recorder.found))
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """How one test ended: pytest's word, the exception's name and text, and frames (path, line) inside the tree."""

    outcome: str
    error: str = ""
    message: str = ""
    frames: tuple[tuple[str, int], ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it failed or could not run."""
        return self.outcome in ("failed", "error")


def run_tests(tree: Path, image: str, seconds: float = 240.0) -> dict[str, Ending]:
    """Outcomes by test id; empty where the run broke off. The container has no network and sees a read-only tree."""
    paths = "/w/src:/w" if (tree / "src").is_dir() else "/w"
    inside = 'cp -r /tree/. /w && cd /w && exec python3 -c "$RECORD"'
    command = ["docker", "run", "--rm", "--init", "--network=none", "--memory=1g", "--pids-limit=256", "--cap-drop=ALL"]
    command += ["--tmpfs", "/w:exec,mode=1777,size=512m", "-v", f"{tree}:/tree:ro", "--user", "1000"]
    command += ["-e", f"PYTHONPATH={paths}", "-e", f"RECORD={_RECORD}", "-e", "PYTHONDONTWRITEBYTECODE=1"]
    command += ["-e", "HOME=/tmp", image, "timeout", "-k", "5", f"{seconds:.0f}", "sh", "-c", inside]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + 60, check=False)
    match = re.search(r"^OUTCOMES (.*)$", done.stdout, re.MULTILINE)
    if match is None:
        return {}
    return {
        name: Ending(outcome, error, message, tuple((str(p), int(n)) for p, n in frames))
        for name, (outcome, error, message, frames) in json.loads(match.group(1)).items()
    }
