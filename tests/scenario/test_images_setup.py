"""Set-up by a repository's own word: made once, seen by every sandbox, and with nothing of the host in it."""

import subprocess
import uuid
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.docker

TABLE = """
[sandbox]
image = "base"
setup = [{setup}]
test = "answer && test -e fixed"
env = {{ GREETING = "hello", UNIQUE = "{unique}" }}
"""
ANSWER = "mkdir -p /opt/deps/bin && printf '#!/bin/sh\\\\n%s\\\\n' 'echo installed $GREETING' > /opt/deps/bin/answer"
MAKE = (f'"{ANSWER}"', '"chmod +x /opt/deps/bin/answer; touch in-the-workspace"')


@pytest.fixture
def unique() -> Iterator[str]:
    """A word that makes a set-up one of its own; its snapshot is removed afterwards."""
    before = snapshots()
    yield uuid.uuid4().hex
    for tag in snapshots() - before:
        subprocess.run(["docker", "rmi", tag], capture_output=True, check=True)


def snapshots() -> set[str]:
    command = ["docker", "images", "sweagent/setup", "--format", "{{.Repository}}:{{.Tag}}"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def inspect(tag: str, form: str) -> str:
    command = ["docker", "image", "inspect", tag, "--format", form]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def inside(tag: str, command: str) -> str:
    line = ["docker", "run", "--rm", "--network", "none", "--user", "1000", tag, "sh", "-c", command]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def test_set_up_once_and_seen_by_every_sandbox(cli, make_repo, git, unique: str) -> None:  # type: ignore[no-untyped-def]
    cli.env["SECRET_TOKEN"] = "s3cr3t-of-the-host"
    repo = make_repo({"sweagent.toml": TABLE.format(setup=", ".join(MAKE), unique=unique), "a.txt": "a"})
    before = snapshots()
    first = cli("solve", repo, "--issue", "make the file fixed")
    assert first.status == 1, first.out + first.err
    assert "image: base ([sandbox] image in sweagent.toml)" in first.out
    assert "[prepare] keeping" in first.out
    assert "tests before: exit status 1" in first.out
    (tag,) = snapshots() - before

    (repo / "a.txt").write_text("b")
    git(repo, "commit", "-qam", "another commit, the same set-up")
    second = cli("solve", repo, "--issue", "make the file fixed", "--json")
    assert f"set-up: kept from before as {tag}" in second.err
    assert snapshots() - before == {tag}

    assert inside(tag, "answer") == "installed\n"
    assert inside(tag, "ls -A /workspace /tmp") == "/tmp:\n\n/workspace:\n"
    assert inside(tag, "test -w /opt/deps && id -u") == "1000\n"
    config = inspect(tag, "{{json .Config}} {{json .ContainerConfig}}")
    for word in ("s3cr3t", unique, "hello", "certificates.crt", "PIP_"):
        assert word not in config, f"{word} stays in the image's configuration"
    seen = inside(tag, "env; ls -R /run")
    assert "sweagent" not in seen
    assert "CERT" not in seen
    assert "SSL" not in seen


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ('"echo first; echo the last word; exit 3"', "failed with status 3: first | the last word"),
        ('"id -u; test $(id -u) = 0"', "status 1: 1000"),
        ('"touch /usr/bin/mine"', "Permission denied"),
        ('"ls /var/run/docker.sock"', "No such file"),
        ('"mount -t tmpfs x /mnt"', "status"),
        ('"printf %s \\"$SECRET_TOKEN$GITHUB_TOKEN\\" | grep ."', "status 1"),
        ('"grep -q CapEff:.*0000000000000000 /proc/self/status && grep -q NoNewPrivs:.*1 /proc/self/status && exit 9"',
         "status 9"),
    ],
)  # fmt: skip
def test_a_failing_set_up_is_bad_input(cli, make_repo, containers, unique: str, setup: str, words: str) -> None:  # type: ignore[no-untyped-def]
    cli.env["SECRET_TOKEN"] = cli.env["GITHUB_TOKEN"] = "s3cr3t"
    before = snapshots()
    repo = make_repo({"sweagent.toml": TABLE.format(setup=setup, unique=unique)})
    done = cli("solve", repo, "--issue", "x", "--quiet")
    assert done.status == 2, done.out + done.err
    assert "set-up command" in done.err
    assert words in done.err
    assert "Traceback" not in done.err
    assert snapshots() == before
    assert not leftovers()


def leftovers() -> list[str]:
    command = ["docker", "ps", "-a", "--filter", "label=purpose=setup", "--format", "{{.Names}}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_options_override_the_repository(cli, make_repo, unique: str) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo({"sweagent.toml": TABLE.format(setup='"exit 3"', unique=unique)})
    left_out = cli("solve", repo, "--issue", "x", "--no-setup", "--quiet")
    assert "the test command does not start" in left_out.err  # for nothing has put it there
    both = cli("solve", repo, "--issue", "x", "--no-setup", "--setup", "true")
    assert (both.status, "exclude each other" in both.err) == (2, True)
    given = cli(
        "solve", repo, "--issue", "x", "--setup", ANSWER.replace("\\\\n", "\\n"), "--setup", "chmod +x /opt/deps/bin/*"
    )
    assert given.status == 1, given.out + given.err
    assert "tests before: exit status 1" in given.out


def test_what_was_only_guessed_may_fail(cli, make_repo, unique: str) -> None:  # type: ignore[no-untyped-def]
    """A declared dependency that nobody has: the tests start without it, and that decides."""
    files = {
        "requirements.txt": f"no-such-distribution-{unique}\n",
        "calc.py": "def add(a, b):\n    return a - b\n",
        "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
    }
    done = cli("solve", make_repo(files), "--issue", "add() subtracts", "--image", "base", timeout=200)
    assert done.status == 0, done.out + done.err
    assert "going on without" in done.out


def test_nothing_to_install_costs_nothing(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    done = cli("solve", make_repo(), "--issue", "add() subtracts")
    assert done.status == 0, done.out + done.err
    assert "image: base (nothing has to be installed)" in done.out
    assert "set-up" not in done.out


def test_killed_in_the_middle_it_leaves_nothing(cli, make_repo, wait_for, unique: str) -> None:  # type: ignore[no-untyped-def]
    before = snapshots()
    repo = make_repo({"sweagent.toml": TABLE.format(setup='"sleep 60"', unique=unique)})
    for end in ("terminate", "kill"):
        process = cli.start("solve", repo, "--issue", "x")
        wait_for(lambda: bool(leftovers()), 30, "the set-up's container")
        getattr(process, end)()
        process.communicate(timeout=30)
        if end == "kill":
            assert cli("sandbox", "gc").status == 0
        wait_for(lambda: not leftovers(), 20, "its removal")
    assert snapshots() == before


@pytest.mark.bwrap
def test_bubblewrap_says_what_it_cannot(cli, make_repo, unique: str) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo({"sweagent.toml": TABLE.format(setup='"true"', unique=unique)})
    done = cli("solve", repo, "--issue", "x", "--sandbox", "bwrap", "--quiet")
    assert (done.status, "set-up needs Docker" in done.err) == (2, True), done.err
