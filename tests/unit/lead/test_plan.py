import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.core.errors import BadInput
from sweagent.core.report import TestReport
from sweagent.lead.plan import check_baseline, choose_strategy, slug

RED = TestReport(command="pytest", exit_code=1, tests={"a": "failed", "b": "passed"}, framework="pytest")


@given(st.text(max_size=200))
def test_slug_is_a_branch_name(title: str) -> None:
    assert re.fullmatch(r"[a-z0-9](-?[a-z0-9])*", slug(title))
    assert len(slug(title)) <= 40


def test_choose_strategy() -> None:
    assert choose_strategy("auto", True)[0] == "react"
    assert choose_strategy("auto", False)[0] == "repair"
    assert choose_strategy("repair", True)[0] == "repair"
    with pytest.raises(BadInput, match="--model"):
        choose_strategy("react", False)


@pytest.mark.parametrize(
    ("changes", "targets", "words"),
    [
        ({"started": False, "output": "sh: 1: nope: not found"}, (), "does not start.*not found"),
        ({"timed_out": True, "seconds": 600.0}, (), "did not end within 600 s"),
        ({"tests": {}, "exit_code": 5}, (), "found no tests"),
        ({}, ("b",), "b is passed at the base"),
        ({}, ("zzz",), "zzz is not among the tests"),
        ({"tests": {"b": "passed"}, "exit_code": 0}, (), "all tests pass already"),
    ],
)
def test_baselines_that_cannot_tell_right_from_wrong(
    changes: dict[str, object], targets: tuple[str, ...], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        check_baseline(RED.model_copy(update=changes), targets, False, ())


def test_good_baselines() -> None:
    check_baseline(RED, (), False, ())
    check_baseline(RED, ("a",), False, ())
    check_baseline(RED.model_copy(update={"tests": {"b": "passed"}, "exit_code": 0}), (), True, ())
