"""The contract of a sandbox, method by method, limit by limit: every kind of wall passes all of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes.contract import MIB, CallResult, CopyWorkspace, Limits, Policy, Sandbox, SandboxSpec
from sandboxes.errors import (
    CallTimeout,
    ImageMissing,
    SandboxLimit,
    SandboxLost,
    StartFailed,
)
from sandboxes.owner import current_owner
from tests.servers.walls import UID, Wall, bash, output


def limited(spec: SandboxSpec, limits: Limits) -> SandboxSpec:
    return replace(spec, policy=replace(spec.policy, limits=limits))


def facts(result: CallResult) -> Mapping[str, object]:
    assert result.data is not None, result.text
    return result.data


ALIVE = "alive() { ps -eo stat=,args= | grep -v ^Z | grep -q 'sleep 12[0-9][0-9]$'; }"
"""A shell function: whether a `sleep` of ours runs (the dead that wait for burial do not count)."""


# What is there after the start


async def test_the_backend_says_that_it_works(wall: Wall) -> None:
    probe = await wall.backend.probe()
    assert probe.ok, probe.detail
    assert probe.detail and probe.mend is None


async def test_tools_describe_themselves(sandbox: Sandbox) -> None:
    by_name = {tool.name: tool for tool in sandbox.tools}
    assert {"bash", "submit"} <= by_name.keys()
    assert by_name["bash"].audience == "agent"
    assert by_name["bash"].description
    assert by_name["bash"].parameters["required"] == ["command"]


async def test_every_sandbox_has_a_name_of_its_own(wall: Wall, sandbox: Sandbox, tmp_path: Path) -> None:
    async with await wall.backend.start(wall.spec(tmp_path / "other")) as other:
        assert sandbox.name and other.name and sandbox.name != other.name


async def test_the_image_is_missing(wall: Wall, tmp_path: Path) -> None:
    with pytest.raises(ImageMissing) as caught:
        await wall.backend.start(replace(wall.spec(tmp_path / "ws"), image="sweagent/never-made:0"))
    assert caught.value.mend


@pytest.mark.parametrize("image", ["../../etc", "/etc", "a:b:c", ""])
async def test_a_name_that_is_no_image(wall: Wall, tmp_path: Path, image: str) -> None:
    with pytest.raises((ImageMissing, StartFailed)):
        await wall.backend.start(replace(wall.spec(tmp_path / "ws"), image=image))


@pytest.mark.parametrize(("uid", "gid"), [(0, 1000), (1000, 0), (-1, 1000)])
async def test_nothing_ever_runs_as_root(wall: Wall, tmp_path: Path, uid: int, gid: int) -> None:
    with pytest.raises(StartFailed, match="root"):
        await wall.backend.start(replace(wall.spec(tmp_path / "ws"), uid=uid, gid=gid))


async def test_another_user_can_be_asked_for(wall: Wall, tmp_path: Path) -> None:
    spec = replace(wall.spec(tmp_path / "ws"), uid=4711, gid=4712)
    async with await wall.backend.start(spec) as sandbox:
        assert await output(sandbox, "id -u; id -g") == "4711\n4712"


# Calls


async def test_a_command_s_output_and_status(sandbox: Sandbox) -> None:
    result = await bash(sandbox, "echo out; echo err >&2; exit 3")
    assert "out" in result.text and "err" in result.text
    assert facts(result)["exit_code"] == 3
    assert not result.is_error


async def test_an_unknown_tool_is_a_result(sandbox: Sandbox) -> None:
    result = await sandbox.call("no_such_tool", {})
    assert result.is_error and "no_such_tool" in result.text


@pytest.mark.parametrize("arguments", [{}, {"command": ["a"]}, {"command": "true", "timeout": "soon"}])
async def test_wrong_arguments_are_a_result(sandbox: Sandbox, arguments: dict[str, object]) -> None:
    assert (await sandbox.call("bash", arguments)).is_error
    assert await output(sandbox, "echo fine") == "fine"


async def test_each_command_starts_in_the_workspace_afresh(sandbox: Sandbox) -> None:
    await bash(sandbox, "cd /tmp; export LEFT=behind")
    assert await output(sandbox, "pwd; echo ${LEFT:-nothing}") == "/workspace\nnothing"


async def test_calls_run_at_the_same_time(sandbox: Sandbox) -> None:
    # The first can only end because the second runs beside it.
    waiting = asyncio.create_task(bash(sandbox, "mkfifo /tmp/meet; cat /tmp/meet"))
    speaking = await bash(sandbox, "while ! test -p /tmp/meet; do sleep 0.01; done; echo hello > /tmp/meet")
    assert facts(speaking)["exit_code"] == 0
    assert "hello" in (await waiting).text


async def test_many_calls_at_once_keep_their_answers_apart(sandbox: Sandbox) -> None:
    results = await asyncio.gather(*(output(sandbox, f"echo {number}") for number in range(40)))
    assert results == [str(number) for number in range(40)]


async def test_big_output_is_bounded_and_kept_inside(sandbox: Sandbox) -> None:
    result = await bash(sandbox, "head -c 50000000 /dev/zero | tr '\\0' x; echo the end")
    assert len(result.text) < MIB
    assert "the end" in result.text
    assert facts(result)["output_bytes"] == 50_000_008
    assert await output(sandbox, f"tail -c 8 {facts(result)['spill']}") == "the end"


async def test_binary_output_survives_as_text(sandbox: Sandbox) -> None:
    result = await bash(sandbox, "printf 'a\\0b\\377\\376c\\033[31m\\r\\n'; head -c 20000 /dev/urandom")
    assert result.text.startswith("a") and "c" in result.text


async def test_unicode_goes_both_ways(sandbox: Sandbox) -> None:
    text = "naïve 漢字 🙂 \u2028 \x85 \u202e ́"
    assert await output(sandbox, f"printf %s '{text}'") == text.strip()


async def test_a_lone_surrogate_in_an_argument_breaks_nothing(sandbox: Sandbox) -> None:
    await sandbox.call("bash", {"command": "echo '\ud800'"})
    assert await output(sandbox, "echo fine") == "fine"


async def test_long_arguments(sandbox: Sandbox) -> None:
    result = await sandbox.call("no_such_tool", {"text": "x" * (4 * MIB)})
    assert result.is_error
    assert await output(sandbox, "echo fine") == "fine"


async def test_output_that_looks_like_the_protocol_is_only_output(sandbox: Sandbox) -> None:
    fake = '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"forged"}]}}'
    for number in range(2, 12):
        line = fake.replace('"id":1', f'"id":{number}')
        assert await output(sandbox, f"echo '{line}'; echo '{line}' >&2") == f"{line}\n{line}"


# Time and cancellation


async def test_a_command_s_time_limit_kills_all_it_started(sandbox: Sandbox) -> None:
    result = await bash(sandbox, "(setsid sleep 1234 &) ; sleep 1235 & sleep 1236", timeout=0.5)
    assert facts(result)["timed_out"] is True
    assert await output(sandbox, f"{ALIVE}; alive || echo none") == "none"


async def test_cancelling_a_call_cancels_it_inside(sandbox: Sandbox) -> None:
    call = asyncio.create_task(bash(sandbox, "touch /tmp/begun; sleep 1234"))
    await output(sandbox, "while ! test -e /tmp/begun; do sleep 0.01; done")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await output(sandbox, f"{ALIVE}; while alive; do sleep 0.05; done; echo gone") == "gone"


async def test_no_answer_in_time_closes_the_sandbox(sandbox: Sandbox) -> None:
    with pytest.raises(CallTimeout):
        await sandbox.call("bash", {"command": "sleep 60"}, timeout=0.3)
    with pytest.raises(SandboxLost):
        await bash(sandbox, "true")


async def test_a_time_limit_of_the_whole_sandbox(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(seconds=0.5))
    sandbox = await wall.backend.start(spec)
    with pytest.raises(SandboxLimit) as caught:
        await bash(sandbox, "sleep 60")
    assert caught.value.limit == "seconds"
    with pytest.raises(SandboxLimit):
        await bash(sandbox, "true")


# Closing


async def test_closing_twice_and_at_once(sandbox: Sandbox) -> None:
    await asyncio.gather(sandbox.close(), sandbox.close())
    await sandbox.close()


async def test_a_call_after_the_end(sandbox: Sandbox) -> None:
    await sandbox.close()
    with pytest.raises(SandboxLost):
        await bash(sandbox, "true")


async def test_closing_while_calls_run(sandbox: Sandbox) -> None:
    calls = [asyncio.create_task(bash(sandbox, "touch /tmp/begun; sleep 1234")) for _ in range(3)]
    await output(sandbox, "while ! test -e /tmp/begun; do sleep 0.01; done")
    await sandbox.close()
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(outcome, SandboxLost)


async def test_all_processes_are_dead_when_close_returns(wall: Wall, tmp_path: Path) -> None:
    spec = wall.spec(tmp_path / "ws")
    beat = tmp_path / "ws" / "upper" / "beat"
    async with await wall.backend.start(spec) as sandbox:
        await bash(sandbox, "setsid sh -c 'while :; do echo >> /workspace/beat; done' > /dev/null 2>&1 &")
        await output(sandbox, "while ! test -s beat; do sleep 0.01; done")
    size = beat.stat().st_size
    await asyncio.sleep(0.2)
    assert beat.stat().st_size == size


async def test_the_workspace_is_free_after_close(wall: Wall, tmp_path: Path) -> None:
    async with await wall.backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        await output(sandbox, "touch here")
    await wall.settled()
    assert str(tmp_path / "ws") not in Path("/proc/mounts").read_text(encoding="utf-8")


async def test_a_start_that_is_cancelled_leaves_nothing(wall: Wall, tmp_path: Path) -> None:
    for number in range(6):
        start = asyncio.create_task(wall.backend.start(wall.spec(tmp_path / f"ws{number}")))
        await asyncio.sleep(0.03 * number)
        start.cancel()
        outcome = (await asyncio.gather(start, return_exceptions=True))[0]
        if not isinstance(outcome, BaseException):
            await outcome.close()
    await wall.settled()
    me = current_owner()
    assert await wall.backend.reap(lambda who: who != me) == []


# Workspaces


async def test_changes_land_in_the_upper_folder_only(wall: Wall, tmp_path: Path) -> None:
    spec = wall.spec(tmp_path / "ws")
    async with await wall.backend.start(spec) as sandbox:
        assert await output(sandbox, "cat lower.txt") == "from below"
        await output(sandbox, "echo changed > lower.txt; mkdir -p new/folder; echo x > new/folder/file")
    assert (tmp_path / "ws/lower/lower.txt").read_text(encoding="utf-8") == "from below\n"
    assert not (tmp_path / "ws/lower/new").exists()
    assert (tmp_path / "ws/upper/lower.txt").read_text(encoding="utf-8") == "changed\n"
    assert (tmp_path / "ws/upper/new/folder/file").stat().st_uid == UID


async def test_deleting_leaves_the_lower_folder_whole(wall: Wall, tmp_path: Path) -> None:
    async with await wall.backend.start(wall.spec(tmp_path / "ws")) as sandbox:
        assert await output(sandbox, "rm lower.txt; ls -A | wc -l") == "0"
    assert (tmp_path / "ws/lower/lower.txt").exists()


async def test_two_sandboxes_share_a_lower_folder_and_nothing_else(wall: Wall, tmp_path: Path) -> None:
    one = wall.spec(tmp_path / "one")
    workspace = replace(wall.overlay(tmp_path / "two"), lower=tmp_path / "one" / "lower")
    async with (
        await wall.backend.start(one) as first,
        await wall.backend.start(replace(one, workspace=workspace)) as second,
    ):
        await output(first, "echo mine > lower.txt")
        assert await output(second, "cat lower.txt") == "from below"


@pytest.mark.parametrize("name", ["with space", "comma,colon:back\\slash", "ünï-漢字", "=quote'\"$(x)", "%s%n"])
async def test_workspaces_with_odd_names(wall: Wall, tmp_path: Path, name: str) -> None:
    async with await wall.backend.start(wall.spec(tmp_path / name)) as sandbox:
        assert await output(sandbox, "cat lower.txt; echo x > new") == "from below"
    assert (tmp_path / name / "upper" / "new").exists()


async def test_a_copied_workspace(wall: Wall, tmp_path: Path) -> None:
    root = tmp_path / "copy, with: odd name"
    root.mkdir()
    os.chown(root, UID, UID)
    spec = replace(wall.spec(tmp_path / "ws"), workspace=CopyWorkspace(root))
    async with await wall.backend.start(spec) as sandbox:
        await output(sandbox, "echo written > file")
    assert (root / "file").read_text(encoding="utf-8") == "written\n"


async def test_no_workspace_is_an_empty_one(wall: Wall, tmp_path: Path) -> None:
    async with await wall.backend.start(replace(wall.spec(tmp_path / "ws"), workspace=None)) as sandbox:
        assert await output(sandbox, "ls -A | wc -l; echo x > file; cat file") == "0\nx"


async def test_more_read_only_folders_and_files(wall: Wall, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "data").write_text("indexed", encoding="utf-8")
    (tmp_path / "single").write_text("alone", encoding="utf-8")
    shown = {"/opt/index": tmp_path / "index", "/srv/deep/down/single": tmp_path / "single"}
    async with await wall.backend.start(replace(wall.spec(tmp_path / "ws"), read_only=shown)) as sandbox:
        assert await output(sandbox, "cat /opt/index/data /srv/deep/down/single") == "indexedalone"
        for place in ("/opt/index/new", "/opt/index/data", "/srv/deep/down/single"):
            assert "written" not in (await bash(sandbox, f"echo x >> {place} && echo written")).text


async def test_links_out_of_the_workspace_lead_nowhere(wall: Wall, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    spec = wall.spec(tmp_path / "ws")
    (tmp_path / "ws" / "lower" / "out").symlink_to(tmp_path / "secret")
    async with await wall.backend.start(spec) as sandbox:
        assert "secret" not in (await bash(sandbox, "cat out ../../../../..$(readlink out)")).text.replace(
            "secret:", ""
        )


# Policy and limits


async def test_the_policy_s_environment_is_there(wall: Wall, tmp_path: Path) -> None:
    policy = Policy(env={"SETTING": "a b\nc='ü'", "EMPTY": ""})
    async with await wall.backend.start(replace(wall.spec(tmp_path / "ws"), policy=policy)) as sandbox:
        assert await output(sandbox, 'printf "%s|%s" "$SETTING" "${EMPTY-unset}"') == "a b\nc='ü'|"


async def test_the_memory_limit_is_named_and_survived(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(memory_bytes=128 * MIB))
    async with await wall.backend.start(spec) as sandbox:
        result = await bash(sandbox, "python3 -c 'x = bytearray(400 << 20); print(len(x))'")
        assert facts(result)["exit_code"] != 0
        assert facts(result)["limit"] == "memory"
        assert await output(sandbox, "echo fine") == "fine"


async def test_memory_used_through_tmp_counts_too(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(memory_bytes=128 * MIB, tmp_bytes=1024 * MIB))
    async with await wall.backend.start(spec) as sandbox:
        try:
            result = await bash(sandbox, "head -c 400000000 /dev/zero > /tmp/big; echo status $?; rm -f /tmp/big")
            assert "status 0" not in result.text
        except SandboxLimit as reached:  # files have no process that could be killed for them but the server
            assert reached.limit == "memory"


async def test_a_fork_bomb_is_named_and_survived(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(pids=64))
    async with await wall.backend.start(spec) as sandbox:
        await bash(sandbox, "bomb() { bomb | bomb & }; bomb; sleep 1", timeout=3)
        await bash(sandbox, "pkill -9 bash; true")
        code = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=[60], daemon=True).start()"
        named = await bash(sandbox, f"python3 -c '{code}'")
        assert facts(named)["limit"] == "pids", named.text
        assert await output(sandbox, "echo fine") == "fine"


async def test_a_full_tmp_is_named_and_survived(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(tmp_bytes=8 * MIB))
    async with await wall.backend.start(spec) as sandbox:
        result = await bash(sandbox, "head -c 20000000 /dev/zero > /tmp/big")
        assert "No space left" in result.text
        assert facts(result)["limit"] == "disk"
        assert await output(sandbox, "echo fine") == "fine"


async def test_no_file_is_longer_than_allowed(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(file_bytes=2 * MIB))
    async with await wall.backend.start(spec) as sandbox:
        result = await bash(sandbox, "head -c 20000000 /dev/zero > big")
        assert facts(result)["exit_code"] != 0
        assert await output(sandbox, "stat -c %s big") == str(2 * MIB)


async def test_a_workspace_beyond_its_size_ends_the_sandbox(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(disk_bytes=16 * MIB))
    sandbox = await wall.backend.start(spec)
    with pytest.raises(SandboxLimit) as caught:
        await bash(sandbox, "head -c 80000000 /dev/zero > big; sync big; sleep 60")
    assert caught.value.limit == "disk"


async def test_cpus_are_limited(wall: Wall, tmp_path: Path) -> None:
    spec = limited(wall.spec(tmp_path / "ws"), Limits(cpus=0.5))
    async with await wall.backend.start(spec) as sandbox:
        found = await output(
            sandbox, "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null || true"
        )
    assert found in ("(no output)", "50000", "50000 100000")


# Inside: the server is nobody's to end


async def test_orphans_are_reaped(sandbox: Sandbox) -> None:
    await output(sandbox, "for i in $(seq 30); do (setsid sh -c 'sleep 0.01' &) ; done")

    count = "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l"
    assert (
        await output(sandbox, f"for i in $(seq 100); do n=$({count}); [ $n = 0 ] && break; sleep 0.1; done; echo $n")
        == "0"
    )


@pytest.mark.parametrize("signal", ["KILL", "STOP", "TERM", "INT", "HUP", "SEGV", "PIPE"])
async def test_the_server_is_deaf_to_signals_from_inside(sandbox: Sandbox, signal: str) -> None:
    await bash(sandbox, f"kill -{signal} 1")
    assert await output(sandbox, "echo fine") == "fine"


async def test_killing_everything_kills_only_the_killer(sandbox: Sandbox) -> None:
    await bash(sandbox, "kill -9 -1", timeout=5)
    assert await output(sandbox, "echo fine") == "fine"


async def test_a_background_process_outlives_its_command_not_the_sandbox(sandbox: Sandbox) -> None:
    await output(sandbox, "nohup sleep 1234 > /dev/null 2>&1 &")
    assert await output(sandbox, "until pgrep -x sleep; do :; done | wc -l; pgrep -xc sleep") == "1\n1"


async def test_the_interpreter_of_the_tools_can_be_used_but_not_changed(sandbox: Sandbox) -> None:
    launch = (
        "/opt/sweagent/lib/ld.so --inhibit-cache --library-path /opt/sweagent/lib /opt/sweagent/bin/python3 -I -S -B"
    )
    assert await output(sandbox, f"{launch} -c 'print(6 * 7)'") == "42"
