"""Run the measurements of the walls; the exit status is 1 where a target is missed."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence

from benchmarks.walls import latency, life, output, toolbox
from benchmarks.walls.report import Report

PARTS = ("latency", "life", "output", "toolbox")


async def measure(part: str, options: argparse.Namespace) -> Report:
    """One part's figures."""
    match part:
        case "latency":
            return await latency.measure(options.rounds or 100, options.peers)
        case "life":
            return await life.measure(options.rounds or 12, options.peers, options.crowd)
        case "output":
            return await output.measure(options.rounds or 3, options.peers)
        case _:
            return await toolbox.measure(options.rounds or 30)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walls", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--rounds", type=int, help="how often each action is taken (each part has its default)")
    parser.add_argument("--crowd", type=int, default=50, help="sandboxes at once (default: 50)")
    parser.add_argument("--without-peers", dest="peers", action="store_false", help="nothing from the package index")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if unknown := set(options.part) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    met = True
    for part in options.part or PARTS:
        report = asyncio.run(measure(part, options))
        command = f"python -m benchmarks.walls {part}" + f" --rounds {options.rounds}" * bool(options.rounds)
        print(json.dumps({"command": command, **report.data()}) if options.json else f"$ {command}\n{report.text()}\n")
        met = met and report.met
    return int(not met)


if __name__ == "__main__":
    raise SystemExit(main())
