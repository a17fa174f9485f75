"""`sweagent detect`: how a repository would be built and tested, and why; nothing is run or made."""

from __future__ import annotations

import asyncio
import sys

import click

from sweagent.app.inspect import inspect
from sweagent.app.options import SolveOptions
from sweagent.app.wanted import Wanted
from sweagent.cli.outcome import to_json
from sweagent.cli.render.clean import one_line
from sweagent.cli.render.lines import Line
from sweagent.cli.render.view import print_lines


@click.command()
@click.argument("repo")
@click.option("--base", metavar="REV", help="Revision to look at (default: HEAD).")
@click.option("--test", metavar="CMD", help="Shell command that runs the tests (default: found out).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def detect(repo: str, base: str | None, test: str | None, as_json: bool) -> None:
    """Tell how REPO (a path or a git URL) would be built and tested, and why.

    The files of its base commit are read; nothing of it is run. A [sandbox] table in its sweagent.toml, and the options
    --test, --image, --setup and --no-setup of `sweagent solve`, say it better where the guess is wrong.
    """
    options = SolveOptions(repo=repo, issue="", base=base, test=test, allow_dirty=True)
    wanted = asyncio.run(inspect(options))
    if as_json:
        sys.stdout.write(to_json(record(wanted)) + "\n")
    else:
        print_lines(sys.stdout, lines(wanted))


def record(wanted: Wanted) -> dict[str, object]:
    """What was found, for JSON. Sizes in bytes, times in seconds."""
    limits = wanted.limits
    return {
        "test": {"command": wanted.project.test_command, "why": wanted.project.why},
        "image": {"name": wanted.image, "why": wanted.image_why},
        "setup": {
            "packages": list(wanted.packages),
            "commands": list(wanted.setup),
            "why": wanted.setup_why,
            "manifests": list(wanted.project.manifests),
            "guessed": wanted.guessed,
        },
        "env": dict(wanted.project.env),
        "limits": {
            "memory": limits.memory_bytes,
            "pids": limits.pids,
            "cpus": limits.cpus,
            "seconds": limits.seconds,
        },
    }


def lines(wanted: Wanted) -> list[Line]:
    """What was found, for people."""
    found = [
        _row("test", wanted.project.test_command, wanted.project.why),
        _row("image", wanted.image, wanted.image_why),
    ]
    if wanted.packages:
        found.append(_row("packages", " ".join(wanted.packages), "[sandbox] packages in sweagent.toml"))
    found += [_row("setup", command, wanted.setup_why) for command in wanted.setup]
    if not wanted.setup and not wanted.packages:
        found.append(_row("setup", "nothing", wanted.setup_why or "nothing has to be installed"))
    found += [_row("env", f"{name}={value}", "") for name, value in sorted(wanted.project.env.items())]
    return found


def _row(name: str, value: str, why: str) -> Line:
    return Line(f"{name:<9} {one_line(value, 400)}" + (f"  ({one_line(why)})" if why else ""))
