"""The caller's side of killable parsing: what may be asked of `tools.index.worker`, and what its answers are worth.

A parser may hang, crash, or fall to the bytes it reads. So it is asked over `tools.worker`, within a time, and its
answers are taken for what they are: untrusted rows and bytes.
"""

from __future__ import annotations

from typing import Any

from tools import worker
from tools.index.record import EMPTY, Record, well_formed
from tools.process import Runner
from tools.worker import WorkerLostError

PARSE_SECONDS = 5.0
"""The longest that one file may keep a parser."""


class ParseFailedError(Exception):
    """The worker did not answer in time, died, or refused."""


class Worker:
    """One parsing process, started at first use and again after it was killed. Questions wait for one another."""

    def __init__(self, runner: Runner) -> None:
        self._worker = worker.Worker(runner, "tools.index.worker", PARSE_SECONDS)

    def ask(
        self, operation: str, language: str, source: bytes, *arguments: Any, seconds: float = PARSE_SECONDS
    ) -> list[Any]:
        """The rows that `operation` finds in `source`: lists of values that JSON knows.

        Raises:
            ParseFailedError: no answer within `seconds`, or an error in the worker; the next request gets a new one.
        """
        question = {"operation": operation, "language": language, "arguments": arguments}
        try:
            answer, _ = self._worker.ask(question, [source], seconds=seconds)
        except WorkerLostError as lost:
            raise ParseFailedError(f"the parser gave up ({lost})") from None
        rows = answer.get("rows")
        if not isinstance(rows, list):
            raise ParseFailedError(str(answer.get("error", "the parser's answer is malformed")))
        return rows

    def index(self, files: list[tuple[str, bytes]]) -> list[Record]:
        """The records of `files` (language, bytes). A file that hangs or kills the parser gets an empty one."""
        question = {"operation": "index", "languages": [language for language, _ in files]}
        seconds = PARSE_SECONDS * (2 if len(files) > 1 else 1)
        try:
            answer, blobs = self._worker.ask(question, [source for _, source in files], seconds=seconds)
        except WorkerLostError:
            answer, blobs = {}, []
        records = _records(answer.get("flags"), blobs)
        if records is not None and len(records) == len(files):
            return records
        if len(files) == 1:
            return [_text_record(files[0][1])]
        return [record for file in files for record in self.index([file])]

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._worker.close()


def _records(flags: object, blobs: list[bytes]) -> list[Record] | None:
    """The records that an answer is made of; None where it is not."""
    if not isinstance(flags, list) or len(blobs) != 4 * len(flags) or any(flag not in (0, 1, 2, 3) for flag in flags):
        return None
    parts = iter(blobs)
    records = [Record(*row) for row in zip(parts, parts, parts, parts, flags, strict=True)]
    return records if all(map(well_formed, records)) else None


def _text_record(source: bytes) -> Record:
    from tools.index.outline.extract import text_only
    from tools.index.record import pack

    return pack(text_only(source)) if source else EMPTY
