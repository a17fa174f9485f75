"""The ranker of suspicious lines and the reading of test commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.repair.command import understand
from tools.repair.rank import Clues, Trace, editable, rank


def test_lines_that_only_failing_tests_run_come_first() -> None:
    traces = [
        Trace(True, {"a.py": [1, 2, 3]}),
        Trace(False, {"a.py": [1, 2]}),
        Trace(False, {"a.py": [1]}),
    ]
    assert [line for _, line, _ in rank(Clues(traces))] == [3, 2, 1]


def test_the_deepest_frame_outside_of_tests_weighs_most() -> None:
    traces = [Trace(True, {"a.py": [1, 2, 3]})]
    frames = [[("tests/test_a.py", 9), ("a.py", 1), ("a.py", 3)]]
    assert rank(Clues(traces, frames=frames))[0][:2] == ("a.py", 3)


def test_names_in_the_issue_count() -> None:
    traces = [Trace(True, {"a.py": [2, 12]})]
    functions = {"a.py": [("load", 1, 5), ("parse_size", 11, 15)]}
    clues = Clues(traces, words="parse_size is wrong for 1k", functions=functions)
    assert rank(clues)[0][1] == 12


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.integers(1, 30), max_size=20)),
        max_size=12,
    )
)
def test_scores_are_sorted_and_between_zero_and_one(runs: list[tuple[bool, list[int]]]) -> None:
    ranked = rank(Clues([Trace(failed, {"a.py": sorted(set(lines))}) for failed, lines in runs]))
    scores = [score for _, _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    ran_by_failing = {line for failed, lines in runs if failed for line in lines}
    assert {line for _, line, _ in ranked} == ran_by_failing


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("pkg/core.py", True),
        ("src/pkg/contest.py", True),
        ("tests/test_core.py", False),
        ("pkg/test_core.py", False),
        ("conftest.py", False),
        ("pkg/_vendor/six.py", False),
        ("/usr/lib/python3/json.py", False),
        ("../other.py", False),
    ],
)
def test_what_may_be_edited(path: str, may: bool) -> None:
    assert editable(path) is may


@pytest.mark.parametrize(
    ("command", "arguments", "on_path"),
    [
        ("python3 -m pytest -q", ("-q",), True),
        ("python3 -m pytest -x --maxfail=3 tests", ("tests",), True),
        ("A=1 python3 -m pytest -k 'a or b'", ("-k", "a or b"), True),
        ("pytest --lf", (), False),
        ("python3 -m unittest discover -s tests", ("-q", "-o", "python_files=test*.py", "tests"), True),
    ],
)
def test_pytest_commands_are_understood(
    tmp_path: Path, command: str, arguments: tuple[str, ...], on_path: bool
) -> None:
    (tmp_path / "tests").mkdir()
    found = understand(command, tmp_path, "/usr/bin:/bin")
    assert found is not None
    assert (found.arguments, found.cwd_on_path) == (arguments, on_path)
    assert found.env == ((("A", "1"),) if command.startswith("A=1") else ())


@pytest.mark.parametrize(
    "command", ["make test", "cd x && pytest", "pytest | tee log", "python3 run.py", "'", "pytest; rm x", ""]
)
def test_other_commands_are_not(tmp_path: Path, command: str) -> None:
    assert understand(command, tmp_path, "/usr/bin:/bin") is None
