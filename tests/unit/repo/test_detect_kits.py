"""What is guessed of a repository: image, set-up and test command, from committed files alone."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from sweagent.core.errors import BadInput
from sweagent.repo.detect import PYTEST, Project, detect
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import open_source

Look = Callable[..., Awaitable[Project]]
NPM = "npm install --no-package-lock || npm install --no-package-lock --ignore-scripts"


@pytest.fixture
def look(tmp_path: Path, git: Callable[..., str]) -> Look:
    async def look(files: Mapping[str, str], given: str | None = None) -> Project:
        folder = tmp_path / "repo"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        git("init", "-q", cwd=folder)
        git("add", "-A", "-f", cwd=folder)
        git("commit", "-qm", "base", "--allow-empty", cwd=folder)
        source = await open_source(str(folder))
        mirror = await Mirror.open(tmp_path / "home", source)
        return await detect(mirror, source.base, await mirror.tree(source.base), given)

    return look


@pytest.mark.parametrize(
    ("files", "image", "test", "setup"),
    [
        ({"calc.py": "", "test_calc.py": ""}, "base", PYTEST, ()),
        ({"pyproject.toml": "[project]\nname='x'\ndependencies=[]", "test_x.py": ""}, "base", PYTEST, ()),
        ({"package.json": '{"scripts": {"test": "node test.js"}}'}, "node", "npm test", ()),
        (
            {"package.json": '{"scripts": {"test": "tape"}, "devDependencies": {"tape": "4"}}'},
            "node",
            "npm test",
            (NPM,),
        ),
        (
            {"package.json": '{"scripts": {"test": "t"}, "dependencies": {"a": "1"}}', "package-lock.json": "{}"},
            "node",
            "npm test",
            ("npm ci || npm ci --ignore-scripts",),
        ),
        ({"Cargo.toml": '[package]\nname = "x"\n[dependencies]\nmine = { path = "mine" }'}, "rust", "cargo test", ()),
        ({"Cargo.toml": '[package]\nname = "x"\n[dependencies]\nserde = "1"'}, "rust", "cargo test", ("cargo fetch",)),
        ({"go.mod": "module x\n\ngo 1.19\n"}, "go", "go test ./...", ()),
        ({"go.mod": "module x\nrequire a.b/c v1.0.0\n"}, "go", "go test ./...", ("go mod download",)),
        ({"go.mod": "module x\nrequire a.b/c v1\n", "vendor/modules.txt": ""}, "go", "go test ./...", ()),
        ({"Makefile": "CC := cc\ncheck: all\n\t./t\n", "a.c": ""}, "cpp", "make check", ()),
        ({"Makefile": "test:\n\tsh t.sh\n"}, "base", "make test", ()),
        ({"configure.ac": "", "Makefile.am": ""}, "cpp", "autoreconf -fi && ./configure && make check", ()),
    ],
)
async def test_conventions(look: Look, files: dict[str, str], image: str, test: str, setup: tuple[str, ...]) -> None:
    found = await look(files)
    assert (found.image, found.test_command, found.setup) == (image, test, setup)
    assert found.why
    assert bool(found.setup_why) == bool(found.manifests) == bool(setup)


async def test_cmake_and_meson_build_outside_the_workspace(look: Look) -> None:
    found = await look({"CMakeLists.txt": "project(x C)\nenable_testing()\nadd_test(NAME a COMMAND a)\n"})
    assert found.image == "cpp"
    assert "cmake -S . -B /tmp/build" in found.test_command
    assert "ctest --test-dir /tmp/build" in found.test_command
    found = await look({"CMakeLists.txt": "project(x C)", "meson.build": "test('a', exe)\n"})
    assert "meson test -C /tmp/build" in found.test_command


@pytest.mark.parametrize(
    "files",
    [
        {"README": "x"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": "[" * 100_000},
        {"package.json": "[1]"},
        {"Makefile": "test := 1\n"},
        {"CMakeLists.txt": "project(x)"},
        {"pyproject.toml": "[[[", "x.py": ""},
    ],
)
async def test_nothing_is_known(look: Look, files: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="--test"):
        await look(files)


async def test_a_given_command_chooses_the_language_that_it_belongs_to(look: Look) -> None:
    files = {"test_a.py": "", "package.json": '{"devDependencies": {"a": "1"}}', "go.mod": "module x\n"}
    assert (await look(files)).image == "base"
    for command, image in (
        ("npm run unit", "node"),
        ("go test ./a", "go"),
        ("cd x && pytest -q", "base"),
        ("./t", "base"),
    ):
        found = await look(files, command)
        assert (found.image, found.test_command, found.why) == (image, command, "given by --test")


async def test_a_given_command_needs_no_convention(look: Look) -> None:
    assert (await look({"README": ""}, "sh t.sh")).image == "base"


async def test_a_src_layout_is_on_the_path(look: Look) -> None:
    assert (await look({"src/a/__init__.py": "", "test_a.py": ""})).env == {"PYTHONPATH": "/workspace/src"}
