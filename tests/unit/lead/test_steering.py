"""Files that steer a test run are not the agent's to change, by whatever trick they come."""

import pytest

from sweagent.lead.steering import for_verdict
from sweagent.repo.change import Change
from sweagent.repo.tree import LINK

BASE = [b"src/a.py", b"pkg/__init__.py", b"pkg/core.py", b"tests/test_a.py", b"setup.cfg", b"web/app.test.js",
        b"Makefile", b"ci/check.sh", b"conftest.py"]  # fmt: skip


def test_what_steers_the_tests_is_restored() -> None:
    changes = [
        Change(b"src/a.py", data=b"fix"),
        Change(b"tests/test_a.py", data=b"assert True"),
        Change(b"tests/test_new.py", data=b"def test(): pass"),
        Change(b"conftest.py", data=b"hide"),
        Change(b"sitecustomize.py", data=b"hide"),
        Change(b"x.pth", data=b"import os"),
        Change(b"setup.cfg", data=b"[tool:pytest]"),
        Change(b"web/app.test.js", data=None),
    ]
    kept, restored = for_verdict(changes, BASE)
    assert [c.path for c in kept] == [b"src/a.py", b"tests/test_new.py"]
    assert set(restored) == {
        "tests/test_a.py",
        "conftest.py",
        "sitecustomize.py",
        "x.pth",
        "setup.cfg",
        "web/app.test.js",
    }


@pytest.mark.parametrize(
    "path",
    ["pyproject.toml", "tox.ini", "pytest.toml", "GNUmakefile", "makefile", "package.json", ".cargo/config.toml",
     "evil.dist-info/entry_points.txt", "src/evil.egg-info/entry_points.txt", "pytest.py", "_pytest/__init__.py",
     "src/unittest/__init__.py", "tests/json.py", "random.so", "tool_test_report.py", "sub/jest.config.mjs"],
)  # fmt: skip
def test_new_files_that_steer_by_being_there_are_left_out(path: str) -> None:
    assert for_verdict([Change(path.encode(), data=b"x")], BASE) == ([], (path,))


@pytest.mark.parametrize(
    "path",
    [
        "pkg/json.py",
        "src/b.py",
        "tests/test_new.py",
        "docs/random.md",
        "pkg/sub.py",
        "src/unittest.txt",
        "tests/json/x.py",
    ],
)
def test_ordinary_new_files_stay(path: str) -> None:
    assert for_verdict([Change(path.encode(), data=b"x")], BASE)[1] == ()


def test_what_the_test_command_names_is_restored() -> None:
    script = Change(b"ci/check.sh", data=b"exit 0")
    assert for_verdict([script], BASE, "bash ./ci/check.sh --all")[0] == []
    assert for_verdict([script], BASE, "pytest")[0] == [script]
    assert for_verdict([script], BASE, "unclosed ' ci/check.sh")[0] == []


def test_a_link_cannot_stand_in_for_the_folder_of_the_tests() -> None:
    changes = [
        Change(b"tests/test_a.py", data=None),
        Change(b"tests", LINK, b"other"),
        Change(b"other/test_a.py", data=b"def test_a(): pass"),
    ]
    kept, restored = for_verdict(changes, BASE)
    assert [change.path for change in kept] == [b"other/test_a.py"]
    assert restored == ("tests", "tests/test_a.py")


def test_nothing_can_be_put_below_a_restored_file() -> None:
    changes = [Change(b"conftest.py", data=None), Change(b"conftest.py/x.py", data=b"1")]
    assert for_verdict(changes, BASE)[0] == []
