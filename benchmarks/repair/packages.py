"""Source packages of the index: fetch a release's sdist by name and version, unpack it, and tell its parts apart."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

CHANGELOGS = ("CHANGELOG*", "CHANGES*", "HISTORY*", "NEWS*", "RELEASES*", "README*", "docs/change*", "docs/history*")


class NoSdist(Exception):
    """The index has no such source package, or it cannot be unpacked."""


def fetch(name: str, version: str, cache: Path) -> Path:
    """The sdist of a release, downloaded by pip where `cache` has none (pip runs its build backend for metadata).

    Raises:
        NoSdist: there is none.
    """
    cache.mkdir(parents=True, exist_ok=True)
    found = _cached(name, version, cache)
    if found is None:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
        done = subprocess.run(
            [*command, f"{name}=={version}", "-d", str(cache)], capture_output=True, text=True, timeout=300, check=False
        )
        found = _cached(name, version, cache)
        if found is None:
            raise NoSdist(f"{name} {version}: {done.stderr.strip()[-200:]}")
    return found


def _cached(name: str, version: str, cache: Path) -> Path | None:
    wanted = f"{re.sub('[-_.]+', '-', name).lower()}-{version}"
    for path in cache.glob("*"):
        stem = path.name.removesuffix(".tar.gz").removesuffix(".zip")
        if stem != path.name and re.sub("[-_]+", "-", stem).lower() == wanted:
            return path
    return None


def unpack(sdist: Path, target: Path) -> Path:
    """The unpacked source tree, at `target`.

    Raises:
        NoSdist: it is not one folder of files.
    """
    shutil.rmtree(target, ignore_errors=True)
    inner = target.with_name(target.name + ".unpacked")
    shutil.rmtree(inner, ignore_errors=True)
    try:
        if sdist.suffix == ".zip":
            with zipfile.ZipFile(sdist) as archive:
                archive.extractall(inner)  # noqa: S202 - zipfile never leaves the folder
        else:
            with tarfile.open(sdist) as archive:
                archive.extractall(inner, filter="data")
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise NoSdist(f"{sdist.name}: {error}") from error
    tops = [path for path in inner.iterdir() if path.is_dir()]
    if len(tops) != 1:
        raise NoSdist(f"{sdist.name} is not one folder")
    tops[0].rename(target)
    shutil.rmtree(inner)
    return target


def is_test(path: str) -> bool:
    """Whether a relative path belongs to the tests rather than to the library."""
    parts = path.split("/")
    name = parts[-1]
    folders = {"test", "tests", "testing", "testsuite"} & set(parts[:-1])
    return bool(folders) or name.startswith("test_") or name.endswith("_test.py") or name in ("conftest.py", "tests.py")


def library_files(tree: Path) -> list[str]:
    """Relative paths of the library's own Python files."""
    found = []
    for path in sorted(tree.rglob("*.py")):
        name = path.relative_to(tree).as_posix()
        aside = re.match(
            r"(docs?|examples?|build|benchmarks?|bench|scripts?|tools?|bin|misc)/|setup\.py$|noxfile", name
        )
        if not is_test(name) and not aside:
            found.append(name)
    return found


def test_command(tree: Path) -> str:
    """The command that runs the tests of a tree: its own options for coverage and the like are left out."""
    prefix = "PYTHONPATH=src " if (tree / "src").is_dir() else ""
    return f"{prefix}python3 -m pytest -q -o addopts= --continue-on-collection-errors"


def changelog_entry(tree: Path, version: str, words: str) -> str:
    """What the changelog says of `version`: items that share a word with `words`, else its beginning; maybe empty."""
    for pattern in CHANGELOGS:
        for path in sorted(tree.glob(pattern)):
            text = path.read_text("utf-8", "replace") if path.is_file() else ""
            match = re.search(rf"^[^\n]{{0,30}}\bv?{re.escape(version)}\b[^\n]{{0,40}}$", text, re.MULTILINE)
            if match is None:
                continue
            rest = text[match.end() :]
            following = re.search(r"^[^\n]{0,20}\bv?\d+\.\d+(\.\d+)?\b[^\n]{0,40}\n", rest[20:], re.MULTILINE)
            section = rest[: following.start() + 20 if following else 3000].strip("\n=-~ ")
            return _nearest(section, words) or section[:1200]
    return ""


def _nearest(section: str, words: str) -> str:
    """The items of a list that share the most rare words with `words`."""
    items = [item.strip() for item in re.split(r"\n\s*(?:[-*+•]|\d+\.)\s+", "\n" + section) if item.strip()]
    wanted = {word for word in re.findall(r"[a-z]{4,}", words.lower()) if word not in ("test", "tests", "assert")}
    scored = [(len(wanted & set(re.findall(r"[a-z]{4,}", item.lower()))), item) for item in items]
    best = max((score for score, _ in scored), default=0)
    return "\n".join(item for score, item in scored if score == best)[:1200] if best else ""
