"""The index file and the view over it: parsed once, reused, and after any change equal to a fresh one."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.index.build import build
from tools.index.crew import ParseFailedError, Worker
from tools.index.index import Index
from tools.index.record import EMPTY, Record, well_formed, words_of
from tools.index.store import Store, UnusableStoreError
from tools.process import Runner


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for number in range(12):
        other = (number + 1) % 12
        body = f"from pkg.m{other} import f{other}\n\n\ndef f{number}():\n    return helper_{number}\n"
        write(root, f"pkg/m{number}.py", body)
    write(root, "web/a.js", "export class Widget { draw() { return paint(); } }\n")
    write(root, "copy/m0.py", (root / "pkg/m0.py").read_text())
    return root


def view(root: Path, database: Path) -> Index:
    return Index(Store(database), Runner(root))


def facts(index: Index) -> dict[str, object]:
    """All that an index says, for comparison."""
    paths = index.paths()
    words = {word for path in paths for word in words_of(index.record(path))}
    return {
        "paths": paths,
        "symbols": {path: index.symbols(path) for path in paths},
        "imports": {path: index.imports(path) for path in paths},
        "users": {word: index.users(word) for word in sorted(words)},
        "names": {name: index.lookup(name) for name in sorted(index.names())},
    }


@pytest.fixture
def index(tree: Path, tmp_path: Path) -> Iterator[Index]:
    build(tree, tmp_path / "index.db", 1)
    made = view(tree, tmp_path / "index.db")
    yield made
    made.close()


def test_cold_cost_is_paid_once(tree: Path, tmp_path: Path) -> None:
    database = tmp_path / "index.db"
    first = build(tree, database, 1)
    assert (first.files, first.parsed, first.reused) == (14, 13, 1)  # the copy has the content of another file
    again = build(tree, database, 1)
    assert (again.parsed, again.reused) == (0, 14)
    for _ in range(50):
        agent = view(tree, database)
        agent.refresh()
        assert agent.lookup("f3")
        assert (agent.counters.parsed, agent.counters.reused) == (0, 14)
        agent.close()


def test_only_the_edited_file_is_parsed(index: Index, tree: Path) -> None:
    index.refresh()
    write(tree, "pkg/m3.py", "def fresh():\n    return 1\n")
    index.refresh()
    assert index.counters.parsed == 1
    assert [hit.path for hit in index.lookup("fresh")] == ["pkg/m3.py"]
    assert not index.lookup("f3")
    assert "pkg/m3.py" not in index.users("helper_3")


def test_an_edit_that_is_taken_back_costs_no_parse(index: Index, tree: Path) -> None:
    before = (tree / "pkg/m3.py").read_bytes()
    write(tree, "pkg/m3.py", "x = 1\n")
    index.refresh()
    (tree / "pkg/m3.py").write_bytes(before)
    index.refresh()
    assert index.counters.parsed == 1
    assert not index.dirty


def test_a_checkout_with_other_times_is_hashed_and_not_parsed(index: Index, tree: Path) -> None:
    for path in tree.rglob("*.py"):
        os.utime(path, ns=(1, 1))
    index.refresh()
    assert index.counters.parsed == 0
    assert index.counters.rehashed >= 13


def test_after_random_edits_the_index_equals_a_fresh_one(index: Index, tree: Path, tmp_path: Path) -> None:
    random.seed(7)
    for step in range(25):
        path = f"pkg/{random.choice(['m1', 'm2', 'm5', 'new', 'sub/deep'])}.py"
        match random.choice(["write", "write", "append", "remove", "move"]):
            case "write":
                write(tree, path, f"import os\n\n\ndef g{step}(a):\n    return os.x{step}(a)\n")
            case "append" if (tree / path).exists():
                write(tree, path, (tree / path).read_text() + f"\n\nclass K{step}:\n    z = {step}\n")
            case "remove":
                (tree / path).unlink(missing_ok=True)
            case "move" if (tree / path).exists():
                (tree / path).rename(tree / f"pkg/moved{step}.py")
            case _:
                pass
        time.sleep(0.002)  # file systems tick in milliseconds
        index.refresh()
    build(tree, tmp_path / "fresh.db", 1)
    fresh = view(tree, tmp_path / "fresh.db")
    fresh.refresh()
    assert fresh.counters.parsed == 0
    mine, theirs = facts(index), facts(fresh)
    assert mine["paths"] == theirs["paths"]
    for part in mine:
        assert mine[part] == theirs[part], part
    fresh.close()


def test_links_and_ignored_files_stay_out(tree: Path, tmp_path: Path) -> None:
    (tree / "loop").symlink_to(tree)
    (tree / "link.py").symlink_to(tree / "pkg/m0.py")
    write(tree, "node_modules/x/index.js", "function hidden() {}\n")
    tally = build(tree, tmp_path / "index.db", 1)
    assert tally.files == 14


def test_paths_that_are_not_text_are_kept(tree: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tree) + b"/pkg/caf\xe9 \n x.py"
    Path(os.fsdecode(odd)).write_bytes(b"def odd_one(): pass\n")
    build(tree, tmp_path / "index.db", 1)
    found = view(tree, tmp_path / "index.db")
    found.refresh()
    assert found.counters.parsed == 0
    (hit,) = found.lookup("odd_one")
    assert os.fsencode(hit.path) == b"pkg/caf\xe9 \n x.py"
    found.close()


def test_broken_or_foreign_files_are_no_store(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to look at" * 100)
    for name in ("x.db", "missing.db"):
        with pytest.raises(UnusableStoreError):
            Store(tmp_path / name)


def test_a_reader_keeps_its_snapshot_while_a_new_one_is_put_in_place(index: Index, tree: Path, tmp_path: Path) -> None:
    write(tree, "pkg/late.py", "def late(): pass\n")
    build(tree, tmp_path / "index.db", 1)
    assert not index.store.word("late")[1]
    assert index.lookup("f3")
    assert [path.name for path in tmp_path.iterdir() if "draft" in path.name] == []


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Worker]:
    runner = Runner(tmp_path)
    yield Worker(runner)
    runner.kill_all()


def test_a_parse_that_takes_too_long_is_killed_and_the_next_one_works(crew: Worker) -> None:
    slow = b"x = [" + b"1, " * 600_000 + b"]"
    crew.ask("string_lines", "python", b"x = 1")
    with pytest.raises(ParseFailedError):
        crew.ask("spans", "python", slow, seconds=0.05)
    (record,) = crew.index([("python", b"def f(): pass\n")])
    assert record.symbols.startswith(b"f\tf\tfunction")
    crew.close()


def test_an_unknown_request_is_refused_and_the_worker_lives(crew: Worker) -> None:
    for operation, language in (("nothing", "python"), ("spans", "klingon")):
        with pytest.raises(ParseFailedError):
            crew.ask(operation, language, b"")
    assert crew.ask("string_lines", "python", b'x = """\na\n"""\n') == [1, 2]


def test_bytes_that_are_no_text_come_back_as_they_were(crew: Worker) -> None:
    source = b'{"f\xe9": 1}'
    (record,) = crew.index([("json", source)])
    assert record.symbols.startswith(b"f\xe9\t") and record.words == b"f\xe9"
    (row,) = crew.ask("spans", "json", source)
    assert row[0][0].encode("utf-8", "surrogateescape") == b"f\xe9"


GOOD = Record(b"f\tf\tfunction\t0\t1\t1\t1\t0\tdef f()\t", b"", b"f", b"\1\0\0\0", 1)


@pytest.mark.parametrize(
    "record",
    [
        GOOD._replace(symbols=b"f"),
        GOOD._replace(symbols=GOOD.symbols + b"\n"),
        GOOD._replace(counts=b""),
        GOOD._replace(counts=b"\1"),
        GOOD._replace(words=b"f\ng"),
    ],
)
def test_a_record_whose_parts_do_not_fit_is_told_apart(record: Record) -> None:
    """The parser of a hostile file may say anything."""
    assert well_formed(GOOD) and well_formed(EMPTY)
    assert not well_formed(record)
