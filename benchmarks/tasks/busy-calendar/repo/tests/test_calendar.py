import pytest

from calendars import Calendar, Span


def test_empty_spans_are_refused():
    with pytest.raises(ValueError):
        Span(3, 3)


def test_touching_bookings_are_joined():
    assert list(Calendar([Span(9, 10), Span(12, 13), Span(10, 11)])) == [Span(9, 11), Span(12, 13)]


def test_cancel_the_start():
    calendar = Calendar([Span(9, 17)])
    calendar.cancel(Span(8, 11))
    assert list(calendar) == [Span(11, 17)]


def test_cancel_the_end():
    calendar = Calendar([Span(9, 17)])
    calendar.cancel(Span(15, 18))
    assert list(calendar) == [Span(9, 15)]


def test_cancel_the_middle():
    calendar = Calendar([Span(9, 17)])
    calendar.cancel(Span(11, 12))
    assert list(calendar) == [Span(9, 11), Span(12, 17)]


def test_cancel_more_than_was_booked():
    calendar = Calendar([Span(9, 10), Span(11, 12)])
    calendar.cancel(Span(0, 24))
    assert len(calendar) == 0


def test_busy():
    calendar = Calendar([Span(9, 11), Span(12, 13)])
    assert [hour for hour in range(8, 15) if calendar.is_busy(hour)] == [9, 10, 12]
    assert calendar.busy_time() == 3


def test_free():
    calendar = Calendar([Span(9, 10), Span(12, 13)])
    assert calendar.free(Span(8, 9)) == [Span(8, 9)]
    assert calendar.free(Span(9, 12)) == [Span(10, 12)]


def test_free_between_bookings():
    calendar = Calendar([Span(9, 10), Span(12, 13)])
    assert calendar.free(Span(8, 18)) == [Span(8, 9), Span(10, 12), Span(13, 18)]


def test_first_free():
    calendar = Calendar([Span(9, 10), Span(12, 13)])
    assert calendar.first_free(2, Span(9, 18)) == Span(10, 12)
    assert calendar.first_free(9, Span(9, 12)) is None
