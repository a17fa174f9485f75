"""Cache entries appear whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sandboxes.cache import cache_home, publish


def test_an_entry_is_built_once(tmp_path: Path) -> None:
    built: list[int] = []

    def build(folder: Path) -> None:
        built.append(1)
        (folder / "file").write_text("whole", encoding="utf-8")

    threads = [threading.Thread(target=publish, args=(tmp_path / "entry", build)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]
    assert (tmp_path / "entry" / "file").read_text(encoding="utf-8") == "whole"


def test_a_failed_build_leaves_no_entry(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path / "entry", build)
    assert [path.name for path in tmp_path.iterdir()] == [".entry.lock"]


def test_what_a_killed_builder_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".entry.building").mkdir()
    (tmp_path / ".entry.building" / "half").touch()
    entry = publish(tmp_path / "entry", lambda folder: (folder / "file").touch())
    assert [path.name for path in entry.iterdir()] == ["file"]


def test_the_cache_is_where_the_desktop_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_home() == Path("/somewhere/sweagent")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says the XDG specification
    assert cache_home() == Path.home() / ".cache" / "sweagent"
