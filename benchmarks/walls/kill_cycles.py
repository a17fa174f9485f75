"""Start and kill: sandboxes struck at random moments, and what is left of them after one reaper pass.

    python -m benchmarks.walls.kill_cycles --cycles 1000 [--kinds docker,bwrap,pool] [--seed 0] [--at-once 3]

A cycle starts a client of its own, waits a random time, and strikes: SIGKILL of the client, SIGKILL of the tool server
inside, or a shutdown of every socket between the client and its engine (for bubblewrap: its server). A client that
outlives the strike must end by itself, or work on where it needed none of them. Then, once for the batch, one reaper
pass; then containers, volumes, mounts, marked folders, control groups and processes of the dead clients are looked
for. Needs root. Exit status 1 where anything is left.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import os
import random
import re
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.walls.kill_victim import backend_of
from sandboxes import late, owner
from sandboxes.contract import Owner
from sandboxes.docker_engine import LABEL, DockerEngine
from sandboxes.images import ensure_image
from sandboxes.reaper import reap
from sandboxes.toolbox import LAUNCH

KINDS = ("docker", "bwrap", "pool")
STRIKES = ("client", "server", "connection")
_WORK_SECONDS = 1.5  # strikes fall from the client's first word until so long after
_END_SECONDS = 20.0
_GRACE_SECONDS = 1.0  # a request that the engine had taken before the client died is still carried out
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438  # the same numbers on every architecture (asm-generic/unistd.h)


@dataclass(slots=True)
class Tally:
    """What happened in all cycles so far."""

    strikes: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)
    reaped: int = 0


@dataclass(slots=True)
class Victim:
    """One struck client: who it was, and where it worked."""

    who: Owner
    folder: Path
    strike: str
    ugly: str = ""


async def cycle(kind: str, image: str, folder: Path, strikes: list[str], chance: random.Random, tally: Tally) -> Victim:
    """Start a client, strike at a random moment, and see it end."""
    folder.mkdir()
    command = (sys.executable, "-m", "benchmarks.walls.kill_victim", kind, image, str(folder))
    strike, pause = chance.choice(strikes), chance.uniform(0.0, _WORK_SECONDS)
    errors = (folder / "errors").open("wb")
    client = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=errors)
    errors.close()
    assert client.stdout is not None
    await client.stdout.readline()
    me = owner.current_owner()
    victim = Victim(Owner(me.host, me.boot_id, client.pid, owner.start_ticks(client.pid) or 0), folder, strike)
    own = {int(word) for word in (await client.stdout.readline()).split()[1:]}
    await asyncio.sleep(pause)
    hit = _strike(strike, victim, own)
    tally.strikes[f"{kind} {strike}" if hit else f"{kind} client (no {strike} yet)"] += 1
    if not hit:
        client.send_signal(signal.SIGKILL)
    try:
        await asyncio.wait_for(client.communicate(), _END_SECONDS)
    except TimeoutError:
        works = await _works(folder)  # what was cut was not in use, and it made itself another
        client.send_signal(signal.SIGUSR1)  # it says where it stands
        await asyncio.sleep(0.5)
        client.kill()
        await client.wait()
        victim.ugly = "" if works else f"the client did not end by itself: {_tail(folder / 'errors')}"
    tally.ends[f"status {client.returncode}"] += 1
    if client.returncode not in (3, -signal.SIGKILL):
        victim.ugly = f"status {client.returncode}: {_tail(folder / 'errors')}"
    return victim


async def _works(folder: Path) -> bool:
    """Whether the sandbox of `folder` is still at work."""
    beat = folder / "upper" / "beat"
    before = beat.stat().st_size if beat.exists() else 0
    await asyncio.sleep(0.5)
    return beat.exists() and beat.stat().st_size > before


def _strike(how: str, victim: Victim, own: set[int]) -> bool:
    """Strike; False where there was nothing to strike yet."""
    match how:
        case "client":
            os.kill(victim.who.pid, signal.SIGKILL)
            return True
        case "server":
            servers = _processes_of(victim, only_servers=True)
            for pid in servers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return bool(servers)
        case _:
            return _cut(victim.who.pid, own)


def _cut(client: int, own: set[int]) -> bool:
    """Shut down every connected socket of `client` but those in `own`; False where there was none."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = libc.syscall(_PIDFD_OPEN, client, 0)
    cut = False
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{client}/fd").iterdir():
            if int(entry.name) in own or not str(entry.readlink()).startswith("socket:"):
                continue
            copy = libc.syscall(_PIDFD_GETFD, pidfd, int(entry.name), 0)
            with contextlib.suppress(OSError), socket.socket(fileno=copy) as theirs:
                theirs.shutdown(socket.SHUT_RDWR)
                cut = True
    os.close(pidfd)
    return cut


