"""Understand a test command: which Python runs which test runner with which arguments, or nothing of the kind."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_OPERATORS = frozenset("|&;<>()`$\n")
_DROPPED = {"-x", "--exitfirst", "--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--new-first", "--sw"}
_VALUED = {
    "-k",
    "-m",
    "-p",
    "-c",
    "-o",
    "-W",
    "-r",
    "-n",
    "--tb",
    "--rootdir",
    "--color",
    "--durations",
    "--import-mode",
}


@dataclass(frozen=True, slots=True)
class PytestCommand:
    """A pytest run: the interpreter, pytest's arguments, added environment, whether the folder is on the import path.

    `flags` are the arguments without the paths of tests, for runs of chosen tests.
    """

    python: str
    arguments: tuple[str, ...]
    flags: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    cwd_on_path: bool


def understand(command: str, workspace: Path, search_path: str) -> PytestCommand | None:
    """Return the pytest run that `command` stands for; None where it is anything else.

    ``python -m unittest`` counts too: pytest runs the same test cases.
    """
    try:
        words = shlex.split(command, comments=False)
    except ValueError:
        return None
    if any(set(word) & _OPERATORS and word == shlex.quote(word) for word in words) or _has_operators(command):
        return None
    env = []
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        env.append((name, value))
    if not words:
        return None
    program = words.pop(0)
    base = program.rpartition("/")[2]
    if re.fullmatch(r"(python|pypy)[0-9.]*", base):
        return _of_python(program, words, env, workspace, search_path)
    if base in ("pytest", "py.test"):
        python = _shebang(program, workspace, search_path) or "python3"
        arguments = _kept(words)
        return PytestCommand(python, arguments, _flags(arguments, workspace), tuple(env), cwd_on_path=False)
    return None


def _has_operators(command: str) -> bool:
    plain = re.sub(r"'[^']*'|\"[^\"]*\"|\\.", "", command)
    return bool(set(plain) & _OPERATORS)


def _of_python(
    program: str, words: list[str], env: list[tuple[str, str]], workspace: Path, search_path: str
) -> PytestCommand | None:
    options = []
    while words and words[0].startswith("-") and words[0] != "-m":
        options.append(words.pop(0))
        if options[-1] in ("-W", "-X"):
            if not words:
                return None
            words.pop(0)
    if len(words) < 2 or words[0] != "-m" or words[1] not in ("pytest", "py.test", "unittest"):
        return None
    python = _found(program, workspace, search_path)
    if words[1] == "unittest":
        arguments = _of_unittest(words[2:], workspace)
        return None if arguments is None else PytestCommand(python, arguments, ("-q",), tuple(env), cwd_on_path=True)
    arguments = _kept(words[2:])
    return PytestCommand(python, arguments, _flags(arguments, workspace), tuple(env), cwd_on_path="-I" not in options)


def _of_unittest(words: list[str], workspace: Path) -> tuple[str, ...] | None:
    """The same tests for pytest, where they are plainly named."""
    pattern, folder, rest = "test*.py", ".", []
    words = [word for word in words if word not in ("discover", "-v", "--verbose", "-q", "-b", "-f", "-c")]
    while words:
        word = words.pop(0)
        if word in ("-s", "--start-directory") and words:
            folder = words.pop(0)
        elif word in ("-p", "--pattern") and words:
            pattern = words.pop(0)
        elif word in ("-t", "--top-level-directory") and words:
            words.pop(0)
        elif word.startswith("-"):
            return None
        else:
            rest.append(word)
    paths = []
    for word in rest:
        path = word if word.endswith(".py") else word.replace(".", "/")
        whole = next((p for p in (path, path + ".py") if (workspace / p).exists()), None)
        if whole is None:
            return None
        paths.append(whole)
    return ("-q", "-o", f"python_files={pattern}", *(paths or [folder]))


def _kept(words: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--maxfail":
            skip = True
        elif word not in _DROPPED and not word.startswith("--maxfail="):
            kept.append(word)
    return tuple(kept)


def _flags(arguments: tuple[str, ...], workspace: Path) -> tuple[str, ...]:
    """The arguments that are not paths of tests, nor a selection of tests."""
    flags: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word in _VALUED:
            value = words.pop(0) if words else ""
            if word not in ("-k", "-m"):
                flags += [word, value]
        elif word.startswith("-") or not (workspace / word.partition("::")[0]).exists():
            flags.append(word)
    return tuple(flags)


def _found(program: str, workspace: Path, search_path: str) -> str:
    if "/" in program:
        return str(workspace / program)
    return shutil.which(program, path=search_path) or shutil.which("python3", path=search_path) or program


def _shebang(program: str, workspace: Path, search_path: str) -> str | None:
    """The interpreter that a pytest script names in its first line."""
    found = str(workspace / program) if "/" in program else shutil.which(program, path=search_path)
    if found is None:
        return shutil.which("python3", path=search_path)
    try:
        first = Path(found).read_bytes()[:300].split(b"\n")[0].decode("utf-8", "replace")
    except OSError:
        return None
    words = first[2:].split() if first.startswith("#!") else []
    if words and "python" in words[0]:
        return words[0]
    if len(words) > 1 and words[0].endswith("/env"):
        return shutil.which(words[1], path=search_path)
    return shutil.which("python3", path=search_path)
