"""Threads for calls: side by side when they must be, used again when they may."""

from __future__ import annotations

import threading
from functools import partial

from tools.threads import Threads


def attend(meeting: threading.Barrier) -> None:
    meeting.wait(30)


def test_jobs_run_side_by_side() -> None:
    threads, meeting = Threads(), threading.Barrier(9)
    for _ in range(8):
        threads.run(partial(attend, meeting))
    meeting.wait(30)


def test_a_thread_that_is_done_takes_the_next_job() -> None:
    threads, seen = Threads(), []
    for _ in range(5):
        done = threading.Event()

        def job(done: threading.Event = done) -> None:
            seen.append(threading.get_ident())
            done.set()

        threads.run(job)
        assert done.wait(30)
        while not threads.idle:
            pass
    assert len(set(seen)) == 1


def test_only_a_few_wait_for_more() -> None:
    threads, meeting, before = Threads(), threading.Barrier(21), threading.active_count()
    for _ in range(20):
        threads.run(partial(attend, meeting))
    meeting.wait(30)
    while threading.active_count() - before > 4:
        pass
    assert threads.idle <= 4
