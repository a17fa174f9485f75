"""A calendar of bookings, kept as sorted spans that neither overlap nor touch."""

from bisect import bisect_right

from calendars.span import Span


class Calendar:
    def __init__(self, spans=()):
        self._spans = []
        for span in spans:
            self.book(span)

    def __iter__(self):
        return iter(self._spans)

    def __len__(self):
        return len(self._spans)

    def book(self, span):
        """Add a booking and join it with those that it touches."""
        apart = []
        for known in self._spans:
            if known.touches(span):
                span = span.hull(known)
            else:
                apart.append(known)
        self._spans = sorted([*apart, span])

    def cancel(self, span):
        """Take `span` out of every booking."""
        self._spans = [rest for known in self._spans for rest in known.minus(span)]

    def is_busy(self, moment):
        place = bisect_right(self._spans, moment, key=lambda span: span.start)
        return place > 0 and moment in self._spans[place - 1]

    def busy_time(self):
        return sum(span.length for span in self._spans)

    def free(self, within):
        """The spans inside `within` that no booking covers."""
        left = [within]
        for known in self._spans:
            left = [rest for span in left for rest in span.minus(known)]
        return left

    def first_free(self, length, within):
        """The earliest span of `length` inside `within`, or None."""
        for span in self.free(within):
            if span.length >= length:
                return Span(span.start, span.start + length)
        return None
