from calendars.calendar import Calendar
from calendars.span import Span

__all__ = ["Calendar", "Span"]
