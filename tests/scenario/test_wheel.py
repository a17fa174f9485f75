"""The built wheel, not the checkout: it holds all that is needed and solves an issue by itself."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.docker, pytest.mark.slow]


def test_the_wheel_solves_an_issue(cli, make_repo, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels, place = tmp_path / "wheels", tmp_path / "installed"
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = wheels.iterdir()
    subprocess.run([*pip, "install", "--no-deps", "--target", str(place), str(wheel)], check=True, capture_output=True)
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        needs = archive.read(metadata).decode()
    assert "Requires-Dist: tree-sitter" in needs  # the toolbox is made of what is installed beside the wheel
    assert not (place / "tools").exists(), "the tools must not be importable on the host"

    cli.env["PYTHONPATH"] = str(place)
    where = [sys.executable, "-c", "import sandboxes.payload as p; print(p.__file__, p.tools_folder())"]
    found = subprocess.run(where, env=cli.environment(), cwd=tmp_path, check=True, capture_output=True, text=True)
    assert found.stdout.count(str(place)) == 2, found.stdout
    done = cli("solve", make_repo(), "--issue", "add() subtracts", "--json")
    assert done.status == 0, done.err + done.out
