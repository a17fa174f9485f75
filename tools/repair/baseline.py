"""How tests stand before any edit, and how a candidate did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tools.repair.candidate import Candidate


@dataclass(slots=True)
class Baseline:
    """How the tests stand before any edit: outcome and seconds by id, and what pytest said of itself."""

    outcomes: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    rootdir: str = ""
    ini: str = ""
    modules: list[str] = field(default_factory=list)
    wall: float = 0.0
    complete: bool = False

    @property
    def failing(self) -> list[str]:
        """Tests that fail or cannot run."""
        return [name for name, outcome in self.outcomes.items() if outcome in ("failed", "error")]

    @property
    def passing(self) -> list[str]:
        """Tests that pass."""
        return [name for name, outcome in self.outcomes.items() if outcome == "passed"]


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did.

    `state` is `plausible`, `partial`, `failed`, `broke` (others), `timeout`, `skipped`, or `deferred` (not tried yet).
    """

    candidate: Candidate
    state: str
    gain: float = 0.0
    note: str = ""
