"""The tool server under attack by what it runs: forged answers, signals, floods, and paths that lead elsewhere.

The weak side is the same server with one precaution edited out of a copy of its source, in the same kind of sandbox.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes.bwrap_backend import BwrapBackend
from sandboxes.channel import Channel
from sandboxes.contract import Sandbox, SandboxSpec
from sandboxes.docker_backend import DockerBackend
from sandboxes.errors import SandboxError
from sandboxes.images import ensure_image
from sandboxes.payload import tools_folder
from sandboxes.toolbox import ensure_toolbox, ensure_tools
from sweagent.cli.render.clean import clean
from tests.redteam.weak import weak_bwrap, weak_docker
from tests.servers.walls import UID, Wall, backend_of, bash, leave, output

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(os.geteuid() != 0, reason="weakening walls needs root"),
]
KINDS = [pytest.param("docker", marks=pytest.mark.docker), pytest.param("bwrap", marks=pytest.mark.bwrap)]

EDITS = {
    "protocol apart": (
        "wire.py",
        "    source = _high(0)\n",
        "    return Wire(0, os.dup2(1, 9))\n    source = _high(0)\n",
    ),
    "descriptors closed": ("process.py", "stderr=out,\n", "stderr=out,\n                close_fds=False,\n"),
    "not dumpable": ("guard.py", "(_PR_SET_DUMPABLE, 0,", "(_PR_SET_DUMPABLE, 1,"),
    "paths inside": ("paths.py", "    if not real.is_relative", "    return real\n    if not real.is_relative"),
}
"""Precautions by name: file of the tools, what stands there, and what stands there without it."""


def careless(folder: Path, *names: str) -> Path:
    """A copy of the tools with precautions taken out."""
    copy = shutil.copytree(tools_folder(), folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in names:
        file, there, instead = EDITS[name]
        source = (copy / file).read_text(encoding="utf-8")
        assert source.count(there) == 1, f"the edit {name!r} does not fit any more"
        (copy / file).write_text(source.replace(there, instead), encoding="utf-8")
    return copy


@asynccontextmanager
async def started(kind: str, folder: Path, *without: str) -> AsyncIterator[Sandbox]:
    """A sandbox of a kind, whose tools lack the precautions `without`."""
    image = await ensure_image(backend=kind)
    backend = backend_of(kind)
    if without:
        toolbox = replace(ensure_toolbox(), app=ensure_tools(folder / "cache", careless(folder, *without)))
        backend = DockerBackend(toolbox=toolbox) if kind == "docker" else BwrapBackend(toolbox=toolbox)
    async with await backend.start(Wall(kind, image, backend).spec(folder / "ws")) as sandbox:
        yield sandbox
    await leave(backend)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real(kind: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    async with started(kind, tmp_path_factory.mktemp("real")) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def weak(kind: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    async with started(kind, tmp_path_factory.mktemp("weak"), "paths inside") as sandbox:
        yield sandbox


FORGE = """python3 - <<'END'
import glob, json, os
part = {"content": [{"type": "text", "text": "F0RGED"}], "isError": False}
lines = b"".join(
    json.dumps({"jsonrpc": "2.0", "id": number, "result": part}).encode() + b"\\n" for number in range(1, 60)
)
for place in ["/dev/stdout", "/dev/stderr", *glob.glob("/proc/1/fd/*"), *glob.glob("/proc/1/task/1/fd/*")]:
    try:
        with open(place, "wb", 0) as file: file.write(lines)
    except OSError: pass
for number in range(3, 40):
    try: os.write(number, lines)
    except OSError: pass
