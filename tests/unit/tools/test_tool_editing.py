"""The editing tools on real files: writing, refusing, undoing, and the oddities of encodings and file systems."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.edit.store import ABSENT, Change, ChangedError, State, commit, read

Bench = Any

CODE = "def f(x):\n    if x:\n        return 1\n    return 2\n"


def snapshot(root: Path) -> dict[str, tuple[bytes | str, int]]:
    found: dict[str, tuple[bytes | str, int]] = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        content: bytes | str = (
            str(path.readlink()) if path.is_symlink() else b"" if path.is_dir() else path.read_bytes()
        )
        found[str(path.relative_to(root))] = (content, mode)
    return found


def test_replace_insert_create_and_undo(bench: Bench) -> None:
    bench.write("a.py", CODE)
    before = snapshot(bench.root)
    assert not bench("str_replace", path="a.py", old_str="return 2", new_str="return 3").is_error
    assert not bench("insert", path="a.py", insert_line=0, insert_text="import os").is_error
    assert not bench("create", path="deep/er/b.txt", file_text="hello\n").is_error
    assert (bench.root / "a.py").read_text() == "import os\n" + CODE.replace("2", "3")
    for _ in range(3):
        assert not bench("undo").is_error
    assert snapshot(bench.root) == before
    assert bench("undo").is_error


def test_undo_of_one_file_and_refusal_when_it_changed_since(bench: Bench) -> None:
    bench.write("a.txt", "1\n")
    bench.write("b.txt", "1\n")
    bench("str_replace", path="a.txt", old_str="1", new_str="2")
    bench("str_replace", path="b.txt", old_str="1", new_str="2")
    assert not bench("undo", path="a.txt").is_error
    assert (bench.root / "a.txt").read_text() == "1\n"
    bench.write("b.txt", "something else\n")
    refused = bench("undo")
    assert refused.is_error and "changed by something else" in refused.text
    assert (bench.root / "b.txt").read_text() == "something else\n"


ODD = {
    "crlf": b"a = 1\r\nb = 2\r\n",
    "mixed": b"a = 1\r\nb = 2\nc = 3\r\n",
    "cr only": b"a = 1\rb = 2\rc = 3\r",
    "bom": b"\xef\xbb\xbfa = 1\nb = 2\n",
    "latin-1 cookie": b"# -*- coding: latin-1 -*-\ns = '\xe9'\nb = 2\n",
    "latin-1 identifier": b"# coding: latin-1\n\xe9 = 1\nb = 2\n",
    "bad utf-8": b"# caf\xe9\nb = 2\n",
    "utf-8 with a bad byte": "# é è ü\n".encode() + b"# \xff\nb = 2\n",
    "utf-16": "a = 1\nb = 2\n".encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + "a = 1\nb = 2\n".encode("utf-16-be"),
    "lone surrogate": b"# \xed\xa0\x80\nb = 2\n",
    "no final newline": b"a = 1\nb = 2",
    "form feed": b"a = 1\n\x0c\nb = 2\n",
    "line separators": "a = '\u2028 \x85'\nb = 2\n".encode(),
    "combining": "s = 'e\u0301'\nb = 2\n".encode(),
    "hostile cookie": b"# coding: zip\nb = 2\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_encodings_and_line_ends_survive(bench: Bench, name: str) -> None:
    data = ODD[name]
    path = bench.write("odd.txt", data)
    result = bench("str_replace", path="odd.txt", old_str="b = 2", new_str="b = 3")
    assert not result.is_error, result.text
    wide = {"utf-16": "utf-16-le", "utf-16-be": "utf-16-be"}.get(name)
    old, new = ("b = 2".encode(wide), "b = 3".encode(wide)) if wide else (b"b = 2", b"b = 3")
    assert path.read_bytes() == data.replace(old, new)
    assert not bench("undo").is_error
    assert path.read_bytes() == data


def test_text_that_the_encoding_lacks_is_refused(bench: Bench) -> None:
    path = bench.write("a.py", b"# coding: latin-1\ns = '\xe9'\n")
    refused = bench("str_replace", path="a.py", old_str="é", new_str="→")
    assert refused.is_error and "cannot be written in latin-1" in refused.text
    assert not bench("str_replace", path="a.py", old_str="é", new_str="ü").is_error
    assert path.read_bytes() == b"# coding: latin-1\ns = '\xfc'\n"


def test_binary_is_refused_unless_forced(bench: Bench) -> None:
    path = bench.write("blob.py", b"\0\1\2abc\xff\n")
    assert bench("str_replace", path="blob.py", old_str="abc", new_str="xyz").is_error
    assert not bench("str_replace", path="blob.py", old_str="abc", new_str="xyz", force=True).is_error
    assert path.read_bytes() == b"\0\1\2xyz\xff\n"


def test_create_over_a_file_keeps_bom_and_line_ends(bench: Bench) -> None:
    path = bench.write("a.txt", b"\xef\xbb\xbfa\r\nb\r\n")
    assert not bench("create", path="a.txt", file_text="x\ny\n").is_error
    assert path.read_bytes() == b"\xef\xbb\xbfx\r\ny\r\n"


@pytest.mark.parametrize(
    ("content", "line", "wanted"),
    [
        ("a\nb\n", 0, "N\na\nb\n"),
        ("a\nb\n", 2, "a\nb\nN\n"),
        ("a\nb", 2, "a\nb\nN"),
        ("a\r\nb", 1, "a\r\nN\r\nb"),
        ("", 0, "N\n"),
        ("\ufeffa\n", 0, "\ufeffN\na\n"),
    ],
)
def test_insert_keeps_line_ends_and_final_newline(bench: Bench, content: str, line: int, wanted: str) -> None:
    path = bench.write("a.txt", content)
    assert not bench("insert", path="a.txt", insert_line=line, insert_text="N").is_error
    assert path.read_bytes() == wanted.encode()


def test_insert_past_the_end_is_refused(bench: Bench) -> None:
    bench.write("a.txt", "a\n")
    assert "from 0 (the top) to 1" in bench("insert", path="a.txt", insert_line=2, insert_text="N").text


@pytest.mark.parametrize(
    "path", ["../out.txt", "/etc/out.txt", ".git/config", "sub/.GIT/hooks/x", "leaving/x", "loop", "sub"]
)
def test_paths_that_may_not_be_written(bench: Bench, tmp_path: Path, path: str) -> None:
    (bench.root / "sub").mkdir()
    (bench.root / "leaving").symlink_to(tmp_path)
    (bench.root / "loop").symlink_to("loop")
    before = snapshot(tmp_path)
    result = bench("create", path=path, file_text="x")
    assert result.is_error and "cannot be written" in result.text
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("path", ["dir/", "dir/.", "sub/..", "n" * 300, "dir/" + "n" * 300 + ".txt", "d/" * 3000 + "x"])
def test_names_that_no_file_can_have(bench: Bench, path: str) -> None:
    result = bench("create", path=path, file_text="x\n")
    assert result.is_error and ("name of a folder" in result.text or "longer than" in result.text)
    assert len(result.text) < 200 and not list(bench.root.iterdir())


def test_a_pipe_does_not_hold_the_server(bench: Bench) -> None:
    os.mkfifo(bench.root / "pipe")
    for tool, more in (("view", {}), ("create", {"file_text": "x"}), ("str_replace", {"old_str": "a", "new_str": "b"})):
        assert "not a plain file" in bench(tool, path="pipe", **more).text


def test_a_link_inside_stays_a_link(bench: Bench) -> None:
    target = bench.write("real.txt", "one\n")
    (bench.root / "link.txt").symlink_to("real.txt")
    assert not bench("str_replace", path="link.txt", old_str="one", new_str="two").is_error
    assert (bench.root / "link.txt").is_symlink()
    assert target.read_text() == "two\n"


def test_hard_links_stay_together(bench: Bench) -> None:
    path = bench.write("a.txt", "one\n")
    (bench.root / "b.txt").hardlink_to(path)
    assert not bench("str_replace", path="a.txt", old_str="one", new_str="three").is_error
    assert (bench.root / "b.txt").read_text() == "three\n"
    assert not bench("undo").is_error
    assert (bench.root / "b.txt").read_text() == "one\n"


def test_modes_are_kept_and_read_only_needs_force(bench: Bench) -> None:
    path = bench.write("run.sh", "echo 1\n")
    path.chmod(0o755)
    assert not bench("str_replace", path="run.sh", old_str="1", new_str="2").is_error
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    path.chmod(0o444)
    assert "read-only" in bench("str_replace", path="run.sh", old_str="2", new_str="3").text
    assert not bench("str_replace", path="run.sh", old_str="2", new_str="3", force=True).is_error
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


@pytest.mark.parametrize("name", ["with space.txt", "new\nline.txt", "é.txt", "-dash", "[x]*.txt", "UPPER.txt"])
def test_odd_names(bench: Bench, name: str) -> None:
    bench.write(name, "one\n")
    bench.write("upper.txt", "one\n")
    assert not bench("str_replace", path=name, old_str="one", new_str="two").is_error
    assert (bench.root / name).read_text() == "two\n"
    assert (bench.root / "upper.txt").read_text() == "one\n"


def test_a_name_that_is_not_utf_8(bench: Bench) -> None:
    path = Path(os.fsdecode(os.fsencode(bench.root) + b"/\xff.txt"))
    path.write_text("one\n")
    assert not bench("str_replace", path=path.name, old_str="one", new_str="two").is_error
    assert path.read_text() == "two\n"


def test_missing_files_name_their_neighbours(bench: Bench) -> None:
    bench.write("module.py", CODE)
    result = bench("str_replace", path="modul.py", old_str="a", new_str="b")
    assert result.is_error and "module.py" in result.text


def test_commit_is_all_or_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_text("a")
    two.write_text("b")
    first = Change(one, read(one), State(b"A", 0o644))
    second = Change(two, State(b"not what is there"), State(b"B", 0o644))
    before = snapshot(tmp_path)
    with pytest.raises(ChangedError):
        commit([first, second])
    assert snapshot(tmp_path) == before


def test_commit_rolls_back_what_it_placed(tmp_path: Path) -> None:
    one, new = tmp_path / "1", tmp_path / "folder" / "2"
    one.write_text("a")
    before = snapshot(tmp_path)
    gone = Change(tmp_path / "gone", State(None), State(None))  # removing what is not there fails last
    with pytest.raises(FileNotFoundError):
        commit([Change(one, read(one), State(b"A", 0o600)), Change(new, ABSENT, State(b"n")), gone])
    assert {name: content for name, (content, _) in snapshot(tmp_path).items()} == {
        name: content for name, (content, _) in before.items()
    }


def test_a_full_disk_leaves_the_file_alone(bench: Bench) -> None:
    """Under a file size limit the temporary file cannot be written; the old file stays and no litter is left."""
    import resource
    import signal

    bench.write("a.txt", "one\n")
    before = snapshot(bench.root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        result = bench("create", path="a.txt", file_text="x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert result.is_error and "not written" in result.text
    assert snapshot(bench.root) == before


def test_concurrent_writers_lose_nothing(bench: Bench) -> None:
    count = 16
    bench.write("a.txt", "".join(f"line {n}\n" for n in range(count)))

    def edit(number: int) -> None:
        assert not bench("str_replace", path="a.txt", old_str=f"line {number}\n", new_str=f"done {number}\n").is_error

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (bench.root / "a.txt").read_text() == "".join(f"done {n}\n" for n in range(count))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=120), low=st.integers(0, 60), size=st.integers(1, 30), new=st.text(max_size=20))
def test_apply_and_undo_is_byte_identity(bench: Bench, data: bytes, low: int, size: int, new: str) -> None:
    path = bench.write("any.bin", data)
    from tools import text

    old = text.decode(data).content[low : low + size]
    if not old or old.encode("utf-8", "ignore").decode() != old or new.encode("utf-8", "ignore").decode() != new:
        return
    if bench("str_replace", path="any.bin", old_str=old, new_str=new, force=True).is_error:
        assert path.read_bytes() == data
        return
    assert not bench("undo").is_error
    assert path.read_bytes() == data
