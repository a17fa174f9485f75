"""Hears of the end of containers: one thread on the engine's event stream for all sandboxes of a backend.

The stream is the only witness: a container that removes itself cannot be inspected afterwards, and only the engine
says whether the memory limit was hit.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class EventStream(Protocol):
    """The engine's events, decoded, until it is closed from any thread."""

    def __iter__(self) -> Iterator[dict[str, Any]]: ...

    def close(self) -> None:
        """End the iteration."""


@dataclass(slots=True)
class Exit:
    """How one container ends: `exited` is set once all its processes are dead, `removed` once it is gone.

    `status` is process 1's exit status (128+n for signal n), None until then; `out_of_memory` is true where the kernel
    killed something inside for memory.
    """

    exited: asyncio.Event = field(default_factory=asyncio.Event)
    removed: asyncio.Event = field(default_factory=asyncio.Event)
    status: int | None = None
    out_of_memory: bool = False


class ExitWatch:
    """Follows containers by name, on the event loop that made it; connected while there is anything to follow."""

    def __init__(self, connect: Callable[[], EventStream]) -> None:
        self._connect = connect
        self.loop = asyncio.get_running_loop()
        self._exits: dict[str, Exit] = {}
        self._connecting = asyncio.Lock()
        self._stream: EventStream | None = None
        self._thread: threading.Thread | None = None

    async def follow(self, name: str) -> Exit:
        """Watch a container that is not yet started; `forget` it at last.

        Raises:
            BackendUnavailable: the engine does not answer.
        """
        watched = self._exits.setdefault(name, Exit())
        try:
            async with self._connecting:
                if self._thread is None or not self._thread.is_alive():
                    await self._listen_to(await asyncio.to_thread(self._connect))
        except BaseException:
            self.forget(name)
            raise
        return watched

    def forget(self, name: str) -> None:
        """Stop watching; with the last one the connection is given up."""
        self._exits.pop(name, None)
        if not self._exits:
            self.stop()

    def stop(self) -> None:
        """Disconnect."""
        stream, self._stream, self._thread = self._stream, None, None
        if stream is not None:
            stream.close()

    async def _listen_to(self, stream: EventStream) -> None:
        self._stream = stream
        # A daemon: neither a forgotten sandbox nor an engine that hangs may keep the program from ending.
        self._thread = threading.Thread(target=self._listen, args=(stream,), name="docker-events", daemon=True)
        self._thread.start()

    def _listen(self, stream: EventStream) -> None:
        try:
            for event in stream:
                self.loop.call_soon_threadsafe(self._take, event)
        except Exception:  # noqa: BLE001 (the boundary of a thread; a broken stream means less knowledge, no failure)
            return

    def _take(self, event: Mapping[str, Any]) -> None:
        attributes = (event.get("Actor") or {}).get("Attributes") or {}
        watched = self._exits.get(str(attributes.get("name", "")))
        if watched is None:
            return
        match event.get("Action"):
            case "oom":
                watched.out_of_memory = True
            case "die" | "died":  # Podman says died
                status = str(attributes.get("exitCode", ""))
                watched.status = int(status) if status.isdigit() else None
                watched.exited.set()
            case "destroy" | "remove":
                watched.exited.set()
                watched.removed.set()
