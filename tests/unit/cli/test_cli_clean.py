"""Nothing untrusted moves the cursor, hides, recolours or reorders what a terminal shows."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sweagent.cli.render.clean import clean, one_line
from sweagent.cli.render.lines import Line
from sweagent.cli.render.live import styled

anything = st.text(alphabet=st.characters(exclude_categories=()))
nasty = st.lists(
    st.sampled_from(["\x1b", "[0m", "\x1b[31m", "]0;title", "\x07", "\x9b", "\u202e", "\r", "\n", "\t", "a", "\x1b\\"])
).map("".join)


@given(anything | nasty)
def test_only_newlines_and_tabs_are_left_of_what_a_terminal_obeys(text: str) -> None:
    left = {c for c in clean(text) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
    assert left <= {"\n", "\t"}
    clean(text).encode("utf-8")


@given(anything | nasty, st.integers(min_value=1, max_value=50))
def test_one_line_is_one_line_of_at_most_the_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert "\t" not in line


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_harmless_text_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b\x1b[0m[31mx", "\\x1b[31mx"),  # removing a colour must not make another one
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x1b]8;;http://evil\x1b\\link", "\\x1b]8;;http://evil\\x1b\\link"),
        ("safe\rhidden", "safe\\x0dhidden"),
        ("a\r\nb", "a\nb"),
        ("\x9b31m", "\\x9b31m"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_would_be_obeyed_is_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[link=http://evil]x[/link]", "[/]", "[red", ":skull:"])
def test_markup_is_text(text: str) -> None:
    stream = io.StringIO()
    Console(file=stream, width=80, highlight=False).print(styled(Line(text)), soft_wrap=True)
    assert stream.getvalue() == f"{text}\n"
