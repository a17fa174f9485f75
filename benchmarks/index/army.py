"""Shows that an army pays the cold cost of the index once: N agents in sandboxes of their own, one index file.

Usage: ``python -m benchmarks.index.army REPO [AGENTS]`` where REPO is a git checkout. All agents start at the same
time, ask for the shared index (whoever is first builds it), and each asks for a map, writes a file of its own and looks
its new definition up. The counters come from the builder and from each agent's own server. Then one file is committed,
and a second base is indexed.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from sandboxes.contract import CallResult, Limits
from sandboxes.docker_backend import DockerBackend
from sweagent.app.ground import open_ground
from sweagent.app.options import SolveOptions
from sweagent.core import event as ev
from sweagent.lead.ground import Ground
from sweagent.lead.index import shared_index
from sweagent.repo.source import open_source

_TALLY = re.compile(r"(\d+) files, (\d+) contents parsed, (\d+) known before")


@dataclass(frozen=True, slots=True)
class Agent:
    """What one agent's server counted: contents parsed by itself before and after its edit, files taken as shared."""

    parsed: int
    parsed_after_edit: int
    shared: int
    seconds: float


def main() -> None:
    """Run both bases and print the counters."""
    repo = Path(sys.argv[1]).resolve()
    agents = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with tempfile.TemporaryDirectory(prefix="army-") as folder:
        copy = Path(folder, "repo")
        subprocess.run(["git", "clone", "-q", str(repo), str(copy)], check=True)
        asyncio.run(_one_base("first base", copy, agents))
        victim = next(path for path in sorted(copy.rglob("*.py")) if path.stat().st_size > 2000)
        with victim.open("a", encoding="utf-8") as file:
            file.write("\n\ndef committed_later():\n    pass\n")
        identity = ["-c", "user.name=u", "-c", "user.email=u@example.org"]
        subprocess.run(["git", *identity, "commit", "-qam", "one file"], cwd=copy, check=True)
        asyncio.run(_one_base("second base, one file changed", copy, agents))


async def _one_base(title: str, repo: Path, agents: int) -> None:
    events: list[ev.Body] = []

    async def emit(body: ev.Body) -> None:
        events.append(body)

    options = SolveOptions(repo=str(repo), issue="look around", test="true", no_setup=True)
    backend = DockerBackend()
    ground = await open_ground(options, "army", await open_source(str(repo), None), backend, emit)
    ground = replace(ground, policy=replace(ground.policy, limits=Limits(cpus=1.0)))
    began = time.perf_counter()
    found = await asyncio.gather(*(_agent(ground, number) for number in range(agents)))
    took = time.perf_counter() - began
    await backend.drain()
    built = [match for body in events if isinstance(body, ev.Progressed) and (match := _TALLY.search(body.message))]
    print(f"{title}: {agents} agents, {took:.1f} s in all")
    for match in built:
        print(f"  builds: {len(built)}; {match[1]} files, {match[2]} contents parsed, {match[3]} known before")
    print(f"  contents parsed by an agent before its edit: {dict(Counter(agent.parsed for agent in found))}")
    print(f"  contents parsed by an agent after its edit:  {dict(Counter(agent.parsed_after_edit for agent in found))}")
    print(f"  files taken from the shared index:           {dict(Counter(agent.shared for agent in found))}")
    print(f"  first map in a fresh sandbox, median:        {statistics.median(agent.seconds for agent in found):.2f} s")


async def _agent(ground: Ground, number: int) -> Agent:
    index = await shared_index(ground)
    async with ground.sandbox(f"a{number}", index=index) as (sandbox, _):
        began = time.perf_counter()
        before = await sandbox.call("map", {"task": "Fix a bug in the query compiler", "tokens": 2000})
        seconds = time.perf_counter() - began
        name = f"agent_{number}.py"
        await sandbox.call("create", {"path": name, "file_text": f"def only_of_{number}():\n    pass\n"})
        hit = await sandbox.call("find_symbol", {"name": f"only_of_{number}"})
        assert name in hit.text, hit.text
        after = await sandbox.call("map", {"task": "the same again", "tokens": 2000})
        return Agent(_count(before, "parsed"), _count(after, "parsed"), _count(after, "reused"), seconds)


def _count(result: CallResult, key: str) -> int:
    assert not result.is_error, result.text
    assert result.data is not None
    return int(result.data[key])


if __name__ == "__main__":
    main()
