"""The output of untrusted commands, cut and cleaned; variables that reach into the tool server."""

from hypothesis import given
from hypothesis import strategies as st

from sandboxes.images.build import Build, reaching
from sandboxes.images.slow import follow
from sandboxes.images.tail import Tail


def lines(data: bytes, count: int = 5) -> list[str]:
    tail = Tail()
    tail.feed(data)
    return tail.lines(count)


def test_control_characters_and_escapes_are_gone() -> None:
    assert lines(b"\x1b[31mred\x1b[0m\r\n\x1b]0;title\x07plain\x00\n\n") == ["red", "plain"]
    assert lines(b"10%\r50%\r100%\n") == ["10%", "50%", "100%"]


@given(st.lists(st.binary(max_size=3000), max_size=40))
def test_any_bytes_end_bounded_and_printable(chunks: list[bytes]) -> None:
    tail = Tail()
    for chunk in chunks:
        tail.feed(chunk)
    found = tail.lines(1000)
    assert sum(map(len, found)) <= 16 << 10
    assert all(len(line) <= 300 and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line) for line in found)


def test_progress_is_passed_on_but_not_every_line() -> None:
    said: list[str] = []
    tail = Tail()
    follow([b"line %d\n" % n for n in range(1000)], tail, said.append, every=60.0)
    assert said == ["line 0"]
    assert tail.last_line() == "line 999"


def test_variables_that_reach_into_the_tool_server() -> None:
    env = dict.fromkeys(
        ("LD_PRELOAD", "LD_AUDIT", "GLIBC_TUNABLES", "LD_LIBRARY_PATH", "PATH", "OLD_X", "LD_LIBRARY_PATHS"), ""
    )
    assert reaching(env) == ["GLIBC_TUNABLES", "LD_AUDIT", "LD_LIBRARY_PATHS", "LD_PRELOAD"]


def test_a_build_is_known_by_its_content(tmp_path) -> None:  # type: ignore[no-untyped-def]
    one = Build(tmp_path, "Dockerfile", "tree 1", {"A": "1"})
    assert one.tag == Build(tmp_path / "elsewhere", "Dockerfile", "tree 1", {"A": "1"}).tag
    assert one.tag != Build(tmp_path, "Dockerfile", "tree 2", {"A": "1"}).tag
    assert one.tag != Build(tmp_path, "Dockerfile", "tree 1", {"A": "2"}).tag
    assert one.tag != Build(tmp_path, "Dockerfile", "tree 1", {"A": "1"}, "test").tag
