"""`sweagent solve` with hosts that a person allowed, and without: only the person opens the network."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

HERE = "127.0.0.2"
WRONG = "def add(a, b):\n    return a - b\n"
TESTS = """import urllib.request
from calc import add


def test_add():
    assert add(2, 3) == 5


def test_page():
    assert urllib.request.urlopen("{url}", timeout=30).read() == b"page"
"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"page")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer((HERE, 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.docker
def test_a_test_that_needs_a_host_passes_where_a_person_allows_it(cli, make_repo, port: int) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo({"calc.py": WRONG, "test_calc.py": TESTS.format(url=f"http://{HERE}:{port}/x")})
    done = cli("solve", repo, "--issue", "add() subtracts", "--allow-host", f"{HERE}:{port}", "--json")
    assert done.status == 0, done.err
    assert done.json["tests_before"]["failing"] == ["test_calc.py::test_add"]
    log = cli("log", done.json["run"]).out
    assert f"network: {HERE}:{port}" in log and "refused" not in log
    closed = make_repo({"calc.py": WRONG, "test_calc.py": TESTS.format(url=f"http://{HERE}:{port}/x")}, name="closed")
    without = cli("solve", closed, "--issue", "add() subtracts", "--target", "test_calc.py::test_add", "--json")
    assert "test_calc.py::test_page" in without.json["tests_before"]["failing"]
    assert "network:" not in cli("log", without.json["run"]).out


@pytest.mark.docker
def test_a_repository_cannot_open_the_network(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo({"calc.py": WRONG, "sweagent.toml": '[sandbox]\nallow = ["example.org"]\n'})
    done = cli("solve", repo, "--issue", "add() subtracts", "--test", "true", "--json")
    assert done.status == 2
    assert "allow" in done.json["reason"]


@pytest.mark.parametrize("host", ["https://example.org", "*", "*.org", "10.0.0.1", "a b", "büch.example"])
def test_what_is_no_host_is_one_line(cli, make_repo, host: str) -> None:  # type: ignore[no-untyped-def]
    done = cli("solve", make_repo(), "--issue", "x", "--allow-host", host)
    assert done.status == 2
    assert done.out == "" and done.err.count("\n") == 1 and "--allow-host" in done.err
