"""What a skeleton leaves out is never missed: the outline of it is the outline of the whole file."""

import sysconfig
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.index.languages import BY_NAME
from tools.index.outline.extract import extract, parse, readable, symbols_and_imports
from tools.index.outline.skeleton import skeleton

PYTHON = BY_NAME["python"]


def whole(source: bytes) -> object:
    return symbols_and_imports(source, PYTHON, parse(source, PYTHON))


def outline(source: bytes) -> object:
    found = extract(source, PYTHON)
    return found.symbols, found.imports


def left_out(source: bytes) -> int:
    spans = skeleton(source)[1]
    return len(source) - sum(stop - start for start, stop in spans) if spans else 0


def test_the_standard_library_has_the_same_outline() -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    files = [
        path
        for folder in (library, *(library / n for n in ("asyncio", "json", "email")))
        for path in folder.glob("*.py")
    ]
    all_bytes = cut = 0
    for path in files:
        source = path.read_bytes()
        if readable(source):
            assert outline(source) == whole(source), path
            all_bytes, cut = all_bytes + len(source), cut + left_out(source)
    assert cut > all_bytes / 2


LONG = "value = compute_something_long(1, 2, 3)"
CASES = {
    "plain": ("def f():\n    LONG\n    return value\n\nX = 1\n"),
    "docstring first": ('def f():\n    """Does it."""\n    LONG\n'),
    "a function in a docstring": ('"""Use:\n\n    def g():\n        LONG\n        return 2\n"""\ndef f():\n    LONG\n'),
    "a string to the left": ('def f():\n    LONG\n    return """\ndef no():\n    LONG\n"""\n\nclass C:\n    pass\n'),
    "a string with a hash at its end": ('def f():\n    LONG\n    x = """\n# no comment"""\n\ndef g():\n    LONG\n'),
    "carried over": ("def f():\n    LONG\n    return value + \\\n1\n\nY = 2\n"),
    "a comment that ends in a backslash": (
        "def f():\n    LONG\n    return 1\n\n# the \\\n_x = 1\ndef g():\n    LONG\n"
    ),
    "brackets to the left": ("def f():\n    LONG\n    return g(\n2)\n\nZ = 3\n"),
    "brackets at the statement's column": ("def f():\n    import a\n    x = g(\n    LONG,\n    )\n    LONG\n"),
    "a head of many lines": ("def f(\n    a: int = (1),  # one (\n    b: str = ')',\n) -> dict[str, int]:\n    LONG\n"),
    "a comment after the last statement": ("def f():\n    LONG\n    return 1  # so\n    # and so\n# left\nA = 1\n"),
    "a semicolon at the end": ("def f():\n    LONG;\nA = 1\n"),
    "imports inside": (
        "def f():\n    LONG\n    from a import (b,\n        c)\n    LONG\n    if b: import d\n    LONG\n"
    ),
    "import in a branch": ("def f():\n    try:\n        import a\n    except ImportError:\n        LONG\n    LONG\n"),
    "nested": (
        "def f():\n    LONG\n    @deco\n    def g():\n        LONG\n        class K: y = 1\n    LONG\n    return g\n"
    ),
    "async": ("class A:\n    async  def f(self):\n        LONG\n        async with x: pass\n\n    b = 2\n"),
    "a type inside": ("def f():\n    LONG\n    type X = int\n    LONG\n"),
    "a decorated method": (
        "class A:\n    @property\n    def f(self):\n        LONG\n\n    @f.setter\n    def f(self, v):\n        LONG\n"
    ),
    "tabs": ("class A:\n\tdef f(self):\n\t\tLONG\n\tdef g(self):\n\t\tLONG\n"),
    "no last line end": ("def f():\n    LONG\n    return [\n        1,\n    ]"),
    "line ends of two bytes": ("def f():\r\n    LONG\r\n    return value\r\n\r\nX = 1\r\n"),
}
"""Names of what is odd, and a source; ``LONG`` stands for a statement long enough to be left out."""


