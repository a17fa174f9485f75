"""Half-open spans of time: `start` belongs to the span, `end` does not."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Span:
    start: int
    end: int

    def __post_init__(self):
        if self.start >= self.end:
            raise ValueError(f"empty span: {self.start} to {self.end}")

    def __contains__(self, moment):
        return self.start <= moment < self.end

    @property
    def length(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end

    def touches(self, other):
        return self.start <= other.end and other.start <= self.end

    def hull(self, other):
        return Span(min(self.start, other.start), max(self.end, other.end))

    def minus(self, other):
        """What is left of this span without `other`: zero, one or two spans."""
        if not self.overlaps(other):
            return [self]
        left = []
        if self.start < other.start:
            left.append(Span(self.start, other.start))
        if other.end < self.end and self.start >= other.start:
            left.append(Span(other.end, self.end))
        return left
