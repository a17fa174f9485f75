"""Where a repository comes from: a folder of the user's or a URL, checked before anything is done with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sweagent.core.errors import BadInput, RepoError
from sweagent.repo.git import ALLOWED_PROTOCOLS, Git

_URL = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SCP = re.compile(r"^[\w.-]+@[\w.-]+:(?!/?/)")
_SHA = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")


@dataclass(frozen=True, slots=True)
class Source:
    """A repository at one commit. `folder` is None for a URL; `location` is what git fetches from."""

    location: str
    folder: Path | None
    base: str
    notices: tuple[str, ...] = ()
    object_format: str = "sha1"


async def open_source(repo: str, rev: str | None = None, *, allow_dirty: bool = False) -> Source:
    """Look at REPO (a path or URL) and resolve `rev` (default: HEAD) to a commit, changing nothing there.

    Raises:
        BadInput: no such folder, not a repository, nothing committed, a dirty tree, an unknown revision, unreachable.
    """
    match = _URL.match(repo)
    if match or (_SCP.match(repo) and not Path(repo).exists()):
        scheme = match["scheme"].lower() if match else "ssh"
        if scheme == "file":
            return await _open_folder(Path(repo[len("file://") :]), rev, allow_dirty)
        if scheme not in ALLOWED_PROTOCOLS.split(":"):
            raise BadInput(f"protocol {scheme}:// is not allowed: use https, ssh, git or a local path")
        return await _open_url(repo, rev)
    return await _open_folder(Path(repo).expanduser(), rev, allow_dirty)


async def _open_url(url: str, rev: str | None) -> Source:
    if url.startswith("-") or (rev or "").startswith("-"):
        raise BadInput(f"{url!r} is not a repository URL")
    git = Git(Path("/"))
    if rev and _SHA.match(rev):
        return Source(url, None, rev)
    patterns = [rev, f"refs/heads/{rev}", f"refs/tags/{rev}"] if rev else ["HEAD"]
    try:
        listing = await git.text("ls-remote", "--", url, *patterns, remote=True, seconds=60)
    except RepoError as error:
        raise BadInput(f"cannot read {url}: {error}; check the URL and your access (`git ls-remote {url}`)") from None
    rows = [line.split("\t") for line in listing.split("\n") if "\t" in line]
    if not rows:
        what = f"revision {rev!r}" if rev else "a commit (it is empty)"
        raise BadInput(f"{url} does not have {what}; see `git ls-remote {url}`")
    peeled = [sha for sha, name in rows if name.endswith("^{}")]
    return Source(url, None, peeled[0] if peeled else rows[0][0])


async def _open_folder(path: Path, rev: str | None, allow_dirty: bool) -> Source:
    if not path.exists():
        raise BadInput(f"no such repository: {path}")
    if not path.is_dir():
        raise BadInput(f"{path} is a file: give the repository's folder or a git URL")
    path = path.resolve()
    git = Git(path)
    try:
        bare = await git.text("rev-parse", "--is-bare-repository") == "true"
        folder = Path(await git.text("rev-parse", "--absolute-git-dir" if bare else "--show-toplevel"))
    except RepoError:
        raise BadInput(f"{path} is not a git repository: run `git init` and commit there first") from None
    git = Git(folder, await _without_filters(Git(folder)))
    if (rev or "").startswith("-"):
        raise BadInput(f"{rev!r} is not a revision")
    try:
        base = await git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev or 'HEAD'}^{{commit}}")
    except RepoError:
        if rev:
            raise BadInput(f"{folder} has no revision {rev!r}; see `git log`") from None
        raise BadInput(f"{folder} has no commit yet: commit something first") from None
    notices = [] if bare else await _look_at_tree(git, folder, allow_dirty)
    form = await git.text("rev-parse", "--show-object-format")
    return Source(f"file://{folder}", folder, base, tuple(notices), form)


async def _without_filters(git: Git) -> dict[str, str]:
    """Overrides that switch off every content filter that the repository's own configuration names."""
    try:
        names = (await git.text("config", "--includes", "--name-only", "--get-regexp", r"^filter\.")).split("\n")
    except RepoError:  # no such key
        return {}
    return {name: "false" if name.endswith(".required") else "" for name in names if name}


async def _look_at_tree(git: Git, folder: Path, allow_dirty: bool) -> list[str]:
    status = await git.run("status", "--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=all")
    rows = [row.decode("utf-8", "replace") for row in status.split(b"\0") if row]
    changed = [row[3:] for row in rows if not row.startswith("??")]
    untracked = [row[3:] for row in rows if row.startswith("??")]
    if changed and not allow_dirty:
        some = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        raise BadInput(
            f"{folder} has uncommitted changes ({some}): commit or stash them, "
            "or pass --allow-dirty to work from the last commit without them"
        )
    notices = []
    if changed:
        notices.append(f"{len(changed)} uncommitted change(s) are not part of the work: it starts from the commit")
    if untracked:
        notices.append(f"{len(untracked)} untracked file(s) are not part of the work, for example {untracked[0]}")
    return notices
