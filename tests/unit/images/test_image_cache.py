"""Which kept images go, and what makes two set-ups the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sandboxes.images.kept import Kept, choose
from sandboxes.images.setup import DEPS, Setup, environment, setup_tag

NOW = 1_000_000.0
IMAGES = st.lists(
    st.builds(Kept, st.uuids().map(str), st.integers(0, 1 << 30), st.floats(0, NOW)), unique_by=lambda image: image.tag
)


@given(IMAGES, st.integers(0, 8 << 30))
def test_what_stays_fits_or_is_fresh_and_the_oldest_go_first(images: list[Kept], most: int) -> None:
    going = choose(images, most, NOW)
    staying = [image for image in images if image not in going]
    old = [image for image in staying if NOW - image.used >= 600]
    assert sum(image.size for image in staying) <= most or not old
    assert all(NOW - image.used >= 600 for image in going)
    assert all(gone.used <= kept.used for gone in going for kept in old)


@given(IMAGES)
def test_nothing_goes_while_there_is_room(images: list[Kept]) -> None:
    assert choose(images, sum(image.size for image in images), NOW) == []


def test_whatever_decides_the_outcome_is_in_the_key() -> None:
    setup = Setup("image", commands=("a", "b"), packages=("p",), about=("repo", "lock 1"), env={"A": "1"})
    others = [
        replace(setup, commands=("a b",)),
        replace(setup, commands=("b", "a")),
        replace(setup, packages=("p", "q")),
        replace(setup, about=("repo", "lock 2")),
        replace(setup, about=("another", "lock 1")),
        replace(setup, env={"A": "2"}),
        replace(setup, uid=1001),
        # the same words in other fields
        replace(setup, commands=("a",), packages=("b", "p")),
    ]
    tags = [setup_tag("sha256:1", each) for each in (setup, *others)] + [setup_tag("sha256:2", setup)]
    assert len(set(tags)) == len(tags)
    assert setup_tag("sha256:1", replace(setup, image="its tag moved")) == tags[0]


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_no_two_lists_of_commands_share_a_key(one: list[str], two: list[str]) -> None:
    tags = {setup_tag("i", Setup("i", commands=tuple(commands))) for commands in (one, two)}
    assert len(tags) == (1 if one == two else 2)


def test_what_is_installed_is_found_first_and_only_once() -> None:
    first = environment({"PATH": "/opt/own/bin:/usr/bin"})
    assert first["PATH"].startswith(f"{DEPS}/bin:{DEPS}/venv/bin:")
    assert first["PATH"].endswith(":/opt/own/bin:/usr/bin")
    assert environment(first) == first
    assert environment({})["PATH"].endswith(":/usr/bin:/sbin:/bin")
