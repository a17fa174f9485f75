"""The gate: edits that break a file are refused, edits of broken files are not, and odd files do not stop the tool."""

from __future__ import annotations

import ast
import inspect
import json.decoder
import random
import sys
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.edits.mutations import MUTATIONS
from tools.edit import syntax
from tools.edit.elision import is_elision
from tools.edit.gate import Gate
from tools.edit.languages import GRAMMARS, load
from tools.worker import Worker, WorkerLostError

Bench = Any
GOOD = {
    "a.py": "def f(x):\n    return [1, 2]\n",
    "a.js": "function f(x) { return [1, 2]; }\n",
    "a.jsx": "const a = <b c={1}>x</b>;\n",
    "a.ts": "function f(x: number): string { return `${x}`; }\n",
    "a.tsx": "const a = <b c={1}>x</b>;\n",
    "a.go": "package a\n\nfunc f() int { return 1 }\n",
    "a.rs": "fn f() -> u8 { 1 }\n",
    "a.java": "class A { int f() { return 1; } }\n",
    "a.c": "int f(void) { return 1; }\n",
    "a.cpp": "template <class T> T f(T x) { return x; }\n",
    "a.h": "template <class T> class A { T x; };\n",
    "a.cs": "class A { int F() { return 1; } }\n",
    "a.rb": "def f(x)\n  [1, x]\nend\n",
    "a.php": "<?php function f() { return 1; }\n",
    "a.sh": "if true; then echo 1; fi\n",
    "a.json": '{"a": [1, 2]}\n',
    "a.html": "<p>hello <b>you</b></p>\n",
    "a.css": "p { color: red; }\n",
    "a.yaml": "a:\n  - 1\n  - [2]\n",
    "a.toml": "[a]\nb = [1]\n",
}
BAD = {"a.rb": "def (\n", "a.sh": "if true; then\n", "a.yaml": "]\n", "a.html": "</p\n", "a.py": ")\n"}
ELISIONS = [
    "# (keep existing code)",
    "# ... keep the rest unchanged ...",
    "/* ... unchanged ... */",
    "// ... other methods ...",
    "# rest unchanged",
    "# ... unchanged ...",
    "# ... implementation remains the same",
    "// ... rest of your component",
    "{/* ... existing JSX ... */}",
    "x = 1  # ... rest of the code ...",
    "# ... rest of the code remains the same ...",
    "    # ... existing code ...",
    "// rest of the function",
    "/* ... rest of implementation unchanged ... */",
    "# (rest of the class is unchanged)",
    "<!-- rest of file -->",
    "    // ... other methods remain unchanged",
    "# remainder of the file",
    "# ... (rest of the code) ...",
    "// [rest of the file unchanged]",
    "-- ... rest of the query ...",
    "<!-- ... existing markup ... -->",
    "{/* rest of the component */}",
    "{# ... rest of the template ... #}",
    "    return x;  // ... rest of the function unchanged",
    "foo();  /* ... existing code ... */",
    "# …existing code…",
    "// ...existing code...",
    "// existing code...",
    "# existing code here",
    "# Keep the rest of the file unchanged",
    "// Rest of the code remains unchanged",
    "// rest of the implementation stays the same",
    "# ... (unchanged)",
    "# ... same as before ...",
    "# ... omitted for brevity ...",
    "# code omitted for brevity",
    "# other methods remain the same",
    "# remaining code unchanged",
    "// ... your existing code here ...",
    "# ... other imports ...",
    "# [... rest of code ...]",
    "// ... remaining methods ...",
    "# ... previous code ...",
    "# existing imports remain unchanged",
    "; ... rest of the file ...",
    "% ... rest of the document",
    "# <rest of the code>",
    "# ... more code here ...",
    "# ... the rest stays as is",
    "# The rest of the code is unchanged",
    "/* rest of styles unchanged */",
    "// ... other fields unchanged",
    "// (other methods unchanged)",
]
COMMENTS = [
    "# existing code is used by the parser",
    "# the rest of the arguments are optional",
    "x = 1  # rest of code",
    "# reads the rest of the file from disk",
    "# same code as above",
    "# other imports",
    "// see the existing implementation of f()",
    "# unchanged",
    "# same as before",
    "# ... and so on",
    "# ...",
    "x = [1, ...]  # ...",
    's = "# ... existing code ..."',
    "# Other methods",
    "# keep the original value",
    "# the rest is ignored",
    "# leave the rest to the caller",
    "# copy the existing file",
    "# here be dragons",
    "// the same, then any other argument",
    "// current state remains unchanged",
    "# rest of the text in this class",
    "    % (type(other))",
    "# [<current>",
    "x = 1  # the rest is ignored ...",
]


def test_every_grammar_loads() -> None:
    assert len(GRAMMARS) >= 17
    for grammar in GRAMMARS:
        assert load(grammar).abi_version > 0


