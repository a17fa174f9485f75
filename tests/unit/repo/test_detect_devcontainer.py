"""devcontainer.json as editors write it, and as an attacker would."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.core.errors import BadInput
from sweagent.repo.devcontainer import parse_devcontainer

PLACE = ".devcontainer/devcontainer.json"
NAMES = [PLACE, ".devcontainer/Dockerfile", "docker/dev.Dockerfile"]


def test_comments_and_trailing_commas() -> None:
    text = """{
        // an image, see https://example.org/*
        "image": "debian:bookworm-slim", /* , } */
        "containerEnv": {"A": "// no comment, }", "B": "${localEnv:HOME}", "C": 3,},
        "postCreateCommand": "npm ci",
        "features": {"x": {}},
        "runArgs": ["--privileged"],
    }"""
    found = parse_devcontainer(text, PLACE, NAMES)
    assert (found.image, found.dockerfile) == ("debian:bookworm-slim", "")
    assert found.env == {"A": "// no comment, }"}
    assert found.commands == ("npm ci",)
    assert found.ignored == ("features", "runArgs")


@pytest.mark.parametrize(
    ("build", "path"),
    [
        ({"build": {"dockerfile": "Dockerfile"}}, ".devcontainer/Dockerfile"),
        ({"dockerFile": "../docker/dev.Dockerfile"}, "docker/dev.Dockerfile"),
        ({"image": "x", "build": {"dockerfile": "./Dockerfile", "target": "dev", "args": {"V": "1", "W": 2}}},
         ".devcontainer/Dockerfile"),
    ],
)  # fmt: skip
def test_dockerfiles_are_found_beside_it(build: dict[str, object], path: str) -> None:
    found = parse_devcontainer(json.dumps(build), PLACE, NAMES)
    assert (found.image, found.dockerfile) == ("", path)
    assert found.args in ({}, {"V": "1"})


def test_commands_in_all_their_shapes() -> None:
    data = {
        "image": "x",
        "onCreateCommand": ["echo", "a b"],
        "updateContentCommand": "make deps",
        "postCreateCommand": {"one": "a", "two": ["b", "$(c)"], "three": {"no": "x"}},
    }
    found = parse_devcontainer(json.dumps(data), PLACE, NAMES)
    assert found.commands == ("echo 'a b'", "make deps", "a", "b '$(c)'")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "does not hold an object"),
        ("{}", "names neither image nor build.dockerfile"),
        ('{"image": 3}', "image is not the name of an image"),
        ('{"image": "x\\nRUN id"}', "image is not the name of an image"),
        ('{"image": "--evil"}', "image is not the name of an image"),
        ('{"dockerFile": "../../../etc/passwd"}', "there is no file"),
        ('{"build": {"dockerfile": "/etc/passwd"}}', "there is no file"),
        ('{"build": {"dockerfile": ["x"]}}', "there is no file"),
    ],
)
def test_what_cannot_be_used_is_bad_input(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse_devcontainer(text, PLACE, NAMES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
)
KEYS = ["image", "build", "dockerFile", "postCreateCommand", "containerEnv", "features"]


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.text())
def test_nothing_else_is_ever_raised(data: dict[str, object], junk: str) -> None:
    for text in (json.dumps(data), junk):
        try:
            found = parse_devcontainer(text, PLACE, NAMES)
        except BadInput:
            continue
        assert all(isinstance(command, str) for command in found.commands)
