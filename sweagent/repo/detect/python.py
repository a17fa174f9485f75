"""Python projects: how they are tested, and whether anything has to be installed for that."""

from __future__ import annotations

import re
import shlex

from sweagent.repo.detect.files import Files, table
from sweagent.repo.detect.kit import Kit
from sweagent.repo.detect.python_needs import Needs, python_needs

PYTEST = "python3 -m pytest -q"
VENV = "python3 -m venv --system-site-packages /opt/deps/venv"
"""Makes the environment that survives set-up: outside the workspace, and first on the snapshot's path."""

_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests)\.py$")
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "MANIFEST.in", "uv.lock", "poetry.lock", "pdm.lock")


async def python_kit(files: Files) -> Kit | None:
    """The guess for a Python project; None where there is no sign of one."""
    sign = files.first("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini")
    if sign is None and not files.any_with(".py"):
        return None
    why = await _test_sign(files)
    needs = await python_needs(files)
    setup = _commands(needs)
    return Kit(
        words=r"python[\d.]*|pytest|py\.test|pip|tox|nox|unittest",
        image="python" if setup else "base",
        test=PYTEST if why else "",
        why=why,
        setup=setup,
        setup_why=needs.why if setup else "",
        manifests=(*(name for name in _MANIFESTS if name in files.names), *needs.files) if setup else (),
        env=_python_path(files),
    )


async def _test_sign(files: Files) -> str:
    if "pytest" in table(await files.toml("pyproject.toml"), "tool"):
        return "[tool.pytest] in pyproject.toml"
    for name in ("pytest.ini", "conftest.py", "tests/conftest.py"):
        if name in files.names:
            return f"{name} is there"
    tests = sorted(name for name in files.names if _TEST_FILE.search(name))
    return f"{tests[0]} looks like a Python test" if tests else ""


def _python_path(files: Files) -> dict[str, str]:
    """A `src` layout is importable without installation where `src` is on the path."""
    if any(re.match(r"src/[^/]+(/__init__)?\.py$", name) for name in files.names):
        return {"PYTHONPATH": "/workspace/src"}
    return {}


def _commands(needs: Needs) -> tuple[str, ...]:
    """Nothing at all where nothing is needed: no image, no second spent."""
    if not needs.anything:
        return ()
    commands = [VENV]
    listed = [f"-r {shlex.quote(name)}" for name in needs.files]
    listed += [shlex.quote(requirement) for requirement in needs.loose]
    if needs.project:
        extras = f"[{','.join(needs.extras)}]" if needs.extras else ""
        install = f"pip install -e {shlex.quote('.' + extras)}"
        if needs.declared:  # a project that does not build may still be tested where its dependencies are there
            install += f" || pip install {' '.join(shlex.quote(requirement) for requirement in needs.declared)}"
        commands.append(install)
    if listed:
        commands.append(f"pip install {' '.join(listed)}")
    return tuple(commands)
