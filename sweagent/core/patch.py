"""A change to a repository as inert text."""

from __future__ import annotations

from sweagent.core.value import Value


class FileStat(Value):
    """One changed file of a patch; `added` and `deleted` count lines and are 0 for binary files."""

    path: str
    status: str
    added: int = 0
    deleted: int = 0
    binary: bool = False


class Patch(Value):
    """A unified diff (git's format, binary hunks included) from commit `base` to commit `head`."""

    base: str
    head: str
    text: str
    files: tuple[FileStat, ...] = ()

    @property
    def empty(self) -> bool:
        """True where nothing changed."""
        return not self.files

    def summary(self) -> str:
        """One line for people, for example ``2 files changed, +3 -1``."""
        added, deleted = sum(f.added for f in self.files), sum(f.deleted for f in self.files)
        return f"{len(self.files)} file{'s' * (len(self.files) != 1)} changed, +{added} -{deleted}"
