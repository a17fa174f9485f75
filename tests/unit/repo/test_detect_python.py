"""What a Python project is seen to need: nothing where there is nothing, and never by running it."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweagent.repo.detect.files import Files
from sweagent.repo.detect.python import python_kit
from sweagent.repo.detect.python_manifests import read_setup_py
from sweagent.repo.detect.requirement import is_wanted, name_of
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import open_source

Needed = Callable[[Mapping[str, str]], Awaitable[tuple[str, ...]]]
VENV = "python3 -m venv --system-site-packages /opt/deps/venv"


@pytest.fixture
def needed(tmp_path: Path, git: Callable[..., str]) -> Needed:
    async def needed(files: Mapping[str, str]) -> tuple[str, ...]:
        folder = tmp_path / "repo"
        for name, text in {"test_a.py": "", **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        git("init", "-q", cwd=folder)
        git("add", "-A", "-f", cwd=folder)
        git("commit", "-qm", "base", cwd=folder)
        source = await open_source(str(folder))
        mirror = await Mirror.open(tmp_path / "home", source)
        names = frozenset(path.decode() for path in await mirror.tree(source.base))
        kit = await python_kit(Files(mirror, source.base, names))
        assert kit is not None
        assert kit.image == ("python" if kit.setup else "base")
        assert not kit.setup or kit.setup[0] == VENV
        return kit.setup[1:]

    return needed


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"setup.py": "from setuptools import setup\nsetup(name='x')\n"},
        {"setup.py": "import os; os.abort()"},
        {"setup.py": "(" * 100_000},
        {"pyproject.toml": "[project]\nname='x'\n[project.optional-dependencies]\ntest=['pytest>=7']\ndocs=['sphinx']"},
        {"pyproject.toml": "[project]\nname='x'\ndependencies=['tomli; python_version < \"3.11\"']"},
        {"pyproject.toml": "[project]\ndependencies=['pywin32; sys_platform == \"win32\"']"},
        {"pyproject.toml": "[project]\ndependencies='oops'\n[tool]\npytest=3"},
        {"pyproject.toml": "not toml ["},
        {"requirements.txt": "# nothing\n\npytest\n"},
        {"tox.ini": "[testenv]\ndeps = pytest\n    {posargs}\n    -r nowhere.txt\n"},
        {"setup.cfg": "[options]\ninstall_requires =\n"},
        {"setup.cfg": "broken"},
        {"pyproject.toml": "[dependency-groups]\ndev = ['ruff', 'mypy', {include-group = 'dev'}]"},
    ],
)
async def test_nothing_to_install(needed: Needed, files: dict[str, str]) -> None:
    assert await needed(files) == ()


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        (
            {
                "pyproject.toml": "[project]\ndependencies=['attrs>=20']\n"
                "[project.optional-dependencies]\ntest=['six']\ndev=['x']"
            },
            ("pip install -e '.[test]' || pip install 'attrs>=20' six",),
        ),
        ({"setup.cfg": "[options]\ninstall_requires =\n  six >= 1.5  # old\n"},
         ("pip install -e . || pip install 'six >= 1.5'",)),
        ({"setup.py": "NEED = ['six']\nsetup(install_requires=NEED)"}, ("pip install -e . || pip install six",)),
        ({"setup.py": "setup(install_requires=read())"}, ("pip install -e .",)),
        ({"setup.py": "setup(**about)"}, ("pip install -e .",)),
        ({"setup.py": "setup(entry_points={'pytest11': ['x = x']})"}, ("pip install -e .",)),
        ({"requirements.txt": "six\n"}, ("pip install -r requirements.txt",)),
        (
            {"requirements.txt": "six\n", "requirements-test.txt": "mock\n", "requirements-dev.txt": "x\n"},
            ("pip install -r requirements-test.txt -r requirements.txt",),
        ),
        ({"tox.ini": "[testenv]\ndeps =\n  pytest\n  mock>=2\n  py27: old\n"}, ("pip install 'mock>=2'",)),
        ({"pytest.ini": "[pytest]\naddopts = --cov=x -n auto\nasyncio_mode = auto\n"},
         ("pip install pytest-cov pytest-xdist pytest-asyncio",)),
        ({"pyproject.toml": "[dependency-groups]\nbase=['six']\ntest=[{include-group='base'},'mock']"},
         ("pip install mock six",)),
        (
            {"pyproject.toml": "[tool.poetry.dependencies]\npython='^3.9'\nattrs='^20.1'\n"},
            ("pip install -e . || pip install 'attrs>=20.1'",),
        ),
    ],
)  # fmt: skip
async def test_what_is_installed(needed: Needed, files: dict[str, str], commands: tuple[str, ...]) -> None:
    assert await needed(files) == commands


async def test_names_of_files_and_requirements_are_quoted(needed: Needed) -> None:
    files = {"pyproject.toml": "[project]\ndependencies=['x; touch /tmp/owned', '$(id)', \"a'b\"]"}
    (command,) = await needed(files)
    assert command == "pip install -e . || pip install 'x; touch /tmp/owned' 'a'\"'\"'b'"


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("six", True), ("pytest", False), ("PyTest >= 7.0", False), ("pytest>=99", True), ("pytest<8", True),
        ("pytest[testing]", True), ("tomli; python_version<'3.11'", False), ("x; python_version < '3.14'", True),
        ("black", False), ("", False), ("-e .", False), ("# x", False), ("Zope.Interface", True),
    ],
)  # fmt: skip
def test_requirements(requirement: str, wanted: bool) -> None:
    assert is_wanted(requirement) is wanted


def test_names_are_normalised() -> None:
    assert name_of("Zope.Interface_x>=1") == "zope-interface-x"


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    is_wanted(text)
    read_setup_py(text)
    read_setup_py(f"setup(install_requires={text})")
