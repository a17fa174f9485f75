"""The host's own bare copy of a repository: base commits come in, attempts' commits are made here, branches go out.

No working tree, no configuration but ours, and only what a base commit can reach.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sweagent.core.errors import BadInput, RepoError
from sweagent.core.patch import FileStat, Patch
from sweagent.repo.change import Change, import_stream
from sweagent.repo.git import Git
from sweagent.repo.source import Source
from sweagent.repo.tree import Entry, read_tree

RENAME_LIMIT = 200
_STATUS = {"A": "added", "M": "modified", "D": "deleted", "T": "retyped", "R": "renamed", "C": "copied"}


class Mirror:
    """One repository under the host's state folder. Safe to use from several processes at once."""

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder = folder
        self.source = source
        self.path = folder / "mirror.git"
        self.git = Git(self.path)

    @classmethod
    async def open(cls, home: Path, source: Source) -> Mirror:
        """The mirror of `source` with its base commit fetched.

        Raises:
            BadInput: the base commit cannot be fetched.
        """
        key = hashlib.sha256(f"{source.location}\0{source.object_format}".encode()).hexdigest()[:16]
        mirror = cls(home / "repos" / key, source)
        mirror.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (mirror.path / "HEAD").exists():
            form = f"--object-format={source.object_format}"
            await Git(mirror.folder).run("init", "--bare", "--quiet", form, str(mirror.path))
        await mirror._fetch_base()
        return mirror

    async def _fetch_base(self) -> None:
        base, location = self.source.base, self.source.location
        try:
            await self.git.run("cat-file", "-e", f"{base}^{{commit}}")
        except RepoError:
            fetch = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow", "--")
            try:
                await self.git.run(*fetch, location, base, remote=self.source.folder is None, seconds=3600)
            except RepoError as error:
                raise BadInput(f"cannot fetch {base[:12]} from {location}: {error}") from None
        await self.git.run("update-ref", f"refs/sweagent/base/{base}", base)

    async def tree(self, commit: str) -> dict[bytes, Entry]:
        """The tree of `commit`, path by path."""
        return await read_tree(self.git, commit)

    async def read(self, commit: str, path: str, limit: int = 1 << 20) -> str | None:
        """The text of a file of at most `limit` bytes at `commit`; None where it is absent, larger or not UTF-8."""
        try:
            if int(await self.git.text("cat-file", "-s", f"{commit}:{path}")) > limit:
                return None
            return (await self.git.run("cat-file", "blob", f"{commit}:{path}")).decode("utf-8")
        except (RepoError, UnicodeDecodeError):
            return None

    async def commit(self, base: str, changes: Sequence[Change], message: str, ref: str) -> str:
        """Make a commit of `changes` on top of `base` by fast-import, put `ref` on it, and return its id.

        Raises:
            RepoError: git refused the stream.
        """
        await self.git.run("check-ref-format", ref)
        stream = import_stream(base, changes, message, ref)
        await self.git.run("fast-import", "--quiet", "--force", "--done", "--date-format=now", stdin=stream)
        return await self.git.text("rev-parse", "--verify", f"{ref}^{{commit}}")

    async def diff(self, base: str, head: str) -> Patch:
        """The patch from `base` to `head`: git's own format, binary hunks and renames included."""
        common = ("--no-ext-diff", "--no-textconv", "-M", f"-l{RENAME_LIMIT}", base, head, "--")
        text = await self.git.run("diff", "--binary", "--full-index", *common)
        names = await self.git.run("diff", "--name-status", "-z", *common)
        counts = await self.git.run("diff", "--numstat", "-z", *common)
        return Patch(base=base, head=head, text=text.decode("utf-8", "surrogateescape"), files=_stats(names, counts))

    async def publish(self, head: str, branch: str) -> tuple[str, str]:
        """Put a branch on `head`: in the user's repository where it is a folder, else in this mirror.

        An existing branch is never moved: the name gets a number. Returns the branch and the repository that holds it.
        """
        target = Git(self.source.folder) if self.source.folder else self.git
        taken = set((await target.text("for-each-ref", "--format=%(refname:short)", "refs/heads/")).split("\n"))
        name, number = branch, 2
        while name in taken:
            name, number = f"{branch}-{number}", number + 1
        if self.source.folder is None:
            await self.git.run("update-ref", f"refs/heads/{name}", head, "")
            return name, str(self.path)
        fetch = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow", f"file://{self.path}")
        await target.run(*fetch, f"{head}:refs/heads/{name}")
        return name, str(self.source.folder)


def _stats(names: bytes, counts: bytes) -> tuple[FileStat, ...]:
    """Join the two NUL-separated listings of git diff, which name files in the same order."""
    status = iter(names.split(b"\0")[:-1])
    numbers = iter(counts.split(b"\0")[:-1])
    stats = []
    for letter in status:
        path = next(status)
        added, deleted, _ = next(numbers).split(b"\t", 2)
        if letter[:1] in b"RC":
            path = next(status)
            next(numbers), next(numbers)  # a rename's old and new name follow as fields of their own
        stats.append(
            FileStat(
                path=path.decode("utf-8", "surrogateescape"),
                status=_STATUS.get(letter[:1].decode(), "modified"),
                added=0 if added == b"-" else int(added),
                deleted=0 if deleted == b"-" else int(deleted),
                binary=added == b"-",
            )
        )
    return tuple(stats)
