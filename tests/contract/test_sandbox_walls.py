"""What hostile code finds inside: each check really tries, in one sandbox per kind of wall that nobody changes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sandboxes.contract import Sandbox
from tests.servers.walls import UID, bash, output

pytestmark = pytest.mark.asyncio(loop_scope="module")

SYSCALL = """python3 - <<'END'
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
answer = libc.syscall({call})
print("refused" if answer == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS) else "allowed %d" % answer)
END"""

SOCKET = """python3 - <<'END'
import socket
try:
    socket.socket({family}, {kind})
    print("allowed")
except OSError as error:
    print("refused")
END"""


async def test_it_is_not_root(shared: Sandbox) -> None:
    assert await output(shared, "id -u; id -g; id -G") == f"{UID}\n{UID}\n{UID}"


async def test_it_has_no_capabilities_at_all(shared: Sandbox) -> None:
    sets = await output(shared, "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status")
    assert [line.split()[1] for line in sets.splitlines()] == ["0" * 16] * 5


async def test_it_can_gain_no_privileges_and_is_filtered(shared: Sandbox) -> None:
    status = await output(shared, "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status")
    assert status.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]


@pytest.mark.parametrize(
    "place", ["/", "/usr/bin", "/etc", "/opt/sweagent", "/opt/sweagent/app", "/opt/sweagent/app/tools", "/dev", "/sys"]
)
async def test_the_image_and_the_toolbox_are_read_only(shared: Sandbox, place: str) -> None:
    result = await bash(shared, f"touch {place}/planted && echo written")
    assert "written" not in result.text


async def test_what_is_its_own_it_can_write_and_run(shared: Sandbox) -> None:
    script = "printf '#!/bin/sh\\necho ran\\n' > {0}/own && chmod +x {0}/own && {0}/own && rm {0}/own"
    assert await output(shared, script.format("/tmp")) == "ran"
    assert await output(shared, script.format("/workspace")) == "ran"
    assert await output(shared, "echo x > /dev/shm/own && rm /dev/shm/own && echo ok") == "ok"


async def test_the_environment_is_the_policy_s_alone(shared: Sandbox) -> None:
    names = await output(shared, "env | cut -d= -f1 | sort")
    allowed = {"HOME", "HOSTNAME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "TERM", "TOOL_CALL", "_"}
    assert set(names.split()) <= allowed, names


async def test_no_process_knows_the_host_s_environment(shared: Sandbox) -> None:
    found = await bash(shared, "cat /proc/*/environ | tr '\\0' '\\n'")
    assert "host-secret-value" not in found.text


async def test_there_is_only_loopback(shared: Sandbox) -> None:
    assert await output(shared, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '") == "lo"


@pytest.mark.parametrize("address", ["1.1.1.1/53", "169.254.169.254/80", "172.17.0.1/22", "10.0.0.1/80"])
async def test_no_address_can_be_reached(shared: Sandbox, address: str) -> None:
    result = await bash(shared, f"timeout 5 bash -c 'echo > /dev/tcp/{address}' && echo reached")
    assert "reached" not in result.text
    assert "unreachable" in result.text


async def test_no_name_can_be_resolved(shared: Sandbox) -> None:
    result = await bash(shared, "timeout 20 getent hosts example.com && echo resolved")
    assert "resolved" not in result.text


async def test_localhost_is_itself(shared: Sandbox) -> None:
    code = "import socket; print(socket.gethostbyname('localhost'))"
    assert await output(shared, f'python3 -c "{code}"') == "127.0.0.1"


async def test_services_of_the_host_are_out_of_reach(shared: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = await bash(shared, f"timeout 5 bash -c 'echo > /dev/tcp/127.0.0.1/{port}' && echo reached")
    assert "reached" not in result.text


async def test_abstract_sockets_of_the_host_are_out_of_reach(shared: Sandbox) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        name = f"sweagent-test-{os.getpid()}"
        server.bind(f"\0{name}")
        server.listen()
        code = f"import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + {name!r}); print('reached')"
        result = await bash(shared, f'python3 -c "{code}"')
    assert "reached" not in result.text


@pytest.mark.parametrize("path", ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"])
async def test_no_engine_s_socket(shared: Sandbox, path: str) -> None:
    assert await output(shared, f"test -e {path} || echo absent") == "absent"


async def test_no_path_of_the_host(shared: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "host-file").write_text("secret", encoding="utf-8")
    places = f"{tmp_path}/host-file {Path(__file__)} {Path.home()}/.bashrc /proc/1/root{tmp_path}/host-file"
    assert "secret" not in (await bash(shared, f"cat {places}")).text
    assert await output(shared, f"test -e {tmp_path} || echo absent") == "absent"


async def test_only_harmless_devices(shared: Sandbox) -> None:
    devices = await output(shared, "find /dev -type b -o -type c | sort")
    harmless = {"full", "null", "ptmx", "random", "tty", "urandom", "zero", "console", "0", "1"}
    assert {Path(line).name for line in devices.split()} <= harmless, devices


async def test_no_device_can_be_made(shared: Sandbox) -> None:
    for place in ("/workspace", "/tmp", "/dev/shm"):
        assert "made" not in (await bash(shared, f"mknod {place}/disk b 8 0 && echo made")).text


async def test_only_its_own_processes_are_seen(shared: Sandbox) -> None:
    pids = [int(pid) for pid in (await output(shared, "ls /proc | grep -E '^[0-9]+$'")).split()]
    assert len(pids) < 8
    assert 1 in pids
    assert "/opt/sweagent/app/start.py" in await output(shared, "tr '\\0' ' ' < /proc/1/cmdline")


@pytest.mark.parametrize("file", ["environ", "mem", "maps", "fd/0", "fd/1", "cwd/lower.txt", "root/etc/passwd"])
async def test_the_server_cannot_be_looked_into(shared: Sandbox, file: str) -> None:
    assert "opened" not in (await bash(shared, f"head -c 1 /proc/1/{file} > /dev/null && echo opened")).text
    assert "opened" not in (await bash(shared, f": >> /proc/1/{file} && echo opened")).text


async def test_the_server_cannot_be_traced(shared: Sandbox) -> None:
    attach, seize = 16, 0x4206
    for request in (attach, seize):
        assert await output(shared, SYSCALL.format(call=f"101, {request}, 1, 0, 0")) == "refused"


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("add_key", "248, b'user', b'planted', b'x', 1, -3"),
        ("bpf", "321, 0, 0, 0"),
        ("clone into a user namespace", "56, 0x10000000 | 17, 0, 0, 0, 0"),
        ("clone3", "435, 0, 0"),
        ("io_uring_setup", "425, 8, 0"),
        ("keyctl", "250, 0, -3, 1"),
        ("mount", "165, b'none', b'/tmp', b'tmpfs', 0, 0"),
        ("open_by_handle_at", "304, -100, 0, 0"),
        ("perf_event_open", "298, 0, 0, -1, -1, 0"),
        ("personality", "135, 0x0400000 | 0x800000"),
        ("pivot_root", "155, b'/', b'/'"),
        ("process_vm_readv", "310, 1, 0, 0, 0, 0, 0"),
        ("setns", "308, 0, 0"),
        ("settimeofday", "164, 0, 0"),
        ("unshare", "272, 0x10000000"),
        ("userfaultfd", "323, 1"),
        ("a call of tomorrow", "900, 0"),
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are of x86-64")
async def test_dangerous_system_calls_are_refused(shared: Sandbox, name: str, call: str) -> None:
    assert await output(shared, SYSCALL.format(call=call)) == "refused", name


@pytest.mark.parametrize(
    ("family", "type_"),
    [("socket.AF_INET", "socket.SOCK_RAW"), ("17", "socket.SOCK_RAW"), ("38", "5"), ("40", "1"), ("16", "99")],
    ids=["raw", "packet", "kernel crypto", "vsock", "nonsense"],
)
async def test_sockets_that_reach_out_or_down_are_refused(shared: Sandbox, family: str, type_: str) -> None:
    assert await output(shared, SOCKET.format(family=family, kind=type_)) == "refused"


@pytest.mark.parametrize("family", ["socket.AF_UNIX", "socket.AF_INET", "socket.AF_INET6"])
async def test_ordinary_sockets_work(shared: Sandbox, family: str) -> None:
    assert await output(shared, SOCKET.format(family=family, kind="socket.SOCK_STREAM")) == "allowed"


async def test_setuid_programs_give_nothing(shared: Sandbox) -> None:
    tried = (
        "cp /usr/bin/id /tmp/id && chmod u+s /tmp/id && /tmp/id -u; find / -xdev -perm -4000 -type f 2>/dev/null | head"
    )
    assert (await output(shared, tried)).splitlines()[0] == str(UID)
    assert "uid=0" not in (await bash(shared, "su -c id root < /dev/null")).text


@pytest.mark.parametrize(
    "file",
    ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory", "/proc/1/oom_score_adj"],
)
async def test_the_kernel_s_settings_are_out_of_reach(shared: Sandbox, file: str) -> None:
    assert "written" not in (await bash(shared, f"echo 0 > {file} && echo written")).text


async def test_no_keys_are_shown(shared: Sandbox) -> None:
    assert (await bash(shared, "cat /proc/keys 2>/dev/null | wc -c")).text.strip() == "0"


async def test_no_core_dumps_and_bounded_descriptors(shared: Sandbox) -> None:
    limits = await output(shared, "ulimit -c; ulimit -Hc; ulimit -Hn")
    assert limits.split() == ["0", "0", "4096"]


async def test_its_host_name_is_nobody_s(shared: Sandbox) -> None:
    assert await output(shared, "uname -n") == "sandbox"


async def test_nothing_can_be_read_from_standard_input(shared: Sandbox) -> None:
    assert await output(shared, "cat | wc -c") == "0"


async def test_locale_is_utf8_and_nothing_else_leaks(shared: Sandbox) -> None:
    assert await output(shared, "python3 -c 'import sys; print(sys.getfilesystemencoding())'") == "utf-8"
    assert await output(shared, "env | grep -cE '^(LC_|LD_|PYTHON)' || true") == "0"


async def test_the_clock_runs_and_cannot_be_set(shared: Sandbox) -> None:
    before, after = (await output(shared, "date +%s%N; date +%s%N")).split()
    assert int(after) >= int(before)
    await bash(shared, "date -s 2001-01-01")
    assert int(await output(shared, "date +%Y")) > 2001


async def test_cgroups_cannot_be_changed(shared: Sandbox) -> None:
    files = "$(find /sys/fs/cgroup -name '*.max' -o -name '*limit_in_bytes')"
    tried = await bash(shared, f"{{ for f in {files}; do echo max > $f && echo changed; done; }} 2>/dev/null")
    assert "changed" not in tried.text
