"""Hears of the end of containers: one thread on the engine's event stream for all sandboxes of a backend.

The stream is the only witness: a container that removes itself cannot be inspected afterwards, and only the engine
says whether the memory limit was hit.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class EventStream(Protocol):
    """What docker-py returns for `events(decode=True)`."""

    def __iter__(self) -> Iterator[dict[str, Any]]: ...

    def close(self) -> None:
        """End the iteration."""


@dataclass(slots=True)
class Exit:
    """How one container ends: `exited` is set once all its processes are dead, `removed` once it is gone.

    `status` is process 1's exit status (128+n for signal n), None until then; `out_of_memory` is true where the kernel
    killed something inside for memory.
    """

    exited: asyncio.Event
    removed: asyncio.Event
    status: int | None = None
    out_of_memory: bool = False


class ExitWatch:
    """Follows the containers it is told of, on the event loop that made it."""

    def __init__(self, connect: Callable[[], EventStream]) -> None:
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._exits: dict[str, Exit] = {}
        self._stream: EventStream | None = None
        self._thread: threading.Thread | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop whose tasks may wait on the exits."""
        return self._loop

    async def begin(self) -> None:
        """Connect to the event stream; does nothing when it is connected."""
        if self._thread is None or not self._thread.is_alive():
            self._stream = await asyncio.to_thread(self._connect)
            # A daemon: neither a forgotten sandbox nor an engine that hangs may keep the program from ending.
            self._thread = threading.Thread(
                target=self._listen, args=(self._stream,), name="docker-events", daemon=True
            )
            self._thread.start()

    def follow(self, container: str) -> Exit:
        """Watch the container with this id (full); call it before the container starts."""
        return self._exits.setdefault(container, Exit(asyncio.Event(), asyncio.Event()))

    def forget(self, container: str) -> None:
        """Stop watching; the stream is given up with the last one."""
        self._exits.pop(container, None)

    def stop(self) -> None:
        """Disconnect."""
        stream, self._stream, self._thread = self._stream, None, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()

    def _listen(self, stream: EventStream) -> None:
        try:
            for event in stream:
                self._loop.call_soon_threadsafe(self._take, event)
        except Exception:  # noqa: BLE001 (the boundary of a thread; a broken stream means less knowledge, no failure)
            return

    def _take(self, event: Mapping[str, Any]) -> None:
        actor = event.get("Actor") or {}
        exit_ = self._exits.get(str(actor.get("ID", "")))
        if exit_ is None:
            return
        match event.get("Action"):
            case "oom":
                exit_.out_of_memory = True
            case "die" | "died":  # Podman says died
                status = str((actor.get("Attributes") or {}).get("exitCode", ""))
                exit_.status = int(status) if status.isdigit() else None
                exit_.exited.set()
            case "destroy" | "remove":
                exit_.exited.set()
                exit_.removed.set()
