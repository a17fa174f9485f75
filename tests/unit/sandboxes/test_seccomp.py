"""The two forms of the system call filter say the same about every call, by running the BPF one here."""

from __future__ import annotations

import errno
import json
import struct
from pathlib import Path

import pytest

from sandboxes import seccomp
from sandboxes.errors import BackendUnavailable

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
TABLES = json.loads((Path(seccomp.__file__).parent / "seccomp.json").read_text(encoding="utf-8"))
MACHINES = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def run(program: bytes, architecture: int, number: int, argument: int = 0) -> int:
    """What the kernel would answer (the part of classic BPF that the filter uses)."""
    data = struct.pack("<IIQQ", number, architecture, 0, argument)
    code = list(struct.iter_unpack("<HBBI", program))
    at = loaded = 0
    while True:
        kind, if_true, if_false, value = code[at]
        at += 1
        match kind:
            case 0x20:
                (loaded,) = struct.unpack_from("<I", data, value)
            case 0x15:
                at += if_true if loaded == value else if_false
            case 0x35:
                at += if_true if loaded >= value else if_false
            case 0x45:
                at += if_true if loaded & value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"instruction {kind:#x}")


def by_profile(machine: str, name: str, argument: int) -> bool:
    """Whether Docker's profile allows a call."""
    for rule in json.loads(seccomp.docker_profile(machine))["syscalls"]:
        if name in rule["names"] and rule["action"] == "SCMP_ACT_ALLOW":
            conditions = rule.get("args", [])
            if all(
                argument & c["value"] == c["valueTwo"] if c["op"] == "SCMP_CMP_MASKED_EQ" else argument == c["value"]
                for c in conditions
            ):
                return True
    return False


@MACHINES
def test_both_forms_agree_on_every_call(machine: str) -> None:
    program = seccomp.bpf_program(machine)
    for name, number in TABLES["tables"][machine].items():
        for argument in (0, 1, 2, 8, 10, 16, 17, 38, 40, 0x11, 0x20000, 0x10000000, 0x40000000, 0xFFFFFFFF):
            answer = run(program, AUDIT[machine], number, argument)
            assert (answer == ALLOW) == by_profile(machine, name, argument), (name, argument)


@MACHINES
def test_every_denied_call_is_refused(machine: str) -> None:
    program = seccomp.bpf_program(machine)
    for reason, names in TABLES["denied"].items():
        for name in names:
            if name in TABLES["tables"][machine]:
                assert run(program, AUDIT[machine], TABLES["tables"][machine][name]) == EPERM, (reason, name)


@MACHINES
def test_a_denied_call_is_a_known_one(machine: str) -> None:
    known = {name for table in TABLES["tables"].values() for name in table}
    assert {name for names in TABLES["denied"].values() for name in names} <= known


@MACHINES
def test_what_nobody_knows_does_not_exist(machine: str) -> None:
    program = seccomp.bpf_program(machine)
    for number in (1000, 0x40000000, 0x40000000 + 59, 0xFFFFFFFF):
        assert run(program, AUDIT[machine], number) == ENOSYS


@MACHINES
def test_a_foreign_architecture_is_killed(machine: str) -> None:
    for architecture in (0x40000003, 0xC00000F3, 0):
        assert run(seccomp.bpf_program(machine), architecture, 1) == KILL


def test_clone3_does_not_exist_so_that_libraries_fall_back() -> None:
    assert run(seccomp.bpf_program("x86_64"), AUDIT["x86_64"], 435) == ENOSYS


@MACHINES
def test_the_program_fits_the_kernel(machine: str) -> None:
    assert len(seccomp.bpf_program(machine)) // 8 <= 4096


def test_an_unknown_machine_is_named() -> None:
    with pytest.raises(BackendUnavailable, match="s390x"):
        seccomp.bpf_program("s390x")
