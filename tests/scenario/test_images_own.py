"""Images that a repository describes itself, built from its base commit on an image that is here already."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandboxes.images import ensure_image

pytestmark = pytest.mark.docker

TEST = 'cat /opt/made && test "$(cat /opt/made)" = "committed 7"'


@pytest.fixture(scope="module")
def base() -> str:
    return asyncio.run(ensure_image())


def builds() -> set[str]:
    return images("sweagent/build")


def images(name: str) -> set[str]:
    command = ["docker", "images", name, "--format", "{{.Repository}}:{{.Tag}}"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    before = builds() | images("sweagent/setup")
    yield
    for tag in sorted((builds() | images("sweagent/setup")) - before, reverse=True):  # set-ups stand on builds
        subprocess.run(["docker", "rmi", tag], capture_output=True, check=True)


def dockerfile(base: str, *rows: str) -> str:
    return "\n".join([f"FROM {base}", "COPY data.txt /opt/made", *rows, ""])


def table(image: str, more: str = "") -> str:
    return f"[sandbox]\nimage = '{image}'\ntest = '''{TEST}'''\n{more}\n"


def test_a_dockerfile_sees_the_commit_and_not_the_tree(cli, make_repo, base: str) -> None:  # type: ignore[no-untyped-def]
    files = {"sweagent.toml": table("Dockerfile"), "Dockerfile": dockerfile(base), "data.txt": "committed 7"}
    repo = make_repo(files)
    (repo / "data.txt").write_text("never committed")
    (repo / "secret.env").write_text("never committed")
    done = cli("solve", repo, "--issue", "x", "--allow-dirty")
    assert "all tests pass already" in done.err, done.out + done.err
    assert "[prepare]   Step 2/2 : COPY data.txt /opt/made" in done.out or "building Dockerfile" in done.out
    again = cli("solve", repo, "--issue", "x", "--allow-dirty")
    assert "building" not in again.out
    assert len(builds()) >= 1


def test_a_devcontainer_with_arguments_and_commands(cli, make_repo, base: str) -> None:  # type: ignore[no-untyped-def]
    place = "/opt/deps/bin/where"
    data = {
        "build": {"dockerfile": "Dockerfile", "context": "..", "args": {"NUMBER": "7"}},
        "containerEnv": {"PLACE": "here"},
        "postCreateCommand": f"mkdir -p /opt/deps/bin && echo 'echo $PLACE' > {place} && chmod +x {place}",
        "runArgs": ["--privileged"],
    }
    rows = [f"FROM {base}", "ARG NUMBER", "RUN echo committed $NUMBER > /opt/made", ""]
    files = {
        "sweagent.toml": "[sandbox]\nimage = 'devcontainer'\ntest = '''" + TEST + " && test \"$(where)\" = here'''\n",
        ".devcontainer/devcontainer.json": "// for editors\n" + json.dumps(data),
        ".devcontainer/Dockerfile": "\n".join(rows),
    }
    done = cli("solve", make_repo(files), "--issue", "x")
    assert "not done here: runArgs" in done.out
    assert "all tests pass already" in done.err, done.out + done.err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "has no file Dockerfile"),
        ({"Dockerfile": "FROM BASE\nRUN echo some words; exit 4\n"}, "Dockerfile does not build"),
        ({"Dockerfile": "FROM BASE\nENV LD_PRELOAD=/evil.so\n"}, "sets LD_PRELOAD"),
        ({"Dockerfile": "FROM BASE\nCOPY /etc/hostname-of-the-host-that-is-not-there /x\n"}, "does not build"),
        ({"Dockerfile": "FROM BASE\nADD ../outside /x\n"}, "does not build"),
        ({"Dockerfile": "nonsense"}, "does not build"),
    ],
)
def test_what_does_not_build_is_bad_input(cli, make_repo, base: str, files: dict[str, str], words: str) -> None:  # type: ignore[no-untyped-def]
    before = builds()
    files = {name: text.replace("BASE", base) for name, text in files.items()}
    done = cli("solve", make_repo({"sweagent.toml": table("Dockerfile"), **files}), "--issue", "x", "--quiet")
    assert done.status == 2, done.out + done.err
    assert words in done.err
    assert "Traceback" not in done.err
    assert builds() == before


def test_detect_starts_nothing_and_says_why(cli, make_repo, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    cli.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    repo = make_repo({"package.json": '{"scripts": {"test": "tape"}, "devDependencies": {"tape": "4"}}'})
    done = cli("detect", repo)
    assert done.status == 0, done.err
    assert "test      npm test  (scripts.test in package.json)" in done.out
    found = cli("detect", repo, "--json").json
    assert found["image"] == {"name": "node", "why": "scripts.test in package.json"}
    assert found["setup"]["commands"] == [
        "npm install --no-package-lock || npm install --no-package-lock --ignore-scripts"
    ]
    (repo / "sweagent.toml").write_text("[sandbox]\nsetup = []\nimage = 'nod'")
    assert cli("detect", repo).out == done.out, "only what is committed counts"
