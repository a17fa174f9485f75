"""Figures with their targets: as a table for readers, as JSON for machines."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """`value` has to be at most `limit`, or at least where `at_least`."""

    what: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign, verdict = ("≥" if self.at_least else "≤"), ("met" if self.met else "MISSED")
        return f"{verdict:<7}{self.what}: {self.value:.2f}{self.unit} ({sign} {self.limit:g}{self.unit})"


@dataclass(slots=True)
class Report:
    """One benchmark's outcome. `rows` are samples by name, all in `unit`; `facts` are single figures, with units."""

    title: str
    unit: str
    rows: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    def add(self, row: str, value: float) -> None:
        """One more sample."""
        self.rows.setdefault(row, []).append(value)

    def p50(self, row: str) -> float:
        """The median of a row; not a number where there is none."""
        values = self.rows.get(row)
        return statistics.median(values) if values else math.nan

    def p10(self, row: str) -> float:
        """The tenth percentile of a row; not a number where there is none."""
        return _tails(self.rows[row])[0] if row in self.rows else math.nan

    @property
    def met(self) -> bool:
        """Whether every target is."""
        return all(target.met for target in self.targets)

    def text(self) -> str:
        """The table."""
        width = max([len(name) for name in [*self.rows, *self.facts]], default=0)
        lines = [self.title]
        if self.rows:
            lines.append(f"  {self.unit:<{width}}  {'p50':>9} {'p10':>9} {'p90':>9} {'n':>5}")
        for name, values in self.rows.items():
            low, high = _tails(values)
            lines.append(f"  {name:<{width}}  {self.p50(name):9.2f} {low:9.2f} {high:9.2f} {len(values):5}")
        lines += [f"  {name:<{width}}  {fact}" for name, fact in self.facts.items()]
        lines += [f"  {target}" for target in self.targets]
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """The same as values."""
        rows = {}
        for name, values in self.rows.items():
            low, high = _tails(values)
            rows[name] = {"p50": self.p50(name), "p10": low, "p90": high, "n": len(values)}
        targets = [
            {"what": t.what, "value": t.value, "limit": t.limit, "at_least": t.at_least, "met": t.met}
            for t in self.targets
        ]
        return {"title": self.title, "unit": self.unit, "rows": rows, "facts": self.facts, "targets": targets}


def _tails(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]
