"""One line of a requirements list: whose name it bears, and whether a sandbox lacks what it asks for."""

from __future__ import annotations

import re

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+\s*(?:>=?\s*([\d.]+))?\s*$")
_SHIPPED = {"pytest": (7, 2), "coverage": (6, 5), "pip": (20,), "setuptools": (60,), "wheel": (0,)}
"""What every image for Python has, with the least version that it is sure to have."""
_NOT_FOR_TESTS = {
    "black", "build", "bump2version", "bumpversion", "check-manifest", "codecov", "coveralls", "flake8", "isort",
    "mypy", "nox", "pre-commit", "pylint", "pyright", "ruff", "sphinx", "towncrier", "tox", "twine", "uv",
}  # fmt: skip
_ELSEWHERE = re.compile(
    r"sys_platform\s*==\s*['\"](?:win32|darwin|cygwin)|platform_system\s*==\s*['\"](?:Windows|Darwin)"
    r"|os_name\s*==\s*['\"]nt|python_version\s*<=?\s*['\"](?:2|3\.\d['\"]|3\.1[01]['\"])|implementation_name\s*==\s*['\"]pypy"
)


def name_of(requirement: str) -> str:
    """The normalised project name of a requirement (PEP 503); empty where it has none."""
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def is_wanted(requirement: str) -> bool:
    """Whether a requirement asks for something that has to be installed before tests can run here."""
    wanted, _, marker = requirement.partition(";")
    name = name_of(wanted)
    if not name or name in _NOT_FOR_TESTS or _ELSEWHERE.search(marker):
        return False
    plain = _PLAIN.match(wanted.strip())
    if name in _SHIPPED and plain:
        least = tuple(int(part) for part in (plain[1] or "0").strip(".").split(".") if part)
        return least > _SHIPPED[name]
    return True
