"""The toolbox runs by itself, is built once, and follows its tools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from sandboxes import harvest
from sandboxes.toolbox import MOUNT, Toolbox, ensure_toolbox, ensure_tools


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    """This machine's own."""
    return ensure_toolbox()


def python(toolbox: Toolbox, code: str) -> str:
    """Run code with the toolbox's interpreter, from where it stands on the host."""
    library = str(toolbox.runtime / "lib")
    launch = [f"{library}/ld.so", "--inhibit-cache", "--library-path", library, str(toolbox.runtime / "bin/python3")]
    done = subprocess.run([*launch, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=True, env={})
    return done.stdout.strip()


def test_every_module_comes_from_the_toolbox(toolbox: Toolbox) -> None:
    code = "import ast, json, sqlite3, sys; print([getattr(m, '__file__', None) or '' for m in sys.modules.values()])"
    files = [name for name in json.loads(python(toolbox, code).replace("'", '"')) if name.startswith("/")]
    assert files
    assert all(name.startswith(str(toolbox.runtime)) for name in files)


def test_every_library_comes_from_the_toolbox(toolbox: Toolbox) -> None:
    code = "import ctypes, sqlite3, zlib, lzma; print(open('/proc/self/maps').read())"
    mapped = {line.split()[-1] for line in python(toolbox, code).splitlines() if ".so" in line}
    assert mapped
    assert all(name.startswith(str(toolbox.runtime)) for name in mapped), mapped


def test_the_grammars_load(toolbox: Toolbox) -> None:
    site = str(toolbox.runtime / "site")
    code = (
        f"import sys; sys.path.insert(0, {site!r}); import tree_sitter, tree_sitter_python as p; "
        "print(tree_sitter.Parser(tree_sitter.Language(p.language())).parse(b'x = 1').root_node.type)"
    )
    assert python(toolbox, code) == "module"


def test_it_says_how_to_start_its_programs(toolbox: Toolbox) -> None:
    about = json.loads((toolbox.runtime / "toolbox.json").read_text(encoding="utf-8"))
    assert about["launch"][0] == f"{MOUNT}/lib/ld.so"
    assert about["python"] == f"{MOUNT}/bin/python3"
    assert list(toolbox.mounts) == [MOUNT, f"{MOUNT}/app"]


def test_what_is_up_to_date_is_not_built_again(toolbox: Toolbox) -> None:
    before = toolbox.runtime.stat().st_ino, toolbox.app.stat().st_ino
    again = ensure_toolbox()
    assert (again.runtime.stat().st_ino, again.app.stat().st_ino) == before


def test_a_changed_tool_is_a_new_layer(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    (tools / "deep").mkdir(parents=True)
    for name in ("__init__.py", "server.py", "deep/query.scm"):
        (tools / name).write_text("", encoding="utf-8")
    first = ensure_tools(tmp_path / "cache", tools)
    (tools / "deep" / "query.scm").write_text("; new", encoding="utf-8")
    second = ensure_tools(tmp_path / "cache", tools)
    assert first != second
    assert (second / "tools" / "deep" / "query.scm").read_text(encoding="utf-8") == "; new"
    assert (second / "start.py").is_file()
    assert list((second / "tools" / "__pycache__").glob("server.*.pyc"))


def test_leftovers_of_running_tools_do_not_count(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    (tools / "__pycache__").mkdir(parents=True)
    (tools / "__init__.py").write_text("", encoding="utf-8")
    first = ensure_tools(tmp_path / "cache", tools)
    (tools / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert ensure_tools(tmp_path / "cache", tools) == first


def test_the_interpreter_is_not_the_environment_s(toolbox: Toolbox) -> None:
    assert harvest.interpreter().is_file()
    assert not harvest.interpreter().is_symlink()
    assert (harvest.stdlib() / "os.py").is_file()
