"""`sweagent sandbox shell`: a person's look into what an agent would see; nothing of it is kept."""

import subprocess

import pytest


@pytest.mark.parametrize(
    "kind", [pytest.param("docker", marks=pytest.mark.docker), pytest.param("bwrap", marks=pytest.mark.bwrap)]
)
def test_commands_run_inside_and_leave_nothing(cli, make_repo, git, kind: str) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    process = subprocess.run(
        [cli.program, "sandbox", "shell", str(repo), "--sandbox", kind],
        input="pwd; id -u\necho changed > calc.py; cat calc.py\nexit 7\n",
        env=cli.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 7, process.stderr
    assert "/workspace" in process.stdout
    assert "changed" in process.stdout
    assert git(repo, "status", "--porcelain") == ""
    assert list((cli.home / "workspaces").iterdir()) == []
