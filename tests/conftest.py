"""What all tests share: engines are required, unless the environment says that they are meant to be missing."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs an engine only where `SWEAGENT_NO_DOCKER=1` (or `SWEAGENT_NO_BWRAP=1`) says so.

    Without these a missing engine makes the tests fail: a machine that silently tests less is no test.
    """
    no_docker = os.environ.get("SWEAGENT_NO_DOCKER") == "1"
    no_bwrap = no_docker or os.environ.get("SWEAGENT_NO_BWRAP") == "1"
    for item in items:
        if no_docker and item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.skip(reason="SWEAGENT_NO_DOCKER=1"))
        if no_bwrap and item.get_closest_marker("bwrap"):
            item.add_marker(pytest.mark.skip(reason="SWEAGENT_NO_DOCKER=1 or SWEAGENT_NO_BWRAP=1"))
