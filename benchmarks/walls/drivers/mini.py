"""Drives mini-swe-agent's DockerEnvironment; run by the Python of its own virtual environment.

One JSON request a line on stdin, one JSON answer a line on stdout; times are seconds of the peer's own call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # the peer greets on standard output

from minisweagent.environments.docker import DockerEnvironment  # type: ignore[import-not-found]  # noqa: E402 (the peer's)


def peak_memory() -> int:
    """The largest resident size of this process since `forget_peak`, in bytes (proc(5), VmHWM)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak() -> None:
    """Start the peak anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def process_of(container: str) -> int:
    """The container's first process, as seen here."""
    found = subprocess.run(
        ["docker", "inspect", "--format", "{{.State.Pid}}", container], capture_output=True, text=True, check=True
    )
    return int(found.stdout)


def main() -> None:
    """Answer until the input ends."""
    environment: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict[str, Any] = {}
        began = time.perf_counter()
        try:
            match request["do"]:
                case "start":
                    environment = DockerEnvironment(image=request["image"], run_args=["--rm", "--network=none"])
                case "execute":
                    forget_peak()
                    before = peak_memory()
                    began = time.perf_counter()
                    done = environment.execute({"command": request["command"]}, timeout=request.get("timeout", 60))
                    answer = {"seconds": time.perf_counter() - began, "status": done["returncode"]}
                    answer |= {"output": len(done["output"]), "grown": peak_memory() - before}
                case "stop":
                    pid = process_of(environment.container_id)
                    began = time.perf_counter()
                    environment.cleanup()
                    while os.path.exists(f"/proc/{pid}"):  # noqa: PTH110 (thousands of times: no object each)
                        time.sleep(0.001)
                    environment.container_id = None
            answer.setdefault("seconds", time.perf_counter() - began)
        except Exception as error:  # noqa: BLE001 (the boundary of a request)
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
