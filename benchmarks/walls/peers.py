"""The peers: each in a virtual environment of its own, driven through its own classes by a script over a pipe.

The scripts in `drivers/` time each action themselves, so that neither the pipe nor imports count. Environments and the
image that SWE-ReX needs are made from pinned names when they are not there; that step alone uses the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("SWEAGENT_BENCH_PEERS") or Path(tempfile.gettempdir()) / "sweagent-peers")
"""Where the environments are kept between runs."""
_DRIVERS = Path(__file__).parent / "drivers"
_ANSWER_SECONDS = 300.0
_DOCKERFILE = """\
FROM {image}
COPY site /opt/peer
RUN printf '#!/bin/sh\\nPYTHONPATH=/opt/peer exec python3 -m swerex.server "$@"\\n' > /usr/local/bin/swerex-remote \\
    && chmod 755 /usr/local/bin/swerex-remote
"""


@dataclass(frozen=True, slots=True)
class Package:
    """A peer on the package index, and the script that drives it. `also` is what it needs and does not say."""

    requirement: str
    driver: str
    also: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Its virtual environment."""
        return HOME / self.requirement.replace("==", "-")


MINI = Package("mini-swe-agent==2.4.6", "mini.py")
REX = Package("swe-rex==1.4.0", "rex.py", also=("aiohttp==3.14.5",))


class Peer:
    """A running driver. Use as an async context manager."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, package: Package) -> Peer:
        """Start its driver, making the environment first where it is not there.

        Raises:
            subprocess.CalledProcessError: the environment cannot be made.
        """
        await asyncio.to_thread(_ensure, package)
        command = [str(package.folder / "bin/python"), str(_DRIVERS / package.driver)]
        pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        env = {**os.environ, "MSWEA_SILENT_STARTUP": "1", "SWE_REX_LOG_STREAM_LEVEL": "CRITICAL"}
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=quiet, env=env))

    async def do(self, what: str, **arguments: object) -> dict[str, Any]:
        """Have the driver do one thing; its answer, with `seconds` where it timed it.

        Raises:
            RuntimeError: it failed, or ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **arguments}).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), _ANSWER_SECONDS)
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the driver ended"}
        if "error" in answer:
            raise RuntimeError(f"{what}: {answer['error']}")
        return answer

    async def __aenter__(self) -> Peer:
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 30)
            return
        self._process.kill()
        await self._process.wait()


def ensure_rex_image(image: str) -> str:
    """An image made from `image` with SWE-ReX installed in it, for its server runs inside; blocking.

    Raises:
        subprocess.CalledProcessError: it cannot be made.
    """
    tag = f"sweagent-bench/swe-rex:{REX.requirement.rpartition('=')[2]}-{image.rpartition(':')[2]}"
    if subprocess.run(["docker", "image", "inspect", tag], capture_output=True, check=False).returncode == 0:
        return tag
    _ensure(REX)
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    run = ["docker", "run", "--rm", "--network=none", "--entrypoint=python3", image, "-c", ask]
    version = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="sweagent-rex-") as context:
        pip = [str(REX.folder / "bin/python"), "-m", "pip", "install", "-qq", f"--target={context}/site"]
        subprocess.run([*pip, f"--python-version={version}", "--only-binary=:all:", REX.requirement], check=True)
        (Path(context) / "Dockerfile").write_text(_DOCKERFILE.format(image=image), encoding="utf-8")
        subprocess.run(["docker", "build", "--quiet", "--tag", tag, context], check=True, stdout=subprocess.DEVNULL)
    return tag


def _ensure(package: Package) -> None:
    ready = package.folder / ".ready"
    if not ready.exists():
        print(f"installing {package.requirement} in {package.folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(package.folder)], check=True)
        pip = [str(package.folder / "bin/python"), "-m", "pip", "install", "-qq", package.requirement, *package.also]
        subprocess.run(pip, check=True)
        ready.touch()
