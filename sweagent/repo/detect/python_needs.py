"""What a Python project declares that it needs: read from its manifests, never by running them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sweagent.repo.detect.files import Files, table
from sweagent.repo.detect.python_manifests import DEV, TESTS, lines_of, read_pyproject, read_setup_cfg, read_setup_py
from sweagent.repo.detect.requirement import is_wanted, name_of

_FILES = re.compile(
    r"requirements\.txt$|(requirements/)?(test|tests|testing|dev)[-_.]?(requirements)?\.txt$|test[-_]requirements\.txt$"
    r"|requirements[-_./](test|tests|testing|dev)\.txt$|tests?/requirements\.txt$"
)
_TEST_FILES = re.compile(r"test")
_PLUGINS = {
    r"--cov\b": "pytest-cov",
    r"(?<!\S)-n[ =]?(auto|\d)": "pytest-xdist",
    r"(?m)^asyncio_mode|'asyncio_mode'": "pytest-asyncio",
    r"(?m)^timeout\s*=|'timeout':": "pytest-timeout",
    r"--benchmark": "pytest-benchmark",
    r"(?m)^DJANGO_SETTINGS_MODULE|'DJANGO_SETTINGS_MODULE'": "pytest-django",
}
"""What a pytest configuration says that only a plugin understands."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What to install.

    Attributes:
        project: whether the project itself has to be installed (which brings what it declares).
        extras: its extras for tests.
        declared: what it declares, extras included, as far as that can be read without running anything.
        files: requirements files.
        loose: further requirements.
        why: all that in words.
    """

    project: bool = False
    extras: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    why: str = ""

    @property
    def anything(self) -> bool:
        """Whether there is anything to install."""
        return self.project or bool(self.files or self.loose)


async def python_needs(files: Files) -> Needs:
    """What the manifests at the root of a repository ask for."""
    pyproject = await files.toml("pyproject.toml")
    parts = [read_pyproject(pyproject), await read_setup_cfg(files), read_setup_py(await files.text("setup.py"))]
    requires = [item for part in parts for item in part.requires]
    extras = _pick({name: items for part in parts for name, items in part.extras})
    wanted = [item for item in (*requires, *(i for items in extras.values() for i in items)) if is_wanted(item)]
    unknown = any(part.unknown for part in parts)
    plugin = any(part.plugin for part in parts)
    listed = await _requirement_files(files, tests_only=bool(requires or unknown))
    loose = [item for part in parts for item in part.loose if is_wanted(item)]
    if not wanted and not loose and not any(_TEST_FILES.search(name) for name in listed):
        loose += [item for item in await _tox(files) if is_wanted(item)]
    known = {name_of(item) for item in (*wanted, *loose)}
    loose += [plugin for plugin in await _plugins(files, pyproject) if plugin not in known]
    reasons = [f"{len(wanted)} dependencies declared"] * bool(wanted)
    reasons += [f"extras {', '.join(extras)}"] * bool(extras and wanted)
    reasons += ["dependencies that only its build knows"] * unknown + ["it is a pytest plugin"] * plugin
    reasons += list(listed) + [", ".join(name_of(item) for item in loose[:5])] * bool(loose)
    project = bool(wanted) or unknown or plugin
    return Needs(project, tuple(extras), tuple(wanted), tuple(listed), tuple(loose), "; ".join(reasons))


def _pick(extras: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The extras for tests; those for development where there are none for tests."""
    for names in (TESTS, DEV):
        found = {name: items for name, items in extras.items() if name.lower() in names}
        if found:
            return found
    return {}


async def _requirement_files(files: Files, *, tests_only: bool) -> list[str]:
    """Requirements files that ask for something; those for tests alone where the project declares its own."""
    found = []
    for name in sorted(name for name in files.names if _FILES.match(name)):
        if tests_only and not _TEST_FILES.search(name):
            continue
        rows = lines_of(await files.text(name))
        if any(row.startswith("-") or is_wanted(row) for row in rows):
            found.append(name)
    tests = [name for name in found if "dev" not in name]
    return tests or found


async def _tox(files: Files) -> list[str]:
    """The plain requirements of tox's test environment."""
    rows = lines_of((await files.ini("tox.ini")).get("testenv", "deps", fallback=""))
    return [row for row in rows if re.match(r"[A-Za-z0-9][\w.-]*\s*(\[[\w,]+\])?\s*([<>=!~].*)?$", row)]


async def _plugins(files: Files, pyproject: dict[str, Any]) -> list[str]:
    """Plugins that pytest's configuration cannot do without."""
    words = str(table(pyproject, "tool", "pytest"))
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        config = await files.ini(name)
        if config.has_section(section):
            words += "\n" + "\n".join(f"{key} = {value}" for key, value in config[section].items())
    return [plugin for pattern, plugin in _PLUGINS.items() if re.search(pattern, words, re.IGNORECASE)]
