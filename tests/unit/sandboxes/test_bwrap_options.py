"""The image's folders are bound one by one, with room for mount points that the image lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandboxes import bwrap_options
from sandboxes.cgroup import Cgroup
from sandboxes.contract import OverlayWorkspace, Policy, SandboxSpec
from sandboxes.errors import StartFailed
from sandboxes.toolbox import Toolbox

TOOLBOX = Toolbox(Path("/nowhere/runtime"), Path("/nowhere/app"))


def line(rootfs: Path, spec: SandboxSpec) -> list[str]:
    return bwrap_options.command(spec, rootfs, TOOLBOX, Cgroup({}), 9)


@pytest.fixture
def rootfs(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("usr/bin", "opt/vendor", "etc", "proc", "tmp", "dev"):
        (root / name).mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    return root


def following(words: list[str], first: str) -> list[str]:
    return [words[place + 1] for place, word in enumerate(words) if word == first]


def test_folders_on_the_way_to_a_mount_are_made_and_their_content_bound(rootfs: Path) -> None:
    words = line(rootfs, SandboxSpec(image="x", workspace=None))
    assert "/opt" in following(words, "--dir")
    assert any(source.endswith("/opt/vendor") for source in following(words, "--ro-bind"))
    assert not any(source.endswith("/opt") for source in following(words, "--ro-bind"))


def test_links_of_the_image_stay_links_and_its_own_pseudo_folders_are_replaced(rootfs: Path) -> None:
    words = line(rootfs, SandboxSpec(image="x", workspace=None))
    assert "usr/bin" in following(words, "--symlink")
    assert not any(source.endswith(("/proc", "/dev", "/tmp")) for source in following(words, "--ro-bind"))


def test_the_walls_are_all_there(rootfs: Path) -> None:
    words = line(rootfs, SandboxSpec(image="x", workspace=None, policy=Policy(env={"A": "b"})))
    for wall in ("--unshare-all", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv", "--seccomp"):
        assert wall in words
    assert following(words, "--cap-drop") == ["ALL"]
    assert set(following(words, "--setenv")) == {"PATH", "HOME", "LANG", "TERM", "A"}
    assert following(words, "--remount-ro") == ["/dev", "/"]


def test_no_root_inside(rootfs: Path) -> None:
    with pytest.raises(StartFailed):
        line(rootfs, SandboxSpec(image="x", workspace=None, uid=0))


def test_without_root_there_is_no_overlay(rootfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1234)
    workspace = OverlayWorkspace(Path("/l"), Path("/u"), Path("/w"))
    with pytest.raises(StartFailed, match="overlay"):
        line(rootfs, SandboxSpec(image="x", workspace=workspace))
    words = line(rootfs, SandboxSpec(image="x", workspace=None))
    assert "unshare" not in words and "setpriv" not in words
    assert f"--nproc={Policy().limits.pids}" in words