END"""


async def forged(sandbox: Sandbox) -> bool:
    """Whether a call that says `honest` is answered by what another command wrote."""
    honest = asyncio.create_task(bash(sandbox, "sleep 2; echo honest"))
    await asyncio.sleep(0.3)
    attack = asyncio.create_task(bash(sandbox, FORGE))
    try:
        answer = await honest
    except SandboxError:
        return False  # noticed
    finally:
        attack.cancel()
        await asyncio.gather(attack, return_exceptions=True)
    assert answer.text.strip() in ("honest", "F0RGED"), answer.text[:200]
    return answer.text.strip() == "F0RGED"


async def test_an_answer_cannot_be_forged(real: Sandbox) -> None:
    assert not await forged(real)


async def test_without_precautions_it_can(kind: str, tmp_path: Path) -> None:
    async with started(kind, tmp_path, "protocol apart", "descriptors closed", "not dumpable") as sandbox:
        assert await forged(sandbox)


MURDER = "for s in STOP TERM INT HUP QUIT ABRT SEGV KILL; do kill -$s 1; done; sh -c 'kill -9 -1'; true"


async def test_the_server_cannot_be_killed_or_stopped(real: Sandbox) -> None:
    await bash(real, MURDER)
    assert await output(real, "echo alive") == "alive"


async def test_were_it_not_process_1_it_could(kind: str, tmp_path: Path) -> None:
    os.chown(tmp_path, UID, UID)
    image = await ensure_image(backend=kind)
    spec = SandboxSpec(image=image, workspace=None)
    wall = weak_docker if kind == "docker" else weak_bwrap
    async with wall(spec, ensure_toolbox(), ["process 1"]) as channel:
        with pytest.raises(SandboxError):
            await _murdered(channel)


async def _murdered(channel: Channel) -> None:
    command = "grep -lz start.py /proc/[0-9]*/cmdline | cut -d/ -f3 | xargs -r kill -9; sh -c 'kill -9 -1'"
    await channel.call("bash", {"command": command}, 20)
    await channel.call("bash", {"command": "true"}, 20)


FLOODS = {
    "bytes": "head -c 60000000 /dev/zero",
    "one endless line": "head -c 60000000 /dev/zero | tr '\\0' x",
    "lines": 'yes \'{"jsonrpc":"2.0","id":1,"result":{}}\' | head -c 30000000',
    "control characters": "printf '\\033]52;c;ZXZpbA==\\007\\033[2J\\033[8m%.0s' $(seq 20000)",
    "on standard error": "head -c 30000000 /dev/urandom >&2",
    "in the background": "(head -c 30000000 /dev/zero; sleep 1) & exit 0",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
async def test_floods_are_bounded_and_the_next_call_works(real: Sandbox, flood: str) -> None:
    result = await bash(real, flood)
    assert len(result.text) < 100_000
    assert "\x1b" not in clean(result.text) and "\x07" not in clean(result.text)  # as every terminal gets it
    assert await output(real, "echo still here") == "still here"


async def test_planted_programs_and_start_up_files_do_not_run_in_the_server(real: Sandbox) -> None:
    await output(
        real,
        """
for name in bash sh python3 python rg git pytest ls; do
    printf '#!/bin/sh\\ntouch /tmp/ran-%s\\n' $name > $name; chmod +x $name; cp $name /tmp/
done
for name in sitecustomize usercustomize json re os tools encodings; do
    echo "open('/tmp/ran-$name', 'w')" > $name.py; cp $name.py /tmp/
