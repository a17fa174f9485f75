"""Make git repositories with a bug in them: real ones of past releases, else planted ones."""

from __future__ import annotations

import difflib
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair.faults import Planter
from benchmarks.repair.outcomes import Ending, run_tests
from benchmarks.repair.packages import changelog_entry, is_test, library_files, test_command

_FEATURE_ERRORS = ("ImportError", "ModuleNotFoundError", "NameError", "collection", "fixture")
_FEATURE_WORDS = re.compile(
    "has no attribute|unexpected keyword|positional arguments? but|takes no arguments|cannot import|no such option"
)


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug as a git repository. `fixed` holds the library's right files by path; `planted` is None for past bugs."""

    package: str
    versions: str
    repo: Path
    command: str
    tests: tuple[str, ...]
    issue: str
    fixed: dict[str, str]
    planted: str | None = None

    @property
    def kind(self) -> str:
        """`past` or what was planted."""
        return f"planted: {self.planted}" if self.planted else "past"


def past_bugs(package: str, older: tuple[str, Path], newer: tuple[str, Path], image: str, work: Path) -> Iterator[Bug]:
    """Bugs of the older release that the newer one's tests show, one a repository below `work`.

    A test counts that fails on the old source, passes on the new, and does not fail for want of something new (a name,
    a parameter). Tests that fail at the same place of the library count as one bug.
    """
    good = run_tests(newer[1], image)
    mixed = work / "mixed"
    _mix(older[1], newer[1], mixed)
    now = run_tests(mixed, image)
    failing = {name: told for name, told in now.items() if told.fails and _passes(good, name)}
    groups: dict[str, list[str]] = {}
    for name, told in failing.items():
        if not lacks_feature(told):
            groups.setdefault(_place(name, told), []).append(name)
    fixed = {name: _read(newer[1] / name) for name in library_files(newer[1])}
    for number, (_, tests) in enumerate(sorted(groups.items(), key=lambda pair: (len(pair[1]), pair[0])), 1):
        repo = work / f"past{number}"
        shutil.copytree(mixed, repo, symlinks=True)
        about = " ".join(tests) + " " + " ".join(failing[name].message for name in tests)
        entry = changelog_entry(newer[1], newer[0], about) or _complaint(tests[0], failing[tests[0]])
        commit(repo)
        yield Bug(package, f"{older[0]}→{newer[0]}", repo, test_command(repo), tuple(tests), entry, fixed)


def lacks_feature(told: Ending) -> bool:
    """Whether a test fails because what it calls does not exist yet, rather than for a wrong answer."""
    if told.error in _FEATURE_ERRORS:
        return True
    return told.error in ("AttributeError", "TypeError", "AssertionError") and bool(_FEATURE_WORDS.search(told.message))


def _passes(outcomes: dict[str, Ending], name: str) -> bool:
    return name in outcomes and outcomes[name].outcome == "passed"


def _place(name: str, told: Ending) -> str:
    inside = [frame for frame in told.frames if not is_test(frame[0])]
    return f"{inside[-1][0]}:{inside[-1][1]}" if inside else name.partition("[")[0]


def _mix(older: Path, newer: Path, target: Path) -> None:
    """The older release with the newer one's tests."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(older, target, symlinks=True)
    for path in sorted(target.rglob("*")):
        if path.is_file() and is_test(path.relative_to(target).as_posix()):
            path.unlink()
    for path in sorted(newer.rglob("*")):
        name = path.relative_to(newer).as_posix()
        if path.is_file() and is_test(name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / name)


def planted_bug(package: str, release: tuple[str, Path], image: str, work: Path, seed: int) -> Bug | None:
    """One single-place fault, chosen by `seed` and noticed by a test; None where none was found in a few draws."""
    rng = random.Random(f"{package}:{seed}")
    good = run_tests(release[1], image)
    if not any(told.outcome == "passed" for told in good.values()):
        return None
    fixed = {name: _read(release[1] / name) for name in library_files(release[1])}
    names = [name for name, text in fixed.items() if text.strip()]
    for draw in range(12):
        name = rng.choices(names, weights=[len(fixed[name]) for name in names])[0]
        fault = Planter(fixed[name]).plant(rng)
        if fault is None:
            continue
        repo = work / f"planted{draw}"
        shutil.rmtree(repo, ignore_errors=True)
        shutil.copytree(release[1], repo, symlinks=True)
        (repo / name).write_text(fault.source, encoding="utf-8")
        now = run_tests(repo, image)
        tests = tuple(sorted(test for test, told in now.items() if told.fails and _passes(good, test)))
        if tests:
            commit(repo)
            issue = _complaint(tests[0], now[tests[0]])
            return Bug(package, release[0], repo, test_command(repo), tests, issue, fixed, fault.kind)
        shutil.rmtree(repo)
    return None


def _complaint(test: str, told: Ending) -> str:
    return f"{test.rpartition('::')[2]} fails\n\n{told.error}: {told.message}"


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def commit(repo: Path) -> None:
    """Make the tree a git repository with one commit."""
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost", "-c", "init.defaultBranch=main"]
    for command in (
        ["init", "-q"],
        ["add", "-A", "-f"],
        ["commit", "-q", "-m", "The state in which the issue was filed"],
    ):
        subprocess.run(["git", *identity, *command], cwd=repo, check=True, capture_output=True)


def real_fix(bug: Bug) -> str:
    """What the right files change, as a diff without context."""
    parts: list[str] = []
    for name, right in bug.fixed.items():
        wrong = _read(bug.repo / name) if (bug.repo / name).is_file() else ""
        if wrong != right:
            old, new = wrong.splitlines(True), right.splitlines(True)
            parts += difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", n=0)
    return "".join(parts)