@pytest.mark.parametrize("name", GOOD)
def test_good_files_pass_and_broken_ones_do_not(bench: Bench, name: str) -> None:
    good = bench("create", path=name, file_text=GOOD[name])
    assert not good.is_error and "warning" not in good.text, good.text
    broken = GOOD[name] + BAD.get(name, "}")
    refused = bench("create", path=name, file_text=broken)
    assert refused.is_error and "would break" in refused.text
    assert (bench.root / name).read_text() == GOOD[name]
    forced = bench("create", path=name, file_text=broken, force=True)
    assert not forced.is_error and "by force" in forced.text
    assert (bench.root / name).read_text() == broken


def test_a_broken_file_stays_editable(bench: Bench) -> None:
    bench.write("py2.py", 'print "hello"\nx = 1\n')
    assert not bench("str_replace", path="py2.py", old_str="x = 1", new_str="x = 2").is_error
    assert bench("str_replace", path="py2.py", old_str="x = 2", new_str="x = (2").is_error
    bench.write("half.js", "function f( {\n  return 1;\n}\n")
    assert not bench("str_replace", path="half.js", old_str="return 1", new_str="return 2").is_error
    assert not bench("str_replace", path="half.js", old_str="f( {", new_str="f() {").is_error


@pytest.mark.parametrize("line", ELISIONS)
def test_elided_code_is_refused(bench: Bench, line: str) -> None:
    assert is_elision(line)
    assert bench("create", path="a.txt", file_text=f"one\n{line}\ntwo\n").is_error


@pytest.mark.parametrize("line", COMMENTS)
def test_ordinary_comments_are_not_elisions(line: str) -> None:
    assert not is_elision(line)


def test_prose_may_show_elisions(bench: Bench) -> None:
    example = "# Title\n\n```python\n# ... existing code ...\nx = 1\n```\n"
    assert not bench("create", path="a.md", file_text=example).is_error
    assert bench("create", path="b.md", file_text="# Title\n\n<!-- ... rest of the document ... -->\n").is_error


@given(
    head=st.sampled_from(["#", "//", "/*", "--", "<!--", "{/*", "{#", "    #", "\t//", "x = 1  #", "f(); //"]),
    what=st.sampled_from(["rest of the code", "existing code", "unchanged", "other methods", "remaining imports"]),
    dots=st.sampled_from(["...", "…"]),
    after=st.booleans(),
)
def test_what_stands_between_dots_is_an_elision(head: str, what: str, dots: str, after: bool) -> None:
    closer = {"/*": " */", "<!--": " -->", "{/*": " */}", "{#": " #}"}.get(head, "")
    assert is_elision(f"{head} {dots} {what}{f' {dots}' if after else ''}{closer}")


def test_an_elision_that_was_there_before_may_stay(bench: Bench) -> None:
    bench.write("a.txt", "one\n# ... existing code ...\n")
    assert not bench("str_replace", path="a.txt", old_str="one", new_str="two").is_error


def test_conflict_markers_are_refused(bench: Bench) -> None:
    text = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n"
    for name in ("a.txt", "a.md", "a.py"):
        refused = bench("create", path=name, file_text=text)
        assert refused.is_error and "conflict marker" in refused.text
    assert bench("create", path="b.txt", file_text="a\r\n<<<<<<<\r\nb\r\n").is_error
    assert not bench("create", path="a.rst", file_text="Title\n=======\n").is_error


def test_a_quotation_in_prose_is_no_conflict(bench: Bench) -> None:
    quote = "He said:\n\n>>>>>>> quote\n"
    assert not bench("create", path="a.md", file_text=quote).is_error
    assert bench("create", path="a.txt", file_text=quote).is_error
    assert bench("create", path="b.md", file_text=f"<<<<<<< HEAD\nx\n=======\n{quote}").is_error


def test_an_endless_parse_is_given_up(bench: Bench) -> None:
    """A parse beyond the time limit kills its process; the next question gets a fresh one."""
    worker = Worker(bench.runner, "tools.edit.syntax", seconds=0.2, start_seconds=5)
    small = {"grammars": ["javascript"]}
    fine: tuple[dict[str, Any], list[bytes]] = ({"errors": [], "doubts": []}, [])
    assert worker.ask(small, [b"", b"x = 1"]) == fine
    noise = random.Random(1).randbytes(2_000_000).replace(b"\0", b"")
    with pytest.raises(WorkerLostError, match="longer than"):
        worker.ask({"grammars": ["cpp"]}, [b"", noise])
    assert worker.ask(small, [b"", b"x = 1"]) == fine


def test_a_big_literal_is_no_error(bench: Bench) -> None:
    bench.write("big.py", "x = [" + "1, " * 100_000 + "]\n")
    result = bench("str_replace", path="big.py", old_str="x = [", new_str="y = [")
    assert not result.is_error, result.text


def test_a_killed_checker_is_replaced(bench: Bench) -> None:
    assert not bench("create", path="a.py", file_text="x = 1\n").is_error
    (child,) = bench.runner._children
    child.kill()
    assert bench("create", path="a.py", file_text="x = (\n").is_error


