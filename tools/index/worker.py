"""The killable side of parsing: answers requests on stdin until it closes. Only here are grammars ever loaded.

Messages are a length (8 bytes, little-endian) and a marshalled value; a request is ``(operation, arguments)``.
"""

from __future__ import annotations

import gc
import marshal
import resource
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

_MEMORY = 2 << 30
"""Bytes of address space; a parse that wants more fails alone."""


def _index(files: list[tuple[str, bytes]]) -> list[tuple[Any, ...]]:
    from tools.index.extract import extract
    from tools.index.languages import BY_NAME
    from tools.index.record import pack

    return [tuple(pack(extract(source, BY_NAME[language]))) for language, source in files]


def _occurrences(language: str, source: bytes, name: str) -> list[tuple[Any, ...]]:
    from tools.index.languages import BY_NAME
    from tools.index.occurrences import occurrences

    return [tuple(found) for found in occurrences(source, BY_NAME[language], name)]


def _spans(language: str, source: bytes) -> list[tuple[Any, ...]]:
    from tools.index.languages import BY_NAME
    from tools.index.spans import spans

    return [tuple(span) for span in spans(source, BY_NAME[language])]


def _structural(language: str, source: bytes, pattern: str) -> list[tuple[Any, ...]]:
    from tools.index.languages import BY_NAME
    from tools.index.structural import find

    return [tuple(match) for match in find(source, BY_NAME[language], pattern)]


def _string_lines(language: str, source: bytes) -> list[int]:
    from tools.index.languages import BY_NAME
    from tools.index.strings import string_lines

    return string_lines(source, BY_NAME[language])


OPERATIONS: dict[str, Callable[..., Any]] = {
    "index": _index,
    "occurrences": _occurrences,
    "spans": _spans,
    "structural": _structural,
    "string_lines": _string_lines,
}


def read(stream: BinaryIO) -> Any:
    """The next message.

    Raises:
        EOFError: the stream ended.
        ValueError: it is no message.
    """
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    return marshal.loads(stream.read(int.from_bytes(head, "little")))  # noqa: S302  (both ends are one program)


def write(stream: BinaryIO, message: Any) -> None:
    """Send a message."""
    data = marshal.dumps(message)
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def main() -> None:
    """Serve until stdin closes."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Trees make no cycles, and each is gone before the next: the collector would only look at them over and over.
    gc.disable()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            operation, arguments = read(source)
        except EOFError:
            return
        try:
            reply: tuple[bool, Any] = (True, OPERATIONS[operation](*arguments))
        except (ValueError, RecursionError, MemoryError, LookupError, TypeError, ImportError) as error:
            reply = (False, f"{type(error).__name__}: {error}")
        write(sink, reply)
