"""Bad input gets one clear line and status 2, and loses nothing."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.docker


def refused(done, words: str) -> None:  # type: ignore[no-untyped-def]
    assert done.status == 2, done.out + done.err
    line = done.err.strip().split("\n")[-1]
    assert line.startswith("sweagent: error: ")
    assert words in line
    assert "Traceback" not in done.out + done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--test", "no_such_command"], "does not start in the sandbox"),
        (["--test", "./not-executable.sh"], "does not start in the sandbox"),
        (["--test", "true"], "all tests pass already"),
        (["--test", "python3 -m pytest -q tests_that_are_not_there.py"], "found no tests"),
        (["--strategy", "react"], "--model"),
        (["--base", "no-such-branch"], "no revision"),
        (["--target", "test_calc.py::test_zero"], "must fail before the work"),
        (["--issue", "@/nowhere/issue.md"], "cannot read the issue"),
        (["--issue", "https://example.org/issues/1"], "not the URL of a GitHub issue"),
    ],
)
def test_options(cli, make_repo, git, options: list[str], words: str) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    refused(cli("solve", repo, "--issue", "add() subtracts", "--quiet", *options), words)
    assert git(repo, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_repositories(cli, tmp_path: Path, git) -> None:  # type: ignore[no-untyped-def]
    refused(cli("solve", tmp_path / "absent", "--issue", "x"), "no such repository")
    (tmp_path / "plain").mkdir()
    refused(cli("solve", tmp_path / "plain", "--issue", "x"), "not a git repository")
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q")
    refused(cli("solve", tmp_path / "empty", "--issue", "x"), "no commit yet")
    refused(cli("solve", "ext::sh -c touch% /tmp/x", "--issue", "x"), "no such repository")


def test_a_dirty_tree(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    (repo / "calc.py").write_text("mine\n")
    refused(cli("solve", repo, "--issue", "x"), "uncommitted changes (calc.py)")
    assert cli("solve", repo, "--issue", "x", "--allow-dirty").status == 0
    assert (repo / "calc.py").read_text() == "mine\n"


def test_no_docker(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    cli.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    refused(cli("solve", make_repo(), "--issue", "x"), "Docker does not answer")


def test_json_says_it_too(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = cli("solve", tmp_path / "absent", "--issue", "x", "--json")
    assert done.status == 2
    assert done.json["status"] == "bad_input"
    assert "no such repository" in done.json["reason"]
