"""A change as inert values, and the `git fast-import` stream that turns it into a commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sweagent.core.errors import RepoError
from sweagent.repo.tree import EXECUTABLE, FILE, LINK, check_path


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one path: new contents with a mode (file, executable, link), or deleted where `data` is None."""

    path: bytes
    mode: int = FILE
    data: bytes | None = None


def quote(path: bytes) -> bytes:
    """A path as git's C-style quoted string, safe for any byte."""
    out = bytearray(b'"')
    for byte in path:
        if byte in b'"\\':
            out += b"\\" + bytes([byte])
        elif 0x20 <= byte < 0x7F:
            out.append(byte)
        else:
            out += b"\\%03o" % byte
    return bytes(out + b'"')


def import_stream(base: str, changes: Sequence[Change], message: str, ref: str) -> bytes:
    """The fast-import stream for one commit of `changes` on `base`; deletions first, so a file may become a folder.

    Raises:
        RepoError: a change has a path or mode that no tree may hold.
    """
    for change in changes:
        check_path(change.path)
        if change.mode not in (FILE, EXECUTABLE, LINK):
            raise RepoError(f"a change has the mode {change.mode:o}, which is not a file or a link: {change.path!r}")
    text = message.encode("utf-8", "replace")
    who = b"sweagent <sweagent@users.noreply.github.com> now"
    name = ref.encode()
    parts = [b"feature done\nreset %s\n\ncommit %s\ncommitter %s\n" % (name, name, who)]
    parts.append(b"data %d\n%s\nfrom %s\n" % (len(text), text, base.encode()))
    parts += [b"D %s\n" % quote(change.path) for change in changes if change.data is None]
    for change in changes:
        if change.data is not None:
            head = b"M %o inline %s\ndata %d\n" % (change.mode, quote(change.path), len(change.data))
            parts += [head, change.data, b"\n"]
    parts.append(b"\ndone\n")
    return b"".join(parts)
