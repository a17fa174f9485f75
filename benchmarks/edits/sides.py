"""The sides that get the same requests: our tools, a plain exact replacement, and ``git apply``."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.edits.mistakes import Request, common_ends
from tools import catalog
from tools.process import Runner
from tools.registry import Call, Result
from tools.server import use

Attempt = Callable[[Request], tuple[bytes, str]]
"""What the file is after the request, and what was answered."""
_LINES = re.compile(r"\blines? (\d+)(?:-(\d+))?|^ *(\d+)\t", re.MULTILINE)


class Ours:
    """The tools of this project in a workspace of their own."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tools = catalog.load()
        self._runner = Runner(root)
        self._session: dict[str, Any] = {}

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        """Use a tool as the server does."""
        return use(tool, dict(arguments), self._tools, Call(self._root, self._runner, session=self._session))

    def str_replace(self, request: Request) -> tuple[bytes, str]:
        """The request as a call of `str_replace`."""
        path = _put(self._root, request)
        answer = self.call("str_replace", {"path": path.name, "old_str": request.old, "new_str": request.new})
        return path.read_bytes(), answer.text

    def apply_patch(self, request: Request) -> tuple[bytes, str]:
        """The request as a call of `apply_patch`."""
        path = _put(self._root, request)
        patch = as_patch(request, path.name).decode("utf-8", "surrogateescape")
        answer = self.call("apply_patch", {"patch": patch})
        return path.read_bytes(), answer.text

    def again(self, request: Request, answer: str) -> bool:
        """Whether the refusal of an ambiguous call, followed to the letter, leads to the right file."""
        places = re.findall(r"#(\d+) lines? (\d+)", answer)
        number = next((int(number) for number, line in places if int(line) == request.line), None)
        if number is None:
            return False
        path = _put(self._root, request)
        arguments = {"path": path.name, "old_str": request.old, "new_str": request.new, "occurrence": number}
        return not self.call("str_replace", arguments).is_error and path.read_bytes() == request.hunk.after.encode()

    def close(self) -> None:
        """End the checker."""
        self._runner.kill_all()


def exact(request: Request) -> tuple[bytes, str]:
    """What a plain editor does: replace where the text stands exactly once."""
    count = request.before.count(request.old)
    content = request.before.replace(request.old, request.new) if count == 1 else request.before
    return content.encode(), ""


def git_apply(root: Path, *options: str) -> Attempt:
    """``git apply --recount`` of the same change as a patch, which also tells git the line."""

    def attempt(request: Request) -> tuple[bytes, str]:
        path = _put(root, request)
        command = ["git", "apply", "--recount", *options]
        subprocess.run(command, cwd=root, input=as_patch(request, path.name), capture_output=True, check=False)
        return path.read_bytes(), ""

    return attempt


def as_patch(request: Request, name: str) -> bytes:
    """The request as a unified diff of one hunk."""
    old, new = _lines(request, request.old), _lines(request, request.new)
    head, tail = common_ends(old, new)
    body = [f" {line}" for line in old[:head]]
    body += [f"-{line}" for line in old[head : len(old) - tail]]
    body += [f"+{line}" for line in new[head : len(new) - tail]]
    body += [f" {line}" for line in old[len(old) - tail :]]
    at = request.patch_line
    top = f"--- a/{name}\n+++ b/{name}\n@@ -{at},{len(old)} +{at},{len(new)} @@\n"
    marked = [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in body]
    return (top + "".join(marked)).encode("utf-8", "surrogateescape")


def _lines(request: Request, value: str) -> list[str]:
    """Whole lines with their ends: one that the call left out is there again, unless the file ends without it."""
    if not request.old.endswith("\n") and not request.before.endswith(request.old):
        value += "\n"
    return [line + "\n" for line in value.split("\n")[:-1]] + ([last] if (last := value.rpartition("\n")[2]) else [])


def names_the_place(request: Request, answer: str) -> bool:
    """Whether an answer names the lines that the request is about, by number."""
    for match in _LINES.finditer(answer):
        first = int(match[1] or match[3])
        if first <= request.line <= int(match[2] or first):
            return True
    return False


def _put(root: Path, request: Request) -> Path:
    path = root / f"file{Path(request.hunk.path).suffix}"
    path.write_bytes(request.before.encode())
    return path
