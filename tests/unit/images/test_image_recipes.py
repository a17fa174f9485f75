"""Recipes are complete data, and their content is their tag."""

import re
from dataclasses import replace

import pytest

from sandboxes.errors import ImageMissing
from sandboxes.images.recipe import recipe, recipe_names

PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def test_the_kinds_of_project_that_are_promised() -> None:
    assert set(recipe_names()) >= {"base", "python", "node", "cpp", "rust", "go", "generic"}


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_can_be_made_both_ways(name: str) -> None:
    found = recipe(name)
    assert found.dockerfile.startswith(f"FROM {found.upstream}\n")
    assert re.fullmatch(r"[a-z]+:[a-z0-9.-]+", found.upstream)
    assert found.packages
    assert all(PACKAGE.fullmatch(package) for package in found.packages)
    assert len(set(found.packages)) == len(found.packages)
    assert {"git", "make", "patch", "procps"} <= set(found.packages)
    assert "USER " not in found.dockerfile, "packages of a repository are installed as root"
    assert "/workspace /opt/sweagent" in found.dockerfile


@pytest.mark.parametrize("name", [name for name in recipe_names() if name != "base"])
def test_more_packages_can_be_installed_in_all_but_the_base(name: str) -> None:
    assert {"apt", "ca-certificates"} <= set(recipe(name).packages)


def test_the_tag_follows_the_content() -> None:
    found = recipe("cpp")
    assert found.tag == f"sweagent/cpp:{found.key}"
    assert replace(found, packages=(*found.packages, "jq")).key != found.key
    assert replace(found, dockerfile=found.dockerfile + "#").key != found.key


@pytest.mark.parametrize("name", ["nope", "../recipes/base", "", "base.packages", "a/b"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ImageMissing, match="there are: base, cpp"):
        recipe(name)
