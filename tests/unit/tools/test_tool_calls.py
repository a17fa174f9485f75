"""Names and arguments as models write them."""

from __future__ import annotations

from typing import Any

import pytest

from tools import catalog
from tools.names import UnknownTool, resolve
from tools.schema import BadArguments, fit

Bench = Any
TOOLS = catalog.load()


@pytest.mark.parametrize(
    ("called", "arguments", "meant"),
    [
        ("bash", {}, "bash"),
        ("BASH", {}, "bash"),
        ("execute_bash", {}, "bash"),
        ("run", {}, "bash"),
        ("functions.shell", {}, "bash"),
        ("str_replace_editor", {"command": "view"}, "view"),
        ("str_replace_based_edit_tool", {"command": "str_replace"}, "str_replace"),
        ("edit", {"command": "create"}, "create"),
        ("edit", {"old_string": "a", "new_string": "b"}, "str_replace"),
        ("Edit", {"insert_line": 3}, "insert"),
        ("str-replace", {}, "str_replace"),
        ("StrReplace", {}, "str_replace"),
        ("read_file", {}, "view"),
        ("grep", {}, "search"),
        ("write_file", {}, "create"),
        ("finish", {}, "submit"),
        ("runTests", {}, "run_tests"),
        ("applyPatch", {}, "apply_patch"),
    ],
)
def test_names_that_models_use(called: str, arguments: dict[str, Any], meant: str) -> None:
    assert resolve(called, arguments, TOOLS)[0].name == meant


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UnknownTool, match=r"did you mean.*apply_patch"):
        resolve("aply_pach", {}, TOOLS)
    with pytest.raises(UnknownTool, match="unknown editor command 'delete'"):
        resolve("edit", {"command": "delete"}, TOOLS)


def test_arguments_that_models_use(bench: Bench) -> None:
    bench.write("a.txt", "one\ntwo\nthree\n")
    assert bench("bash", cmd="echo 1", thought="let me see").text == "1"
    assert bench("read", file_path="a.txt", view_range="[2, 2]").text == "     2\ttwo"
    assert not bench("edit", filename="a.txt", old_string="two", new_string="2").is_error
    assert not bench("str_replace_editor", command="insert", path="a.txt", insert_line="1", new_str="x").is_error
    everything: dict[str, Any] = {
        "path": "a.txt",
        "file_text": "",
        "old_str": "x",
        "new_str": "y",
        "insert_line": None,
        "view_range": [],
    }
    assert not bench("str_replace_editor", command="str_replace", **everything).is_error
    assert (bench.root / "a.txt").read_text() == "one\ny\n2\nthree\n"


@pytest.mark.parametrize(
    "given",
    [
        {"view_range": "2-3"},
        {"view_range": "2:3"},
        {"view_range": "2, 3"},
        {"view_range": "[2,3]"},
        {"view_range": ["2", "3"]},
        {"view_range": "2 to 3"},
        {"lines": "2-3"},
        {"start_line": 2, "end_line": 3},
        {"start_line": "2", "end_line": 3.0},
        {"offset": 2, "limit": 2},
        {"start_line": 2, "limit": 2, "end_line": None},
    ],
)
def test_ranges_of_lines_that_models_use(bench: Bench, given: dict[str, Any]) -> None:
    bench.write("a.txt", "1\n2\n3\n4\n")
    assert bench("view", path="a.txt", **given).text == "     2\t2\n     3\t3"


def test_ranges_of_lines_with_one_end(bench: Bench) -> None:
    bench.write("a.txt", "1\n2\n3\n")
    for given in ({"start_line": 3}, {"view_range": "3-"}, {"view_range": "3:-1"}, {"view_range": 3}):
        assert bench("view", path="a.txt", **given).text == "     3\t3"
    for given in ({"end_line": 1}, {"limit": 1}, {"offset": 0, "limit": 1}):
        assert bench("view", path="a.txt", **given).text == "     1\t1"
    assert "whole number" in bench("view", path="a.txt", start_line="two").text
    assert bench("view", path="a.txt", view_range="some").is_error
    assert bench("search", pattern="2", limit=1).text == "a.txt:2: 2"


def test_a_text_without_a_new_one_is_removed(bench: Bench) -> None:
    path = bench.write("a.txt", "one\ntwo\n")
    removed = bench("str_replace", path="a.txt", old_str="one\n")
    assert not removed.is_error and "removed" in removed.text
    assert path.read_text() == "two\n"
    assert "unknown parameter" in bench("str_replace", path="a.txt", old_str="two", new="x", newer="y").text


SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "flag": {"type": "boolean"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "many": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    },
    "required": ["name"],
}


def test_fitting_arguments() -> None:
    assert fit(SCHEMA, {"name": "x"}) == {"name": "x", "count": 3}
    given = {"NAME": "x", "count": "4", "flag": "True", "many": '["p", "q"]'}
    assert fit(SCHEMA, given) == {"name": "x", "count": 4, "flag": True, "many": ["p", "q"]}
    assert fit(SCHEMA, {"name": 3, "count": 2.0, "many": "p"}) == {"name": "3", "count": 2, "many": ["p"]}
    assert fit(SCHEMA, {"who": "x"}, {"who": "name"})["name"] == "x"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "missing parameter 'name'"),
        ({"name": None}, "missing parameter 'name'"),
        ({"name": "x", "conut": 3}, "Did you mean 'count'"),
        ({"name": "x", "count": "many"}, "'count' must be integer"),
        ({"name": "x", "count": True}, "'count' must be integer"),
        ({"name": "x", "count": 0}, "at least 1"),
        ({"name": "x", "count": 10}, "at most 9"),
        ({"name": "x", "kind": "c"}, "must be one of 'a', 'b'"),
        ({"name": ["x"]}, "'name' must be string"),
        ({"name": "x", "many": ["a", "b", "c"]}, "3 items"),
        ({"name": "x", "many": [1, {}]}, r"many\[1\]"),
    ],
)
def test_arguments_that_do_not_fit_say_why(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadArguments, match=said):
        fit(SCHEMA, given)


def test_schemas_are_honest(bench: Bench) -> None:
    for tool in TOOLS.values():
        properties = tool.schema.get("properties", {})
        assert tool.schema["type"] == "object"
        assert set(tool.schema.get("required", ())) <= set(properties)
        assert tool.description and len(tool.description) < 600
