"""Bytes of a source file as text and back, without losing a byte: encodings, line ends, lines.

Lines end at ``\\n`` (a ``\\r`` before it belongs to the end); a file without any ``\\n`` but with ``\\r`` ends
its lines there. Form feeds, U+2028 and the like never end a line here, as they do not for compilers.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# PEP 263; Vim and Emacs write the same.
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_MULTI = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SNIFF = 8000
"""Bytes looked at to tell binary from text; git looks at as many."""


class CannotEncodeError(Exception):
    """Text holds a character that the file's encoding does not have."""


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded file. `content` begins with the byte order mark where there is one; `binary` where it holds NULs."""

    content: str
    encoding: str
    binary: bool = False
    lossless: bool = True

    @property
    def eol(self) -> str:
        """The commonest line end; ``\\n`` where there is none."""
        return commonest_eol(self.content)

    def encode(self, content: str) -> bytes:
        """`content` in this file's encoding.

        Raises:
            CannotEncodeError: a character has no place in it.
        """
        try:
            return content.encode(self.encoding, "surrogateescape")
        except UnicodeEncodeError as error:
            bad = error.object[error.start : error.start + 1]
            raise CannotEncodeError(f"{bad!r} (U+{ord(bad):04X}) cannot be written in {self.encoding}") from None


def decode(data: bytes) -> Text:
    """`data` as text that encodes back to the same bytes; never fails."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _try(data, encoding) or _fallback(data)
    binary = b"\0" in data[:_SNIFF] or (len(data) > _SNIFF and b"\0" in data)
    try:
        return Text(data.decode("utf-8"), "utf-8", binary)
    except UnicodeDecodeError:
        pass
    for line in data.split(b"\n", 2)[:2]:
        found = _COOKIE.match(line)
        text = _try(data, found[1].decode("ascii")) if found else None
        if text:
            return text
    return _fallback(data, binary)


def _try(data: bytes, encoding: str) -> Text | None:
    try:
        content = data.decode(encoding)
        if content.encode(encoding) == data:
            return Text(content, encoding)
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        pass
    return None


def _fallback(data: bytes, binary: bool = False) -> Text:
    """UTF-8 with a few bad bytes, or an old one-byte encoding: whatever most bytes above 127 look like."""
    high = sum(len(run) for run in _HIGH.findall(data))
    good = sum(len(run) for run in _MULTI.findall(data))
    if good * 2 > high:
        content = data.decode("utf-8", "surrogateescape")
        return Text(content, "utf-8", binary)
    return Text(data.decode("latin-1"), "latin-1", binary)


def commonest_eol(content: str) -> str:
    """The commonest line end of `content`; ``\\n`` where it has none."""
    crlf, lf = content.count("\r\n"), content.count("\n")
    if not lf:
        return "\r" if "\r" in content else "\n"
    return "\r\n" if crlf * 2 > lf else "\n"


def split_lines(content: str) -> list[str]:
    """The lines of `content`, each with its end; joining them gives `content` again."""
    end = "\r" if "\n" not in content and "\r" in content else "\n"
    parts = content.split(end)
    lines = [part + end for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def body(line: str) -> str:
    """A line without its end."""
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(("\n", "\r")) else line


def end_of(line: str) -> str:
    """The end of a line: ``\\n``, ``\\r\\n``, ``\\r`` or nothing."""
    return line[len(body(line)) :]


def line_of(content: str, offset: int) -> int:
    """The number (from 1) of the line that holds character `offset`."""
    end = "\r" if "\n" not in content and "\r" in content else "\n"
    return content.count(end, 0, offset) + 1
