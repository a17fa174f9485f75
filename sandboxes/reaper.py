"""Clears away what dead owners left behind, in every backend that answers; to be run at every start."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from sandboxes import owner
from sandboxes.backends import BACKENDS, get_backend
from sandboxes.contract import Backend
from sandboxes.errors import BackendUnavailable


async def reap(backends: Iterable[Backend] | None = None) -> list[str]:
    """Remove the sandboxes of dead owners; their names. A backend that does not answer is passed over."""
    removed: list[str] = []
    for backend in [get_backend(name) for name in BACKENDS] if backends is None else backends:
        with contextlib.suppress(BackendUnavailable):
            removed += await backend.reap(owner.is_alive)
    return removed
