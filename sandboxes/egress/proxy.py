"""The proxy on the host: takes a sandbox's requests, judges them, connects to what it checked, and tells of each.

It resolves names itself and connects to the very address that it judged, so an answer that changes in between helps
nobody. What a sandbox sends is hostile: everything is bounded, and a request that cannot be told goes nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sandboxes.contract import NetworkUse, OnNetwork
from sandboxes.egress.allow import Address, Allow
from sandboxes.egress.flow import Cut, Flow, Purse, drop
from sandboxes.egress.head import BadRequest, Request, read_head

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a name.

Raises:
    OSError: it has none.
"""

_NO_DESCRIPTOR_SECONDS = 0.1
_TRIES = 4  # addresses of one name


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one sandbox may take: connections at once, requests and bytes (both ways) in all; seconds of each wait."""

    connections: int = 16
    requests: int = 5000
    total_bytes: int = 4 << 30
    head_bytes: int = 16 << 10
    head_seconds: float = 10.0
    connect_seconds: float = 10.0
    idle_seconds: float = 120.0


class _Refused(Exception):
    """A request that gets no further; `status` is what the client is told."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Proxy:
    """Serves one sandbox on a listening socket; `close` it. `resolve` is by default the system's resolver."""

    def __init__(
        self,
        allow: Allow,
        tell: OnNetwork | None = None,
        *,
        bounds: Bounds = Bounds(),
        resolve: Resolve | None = None,
    ) -> None:
        self._allow, self._tell_of, self._bounds = allow, tell, bounds
        # Threads of its own: slow names may hold up this sandbox and nothing else of the host.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="egress-names")
        self._resolve = resolve or self._ask_system
        self._listener: asyncio.Task[None] | None = None
        self._places = asyncio.Semaphore(bounds.connections)
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.Task[None] | None] = set()  # those that are not yet at telling, which nobody cancels
        self._purse = Purse(bounds.total_bytes)

    def serve(self, listening: socket.socket) -> None:
        """Answer from now on; the socket, which must not block, is closed with the proxy."""
        self._listener = asyncio.create_task(self._listen(listening), name="egress")

    async def close(self) -> None:
        """End every connection, and return when each was told of."""
        self._stop()
        if self._listener is not None:
            await asyncio.wait({self._listener})
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
        for task in self._open:
            if task is not None:
                task.cancel()

    async def _listen(self, listening: socket.socket) -> None:
        """Take connections one by one; more than may be open at once wait in the kernel."""
        loop = asyncio.get_running_loop()
        with contextlib.closing(listening):
            for _ in range(self._bounds.requests):
                await self._places.acquire()
                self._begin(await _accepted(loop, listening))
        await self._tell(NetworkUse(False, "", 0, reason="too many requests of this sandbox: no more are taken"))

    def _begin(self, client: socket.socket) -> None:
        task = asyncio.create_task(self._handle(client), name="egress-request")
        self._tasks.add(task)
        self._open.add(task)

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._open.discard(task)
            client.close()  # where the task was cancelled before it ran
            self._places.release()

        task.add_done_callback(ended)

    async def _handle(self, client: socket.socket) -> None:
        """One connection from its first byte to being told of; the boundary at which failures end."""
        reader, writer = await asyncio.open_unix_connection(sock=client, limit=self._bounds.head_bytes)
        ours = Flow(reader, writer, self._purse, self._bounds.idle_seconds)
        try:
            await self._exchange(ours)
        except _Refused as refused:
            ours.note(str(refused))
            await _answer(writer, refused.status, str(refused))
        except (Cut, OSError, asyncio.IncompleteReadError, BadRequest) as error:
            ours.note(str(error) or type(error).__name__)
        except asyncio.CancelledError:  # by `close`, which waits for the telling
            ours.note("the sandbox was closed")
        except Exception as error:  # noqa: BLE001 (a task's boundary: it is told, and the next request is served)
            ours.note(f"internal error: {type(error).__name__}: {error}")
        finally:
            self._open.discard(ours.task)
            ours.drop()
        await self._tell(ours.use)

    async def _exchange(self, ours: Flow) -> None:
        request = await self._request(ours.reader)
        ours.use = NetworkUse(False, str(request.host), request.port)
        if self._purse.empty:
            raise _Refused("503 Service Unavailable", str(self._purse))
        if not self._allow.host(request.host, request.port):
            raise _Refused("403 Forbidden", "not allowed by the policy")
        reader, upstream, address = await self._connect(request)
        ours.use = replace(ours.use, allowed=True, address=str(address))
        await ours.carry(request, reader, upstream)

    async def _request(self, reader: asyncio.StreamReader) -> Request:
        try:
            async with asyncio.timeout(self._bounds.head_seconds):
                return read_head(await reader.readuntil(b"\r\n\r\n"))
        except TimeoutError:
            raise _Refused("408 Request Timeout", "no request came") from None
        except asyncio.IncompleteReadError:
            raise _Refused("400 Bad Request", "no whole request came") from None
        except asyncio.LimitOverrunError:
            raise _Refused("431 Request Header Fields Too Large", "too long a request") from None
        except BadRequest as bad:
            raise _Refused("400 Bad Request", str(bad)) from None

    async def _connect(self, request: Request) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Address]:
        """A connection to an address that was judged."""
        try:
            async with asyncio.timeout(self._bounds.connect_seconds):
                found = await self._addresses(request)
                good = [address for address in found if self._allow.address(address, request.port)]
                if not good:
                    raise _Refused("403 Forbidden", "its address is not public")
                return await self._first_that_answers(good[:_TRIES], request.port)
        except TimeoutError:
            raise _Refused("504 Gateway Timeout", "no connection in time") from None
        except OSError as error:
            raise _Refused("502 Bad Gateway", f"cannot be reached: {error.strerror or type(error).__name__}") from None

    async def _addresses(self, request: Request) -> Sequence[Address]:
        return await self._resolve(request.host, request.port) if isinstance(request.host, str) else [request.host]

    async def _first_that_answers(
        self, addresses: Sequence[Address], port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Address]:
        failure = OSError("no address")
        for address in addresses:
            try:
                reader, writer = await asyncio.open_connection(str(address), port)
            except OSError as error:
                failure = error
                continue
            # A public address may be this very machine's, where services trust what comes from it.
            if _is_own(writer) and not self._allow.names(address, port):
                drop(writer)
                raise _Refused("403 Forbidden", "its address is this machine's")
            return reader, writer, address
        raise failure

    async def _ask_system(self, name: str, port: int) -> Sequence[Address]:
        def ask() -> list[Address]:
            found = socket.getaddrinfo(name.encode("ascii"), port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    async def _tell(self, use: NetworkUse) -> None:
        if self._tell_of is None:
            return
        try:
            await self._tell_of(use)
        except Exception:
            self._stop()  # what cannot be told may not happen; the loop shows the failure
            raise


async def _accepted(loop: asyncio.AbstractEventLoop, listening: socket.socket) -> socket.socket:
    while True:
        try:
            return (await loop.sock_accept(listening))[0]
        except OSError:  # this process has no descriptor left for now
            await asyncio.sleep(_NO_DESCRIPTOR_SECONDS)


def _is_own(writer: asyncio.StreamWriter) -> bool:
    here, there = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
    return bool(here and there and here[0] == there[0])


async def _answer(writer: asyncio.StreamWriter, status: str, reason: str) -> None:
    body = f"refused by the sandbox's network policy: {reason}\n".encode("ascii", "replace")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(OSError, asyncio.CancelledError, TimeoutError):
        writer.write(head.encode("ascii") + body)
        writer.close()  # sends what is written; `abort` would drop it
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