def _processes_of(victim: Victim, only_servers: bool = False) -> list[int]:
    """Processes inside the victim's sandbox: by the overlay that they see, or by their control group."""
    overlay = f"upperdir={victim.folder}/upper".encode()
    group = f"/sweagent/sweagent-[0-9a-f]+{re.escape(_mark(victim.who))}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if not entry.name.isdigit() or (only_servers and not _is_server(entry)):
                continue
            if overlay in (entry / "mountinfo").read_bytes() or re.search(group, (entry / "cgroup").read_bytes()):
                found.append(int(entry.name))
    return found


def _is_server(process: Path) -> bool:
    return (process / "cmdline").read_bytes().startswith(LAUNCH[0].encode())


def _mark(who: Owner) -> str:
    return f".{who.pid}.{who.started}."


async def left_of(victim: Victim, engine: DockerEngine | None) -> list[str]:
    """Everything on this machine that still belongs to a victim."""
    found = []
    if engine is not None:
        label = [LABEL, *(f"{name}={value}" for name, value in owner.to_labels(victim.who).items())]
        containers = await engine.do(lambda client: client.containers(all=True, filters={"label": label}))
        volumes = await engine.do(lambda client: client.volumes(filters={"label": label}))
        found += [f"container {item['Id'][:12]} ({item['State']})" for item in containers]
        found += [f"volume {item['Name'][:12]}" for item in volumes.get("Volumes") or []]
    mark = _mark(victim.who)
    places = [*late.HOME.glob(f"*{mark}*"), *Path("/sys/fs/cgroup").glob(f"*/sweagent/*{mark}*")]
    places += Path("/sys/fs/cgroup/sweagent").glob(f"*{mark}*")
    found += [f"folder {place}" for place in places]
    if f"{victim.folder}/" in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace"):
        found.append(f"a mount of {victim.folder}")
    found += [f"process {pid}" for pid in _processes_of(victim)]
    return found


async def run(cycles: int, kinds: list[str], strikes: list[str], seed: int, at_once: int) -> Tally:
    """All cycles, in batches with one reaper pass each."""
    chance, tally = random.Random(seed), Tally()
    images = {kind: await ensure_image(backend="bwrap" if kind == "bwrap" else "docker") for kind in kinds}
    engine = DockerEngine() if set(kinds) - {"bwrap"} else None
    backends = [backend_of(kind) for kind in {"docker" if kind == "pool" else kind for kind in kinds}]
    began = time.monotonic()
    for start in range(0, cycles, at_once):
        with tempfile.TemporaryDirectory(prefix="kill-") as home:
            numbers = range(start, min(start + at_once, cycles))
            jobs = [(kinds[number % len(kinds)], Path(home) / str(number)) for number in numbers]
            victims = await asyncio.gather(*(cycle(k, images[k], place, strikes, chance, tally) for k, place in jobs))
            await asyncio.sleep(_GRACE_SECONDS)
            tally.reaped += len(await reap(backends))
            for (kind, _), victim in zip(jobs, victims, strict=True):
                left = [f"{kind} {victim.strike}: {what}" for what in await left_of(victim, engine)]
                left += [f"{kind} {victim.strike}: {victim.ugly}"] if victim.ugly else []
                print(*left, sep="\n", end="\n" * bool(left), flush=True)
                tally.left += left
        if (start // at_once) % 20 == 19:
            print(f"{start + at_once} cycles, {time.monotonic() - began:.0f} s, left: {len(tally.left)}", flush=True)
    return tally


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()[-2000:]


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--strikes", default=",".join(STRIKES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=3)
    wanted = parser.parse_args()
    began = time.monotonic()
    kinds, strikes = wanted.kinds.split(","), wanted.strikes.split(",")
    tally = asyncio.run(run(wanted.cycles, kinds, strikes, wanted.seed, wanted.at_once))
    print(f"{wanted.cycles} cycles in {time.monotonic() - began:.0f} s; the reaper removed {tally.reaped}")
    for what, count in sorted(tally.strikes.items()):
        print(f"  struck {what}: {count}")
    for what, count in sorted(tally.ends.items()):
        print(f"  client ended with {what}: {count}")
    print(f"left after one reaper pass each: {len(tally.left)}", *tally.left, sep="\n  ")
    return 1 if tally.left else 0


if __name__ == "__main__":
    sys.exit(main())
