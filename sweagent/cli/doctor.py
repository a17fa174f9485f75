"""`sweagent doctor`: what works on this machine, what is missing, and the command that mends it."""

from __future__ import annotations

import asyncio
import sys

import click

from sweagent.cli.checks import Row, check_all, default_path_works
from sweagent.cli.failure import BAD_INPUT
from sweagent.cli.outcome import to_json
from sweagent.cli.render.clean import one_line
from sweagent.cli.render.lines import Line, Style
from sweagent.cli.render.view import print_lines

STYLES: dict[str, Style] = {"ok": "good", "missing": "warn", "broken": "bad"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:
    """Tell what works on this machine and how to mend the rest.

    Exit status: 0 where an issue can be solved with Docker and no model, else 2.
    """
    rows = asyncio.run(check_all())
    works = default_path_works(rows)
    if as_json:
        sys.stdout.write(to_json({"ok": works, "checks": [row.record() for row in rows]}) + "\n")
    else:
        print_lines(sys.stdout, [line for row in rows for line in row_lines(row)])
    return 0 if works else BAD_INPUT


def row_lines(row: Row) -> list[Line]:
    """A check for people: its state, and below it the command that mends it."""
    shown = [Line(f"{row.state:<8} {row.name:<12} {one_line(row.detail)}", STYLES[row.state])]
    if row.mend and row.state != "ok":
        shown.append(Line(f"{'':<8} {'':<12} → {one_line(row.mend)}"))
    return shown
