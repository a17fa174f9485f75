"""Follow a run whose process is killed: the follower learns the truth and ends, though nobody wrote an end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

RUN = """
import time
from pathlib import Path
import sys
from sandboxes.owner import current_owner
from sweagent.core import event as ev
from sweagent.core.budget import Budget
from sweagent.core.task import Issue
from sweagent.store.sync import SyncEventLog
o = current_owner()
owner = ev.Owner(host=o.host, boot_id=o.boot_id, pid=o.pid, started=o.started)
log = SyncEventLog.open()
log.append("r1", ev.RunStarted(repo="/r", issue=Issue(title="x", text="x"), strategy="repair", backend="docker",
                               budget=Budget(), owner=owner, version="1"))
print("begun", flush=True)
time.sleep(600)
"""


def test_the_follower_of_a_killed_run_ends_with_interrupted(tmp_path: Path) -> None:
    env = {**os.environ, "SWEAGENT_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, env=env) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"begun\n"
        command = [sys.executable, "-m", "sweagent", "log", "r1", "--follow", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as follower:
            assert follower.stdout is not None
            assert json.loads(follower.stdout.readline())["body"]["kind"] == "run_started"
            run.kill()
            run.wait()  # reaped: a zombie would count as dead too
            assert json.loads(follower.stdout.readline())["body"]["status"] == "interrupted"
            assert follower.wait(60) == 0
