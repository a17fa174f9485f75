"""Which files decide what a test run says: an agent's versions of them are not used for the verdict.

Restored to the base where it has them: tests, and the configuration of runners and builds. Left out where they are
new: files that act by merely being there (start-up code, runner configuration, plugins found by their metadata, and
modules that stand before the interpreter's own or the runner's). What would hide a restored file, such as a link in
the place of its folder, is left out with them.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Sequence

from sweagent.repo.change import Change
from sweagent.repo.tree import parents

_TESTS = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec)/|(^|/)(test_[^/]*|[^/]*_test|tests)\.\w+$|\.(test|spec)\.\w+$"
)

_CONFIGURATION = re.compile(
    r"(^|/)("
    r"(conftest|sitecustomize|usercustomize|noxfile)\.py|[^/]*\.(pth|egg-link)|[^/]*\.(dist-info|egg-info)/.*"
    r"|\.?pytest\.(ini|toml)|tox\.(ini|toml)|setup\.cfg|pyproject\.toml|\.coveragerc|\.?(nose2?|noserc|stestr)\.(cfg|conf)"
    r"|(GNU)?[Mm]akefile|[Jj]ustfile|Taskfile\.ya?ml|Rakefile|CMakeLists\.txt|CTest[^/]*\.cmake|meson\.build"
    r"|package\.json|\.npmrc|\.mocharc\.\w+|\.babelrc(\.\w+)?"
    r"|(jest|vitest|vite|karma|ava|playwright|cypress|babel)\.(config|conf)\.\w+"
    r"|Cargo\.toml|\.cargo/.*|\.config/nextest\.toml|go\.(mod|work)|pom\.xml|(build|settings)\.gradle(\.kts)?"
    r"|\.rspec|phpunit\.xml(\.dist)?"
    r")$"
)

_RUNNERS = frozenset({"pytest", "_pytest", "pluggy", "iniconfig", "xdist", "hypothesis", "coverage", "nose2", "tox"})
_OURS = "tool_test_report"


def for_verdict(
    changes: Sequence[Change], base: Iterable[bytes], command: str = ""
) -> tuple[list[Change], tuple[str, ...]]:
    """The part of a change that the verdict runs with, and the paths that were set back to the base.

    New test files stay (an agent may add tests). Files that the test `command` names count as configuration.
    """
    known = set(base)
    packages = {path.rpartition(b"/")[0] for path in known if path.endswith(b"/__init__.py")}
    named = _named_in(command)
    restored = {change.path for change in changes if _steers(change, known, packages, named)}
    hiding = {change.path for change in changes if _hides(change, restored & known)}
    kept = [change for change in changes if change.path not in restored | hiding]
    return kept, tuple(path.decode("utf-8", "replace") for path in sorted(restored | hiding))


def _steers(change: Change, known: set[bytes], packages: set[bytes], named: set[bytes]) -> bool:
    path = change.path.decode("utf-8", "replace")
    if _CONFIGURATION.search(path) or change.path in named:
        return True
    return bool(_TESTS.search(path)) if change.path in known else _shadows(path, packages)


def _shadows(path: str, packages: set[bytes]) -> bool:
    """Whether a new module stands where the interpreter may look for its own: in a folder that is no package."""
    if not re.search(r"\.(py[cdow]?|so)$", path):
        return False
    place = re.sub(r"/__init__(\.[^/]*)$", r"\1", path)
    folder, _, name = place.rpartition("/")
    module = name.split(".")[0]
    ours = module in _RUNNERS or module in sys.stdlib_module_names or module.startswith(_OURS)
    return ours and folder.encode() not in packages


def _hides(change: Change, restored: set[bytes]) -> bool:
    """Whether a change puts a file or link in the place of a folder above a restored file, or something below one."""
    below = any(parent in restored for parent in parents(change.path))
    return below or (change.data is not None and any(change.path in parents(path) for path in restored))


def _named_in(command: str) -> set[bytes]:
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return {word.removeprefix("./").encode("utf-8", "surrogateescape") for word in words if not word.startswith("-")}


__all__ = ["for_verdict"]
