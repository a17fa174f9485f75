"""Compares the time of the `search` tool with ripgrep's own, interleaved in one run.

Usage: ``python -m benchmarks.index.search FOLDER [ROUNDS [PATTERN …]]``. The tool runs in this process as the server
runs it, with bounded output; ripgrep (``rg -n``, hidden files and ignore rules as by default) writes all its hits into
a pipe. Wall seconds, medians, and the median of the ratios round by round.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tools import catalog
from tools.process import Runner
from tools.registry import Call
from tools.schema import fit

_PATTERNS = ("self", "e", "class \\w+Error", "QuerySet", "return None", "no_such_word_anywhere")


def main() -> None:
    """Measure every pattern and print a row for each."""
    folder, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 7
    runner = Runner(folder)
    call, tool = Call(folder, runner, session={}), catalog.load()["search"]
    print("pattern | ripgrep s | search s | ratio")
    for pattern in sys.argv[3:] or _PATTERNS:
        arguments = fit(tool.schema, {"pattern": pattern}, tool.parameter_aliases)
        theirs, ours = [], []
        for _ in range(rounds):
            began = time.perf_counter()
            subprocess.run(["rg", "-n", "-e", pattern, "."], cwd=folder, stdout=subprocess.PIPE, check=False)
            middle = time.perf_counter()
            tool.handler(arguments, call)
            theirs.append(middle - began)
            ours.append(time.perf_counter() - middle)
        ratio = statistics.median(b / a for a, b in zip(theirs, ours, strict=True))
        print(f"{pattern} | {statistics.median(theirs):.3f} | {statistics.median(ours):.3f} | {ratio:.2f}")
    runner.kill_all()


if __name__ == "__main__":
    main()
