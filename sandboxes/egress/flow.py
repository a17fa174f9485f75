"""The bytes of one connection once it is let through: both directions, within what its sandbox has left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import replace

from sandboxes.contract import NetworkUse
from sandboxes.egress.head import BadRequest, Request, chunk_size

_CHUNK = 1 << 16
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Cut(Exception):
    """A connection that had begun and may not go on; the message says why."""


class Purse:
    """The bytes that a sandbox may send and receive in all its connections."""

    def __init__(self, total: int) -> None:
        self._total, self._spent = total, 0

    def __str__(self) -> str:
        return f"the sandbox used its {self._total} bytes of network"

    @property
    def empty(self) -> bool:
        """Whether it asked for more than there was."""
        return self._spent > self._total

    def take(self, count: int) -> None:
        """Spend `count` bytes.

        Raises:
            Cut: there are not so many.
        """
        self._spent += count
        if self.empty:
            raise Cut(str(self))


class Flow:
    """One client's connection. `use` says what became of it so far, `task` serves it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, purse: Purse, idle_seconds: float
    ) -> None:
        self.reader, self.writer = reader, writer
        self.use = NetworkUse(False, "", 0)
        self.task = asyncio.current_task()
        self._purse, self._idle_seconds = purse, idle_seconds
        self._upstream: asyncio.StreamWriter | None = None
        self._answered = False
        self._active = asyncio.get_running_loop().time()

    def note(self, reason: str) -> None:
        """Why it ended."""
        self.use = replace(self.use, reason=reason)

    def drop(self) -> None:
        """End both sides now."""
        for writer in (self.writer, self._upstream):
            if writer is not None:
                drop(writer)

    async def carry(self, request: Request, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        """Serve `request` by the server at the other end of `reader` and `upstream`.

        Raises:
            Cut: it lasted too long without a byte, or used up the purse.
            OSError, BadRequest, asyncio.IncompleteReadError: a side hung up, or the body is malformed.
        """
        self._upstream = upstream
        if request.tunnel:
            self.writer.write(_ESTABLISHED)
            up = self._pump(self.reader, upstream)
        else:
            up = self._forward(request, upstream)
        await self._both(up, self._pump(reader, self.writer, down=True))

    async def _both(self, up: Awaitable[None], down: Awaitable[None]) -> None:
        """Both directions until the server has no more to say, an error, or silence."""
        sending, receiving = asyncio.ensure_future(up), asyncio.ensure_future(down)
        silence = asyncio.create_task(self._silence())
        jobs: set[asyncio.Future[None]] = {sending, receiving, silence}
        try:
            while not receiving.done():
                done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
                for job in done:
                    # A server may answer and hang up before it was told all.
                    if job is not sending or not (self._answered or isinstance(job.exception(), OSError)):
                        job.result()
                jobs -= done
        finally:
            for job in (sending, receiving, silence):
                job.cancel()
            await asyncio.gather(sending, receiving, silence, return_exceptions=True)

    async def _silence(self) -> None:
        loop = asyncio.get_running_loop()
        while (left := self._active + self._idle_seconds - loop.time()) > 0:  # noqa: ASYNC110 (a clock)
            await asyncio.sleep(left)
        raise Cut(f"silent for {self._idle_seconds:g} s")

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, down: bool = False) -> None:
        """All that comes, then the end of it."""
        while data := await reader.read(_CHUNK):
            await self._pass(writer, data, down)
        if down:
            self._answered = True
            writer.close()
            await writer.wait_closed()  # when the client has taken all of it
        else:
            with contextlib.suppress(OSError):
                writer.write_eof()

    async def _forward(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """One request with its body, and not a byte more."""
        await self._pass(writer, request.head)
        if request.length is not None:
            await self._exactly(request.length, writer)
            return
        while size := chunk_size(await self._line()):
            await self._pass(writer, b"%x\r\n" % size)
            await self._exactly(size, writer)
            if await self.reader.readexactly(2) != b"\r\n":
                raise BadRequest("malformed chunk")
            await self._pass(writer, b"\r\n")
        if await self.reader.readexactly(2) != b"\r\n":
            raise BadRequest("trailers are not forwarded")
        await self._pass(writer, b"0\r\n\r\n")

    async def _line(self) -> bytes:
        try:
            return await self.reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError:
            raise BadRequest("malformed chunk") from None

    async def _exactly(self, length: int, writer: asyncio.StreamWriter) -> None:
        while length:
            data = await self.reader.read(min(length, _CHUNK))
            if not data:
                raise Cut("the request's body ended early")
            length -= len(data)
            await self._pass(writer, data)

    async def _pass(self, writer: asyncio.StreamWriter, data: bytes, down: bool = False) -> None:
        self._purse.take(len(data))
        self._count(len(data), down)
        writer.write(data)
        await writer.drain()

    def _count(self, length: int, down: bool) -> None:
        self._active = asyncio.get_running_loop().time()
        if down:
            self.use = replace(self.use, received=self.use.received + length)
        else:
            self.use = replace(self.use, sent=self.use.sent + length)


def drop(writer: asyncio.StreamWriter) -> None:
    """End a connection now, whatever is not yet sent."""
    with contextlib.suppress(AttributeError):  # raised by asyncio where it closed after its buffer had run empty
        writer.transport.abort()