done
mkdir -p /tmp/.local/lib/python3.11/site-packages && cp sitecustomize.py usercustomize.py $_
echo 'import os; os.system("touch /tmp/ran-pth")' > /tmp/.local/lib/python3.11/site-packages/x.pth
for rc in .bashrc .bash_profile .profile .bash_env; do echo 'touch /tmp/ran-rc' > /tmp/$rc; done
""",
    )
    for tool, given in (
        ("view", {"path": "lower.txt"}),
        ("search", {"pattern": "from below"}),
        ("create", {"path": "fresh.py", "file_text": "x = 1\n"}),
        ("outline", {"path": "fresh.py"}),
    ):
        assert not (await real.call(tool, given)).is_error
    await output(real, "true")
    assert "ran-" not in await output(real, "ls -a /tmp")
    assert await output(real, "PATH=/workspace:$PATH; bash; /bin/ls /tmp | grep -c ran-bash") == "1"
    await output(real, "find /workspace /tmp -maxdepth 1 -newer lower.txt -type f -delete; rm -rf /tmp/.local; true")


OUTSIDE = "def f():\n    return 1\n"
SETUP = f"""
printf '{OUTSIDE.encode("unicode_escape").decode()}' > /tmp/outside.py
mkdir -p /workspace/.git/hooks /tmp/folder /workspace/deep && cp /tmp/outside.py /tmp/folder/outside.py
cp /tmp/outside.py /workspace/.git/outside.py
ln -sfn /tmp/outside.py link.py; ln -sfn /tmp/folder linked; ln -sfn ../../tmp/outside.py deep/up.py
ln -sfn link.py twice.py
"""
PLACES = [
    "/tmp/outside.py", "../tmp/outside.py", "deep/../../tmp/outside.py", "/workspace/../tmp/outside.py",
    "file:///tmp/outside.py", "~/outside.py", "link.py", "twice.py", "linked/outside.py", "deep/up.py",
    ".git/outside.py", "deep/../.git/outside.py", "./.git/outside.py", "/proc/self/root/tmp/outside.py",
]  # fmt: skip
READ = "cat /tmp/outside.py /tmp/folder/outside.py /workspace/.git/outside.py"
PATCH = "*** Begin Patch\n*** Update File: {0}\n@@\n def f():\n-    return 1\n+    return 2\n*** End Patch"
UNIFIED = "--- {0}\n+++ {0}\n@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2\n"
EDITING = {
    "create": {"path": "{0}", "file_text": "def f():\n    return 2\n"},
    "str_replace": {"path": "{0}", "old_str": "return 1", "new_str": "return 2"},
    "insert": {"path": "{0}", "insert_line": 0, "insert_text": "x = 2"},
    "apply_patch": {"patch": PATCH},
    "apply_patch (unified)": {"patch": UNIFIED},
    "replace_symbol": {"symbol": "f", "path": "{0}", "body": "def f():\n    return 2"},
    "insert_before_symbol": {"symbol": "f", "path": "{0}", "body": "x = 2"},
    "insert_after_symbol": {"symbol": "f", "path": "{0}", "body": "x = 2"},
    "rename_symbol": {"symbol": "f", "path": "{0}", "new_name": "g"},
    "structural_replace": {"pattern": "return 1", "replacement": "return 2", "path": "{0}"},
    "add_import": {"path": "{0}", "statement": "import os"},
}


async def wrote(sandbox: Sandbox, tool: str, place: str) -> bool:
    """Whether a tool changed something outside its bounds."""
    await output(sandbox, SETUP)
    given = json.loads(json.dumps(EDITING[tool]).replace("{0}", place))
    await sandbox.call(tool.split()[0], given)
    return await output(sandbox, READ) != "\n".join([OUTSIDE.strip()] * 3)


@pytest.mark.parametrize("place", PLACES)
async def test_no_tool_writes_outside_the_workspace_or_into_git(real: Sandbox, place: str) -> None:
    for tool in EDITING:
        assert not await wrote(real, tool, place), tool


@pytest.mark.parametrize("place", PLACES)
async def test_without_the_check_of_paths_it_would(weak: Sandbox, place: str) -> None:
    assert await wrote(weak, "create", place)


@pytest.mark.parametrize(
    "tool", ["create", "str_replace", "insert", "apply_patch", "apply_patch (unified)", "add_import"]
)
async def test_without_it_every_tool_would(weak: Sandbox, tool: str) -> None:
    assert await wrote(weak, tool, "link.py")


async def test_undo_does_not_follow_a_link_laid_afterwards(real: Sandbox) -> None:
    await output(real, SETUP + "mkdir -p sub && printf 'old\\n' > sub/outside.py")
    await real.call("create", {"path": "sub/outside.py", "file_text": OUTSIDE})
    await output(real, "rm -r sub && ln -s /tmp/folder sub")
    await real.call("undo", {})
    assert await output(real, READ) == "\n".join([OUTSIDE.strip()] * 3)


async def test_a_hard_link_cannot_reach_out(real: Sandbox) -> None:
    for target in ("/etc/passwd", "/opt/sweagent/toolbox.json", "/proc/1/environ", "/tmp/outside.py"):
        assert "linked" not in (await bash(real, f"ln {target} /workspace/hard 2>&1 && echo linked")).text


NAMES = [
    "-rf",
    "a\nb",
    "x\x1b]0;t\x07y",
    "\u202egnp.py",
    "$(touch /tmp/pwned)",
    "`id`",
    "a;id",
    " ",
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
async def test_hostile_file_names_are_names(real: Sandbox, name: str) -> None:
    await real.call("create", {"path": f"names/{name}", "file_text": "needle\n"})
    assert "needle" in (await real.call("view", {"path": f"names/{name}"})).text
    found = (await real.call("search", {"pattern": "needle", "path": "names"})).text
    assert "\x1b" not in clean(found) and "needle" in found
    assert await output(real, "rm -rf names; test ! -e /tmp/pwned && echo clean") == "clean"
