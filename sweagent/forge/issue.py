"""An issue from what the user typed: plain text, `@FILE`, or the URL of a GitHub issue."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from sweagent.core.errors import BadInput
from sweagent.core.task import Issue

MAX_CHARACTERS = 100_000
_GITHUB = re.compile(r"^https?://(?P<host>[^/]+)/(?P<repo>[^/]+/[^/]+)/(issues|pull)/(?P<number>\d+)")


async def read_issue(given: str) -> Issue:
    """The issue that `given` names; `@-` reads standard input.

    Raises:
        BadInput: it is empty, the file cannot be read, the URL is not an issue, or the forge refuses.
    """
    if given.startswith("@"):
        return _from_text(await asyncio.to_thread(_read, given[1:]), source=given)
    if re.match(r"^https?://\S+$", given.strip()):
        match = _GITHUB.match(given.strip())
        if match is None:
            raise BadInput(f"{given.strip()} is not the URL of a GitHub issue (https://HOST/OWNER/REPO/issues/N)")
        from sweagent.forge.github import fetch_issue

        issue = await fetch_issue(match["host"], match["repo"], int(match["number"]), given.strip())
        return issue.model_copy(update={"text": issue.text[:MAX_CHARACTERS]})
    return _from_text(given, source="text")


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read(MAX_CHARACTERS * 4 + 1) if name == "-" else Path(name).expanduser().read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the issue from {name}: {error.strerror or error}") from None
    return data.decode("utf-8", "replace")


def _from_text(text: str, source: str) -> Issue:
    text = text.strip()
    if not text:
        raise BadInput("the issue is empty: say what is wrong, for example --issue 'add() loses the carry'")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"the issue is longer than {MAX_CHARACTERS} characters: shorten it")
    title = next(line for line in text.split("\n") if line.strip()).strip().lstrip("# ")[:120]
    return Issue(title=title or "change", text=text, source=source)
