"""The house stands: who may import whom, checked on every file, with no import run."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# Zones: what each top-level folder may import besides itself and the standard library.
ZONES = {
    "sweagent": {"sandboxes", "alembic", "click", "docker", "git", "github", "litellm", "pathspec", "pydantic", "rich",
                 "sqlalchemy"},
    "sandboxes": {"docker", "requests"},  # docker raises the errors of requests
    "tools": {"tree_sitter"},
    "benchmarks": {"sweagent", "sandboxes", "tools", "docker", "rich"},
}  # fmt: skip

# Files that another interpreter runs: the server's start and what the image's own Python loads, both inside a sandbox;
# and what a peer's virtual environment runs in a measurement.
ELSEWHERE = re.compile(
    r"sandboxes/start\.py$|tools/(repair/repair_runner|testing/plugin)/|benchmarks/(.*_side\.py$|walls/drivers/)"
)

# Floors of sweagent: what each may import from the others. Lower floors never import upper ones.
FLOORS = {
    "core": set(),
    "models": {"core"},
    "repo": {"core"},
    "forge": {"core"},
    "store": {"core"},
    "agent": {"core", "models"},
    "lead": {"core", "models", "repo", "agent"},
    "app": {"core", "models", "repo", "forge", "store", "agent", "lead"},
    "cli": {"core", "store", "app"},
}

# Libraries that block or are heavy live in one adapter each.
ADAPTERS = {
    "git": {"sweagent/repo/git.py"},
    "github": {"sweagent/forge/github.py"},
    "docker": {"sandboxes"},
    "litellm": {"sweagent/models"},
    "sqlalchemy": {"sweagent/store"},
    "alembic": {"sweagent/store"},
    "rich": {"sweagent/cli"},
    "click": {"sweagent/cli"},
}


def modules(zone: str) -> list[Path]:
    return sorted(path for path in (ROOT / zone).rglob("*.py") if "tasks" not in path.parts)


def imports(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.lineno, node.module or ""


def zone_faults(zone: str, source: str) -> list[str]:
    faults = []
    for line, name in imports(source):
        top = name.split(".")[0]
        grammar = zone == "tools" and top.startswith("tree_sitter_")
        if top != zone and top not in sys.stdlib_module_names and top not in ZONES[zone] and not grammar:
            faults.append(f"line {line}: {zone} may not import {name}")
    return faults


def floor_faults(floor: str, source: str) -> list[str]:
    faults = []
    for line, name in imports(source):
        parts = name.split(".")
        if parts[0] == "sweagent" and len(parts) > 1 and parts[1] not in {floor, *FLOORS[floor]}:
            faults.append(f"line {line}: floor {floor} may not import {name}")
    return faults


@pytest.mark.parametrize("zone", ZONES)
def test_zones(zone: str) -> None:
    files = [path for path in modules(zone) if not ELSEWHERE.search(path.as_posix())]
    faults = {str(path): zone_faults(zone, path.read_text()) for path in files}
    assert {path: found for path, found in faults.items() if found} == {}


@pytest.mark.parametrize("floor", FLOORS)
def test_floors(floor: str) -> None:
    files = modules(f"sweagent/{floor}")
    assert files, f"the table names a floor that is not there: {floor}"
    faults = {str(path): floor_faults(floor, path.read_text()) for path in files}
    assert {path: found for path, found in faults.items() if found} == {}


def test_every_floor_is_in_the_table() -> None:
    rooms = {path.name for path in (ROOT / "sweagent").iterdir() if path.is_dir()}
    assert rooms - {"__pycache__"} == set(FLOORS)


@pytest.mark.parametrize("library", ADAPTERS)
def test_adapters(library: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for zone in ("sweagent", "sandboxes")
        for path in modules(zone)
        if any(name.split(".")[0] == library for _, name in imports(path.read_text()))
    }
    strangers = {user for user in users if not any(user.startswith(home) for home in ADAPTERS[library])}
    assert strangers == set()


def test_a_planted_violation_is_seen() -> None:
    assert zone_faults("tools", "from sweagent.core import event")
    assert zone_faults("sandboxes", "def f():\n    import sweagent")
    assert zone_faults("sweagent", "import tools.server")
    assert floor_faults("core", "from sweagent.store.log import EventLog")
    assert not floor_faults("lead", "from sweagent.core.run import fold")