@pytest.mark.parametrize("name", CASES)
def test_odd_functions_have_the_same_outline(name: str) -> None:
    source = CASES[name].replace("LONG", LONG).encode()
    assert not parse(source, PYTHON).has_error
    assert outline(source) == whole(source)


def test_a_wrong_cut_is_noticed_and_the_file_parsed_as_a_whole() -> None:
    source = CASES["brackets to the left"].replace("LONG", LONG).encode()
    edited, spans = skeleton(source)
    assert parse(edited, PYTHON, spans).has_error
    assert [symbol.name for symbol in extract(source, PYTHON).symbols] == ["f", "Z"]


@pytest.mark.parametrize(
    "source", ["class A:\n\tdef f(s):\n        pass\n", "def f():\r  x = 1\r", "def f():\n\x0c    x = 1\n"]
)
def test_odd_blanks_leave_nothing_out(source: str) -> None:
    assert skeleton((source * 9).encode()) == ((source * 9).encode(), [])


STATEMENTS = st.sampled_from(
    [
        LONG,
        LONG + ", # no comment",
        "import a.b as c",
        "from . import (x,\n  y)",
        "if a: import d",
        "# def comment(): \\",
        "x = '''\ndef inside():\n    import no\n'''",
        '"""Doc.\n    def inside():\n        return 1\n"""',
        "y = [1,\n2,\n    3]",
        "z = 1 + \\\n2",
        "s = 'abc\\\ndef no(): pass'",
        "NAME = {'k': (1, 2)}  # why",
        "f = lambda: 1; w = 2;",
        "type T = int",
        'return f\'{a!r:>{w}} """ {b}\'',
        "def one(): return 1",
        "",
        "pass",
    ]
)
HEADS = st.sampled_from(
    [
        (("def g(a, b='):', *c) -> 'T[int]':",), ()),
        (("def f():  # why",), ()),
        (("async def h(\n    a,\n):",), ()),
        (("@deco(1,\n   2)", "def d(x):"), ()),
        (("class K(B):",), ()),
        (("if a:",), ("else:", f"    {LONG}")),
        (("try:",), ("except E:", f"    {LONG}", "finally:", "    import late")),
        (("with a as b, c as d:",), ()),
    ]
)
BLOCKS = st.recursive(
    STATEMENTS, lambda inner: st.tuples(HEADS, st.lists(inner, min_size=1, max_size=5)), max_leaves=30
)


def written(block: Any, indent: str, unit: str) -> list[str]:
    """The lines of a statement, or of a head with its body; strings and brackets over lines keep their own columns."""
    if isinstance(block, str):
        return [indent + block if block else ""]
    (head, tail), body = block
    inner = [line for part in [*body, "pass"] for line in written(part, indent + unit, unit)]
    return [*(indent + line for line in head), *inner, *(indent + line.replace("    ", unit) for line in tail)]


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCKS, min_size=1, max_size=6), st.sampled_from(["    ", "\t", "  "]))
def test_any_file_that_parses_has_the_same_outline(blocks: list[Any], unit: str) -> None:
    source = "\n".join([line for block in blocks for line in written(block, "", unit)] + [""]).encode()
    if not parse(source, PYTHON).has_error:
        assert outline(source) == whole(source)


def test_the_property_is_about_files_in_which_something_is_left_out() -> None:
    seen = {"parsed": 0, "cut": 0}

    @settings(deadline=None, max_examples=100, database=None, derandomize=True)
    @given(st.lists(BLOCKS, min_size=1, max_size=6))
    def look(blocks: list[Any]) -> None:
        source = "\n".join([line for block in blocks for line in written(block, "", "    ")] + [""]).encode()
        seen["parsed"] += not parse(source, PYTHON).has_error
        seen["cut"] += left_out(source) > 0

    look()
    assert seen["parsed"] > 50 and seen["cut"] > 20, seen
