"""Runs Aider's RepoMap over one repository and prints CPU seconds and maps as JSON; for Aider's own environment.

Run by the Python of a virtual environment that holds ``aider-chat``; never by this project's. Modes:

- ``cost ROOT``: CPU seconds of one map (``first``; cold or warm by whether a tag cache lies in ROOT), and with
  ``--again`` of a second query with another focus in the same process.
- ``serve ROOT``: one JSON request a line on stdin ({"text", "tokens"}) → one answer a line ({"map", "cpu"}).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


class _Quiet:
    """What RepoMap asks of Aider's terminal."""

    def tool_output(self, *_: Any, **__: Any) -> None:
        """Say nothing."""

    tool_error = tool_warning = tool_output

    def read_text(self, name: str) -> str | None:
        """The text of a file, or None."""
        try:
            return Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return None


class _Tokens:
    """Counts tokens as Aider's default models do (cl100k)."""

    def __init__(self) -> None:
        import importlib.util
        import os

        found = importlib.util.find_spec("litellm")
        assert found is not None and found.origin is not None
        folder = Path(found.origin).parent / "litellm_core_utils" / "tokenizers"
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)  # the encoding's file lies there, so no download
        import tiktoken

        self._encoding = tiktoken.get_encoding("cl100k_base")

    def token_count(self, text: str) -> int:
        """Tokens of `text`."""
        return len(self._encoding.encode(text, disallowed_special=()))

    def cut(self, text: str, tokens: int) -> str:
        """The first `tokens` tokens of `text`."""
        return str(self._encoding.decode(self._encoding.encode(text, disallowed_special=())[:tokens]))


def repo_map(root: Path, tokens: int) -> Any:
    """A RepoMap over `root` with a budget of `tokens`."""
    from aider.repomap import RepoMap  # type: ignore[import-not-found]  # only in its own environment

    return RepoMap(map_tokens=tokens, root=str(root), main_model=_Tokens(), io=_Quiet(), refresh="always")


def tracked(root: Path) -> list[str]:
    """Absolute paths of all tracked files, as Aider lists them."""
    out = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True).stdout
    return [str(root / name) for name in out.decode("utf-8", "surrogateescape").split("\0") if name]


def mentions(text: str, files: list[str], root: Path) -> tuple[set[str], set[str]]:
    """The identifiers and files that Aider itself would take from a message (`Coder.get_ident_mentions` and such)."""
    import re

    idents = set(re.split(r"\W+", text))
    relative = [str(Path(file).relative_to(root)) for file in files]
    words = {word.rstrip(",.!;:?").strip("\"'`*_") for word in text.split()}
    named = {name for name in relative if name in words}
    by_base: dict[str, list[str]] = {}
    for name in relative:
        base = Path(name).name
        if "/" in base or "." in base or "_" in base or "-" in base:
            by_base.setdefault(base, []).append(name)
    named |= {names[0] for base, names in by_base.items() if len(names) == 1 and base in words}
    stems: dict[str, set[str]] = {}
    for name in relative:
        if len(Path(name).stem) >= 5:
            stems.setdefault(Path(name).stem.lower(), set()).add(name)
    for ident in idents:
        if len(ident) >= 5:
            named |= stems.get(ident.lower(), set())
    return idents, named


def one_map(repo: Any, files: list[str], text: str, root: Path) -> tuple[str, float]:
    """The map for the task `text`, and the CPU seconds it took."""
    idents, named = mentions(text, files, root)
    started = time.process_time()
    result = repo.get_repo_map(set(), files, mentioned_fnames=named, mentioned_idents=idents, force_refresh=True)
    return result or "", time.process_time() - started


def _cost(root: Path, again: int, tokens: int) -> dict[str, Any]:
    files = tracked(root)
    repo = repo_map(root, tokens)
    repo.token_count("warm")
    started = time.process_time()
    _, first = one_map(repo, files, "Fix a bug in the query compiler", root)
    queries = [one_map(repo, files, f"look at number {n} of the form validation errors", root)[1] for n in range(again)]
    return {
        "first": first,
        "again": queries,
        "process": time.process_time(),
        "since_import": time.process_time() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "files": len(files),
    }


def _remember_ranking(repo: Any) -> None:
    """Let maps of one task at several budgets share Aider's own ranking: same answers, a third of the time."""
    original = repo.get_ranked_tags
    memory: dict[Any, Any] = {}

    def ranked(chat: Any, others: Any, names: Any, idents: Any, progress: Any = None) -> Any:
        key = (frozenset(names), frozenset(idents))
        if key not in memory:
            memory.clear()
            memory[key] = original(chat, others, names, idents, progress)
        return list(memory[key])

    repo.get_ranked_tags = ranked


def _serve(root: Path) -> None:
    files = tracked(root)
    repo = repo_map(root, 1024)
    _remember_ranking(repo)
    for line in sys.stdin:
        request = json.loads(line)
        if "map" in request:  # another's map: counted and cut by the same tokenizer
            cut = repo.main_model.cut(request["map"], request["tokens"])
            print(
                json.dumps({"map": cut, "cpu": 0.0, "tokens": repo.main_model.token_count(request["map"])}), flush=True
            )
            continue
        repo.max_map_tokens = request["tokens"]
        repo.map_mul_no_files = 1
        text, cpu = one_map(repo, files, request["text"], root)
        counted = repo.main_model.token_count(text)
        print(json.dumps({"map": text, "cpu": cpu, "tokens": counted}), flush=True)


def main() -> None:
    """Read the arguments and run the mode asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("cost", "serve"))
    parser.add_argument("root", type=Path)
    parser.add_argument("--again", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=4096)
    options = parser.parse_args()
    if options.mode == "cost":
        print(json.dumps(_cost(options.root.resolve(), options.again, options.tokens)))
    else:
        _serve(options.root.resolve())


if __name__ == "__main__":
    main()
