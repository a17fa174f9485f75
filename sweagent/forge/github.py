"""GitHub through PyGithub: the only file that imports it, and only when it is needed."""

from __future__ import annotations

import asyncio
import os

from sweagent.core.errors import BadInput
from sweagent.core.task import Issue


async def fetch_issue(host: str, repo: str, number: int, url: str, *, base_url: str | None = None) -> Issue:
    """Read an issue (or pull request) with its title and body.

    Raises:
        BadInput: PyGithub is not installed, or GitHub refuses or cannot be reached.
    """
    return await asyncio.to_thread(_fetch, host, repo, number, url, base_url)


def github_token() -> str | None:
    """A token for GitHub from the environment, where one is set."""
    return os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")


def _fetch(host: str, repo: str, number: int, url: str, base_url: str | None) -> Issue:
    try:
        import github
    except ImportError:
        raise BadInput("reading GitHub issues needs PyGithub: pip install 'sweagent-lead[github]'") from None
    if base_url is None:
        base_url = "https://api.github.com" if host in ("github.com", "www.github.com") else f"https://{host}/api/v3"
    token = github_token()
    auth = github.Auth.Token(token) if token else None
    try:
        with github.Github(auth=auth, base_url=base_url, timeout=30, retry=None, lazy=True) as client:
            found = client.get_repo(repo).get_issue(number)
            title, body = found.title, found.body or ""
    except github.GithubException as error:
        hint = "" if token else " (no GITHUB_TOKEN is set: private repositories need one)"
        raise BadInput(f"GitHub does not give {url}: status {error.status}{hint}") from None
    except OSError as error:
        raise BadInput(
            f"cannot reach {host}: {type(error).__name__}; check the network, or pass the text itself"
        ) from None
    return Issue(title=title[:120], text=f"{title}\n\n{body}", source="github", url=url)
