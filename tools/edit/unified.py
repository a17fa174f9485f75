"""Reads unified diffs, git's extended headers included. Every line is understood or refused. Pure: text in, values out.

What the counts of a hunk say is believed only where the lines leave a choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.edit.filenames import bare_path, git_names, header_names, mode_of
from tools.edit.filepatch import BadPatchError, Counts, FilePatch, Hunk, close, only_added, read_header
from tools.edit.prose import check_after, check_before, closer, is_signature

_GIT = "diff --git "
_EXTENDED = re.compile(r"^(new file mode|deleted file mode|new mode|(?:rename|copy) (?:from|to)) (.*)$")
_KNOWN = re.compile(r"^(?:old mode|index|similarity index|dissimilarity index) ")
_BETWEEN = re.compile(r"^(?:diff -(?!-git )|Index: |={10,}\s*$|RCS file: |retrieving revision )")
_NO_END = "\\ No newline"


def parse_unified(lines: Sequence[str]) -> list[FilePatch]:
    """All file patches, in order.

    Raises:
        BadPatchError: a line is not understood.
    """
    return _Unified(lines).parse()


class _Unified:
    """A unified diff, read from top to bottom.

    `_free` tells what other text may stand here: a preamble (True), none at all (False), or text after the end of a
    hunk that is complete (None).
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines, self._at = lines, 0
        self._files: list[FilePatch] = []
        self._git: dict[str, str] | None = None
        self._free: bool | None = True
        self._closers: set[str] = set()

    def parse(self) -> list[FilePatch]:
        """All files."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(_GIT):
                self._finish_git()
                self._git = {"names": line[len(_GIT) :]}
            elif line.startswith(("GIT binary patch", "Binary files ")):
                raise BadPatchError(f"line {self._at + 1}: binary patches cannot be applied")
            elif line.startswith("--- ") and self._line(1).startswith("+++ "):
                self._file()
                continue
            elif self._git is not None:
                self._extended(line)
            else:
                self._text(line)
            self._at += 1
        self._finish_git()
        return self._files

    def _line(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._lines[at] if at < len(self._lines) else ""

    def _extended(self, line: str) -> None:
        """A line of git's header."""
        if self._git is None or _KNOWN.match(line) or not line.strip():
            return
        if found := _EXTENDED.match(line):
            self._git[found[1]] = found[2].strip()
            return
        if line.startswith("@@"):
            self._unnamed()
            self._at -= 1  # `parse` goes on to the next line
            return
        self._finish_git()
        self._text(line)

    def _text(self, line: str) -> None:
        """A line outside of files."""
        if is_signature(line, self._line(1)):
            self._free = True
        elif line.rstrip() in self._closers or (line.startswith("```") and self._is_last()):
            self._free = None
        elif _BETWEEN.match(line):
            pass
        elif self._free:
            check_before(line, self._at + 1)
            if found := closer(line):
                self._closers.add(found)
        else:
            check_after(line, self._at + 1)
            if self._free is False and line.strip():
                raise BadPatchError(f"line {self._at + 1}: {line[:60]!r} belongs to no hunk")

    def _is_last(self) -> bool:
        return not any(line.strip() for line in self._lines[self._at + 1 :])

    def _finish_git(self) -> None:
        """A git header without hunks: an empty file, a removal of one, a rename or copy as it is, a new mode.

        Raises:
            BadPatchError: it says of none of these.
        """
        if self._git is None:
            return
        git, self._git = self._git, None
        mode = mode_of(git.get("new file mode") or git.get("new mode"))
        moved = _moved(git)
        path = git_names(git["names"])[0]
        if moved:
            self._files.append(FilePatch(*moved, [], mode))
        elif "new file mode" in git:
            self._files.append(FilePatch("add", path, None, [], mode))
        elif "deleted file mode" in git:
            self._files.append(FilePatch("delete", path))
        elif mode is not None:
            self._files.append(FilePatch("update", path, None, [], mode))
        else:
            raise BadPatchError(f"nothing follows the header 'diff --git' of {path}")
        self._free = False

    def _file(self) -> None:
        """The ``---`` and ``+++`` lines, and the hunks below."""
        git, self._git = self._git or {}, None
        old, new = header_names(self._line()[4:], self._line(1)[4:])
        kind = "add" if old == "/dev/null" else "delete" if new == "/dev/null" else "update"
        path = new if kind == "add" else old
        target = new if kind == "update" and new != old else None
        mode = mode_of(git.get("new file mode") or git.get("new mode"))
        if moved := _moved(git):
            file = FilePatch(*moved, [], mode)
        else:
            file = FilePatch(kind, path, target, [], mode, guessed=target is not None)
        self._at += 2
        while self._at < len(self._lines) and not self._line().strip():
            self._at += 1
        self._hunks(file)
        if not file.hunks and kind == "update" and (target is None or file.guessed):
            raise BadPatchError(f"no hunk (@@ -line,count +line,count @@) follows the header of {path}")

    def _unnamed(self) -> None:
        """Hunks below git's header without ``---`` and ``+++`` lines."""
        git = self._git or {}
        kind = "add" if "new file mode" in git else "delete" if "deleted file mode" in git else "update"
        mode = mode_of(git.get("new file mode") or git.get("new mode"))
        if moved := _moved(git):
            self._hunks(FilePatch(*moved, [], mode))
            return
        old, new = git_names(git["names"])
        target = new if kind == "update" and new != old else None
        self._hunks(FilePatch(kind, old, target, [], mode, guessed=target is not None))

    def _hunks(self, file: FilePatch) -> None:
        self._files.append(file)
        self._free, self._git = False, None
        while self._line().startswith("@@"):
            file.hunks.append(self._hunk(file.kind))

    def _hunk(self, kind: str) -> Hunk:
        began, blanks = self._at + 1, 0
        hunk, counts = Hunk(), None
        while self._line().startswith("@@"):
            counts = read_header(hunk, self._line(), self._at + 1) or counts
            self._at += 1
        while self._at < len(self._lines):
            line = self._line()
            if line.startswith(_NO_END) and hunk.lines and not blanks:
                _bare(hunk)
            elif not line:
                hunk.lines.append((" ", ""))
                blanks += 1
            elif line[0] in " +-" and not self._names_file() and not is_signature(line, self._line(1)):
                hunk.lines.append((line[0], line[1:]))
                blanks = 0
            else:
                break
            self._at += 1
        self._check_end(hunk, blanks, counts)
        if kind == "add":
            del hunk.lines[len(hunk.lines) - blanks :]
            only_added(hunk, began)
        else:
            close(hunk, blanks, counts, began)
        return hunk

    def _names_file(self) -> bool:
        """Whether this line is the ``---`` of a file's header, not one of two dashes that goes."""
        if not (self._line().startswith("--- ") and self._line(1).startswith("+++ ")):
            return False
        below = next((line for line in self._lines[self._at + 2 :] if line), "")
        return below.startswith("@@") or "/dev/null" in (_word(self._line()), _word(self._line(1)))

    def _check_end(self, hunk: Hunk, blanks: int, counts: Counts | None) -> None:
        """Refuse a line that ends a hunk and is neither a header nor clearly text after it.

        Raises:
            BadPatchError: perhaps it is a line of the hunk that lost its mark.
        """
        line = self._line()
        if not line or line[0] in " +-" or line.startswith(("@@", _GIT)) or _BETWEEN.match(line):
            return
        if line.rstrip() in self._closers or (line.startswith("```") and self._is_last()):
            return
        if blanks and counts and _complete(hunk, blanks, counts):
            self._free = None
            return
        raise BadPatchError(
            f"line {self._at + 1}: a line of a hunk begins with ' ', '+' or '-', not {line[:40]!r}; "
            "a line that stays needs a blank before it"
        )


def _word(header: str) -> str:
    return bare_path(header[4:])


def _complete(hunk: Hunk, blanks: int, counts: Counts) -> bool:
    """Whether the hunk has as many lines as its header says, some of the last `blanks` empty ones counted or none."""
    more = len(hunk.old()) - counts[0]
    return 0 <= more <= blanks and len(hunk.new()) - counts[1] == more


def _bare(hunk: Hunk) -> None:
    tag = hunk.lines[-1][0]
    hunk.old_bare = hunk.old_bare or tag in " -"
    hunk.new_bare = hunk.new_bare or tag in " +"


def _moved(git: dict[str, str]) -> tuple[str, str, str] | None:
    """Kind, old path and new path of a rename or a copy."""
    for word, kind in (("rename", "update"), ("copy", "copy")):
        if f"{word} from" in git and f"{word} to" in git:
            return kind, bare_path(git[f"{word} from"]), bare_path(git[f"{word} to"])
    return None
