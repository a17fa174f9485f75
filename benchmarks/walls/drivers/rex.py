"""Drives SWE-ReX's DockerDeployment; run by the Python of its own virtual environment.

One JSON request a line on stdin, one JSON answer a line on stdout; times are seconds of the peer's own call.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # the peer greets on standard output

from swerex.deployment.docker import DockerDeployment  # type: ignore[import-not-found]  # noqa: E402 (the peer's)
from swerex.runtime.abstract import (  # type: ignore[import-not-found]  # noqa: E402 (the peer's)
    BashAction,
    Command,
    CreateBashSessionRequest,
)


async def answer_to(request: dict[str, Any], state: dict[str, Any]) -> None:
    """Do what is asked."""
    match request["do"]:
        case "start":
            deployment = DockerDeployment(image=request["image"], pull="never", startup_timeout=120.0)
            await deployment.start()
            state["deployment"] = deployment
        case "session":
            await state["deployment"].runtime.create_session(CreateBashSessionRequest(startup_timeout=30.0))
        case "execute":
            command = Command(command=["bash", "-c", request["command"]], timeout=60)
            await state["deployment"].runtime.execute(command)
        case "run_in_session":
            await state["deployment"].runtime.run_in_session(BashAction(command=request["command"], timeout=60))
        case "stop":
            await state.pop("deployment").stop()


async def main() -> None:
    """Answer until the input ends."""
    state: dict[str, Any] = {}
    while line := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(line)
        began = time.perf_counter()
        try:
            await answer_to(request, state)
            answer: dict[str, Any] = {"seconds": time.perf_counter() - began}
        except Exception as error:  # noqa: BLE001 (the boundary of a request)
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=ANSWERS, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
