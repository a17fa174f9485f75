"""`sweagent doctor`: what decides its exit status, and what it never shows."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from sweagent.cli import checks
from sweagent.cli.checks import KEYS, Row, default_path_works
from sweagent.cli.doctor import STYLES, row_lines


def test_only_needed_parts_decide() -> None:
    fine = Row("git", "ok", "", needed=True)
    assert default_path_works([fine, Row("litellm", "missing", "")])
    assert not default_path_works([fine, Row("docker", "missing", "", needed=True)])
    assert not default_path_works([fine, Row("store", "broken", "", needed=True)])


def test_a_key_is_named_and_its_value_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    assert checks.check_keys().state == "missing"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    row = checks.check_keys()
    assert (row.state, row.detail) == ("ok", "OPENAI_API_KEY")
    assert "secret" not in str(dataclasses.asdict(row))


def test_the_database_url_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SWEAGENT_STORE", f"sqlite:///{tmp_path}/hunter2.db")
    row = checks.check_store()
    assert row.state == "ok"
    assert "hunter2" not in row.detail


def test_a_store_that_does_not_open_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="ascii")
    monkeypatch.setenv("SWEAGENT_HOME", str(tmp_path / "file"))
    assert checks.check_store().state == "broken"


def test_no_git_is_missing_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    row = asyncio.run(checks.check_git())
    assert (row.state, row.needed) == ("missing", True)
    assert row.mend == "apt-get install git"


def test_an_old_or_odd_git_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "git"
    for says in ("git version 2.11.0", "nonsense", ""):
        fake.write_text(f"#!/bin/sh\necho {says}\n", encoding="ascii")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        assert asyncio.run(checks.check_git()).state == "broken", says


def test_a_row_shows_its_mend_only_where_something_is_to_be_mended() -> None:
    assert [line.text for line in row_lines(Row("git", "missing", "not \x1b[31mthere", "apt-get install git"))] == [
        "missing  git          not there",
        "                      → apt-get install git",
    ]
    assert len(row_lines(Row("git", "ok", "2.40", "apt-get install git"))) == 1
    assert set(STYLES) == {"ok", "missing", "broken"}
