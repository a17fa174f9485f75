"""Surveys of one file: what travels from the parsing process, and that deep or long files do not hang it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.index.languages import BY_NAME
from tools.index.names.occurrences import survey
from tools.index.names.survey import Survey

_NAMES = ["area", "f", "self", "x"]
_WORDS = st.lists(
    st.sampled_from(
        [*_NAMES, "def ", "class ", "import ", "from ", "(", ")", ":", "\n", "\n    ", ".", ",", "=", "[", "]"]
    ),
    max_size=40,
).map("".join)


@settings(deadline=None, max_examples=60)
@given(text=_WORDS, language=st.sampled_from(["python", "javascript", "typescript", "rust", "go", "c", "cpp", "ruby"]))
def test_any_text_is_surveyed_and_travels_unchanged(text: str, language: str) -> None:
    found = survey(text.encode(), BY_NAME[language], "area", "f")
    assert Survey.of(json.loads(json.dumps(found.rows()))) == found
    assert all(text.encode()[one.start :].startswith(b"area") for one in found.occurrences)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows[:-1],
        lambda rows: [*rows[:-1], "many"],
        lambda rows: [rows[0][:1] * 2, [], *rows[2:]],
        lambda rows: [[["a", *rows[0][0][1:]]], *rows[1:]],
        lambda rows: [[rows[0][0][:-1]], *rows[1:]],
        lambda rows: [[[*rows[0][0][:7], [99], *rows[0][0][8:]]], *rows[1:]],
        lambda rows: [[[*rows[0][0][:11], 99, *rows[0][0][12:]]], *rows[1:]],
        lambda rows: [None, *rows[1:]],
        lambda rows: {},
    ],
)
def test_rows_that_are_no_survey_are_refused(spoil: object) -> None:
    rows = json.loads(json.dumps(survey(b"def area(): ...\n", BY_NAME["python"], "area").rows()))
    assert Survey.of(rows).occurrences
    with pytest.raises(ValueError):
        Survey.of(spoil(rows))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("language", "source", "count"),
    [
        ("javascript", "f" + ".then(f)" * 2_000 + "\n", 2_001),
        ("python", "x = " + "(" * 300 + "f" + ")" * 300 + "\n", 1),
        ("c", "void g(void) {\n" + "f();\n" * 5_000 + "}\n", 5_000),
        ("javascript", "export {" + "".join(f"a{n},\n" for n in range(5_000)) + "f }\n", 1),
    ],
)
def test_deep_and_long_files_are_surveyed(language: str, source: str, count: int) -> None:
    assert len(survey(source.encode(), BY_NAME[language], "f").occurrences) == count
