"""The owner of a sandbox is told apart from any later process with the same number."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from sandboxes import owner


def test_this_process_is_alive() -> None:
    assert owner.is_alive(owner.current_owner())


def test_a_later_process_with_the_same_number_is_another_owner() -> None:
    me = owner.current_owner()
    assert not owner.is_alive(replace(me, started=me.started + 1))


def test_an_owner_from_another_boot_is_dead() -> None:
    assert not owner.is_alive(replace(owner.current_owner(), boot_id="00000000-0000-0000-0000-000000000000"))


def test_nobody_judges_an_owner_on_another_host() -> None:
    assert owner.is_alive(replace(owner.current_owner(), host="elsewhere.invalid", pid=1))


def test_a_finished_process_is_dead_even_as_a_zombie() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ticks = owner.start_ticks(child.pid)
    assert ticks is not None
    named = replace(owner.current_owner(), pid=child.pid, started=ticks)
    assert owner.is_alive(named)
    child.communicate(b"")  # waits, so the process is reaped
    assert not owner.is_alive(named)


def test_labels_round_trip() -> None:
    me = owner.current_owner()
    assert owner.from_labels(owner.to_labels(me)) == me


def test_foreign_or_malformed_labels_name_nobody() -> None:
    labels = owner.to_labels(owner.current_owner())
    assert owner.from_labels({}) is None
    assert owner.from_labels({**labels, "sweagent.owner.pid": "many"}) is None
