"""The ladder: what it finds, what it refuses, and that nothing but the place changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import text
from tools.edit.ladder import BLANKS, EXACT, INDENT, NUMBERS, RefusedError, replace

CLASS = "class A:\n    def f(self):\n        return 1\n\n    x = 2\n"


def test_exact_hit_is_replaced() -> None:
    edited = replace("a\nb\nc\n", "b", "B")
    assert (edited.content, edited.rung) == ("a\nB\nc\n", EXACT)


@pytest.mark.parametrize(
    ("content", "old", "new", "wanted"),
    [
        ("a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n", "a = 1\nb = 3\n", "a = 1\r\nb = 3\r\n"),
        ("a = 1  \nb = 2\n", "a = 1\nb = 2\n", "a = 1\nb = 3\n", "a = 1  \nb = 3\n"),
        ("a = 1\nb = 2", "a = 1\nb = 2\n", "a = 1\nb = 3\n", "a = 1\nb = 3"),
        ("a\n \t\nb\n", "a\n\nb", "a\n\nc", "a\n \t\nc\n"),
        ("a\rb\rc\r", "a\nb\n", "a\nd\n", "a\rd\rc\r"),
        ("x\r\na\nb\r\n", "x\na\nb\n", "x\na\ny\nb\n", "x\r\na\ny\r\nb\r\n"),
    ],
)
def test_line_ends_and_trailing_blanks_are_forgiven_and_kept(content: str, old: str, new: str, wanted: str) -> None:
    edited = replace(content, old, new)
    assert (edited.content, edited.rung) == (wanted, BLANKS)


def test_new_lines_take_the_line_end_of_their_place() -> None:
    assert replace("a\r\nb\r\n", "b", "b\nc").content == "a\r\nb\r\nc\r\n"
    assert replace("a\nb\n", "b", "b\r\nc").content == "a\nb\nc\n"


def test_uniform_indent_shift_both_ways() -> None:
    edited = replace(CLASS, "def f(self):\n    return 1\n", "def f(self):\n    y = 1\n    return y\n")
    assert edited.rung == INDENT
    assert edited.content == CLASS.replace("return 1", "y = 1\n        return y")
    edited = replace("a:\n  b\n  c\n", "    a:\n      b\n", "    a:\n      d\n")
    assert edited.content == "a:\n  d\n  c\n"


def test_shift_that_is_not_uniform_is_refused() -> None:
    with pytest.raises(RefusedError, match="not found"):
        replace(CLASS, "def f(self):\n      return 1\n", "pass\n")


def test_new_text_that_cannot_be_shifted_is_refused() -> None:
    with pytest.raises(RefusedError, match="indented less"):
        replace("a:\n  b\n", "    a:\n      b\n", "    a:\n  b\n")


def test_pasted_line_numbers_are_removed() -> None:
    edited = replace("x\n    a\n    b\n", "     2\t    a\n     3\t    b", "     2\t    a\n     3\t    c")
    assert edited.content == "x\n    a\n    c\n"
    assert edited.rung.startswith(NUMBERS)


def test_numbers_that_are_the_text_itself_stay() -> None:
    assert replace("1: a\n2: b\n", "1: a", "1: c").content == "1: c\n2: b\n"


def test_several_hits_are_named_and_chosen() -> None:
    with pytest.raises(RefusedError, match=r"2 times.*#1 line 1, #2 line 3"):
        replace("a\nb\na\n", "a", "c")
    assert replace("a\nb\na\n", "a", "c", occurrence=2).content == "a\nb\nc\n"
    assert replace("a\nb\na\n", "a", "c", replace_all=True).content == "c\nb\nc\n"
    with pytest.raises(RefusedError, match="occurrence 3 does not exist"):
        replace("a\nb\na\n", "a", "c", occurrence=3)


def test_overlapping_hits_are_not_unique() -> None:
    with pytest.raises(RefusedError, match="2 times"):
        replace("aaa", "aa", "b")


def test_an_inexact_rung_needs_one_hit_too() -> None:
    with pytest.raises(RefusedError, match="2 times"):
        replace("a \nb\na\t\nb\n", "a\nb\n", "c\n")


def test_a_miss_says_where_it_differs_and_what_is_near() -> None:
    with pytest.raises(RefusedError) as caught:
        replace("def f():\n    return 1\n", "def f():\n    return 2\n", "x")
    assert "Line 2 of old_str differs here from line 2" in str(caught.value)
    assert "     2\t    return 1" in str(caught.value)


def test_a_miss_says_when_the_edit_was_made_before() -> None:
    with pytest.raises(RefusedError, match="new_str is already there at line 2"):
        replace("a\nnew thing\n", "old thing", "new thing")


@pytest.mark.parametrize("new", ["x", "new", "}", "thing\nb", "new thing\nb"])
def test_a_part_of_a_line_or_a_bracket_is_no_edit_made_before(new: str) -> None:
    with pytest.raises(RefusedError) as caught:
        replace("x = a\nnew thing\n}\n", "old thing", new)
    assert "already there" not in str(caught.value)


def test_an_edit_made_before_is_found_however_indented() -> None:
    with pytest.raises(RefusedError, match="new_str is already there at lines 2-3"):
        replace("if x:\n    a\n    b\n", "c\n", "a\nb\n")


def test_one_place_and_all_places_exclude_each_other() -> None:
    with pytest.raises(RefusedError, match="only one of the two"):
        replace("a\nb\na\n", "a", "c", occurrence=1, replace_all=True)


METHOD = "class A:\n    def g(self):\n        return 2\n"


@pytest.mark.parametrize(
    "string",
    [
        '"""\nraw\n"""',
        "f('''\n  raw\n    ''')",
        "`\nraw`",
        '"\nraw"',
        "<<EOS\nraw\nEOS",
        "<<<'EOT'\nraw\nEOT;",
        '[1, "one", """\nraw"""]',
    ],
)
def test_lines_of_a_string_are_not_shifted(string: str) -> None:
    with pytest.raises(RefusedError, match="inside of a string"):
        replace(METHOD, "def g(self):\n    return 2\n", f"def g(self):\n    return {string}\n")


@pytest.mark.parametrize(
    "body",
    [
        '"""Doc.\n\n    More.\n    """\n    return 2',
        "# it's a `mark\n    return 2",
        'x = "a" + \'"\'\n    return 2',
        "return a << b",
        "if x:\n        return 1\n    return 2",
    ],
)
def test_other_lines_are_shifted(body: str) -> None:
    edited = replace(METHOD, "def g(self):\n    return 2\n", f"def g(self):\n    {body}\n")
    assert edited.content == "class A:\n" + indented(f"def g(self):\n    {body}\n")


def test_a_string_that_the_old_text_shows_shifted_shifts() -> None:
    content = 'if x:\n    s = """\n    a\n    """\n    t = """\n  b\n    """\n'
    old = 's = """\na\n"""\n'
    assert replace(content, old, old.replace("a", "c")).content == content.replace("    a\n", "    c\n")


@pytest.mark.parametrize(("old", "new"), [("", "x"), ("a", "a"), ("nothing like it", "x")])
def test_useless_edits_are_refused(old: str, new: str) -> None:
    with pytest.raises(RefusedError):
        replace("a\n", old, new)


def test_other_line_separators_do_not_end_lines() -> None:
    content = "a\x0cb\u2028c\x85d\ne\n"
    assert text.split_lines(content) == ["a\x0cb\u2028c\x85d\n", "e\n"]
    assert replace(content, "c\x85d\ne", "c\x85d\nf").content == content.replace("e", "f")


LINES = st.lists(
    st.tuples(st.text(alphabet="ab \t(é\u2028", max_size=6), st.sampled_from(["\n", "\r\n", "\r", "\n"])), max_size=12
)


def joined(lines: list[tuple[str, str]], bare: bool) -> str:
    content = "".join(body + end for body, end in lines)
    return content.rstrip("\r\n") if bare else content


@settings(max_examples=300, deadline=None)
@given(
    lines=LINES, bare=st.booleans(), low=st.integers(0, 40), size=st.integers(1, 30), new=st.text("abX\n ", max_size=12)
)
def test_bytes_outside_the_place_never_change(
    lines: list[tuple[str, str]], bare: bool, low: int, size: int, new: str
) -> None:
    content = joined(lines, bare)
    old = content[low : low + size].replace("\r\n", "\n")
    try:
        edited = replace(content, old, new)
    except RefusedError:
        return
    (hit,) = edited.hits
    assert edited.content == content[: hit.start] + hit.replacement + content[hit.end :]
    if edited.rung == EXACT:
        assert content[hit.start : hit.end] == old


@settings(max_examples=200, deadline=None)
@given(lines=LINES, data=st.data())
def test_lines_that_stay_keep_their_bytes(lines: list[tuple[str, str]], data: st.DataObject) -> None:
    """Replacing one line inside a quoted block leaves every other line of the block as the file has it."""
    content = joined(lines, False)
    there = text.split_lines(content)
    if len(there) < 3:
        return
    middle = data.draw(st.integers(1, len(there) - 2))
    block = [text.body(line).rstrip(" \t") for line in there[middle - 1 : middle + 2]]
    fresh = [block[0], "UNIQUE", block[2]]
    try:
        edited = replace(content, "\n".join(block) + "\n", "\n".join(fresh) + "\n")
    except RefusedError:
        return
    after = text.split_lines(edited.content)
    assert [line for line in after if text.body(line).strip() != "UNIQUE"] != after
    if edited.rung == BLANKS and len(after) == len(there):
        assert after[:middle] == there[:middle]
        assert after[middle + 1 :] == there[middle + 1 :]


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200))
def test_decoding_loses_no_byte(data: bytes) -> None:
    decoded = text.decode(data)
    assert decoded.encode(decoded.content) == data


@settings(max_examples=200, deadline=None)
@given(content=st.text(max_size=80))
def test_lines_join_to_the_content(content: str) -> None:
    assert "".join(text.split_lines(content)) == content


def test_pasted_numbers_of_other_listings() -> None:
    content = "def f():\n    a\n\n    b\n"
    for form in ("{}: ", "{} | ", "{:>4}|", "{}:"):
        block = ["    a", "", "    b"]
        old = "\n".join(form.format(n) + line for n, line in enumerate(block, 2))
        new = "\n".join(form.format(n) + line for n, line in enumerate(["    a", "", "    c"], 2))
        assert replace(content, old, new).content == content.replace("b", "c")
        assert replace(content, old, "    a\n\n    c").content == content.replace("b", "c")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2\ta\n4\tb", "c"),  # not in turn
        ("2\ta\nb", "c"),  # not on every line
        ("2\ta\n3: b", "c"),  # not alike
        ("2\ta\n3\tb", "2\ta\nc"),  # the new text on some lines
        ("2\ta\n3\tb", "7\ta\n8\tc"),  # the new text with others
    ],
)
def test_what_is_no_listing_is_not_read_as_one(old: str, new: str) -> None:
    with pytest.raises(RefusedError):
        replace("x\na\nb\n", old, new)


def test_keys_that_are_numbers_are_kept_in_the_new_text() -> None:
    assert replace("k:\n1: a\n", "  2\t1: a", "1: b").content == "k:\n1: b\n"


def test_new_text_without_numbers_is_never_shifted() -> None:
    """`old` fits only shifted, `new` has an indentation of its own: shifting it by the same would be a guess."""
    with pytest.raises(RefusedError):
        replace("if x:\n    a\n    b\n", "2\t  a\n3\t  b", "    a\n    c")


def test_an_edit_that_was_made_is_not_made_again() -> None:
    with pytest.raises(RefusedError, match="made before"):
        replace("import os\nimport sys\n", "import os\n", "import os\nimport sys\n")
    with pytest.raises(RefusedError, match="made before"):
        replace("x = 1  # noqa: F403", "x = 1  # noqa", "x = 1  # noqa: F403")
    twins = "if a:\n    new()\n    end()\nold()\nend()\n"
    with pytest.raises(RefusedError, match="made before"):
        replace(twins, "    old()\n    end()\n", "    new()\n    end()\n")
    assert replace(twins, "    old()\n    end()\n", "    new()\n    end()\n", occurrence=1).content.endswith(
        "new()\nend()\n"
    )


def test_removing_lines_is_no_repetition() -> None:
    assert replace("a\nb\nc\n", "a\nb\n", "a\n").content == "a\nc\n"
    assert replace("a\nb\nc\n", "b\nc", "c").content == "a\nc\n"


def test_a_line_marked_without_its_indentation() -> None:
    content = "def f():\n    return 1\n"
    assert replace(content, "return 1", "x = 1\n    return x").content == "def f():\n    x = 1\n    return x\n"
    with pytest.raises(RefusedError, match="whole lines"):
        replace(content, "return 1", "x = 1\nreturn x")
    with pytest.raises(RefusedError, match="whole lines"):
        replace("{\n    a();\n}\n", "a();", "if (b) {\n    a();\n}")
    deep = "if a:\n    if b:\n        x()\n"
    assert replace(deep, "    x()", "    x()\n    y()").content == deep + "        y()\n"


def test_line_ends_of_the_file_win_where_the_call_is_not_about_them() -> None:
    assert replace("a\r\nb\r\nc\r\n", "a\r\nb\r\n", "a\nx\nb\n").content == "a\r\nx\r\nb\r\nc\r\n"
    assert replace("a\r\nb\r\n", "a\r\nb", "a\nb").content == "a\nb\r\n"


def test_blanks_before_an_empty_first_line_are_one_place() -> None:
    assert replace("a  \nb\nc\n", "\nb \nc", "\nb\nd").content == "a  \nb\nd\n"


def test_blanks_at_the_end_stay_with_their_line() -> None:
    assert replace("a \nb  \n", "a\nb", "a\nb\nc").content == "a \nb  \nc\n"
    assert replace("a \nb  \n", "a\nb  \n", "a\nb\n").content == "a \nb\n"


def test_shifted_lines_pair_with_their_own() -> None:
    content = "f(\n    g(\n        1\n    )\n)\nend\n"
    edited = replace(f"if x:\n{indented(content)}", content, content.replace("end", "x\nend"))
    assert edited.content == f"if x:\n{indented(content.replace('end', 'x') + 'end')}\n"


def indented(value: str) -> str:
    return "\n".join("    " + line if line else line for line in value.split("\n"))
