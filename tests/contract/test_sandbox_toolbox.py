"""The toolbox in an image FROM scratch with nothing but a static busybox: no Python, no libraries, no bash."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import docker
import pytest
import pytest_asyncio

from sandboxes.contract import OverlayWorkspace, Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.docker_engine import DockerEngine
from tests.servers.walls import UID, output

pytestmark = pytest.mark.docker
TAG = "sweagent-test/busybox:1"
APPLETS = (
    "sh",
    "cat",
    "ls",
    "grep",
    "sleep",
    "wc",
    "id",
    "mkdir",
    "rm",
    "seq",
    "head",
    "tail",
    "test",
    "env",
    "find",
    "tr",
)


@pytest.fixture(scope="module")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A static busybox: the installed one, or out of the distribution's package."""
    installed = shutil.which("busybox")
    if installed is not None and is_static(Path(installed)):
        return Path(installed).read_bytes()
    folder = tmp_path_factory.mktemp("busybox")
    fetch = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "busybox-static"]
    try:
        done = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"no static busybox, and its package cannot be fetched: {error}")
    packages = list(folder.glob("*.deb"))
    if not packages:
        pytest.skip(f"no static busybox, and its package cannot be fetched: {done.stderr.strip()[-200:]}")
    subprocess.run(["dpkg-deb", "--extract", packages[0], folder / "root"], check=True)
    found = (path.read_bytes() for path in folder.glob("root/**/bin/busybox") if path.is_file())
    return next(data for data in found if data.startswith(b"\x7fELF"))


def is_static(program: Path) -> bool:
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return "not a dynamic executable" in listing.stderr + listing.stdout


def archive(busybox: bytes) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        program = tarfile.TarInfo("bin/busybox")
        program.mode, program.size = 0o755, len(busybox)
        tar.addfile(program, io.BytesIO(busybox))
        for name in APPLETS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return data.getvalue()


@pytest_asyncio.fixture
async def sandbox(busybox: bytes, tmp_path: Path) -> AsyncIterator[Sandbox]:
    engine = DockerEngine()

    def make(client: docker.APIClient) -> None:
        name, _, version = TAG.partition(":")
        client.import_image_from_data(archive(busybox), repository=name, tag=version)

    await engine.do(make)
    workspace = OverlayWorkspace(tmp_path / "lower", tmp_path / "upper", tmp_path / "work")
    for folder in (workspace.lower, workspace.upper, workspace.work):
        folder.mkdir()
        shutil.chown(folder, UID, UID)
    (workspace.lower / "greet.py").write_text("def greet(name):\n    return 'hello ' + name\n", encoding="utf-8")
    (workspace.lower / "greet.py").chmod(0o666)
    backend = DockerBackend()
    try:
        async with await backend.start(SandboxSpec(image=TAG, workspace=workspace, uid=UID, gid=UID)) as started:
            yield started
        await backend.drain()
    finally:
        await engine.do(lambda client: client.remove_image(TAG, force=True))


async def test_there_is_no_python_in_the_image(sandbox: Sandbox) -> None:
    found = await output(sandbox, "find / -xdev -name 'python*' -o -xdev -name 'ld-*' -o -xdev -name 'libc.*' | wc -l")
    assert found == "0"


async def test_commands_run_under_the_shell_of_the_image(sandbox: Sandbox) -> None:
    assert await output(sandbox, "echo $((6 * 7)) && id -u && cat greet.py | wc -l") == f"42\n{UID}\n2"


async def test_a_command_that_takes_too_long_is_ended_with_all_it_started(sandbox: Sandbox) -> None:
    result = await sandbox.call("bash", {"command": "sleep 1234 & sleep 1234", "timeout": 0.5})
    assert result.data is not None
    assert result.data["timed_out"] is True
    count = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o 'sleep 123[4]' | wc -l"
    assert await output(sandbox, count) == "0"
    # until the fork has become the program, its command line is still the shell's, which names the program too
    await output(sandbox, "sleep 1234 > /dev/null 2>&1 & while grep -q dev/null /proc/$!/cmdline; do sleep 0.1; done")
    assert await output(sandbox, count) == "1"  # so it does see them


async def test_big_output_is_kept_inside(sandbox: Sandbox) -> None:
    result = await sandbox.call("bash", {"command": "seq 1 300000"})
    assert result.data is not None
    assert len(result.text) < 100_000
    page = await sandbox.call("view", {"path": result.data["spill"], "view_range": [150_000, 150_002]})
    assert "150001" in page.text


async def test_files_are_seen_edited_and_found_without_a_single_program_of_the_image(sandbox: Sandbox) -> None:
    assert "hello" in (await sandbox.call("view", {"path": "greet.py"})).text
    created = await sandbox.call("create", {"path": "part.py", "text": "def part():\n    return 'goodbye'\n"})
    assert not created.is_error, created.text
    found = await sandbox.call("search", {"pattern": "goodbye"})
    assert "part.py" in found.text


async def test_the_grammars_are_there(sandbox: Sandbox) -> None:
    refused = await sandbox.call("create", {"path": "bad.rs", "text": "fn main( {\n"})
    assert refused.is_error, refused.text
