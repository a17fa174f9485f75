"""Carries the sandbox's own proxy port to the host's proxy: bytes to and from a socket file, judged by nobody here.

The judge sits at the other end of the socket. A program that speaks to the socket itself gains nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

_CONNECTIONS = 64
_CHUNK = 1 << 16


def start(setting: str) -> None:
    """Listen on 127.0.0.1 in the background; `setting` is ``PORT:PATH`` of the socket file.

    Raises:
        OSError, ValueError: the port is taken, or the setting is none.
    """
    port, _, path = setting.partition(":")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", int(port)))
        listening.listen(_CONNECTIONS)
        listening.setblocking(False)
        threading.Thread(target=asyncio.run, args=(_serve(listening, path),), name="egress", daemon=True).start()
    except BaseException:
        listening.close()
        raise


async def _serve(listening: socket.socket, path: str) -> None:
    places = asyncio.Semaphore(_CONNECTIONS)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if places.locked():
            _drop(writer)
            return
        async with places:
            with contextlib.suppress(OSError):
                await _carry(reader, writer, path)
            _drop(writer)

    async with await asyncio.start_server(accept, sock=listening) as server:
        await server.serve_forever()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
    """Both directions until the host has no more to say."""
    theirs, ours = await asyncio.open_unix_connection(path)
    up = asyncio.create_task(_pump(reader, ours))
    try:
        await _pump(theirs, writer)
        writer.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60.0):
                await writer.wait_closed()  # what is written goes out first
    finally:
        up.cancel()
        _drop(ours)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


def _drop(writer: asyncio.StreamWriter) -> None:
    """End a connection now, whatever is not yet sent."""
    with contextlib.suppress(AttributeError):  # raised by asyncio where it closed after its buffer had run empty
        writer.transport.abort()
