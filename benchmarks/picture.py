"""Draw README's picture: the demo's run as its event log tells it, exported as an SVG terminal.

Run ``python -m benchmarks.picture docs/demo.svg`` after ``make setup``.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.suite import load
from sweagent.app.options import SolveOptions
from sweagent.app.solve import solve
from sweagent.cli.render.lines import lines
from sweagent.cli.render.live import styled
from sweagent.core.event import Event
from sweagent.store.log import EventLog

WIDTH = 112


async def run() -> list[Event]:
    """Solve the sample's issue in a home of its own and return what was logged."""
    task = load("busy-calendar")
    with tempfile.TemporaryDirectory(prefix="sweagent-picture-") as folder:
        repo = task.unpack(Path(folder) / "calendars")
        async with await EventLog.open(Path(folder) / "events.db") as log:
            state = await solve(SolveOptions(repo=str(repo), issue=f"@{task.issue}"), log)
            return await log.read(state.id)


def draw(events: Sequence[Event], target: Path) -> None:
    """Write the events as people see them to `target`."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False, force_terminal=True)
    console.print("$ sweagent solve ./calendars --issue @issue.md", style="bold")
    for event in events:
        for line in lines(event):
            if "sweagent-picture-" not in line.text:  # the scratch folder is of no interest
                console.print(styled(line), no_wrap=True, overflow="ellipsis")
    console.save_svg(str(target), title="sweagent")


if __name__ == "__main__":
    draw(asyncio.run(run()), Path(sys.argv[1]))
