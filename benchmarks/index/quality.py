"""Measures how often the map holds the files that a past commit changed, beside Aider's map at the same budgets.

Usage: ``python -m benchmarks.index.quality AIDER_PYTHON OUTPUT.json TREE:PAST[:MOST] …`` where TREE is a git checkout
of the release, PAST a package's ``debian`` folder (see `patches`) or a ``.jsonl`` of `notes`, MOST a number of commits,
evenly spaced. Each
commit's message is the task; nothing else is given to either side. Both maps are counted by one tokenizer (cl100k), and
one that is over its budget is cut there. Aider's rows of an earlier run in OUTPUT are used again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.index.patches import PastCommit, series

BUDGETS = (2048, 4096, 8192)
HERE = Path(__file__).parent


class Peer:
    """A map maker in a process of its own: one JSON line asked, one answered."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def map(self, text: str, tokens: int) -> dict[str, Any]:
        """The map for a task, with the CPU seconds it took."""
        return self._ask({"text": text, "tokens": tokens})

    def cut(self, map_text: str, tokens: int) -> dict[str, Any]:
        """A map counted in this peer's tokens, and cut to `tokens` of them."""
        return self._ask({"map": map_text, "tokens": tokens})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def shown(text: str, files: Iterable[str]) -> set[str]:
    """Which of `files` the map names, each as a path at the start of a line."""
    starts = {line.split(":")[0].strip() for line in text.split("\n")}
    return {file for file in files if file in starts}


def measure(
    peers: dict[str, Peer], commits: list[PastCommit], label: str, known: dict[tuple[Any, ...], dict[str, Any]]
) -> list[dict[str, Any]]:
    """One row for each commit, budget and map maker; Aider's rows that an earlier run left in `known` are kept."""
    rows = []
    for number, commit in enumerate(commits):
        for budget in BUDGETS:
            for name, peer in peers.items():
                kept = known.get((label, commit.name, budget, name))
                if kept is not None and name == "aider":
                    rows.append(kept)
                    continue
                answer = peer.map(commit.message, budget)
                if name != "aider":
                    answer = {**peers["aider"].cut(answer["map"], budget), "cpu": answer["cpu"]}
                found = shown(answer["map"], commit.files)
                rows.append(
                    {
                        "project": label,
                        "commit": commit.name,
                        "budget": budget,
                        "map": name,
                        "files": len(commit.files),
                        "found": len(found),
                        "cpu": answer["cpu"],
                        "tokens": answer.get("tokens"),
                    }
                )
        if number % 10 == 9:
            print(f"{label}: {number + 1} of {len(commits)} commits", file=sys.stderr, flush=True)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Shares by project, budget and map: files found, commits with any file found, commits with all found."""
    lines = ["project | budget | map | commits | files found | any file | all files"]
    projects = [*dict.fromkeys(row["project"] for row in rows), "all"]
    for project in projects:
        for budget in BUDGETS:
            for name in dict.fromkeys(row["map"] for row in rows):
                mine = [
                    r for r in rows if r["map"] == name and r["budget"] == budget and project in (r["project"], "all")
                ]
                share = sum(r["found"] / r["files"] for r in mine) / len(mine)
                some = sum(r["found"] > 0 for r in mine) / len(mine)
                full = sum(r["found"] == r["files"] for r in mine) / len(mine)
                lines.append(f"{project} | {budget} | {name} | {len(mine)} | {share:.1%} | {some:.1%} | {full:.1%}")
    return "\n".join(lines)


def past_commits(past: Path, tree: Path) -> list[PastCommit]:
    """The commits of a ``debian`` folder, or those listed in a ``.jsonl`` file."""
    if past.suffix != ".jsonl":
        return series(past, tree)
    rows = [json.loads(line) for line in past.read_text(encoding="utf-8").split("\n") if line]
    return [PastCommit(row["name"], row["message"], tuple(row["files"])) for row in rows]


def main() -> None:
    """Measure every project and print the table."""
    aider, output = sys.argv[1], Path(sys.argv[2])
    rows: list[dict[str, Any]] = []
    former = json.loads(output.read_text()) if output.exists() else []
    known = {(row["project"], row["commit"], row["budget"], row["map"]): row for row in former}
    for pair in sys.argv[3:]:
        tree, past = (Path(part).resolve() for part in pair.split(":")[:2])
        commits = past_commits(past, tree)
        most = int(pair.split(":")[2]) if pair.count(":") == 2 else len(commits)
        commits = [commits[at * len(commits) // most] for at in range(min(most, len(commits)))]
        with tempfile.TemporaryDirectory() as folder:
            peers = {
                "aider": Peer([aider, str(HERE / "aider_side.py"), "serve", str(tree)]),
                "ours": Peer([sys.executable, str(HERE / "our_side.py"), "serve", str(tree), f"{folder}/index.db"]),
            }
            rows += measure(peers, commits, tree.name, known)
            for peer in peers.values():
                peer.close()
        output.write_text(json.dumps(rows))
    print(table(rows))


if __name__ == "__main__":
    main()
