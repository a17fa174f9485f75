"""Strikes at random moments on client, server and connection: one reaper pass, and nothing is left.

The long run is `python -m benchmarks.walls.kill_cycles --cycles 1000`; this is the same with few.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bwrap", marks=pytest.mark.bwrap),
    pytest.param("pool", marks=pytest.mark.docker),
]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="strikes at other processes' sockets need root")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_after_one_reaper_pass(kind: str) -> None:
    command = [sys.executable, "-m", "benchmarks.walls.kill_cycles", "--cycles", "5", "--kinds", kind, "--at-once", "5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left after one reaper pass each: 0" in done.stdout