def test_large_files_are_written_unchecked(bench: Bench) -> None:
    bench.write("big.js", "// x\n" + "f();\n" * 500_000)
    result = bench("str_replace", path="big.js", old_str="// x", new_str="(((")
    assert not result.is_error and "syntax not checked" in result.text


def test_deep_nesting_does_not_kill_the_tool(bench: Bench) -> None:
    deep = "(" * 200_000 + ")" * 200_000
    bench.write("deep.js", f"x = {deep};\n")
    bench("str_replace", path="deep.js", old_str="x = ", new_str="y = ")
    bench.write("deep.py", f"x = {deep}\n")
    bench("str_replace", path="deep.py", old_str="x = ", new_str="y = ")
    assert not bench("create", path="a.py", file_text="x = 1\n").is_error
    assert bench("create", path="a.py", file_text="x = (\n").is_error


def test_random_bytes_do_not_kill_the_tool(bench: Bench) -> None:
    noise = random.Random(1).randbytes(30_000).replace(b"\0", b"")
    bench.write("noise.c", noise + b"\nneedle\n")
    bench("str_replace", path="noise.c", old_str="needle", new_str="nail")
    assert bench("create", path="a.c", file_text="int f( {\n").is_error


@pytest.mark.parametrize(
    "code",
    [
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2\r",
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\ns = '\xe9'\n",
        b"# coding: latin-1\n\xe9 = 1\n",
        b"if x:\n\ty = 1\n\tz = 2\n",
        b"x = 1\n\x0c\ny = 2\n",
        "s = '\u2028'\n".encode(),
        b"f'{x!r:>{y}}'\n",
        b"x = f'{f\"{1}\"}'\n",
    ],
)
def test_odd_python_is_no_error(code: bytes) -> None:
    assert syntax.python_error(code) is None


@pytest.mark.parametrize("name", MUTATIONS)
def test_whatever_breaks_python_is_caught(bench: Bench, name: str) -> None:
    """Every mutant that Python cannot parse is refused; of those that it can, only elided bodies are."""
    source = inspect.getsource(json.decoder)
    gate = Gate(bench.runner)
    lines = source.splitlines(keepends=True)
    broken = 0
    for at in random.Random(7).sample(range(len(lines)), 25):
        new = "".join(MUTATIONS[name](lines, at))
        found = gate.check(PurePath("a.py"), source.encode(), new.encode()).refusals
        if not parses(new.encode()) or (name == "body elided" and new != source):
            broken += 1
            assert found, f"line {at + 1}"
        elif found:  # what parses may still not compile, such as a return outside a function
            with pytest.raises(SyntaxError):
                compile(new, "a.py", "exec")
    assert broken


def parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def test_no_false_alarm_on_the_standard_library(bench: Bench) -> None:
    """Modules of the standard library as they are, and with an empty line put somewhere, raise nothing."""
    files = sorted(Path(inspect.getfile(ast)).parent.glob("[a-d]*.py"))
    assert len(files) > 20
    gate, rng, alarms = Gate(bench.runner), random.Random(3), []
    for path in files:
        old = path.read_bytes()
        lines = old.split(b"\n")
        at = rng.randrange(1, len(lines))
        new = b"\n".join([*lines[:at], b"", *lines[at:]])
        for candidate in (old, new if parses(new) else old + b"\nadded = 1\n"):
            if gate.check(PurePath(path.name), old, candidate).refusals:
                alarms.append(path.name)
    assert alarms == []


def test_the_projects_own_python_decides(bench: Bench) -> None:
    """Where the image has another Python, what that one compiles is right and what it does not is wrong."""
    folders = [p.parent for p in Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python3")]
    newer = next((folder for folder in folders if sys.version_info < (3, 12)), None)
    if newer is None:
        pytest.skip("needs a Python newer than this one")
    code = "type Number = int | float\n"
    assert bench("create", path="a.py", file_text=code).is_error
    bench.session.clear()
    bench.runner.env["PATH"] = f"{newer}:{bench.runner.env['PATH']}"
    assert not bench("create", path="a.py", file_text=code).is_error
    assert "line 2" in bench("create", path="a.py", file_text=code + "x = (\n").text


@pytest.mark.parametrize(
    ("line", "sound"),
    [
        ("const opti", False),
        ("const a = 1, b;", False),
        ("const a = 1, b = 2;", True),
        ("let a;", True),
        ("for (const a of [1]) f(a);", True),
        ("for (const a in {}) f(a);", True),
        ("for await (const [a, b] of g()) f(a);", True),
        ("const {a, b} = c;", True),
        ("// const a", True),
    ],
)
def test_a_constant_of_javascript_is_given_a_value(bench: Bench, line: str, sound: bool) -> None:
    result = bench("create", path="a.js", file_text=f"async function g() {{\n  {line}\n  f(2);\n}}\n")
    assert result.is_error != sound, result.text
