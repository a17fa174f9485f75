"""One list of system calls for every wall: as a profile for Docker, and as a BPF program for bubblewrap.

`seccomp.json` holds what is denied, by reason, and the numbers of all calls of each architecture. Calls of a foreign
architecture (32-bit, x32) end the process: their numbers mean other things. Three calls are judged by an argument:
`clone` may make no namespace, `socket` opens only local, Internet and netlink sockets, `personality` takes only the
values that debuggers and old programs use. `clone3` hides its flags in memory that a filter cannot see, so it does
"not exist", and C libraries fall back to `clone`.

References: seccomp(2); linux/audit.h and linux/filter.h for the numbers below.
"""

from __future__ import annotations

import errno
import functools
import json
import platform
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandboxes.errors import BackendUnavailable

_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
_PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0x40000, 0xFFFFFFFF)
_JUDGED = ("clone", "clone3", "personality", "socket")
_ARCHITECTURES = {"x86_64": ("SCMP_ARCH_X86_64", 0xC000003E), "aarch64": ("SCMP_ARCH_AARCH64", 0xC00000B7)}

_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data (little-endian low words)
_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


@functools.cache
def docker_profile(machine: str | None = None) -> str:
    """The profile as Docker's `seccomp=` option takes it (JSON text).

    Raises:
        BackendUnavailable: no table for `machine` (by default this one).
    """
    machine = machine or platform.machine()
    table, denied = _tables(machine)
    allowed = sorted(table.keys() - denied - set(_JUDGED))
    rules: list[dict[str, Any]] = [{"names": allowed, "action": "SCMP_ACT_ALLOW"}]
    rules.append(_rule("clone", value=_NEW_NAMESPACES, valueTwo=0, op="SCMP_CMP_MASKED_EQ"))
    rules.append({"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS})
    rules += [_rule("socket", value=family, op="SCMP_CMP_EQ") for family in _FAMILIES]
    rules += [_rule("personality", value=value, op="SCMP_CMP_EQ") for value in _PERSONALITIES]
    profile = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "architectures": [_ARCHITECTURES[machine][0]],
        "syscalls": rules,
    }
    return json.dumps(profile)


@functools.cache
def bpf_program(machine: str | None = None) -> bytes:
    """The same as a BPF program (an array of `struct sock_filter`), for `bwrap --seccomp`.

    Raises:
        BackendUnavailable: no table for `machine` (by default this one).
    """
    machine = machine or platform.machine()
    table, denied = _tables(machine)
    code = [
        *_load(_ARCHITECTURE), _jump(_JEQ, _ARCHITECTURES[machine][1], 1, 0), _answer(_KILL_PROCESS), *_load(_NUMBER),
    ]  # fmt: skip
    for name in _JUDGED:
        judgement = _judgement(name)
        code += [_jump(_JEQ, table[name], 0, len(judgement)), *judgement]
    # Ascending runs of equal fate: the first whose end lies above the number decides.
    forbidden = {table[name] for name in denied if name in table}
    highest = max(table.values())
    for number in range(highest + 1):
        if number == highest or (number in forbidden) != (number + 1 in forbidden):
            fate = _ERRNO | errno.EPERM if number in forbidden else _ALLOW
            code += [_jump(_JGE, number + 1, 1, 0), _answer(fate)]
    code.append(_answer(_ERRNO | errno.ENOSYS))  # newer than the table, or x32's
    return b"".join(code)


def _judgement(name: str) -> list[bytes]:
    """Instructions that always return; the accumulator holds the call's number."""
    refuse, allow = _answer(_ERRNO | errno.EPERM), _answer(_ALLOW)
    match name:
        case "clone3":
            return [_answer(_ERRNO | errno.ENOSYS)]
        case "clone":
            return [*_load(_FIRST_ARGUMENT), _jump(_JSET, _NEW_NAMESPACES, 0, 1), refuse, allow]
        case "socket":
            return _one_of(_FAMILIES)
        case _:
            return _one_of(_PERSONALITIES)


def _one_of(values: Sequence[int]) -> list[bytes]:
    checks = [_jump(_JEQ, value, len(values) - place, 0) for place, value in enumerate(values)]
    return [*_load(_FIRST_ARGUMENT), *checks, _answer(_ERRNO | errno.EPERM), _answer(_ALLOW)]


def _load(offset: int) -> list[bytes]:
    return [struct.pack("<HBBI", _LOAD, 0, 0, offset)]


def _jump(kind: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", kind, if_true, if_false, value)


def _answer(value: int) -> bytes:
    return struct.pack("<HBBI", _RETURN, 0, 0, value)


@functools.cache
def _tables(machine: str) -> tuple[dict[str, int], frozenset[str]]:
    """Numbers by name for `machine`, and the denied names."""
    data = json.loads((Path(__file__).parent / "seccomp.json").read_text(encoding="utf-8"))
    if machine not in _ARCHITECTURES:
        raise BackendUnavailable(f"no table of system calls for {machine}")
    return data["tables"][machine], frozenset(name for names in data["denied"].values() for name in names)


def _rule(name: str, **condition: object) -> dict[str, Any]:
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, **condition}]}
