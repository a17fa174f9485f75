"""Measures the syntax gate: how many edits that break a file it stops, and how many that do not.

``python -m benchmarks.edits.gate FOLDER [--files N] [--lines N] [--json]``: FOLDER holds source archives (see
`releases`). Broken is what an independent parser rejects: `ast.parse` for Python, Node for JavaScript (where it is
installed), `json` and `tomllib`; in other languages, a bracket or quotation mark lost in code (see `lagging`). Sound
edits are: every changed file between two releases as one edit, an edit that changes nothing, an empty line put
somewhere, a file that is new, and a paragraph put back into its file, over the standard library and all archives. What
passed with a warning that the grammar may not know the syntax counts as passed. The exit status is 1 where something
broken passed or more than 0.1 % of the sound edits were stopped.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import subprocess
import sysconfig
import tempfile
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from benchmarks.edits.lagging import BRACED, broken, put_back
from benchmarks.edits.mutations import MUTATIONS
from benchmarks.edits.releases import changed_files, files_of, newest
from tools import text
from tools.edit.gate import MAX_BYTES, Gate
from tools.edit.languages import grammars_of
from tools.process import Runner

_NODE = """
const vm = require('vm'), sources = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const judge = (source) => {
  try { vm.compileFunction(source.replace(/^#!.*/, '')); return true; } catch { return false; }
};
console.log(JSON.stringify(sources.map(judge)));
"""
_ALLOWED = 0.001


@dataclass(slots=True)
class Figures:
    """Counts by group: edits, those that are (by the independent parser) broken, and those that the gate stopped."""

    edits: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, group: str, stopped: bool, example: str | None = None) -> None:
        """Count one edit; `example` is kept for what went wrong."""
        self.edits[group] += 1
        self.stopped[group] += stopped
        if example is not None and len(self.examples.setdefault(group, [])) < 20:
            self.examples[group].append(example)


def catches(gate: Gate, files: Sequence[tuple[str, str]], lines: int, rng: random.Random) -> Figures:
    """Mutants that the independent parser rejects, by language and operator, and how many of them the gate stops."""
    figures = Figures()
    for path, content in files:
        language = PurePath(path).suffix[1:]
        pieces = text.split_lines(content)
        full = [at for at, piece in enumerate(pieces) if piece.strip()]
        if not full or not sound(language, [content])[0]:
            continue
        for name, mutate in MUTATIONS.items():
            places = rng.sample(full, min(lines, len(full)))
            found = {at: "".join(mutate(pieces, at)) for at in places}
            mutants = {at: mutant for at, mutant in found.items() if mutant != content}
            verdicts = sound(language, list(mutants.values()))
            for (at, mutant), fine in zip(mutants.items(), verdicts, strict=True):
                if fine and name != "body elided":
                    continue
                stopped = bool(gate.check(PurePath(path), content.encode(), mutant.encode()).refusals)
                figures.add(
                    f"{language}: {name}", stopped, None if stopped else f"{path}:{at + 1}: {pieces[at].strip()[:90]}"
                )
    return figures


def losses(gate: Gate, files: Sequence[tuple[str, str]], lines: int, rng: random.Random, figures: Figures) -> None:
    """Mutants in languages without an independent parser, that are broken for certain."""
    for path, content in files:
        suffix, pieces = PurePath(path).suffix, text.split_lines(content)
        for name, at, mutant in broken(suffix, content, lines, rng):
            stopped = bool(gate.check(PurePath(path), content.encode(), mutant.encode()).refusals)
            example = None if stopped else f"{path}:{at + 1}: {pieces[at].strip()[:90]}"
            figures.add(f"{suffix[1:]}: {name}", stopped, example)


def alarms(gate: Gate, group: str, files: Iterator[tuple[str, bytes]], rng: random.Random, figures: Figures) -> None:
    """Edits of each file that change nothing, put an empty line somewhere, write it, or put a paragraph of it back."""
    for path, data in files:
        if not grammars_of(PurePath(path)) or len(data) > MAX_BYTES:
            continue
        _judge(gate, f"{group}: nothing changed", path, data, data, figures)
        decoded = text.decode(data)
        pieces = text.split_lines(decoded.content)
        first = 1 if decoded.content.startswith(("\ufeff", "#!", "<?")) else 0
        places = [at for at in range(first, len(pieces) + 1) if at == 0 or not pieces[at - 1].rstrip().endswith("\\")]
        at = rng.choice(places or [len(pieces)])
        new = decoded.encode("".join([*pieces[:at], decoded.eol, *pieces[at:]]))
        _judge(gate, f"{group}: an empty line added", path, data, new, figures)
        _judge(gate, f"{group}: a new file", path, None, data, figures)
        for less in put_back(decoded.content, 1, rng):
            _judge(gate, f"{group}: a paragraph put back", path, decoded.encode(less), data, figures)


def _judge(gate: Gate, group: str, path: str, old: bytes | None, new: bytes, figures: Figures) -> None:
    """Count an edit that should pass; one that the independent parser rejects is none of those."""
    language = PurePath(path).suffix[1:]
    found = gate.check(PurePath(path), old, new)
    if found.refusals and language in {"py", "js", "json", "toml"}:
        sides = (old or b"", new)
        before, after = map(_compiles, sides) if language == "py" else sound(language, [_shown(side) for side in sides])
        if (before or old is None) and not after:
            return
    figures.add(group, bool(found.refusals), f"{path}: {found.refusals[0]}" if found.refusals else None)


def sound(language: str, sources: Sequence[str]) -> list[bool]:
    """Whether the independent parser of a language takes each source. A language without one takes everything."""
    match language:
        case "py":
            return [_python(source.encode()) for source in sources]
        case "json":
            return [_loads(json.loads, source) for source in sources]
        case "toml":
            return [_loads(tomllib.loads, source) for source in sources]
        case "js":
            try:
                done = subprocess.run(
                    ["node", "-e", _NODE], input=json.dumps(sources), capture_output=True, text=True, check=True
                )
            except FileNotFoundError:
                return [True] * len(sources)
            return [bool(verdict) for verdict in json.loads(done.stdout)]
        case _:
            return [True] * len(sources)


def _python(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _compiles(data: bytes) -> bool:
    """Whether Python takes it: more than parsing, so no judge of what the gate must stop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<file>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _loads(load: object, source: str) -> bool:
    assert callable(load)
    try:
        load(source)
    except ValueError:
        return False
    return True


def _shown(data: bytes) -> str:
    return text.decode(data).content


def standard_library() -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every file of the standard library, its tests included."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*")):
        if path.is_file() and "site-packages" not in path.parts and "__pycache__" not in path.parts:
            yield str(path.relative_to(root)), path.read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where the gate is not good enough."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edits.gate", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the source archives are")
    parser.add_argument("--files", type=int, default=0, help="look at so many files of each group only (0: all)")
    parser.add_argument("--mutated", type=int, default=40, help="files of each language that are broken on purpose")
    parser.add_argument("--lines", type=int, default=4, help="lines of each of them, for each operator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder))
        gate = Gate(runner)
        try:
            caught, stopped = _measure(gate, options, rng)
        finally:
            runner.kill_all()
    _print(caught, stopped, as_json=options.json)
    missed = sum(caught.edits.values()) - sum(caught.stopped.values())
    return 1 if missed or sum(stopped.stopped.values()) > _ALLOWED * sum(stopped.edits.values()) else 0


def _measure(gate: Gate, options: argparse.Namespace, rng: random.Random) -> tuple[Figures, Figures]:
    archives = newest(options.folder)
    pool: dict[str, list[tuple[str, str]]] = {}
    for archive in archives.values():
        for path, content in files_of(archive, every=True).items():
            pool.setdefault(PurePath(path).suffix, []).append((path, content))
    chosen = []
    for suffix in (".py", ".js", ".json", ".toml"):
        found = [entry for entry in pool.get(suffix, []) if len(entry[1]) < 60_000]
        chosen += rng.sample(found, min(options.mutated, len(found)))
    caught = catches(gate, chosen, options.lines, rng)
    for suffix in sorted(BRACED):
        found = [entry for entry in pool.get(suffix, []) if len(entry[1]) < 60_000]
        losses(gate, rng.sample(found, min(options.mutated, len(found))), options.lines, rng, caught)
    stopped = Figures()
    for path, old, new in changed_files(options.folder, every=True):
        if grammars_of(PurePath(path)):
            _judge(gate, "releases: a changed file", path, old.encode(), new.encode(), stopped)
    alarms(gate, "standard library", _some(standard_library(), options.files), rng, stopped)
    for name, archive in archives.items():
        files = ((path, content.encode()) for path, content in files_of(archive, every=True).items())
        group = name if name in {"django", "sympy"} else "other archives"
        alarms(gate, group, _some(files, options.files), rng, stopped)
    return caught, stopped


def _some(files: Iterator[tuple[str, bytes]], most: int) -> Iterator[tuple[str, bytes]]:
    if not most:
        yield from files
        return
    known = [entry for entry in files if grammars_of(PurePath(entry[0]))]
    yield from known[:: max(1, len(known) // most)]


def _print(caught: Figures, stopped: Figures, as_json: bool) -> None:
    if as_json:
        groups = {
            side: {group: [f.stopped[group], count] for group, count in f.edits.items()}
            for side, f in (("broken", caught), ("sound", stopped))
        }
        print(json.dumps({**groups, "missed": caught.examples, "false alarms": stopped.examples}, indent=1))
        return
    for title, figures in (("broken edits stopped", caught), ("sound edits stopped (false alarms)", stopped)):
        print(f"\n| {title} | of | share |\n|---|---|---|")
        for group in sorted(figures.edits):
            print(f"| {group}: {figures.stopped[group]} | {figures.edits[group]} | {_share(figures, group)} |")
        count, all_of_them = sum(figures.stopped.values()), sum(figures.edits.values())
        print(f"| **all: {count}** | {all_of_them} | {100 * count / max(1, all_of_them):.3f} % |")
        for group, examples in figures.examples.items():
            print(*(f"  {group}: {example}" for example in examples[:8]), sep="\n")


def _share(figures: Figures, group: str) -> str:
    return f"{100 * figures.stopped[group] / figures.edits[group]:.2f} %"


if __name__ == "__main__":
    raise SystemExit(main())
