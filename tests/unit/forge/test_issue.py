"""Issues from text, files and a GitHub-like server on loopback, through the real PyGithub."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sweagent.core.errors import BadInput
from sweagent.forge.github import fetch_issue
from sweagent.forge.issue import read_issue


async def test_text_and_title() -> None:
    issue = await read_issue("\n# add() loses the carry\n\nIt does.\n")
    assert (issue.title, issue.source) == ("add() loses the carry", "text")
    assert issue.text.endswith("It does.")


async def test_a_file_with_odd_bytes(tmp_path: Path) -> None:
    (tmp_path / "i.md").write_bytes(b"caf\xe9 is broken\n")
    assert (await read_issue(f"@{tmp_path / 'i.md'}")).title == "caf\ufffd is broken"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("   ", "empty"),
        ("x" * 100_001, "longer"),
        ("@/nowhere", "cannot read"),
        ("https://example.org/a/b", "not the URL of a GitHub issue"),
    ],
)
async def test_bad_ones(given: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        await read_issue(given)


class _Forge(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path.endswith("/repos/o/r/issues/7")
        body = {"title": "Crash", "body": None, "number": 7} if found else {"message": "Not Found"}
        data = json.dumps(body).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def forge() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Forge)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_github(forge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    issue = await fetch_issue("h", "o/r", 7, "https://h/o/r/issues/7", base_url=forge)
    assert (issue.title, issue.source, issue.url) == ("Crash", "github", "https://h/o/r/issues/7")
    with pytest.raises(BadInput, match=r"status 404 \(no GITHUB_TOKEN is set"):
        await fetch_issue("h", "o/r", 8, "https://h/o/r/issues/8", base_url=forge)
