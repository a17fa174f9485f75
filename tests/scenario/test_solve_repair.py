"""`sweagent solve` from end to end in Docker with the repair search: what a person gets, and what stays untouched."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

ISSUE = "add() subtracts"


def test_a_fault_is_solved_and_the_branch_is_ready(cli, make_repo, git) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    before = {path.name: path.read_bytes() for path in repo.glob("*.py")}
    done = cli("solve", repo, "--issue", ISSUE, "--json")
    assert done.status == 0, done.err
    found = done.json
    assert found["status"] == "solved"
    assert found["branch"] == "sweagent/add-subtracts"
    assert found["base"] == git(repo, "rev-parse", "HEAD")
    assert found["head"] == git(repo, "rev-parse", found["branch"])
    assert found["tests_before"]["failing"] == ["test_calc.py::test_add"]
    assert found["tests_after"]["failing"] == []
    assert found["fixed"] == ["test_calc.py::test_add"]
    assert found["review"]["approved"]
    assert "+    return a + b" in found["patch"]
    assert git(repo, "show", f"{found['branch']}:calc.py").startswith("def add(a, b):\n    return a + b")
    assert {path.name: path.read_bytes() for path in repo.glob("*.py")} == before
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "rev-parse", "--abbrev-ref", "HEAD") == "main"


def test_show_diff_log_and_runs_tell_the_same(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    done = cli("solve", make_repo(), "--issue", ISSUE, "--json").json
    shown = cli("show", done["run"], "--json").json
    assert shown == done
    assert cli("diff", done["run"]).out == done["patch"]
    assert "calc.py" in cli("log", done["run"]).out
    assert [run["status"] for run in cli("runs", "--json").json["runs"]] == ["solved"]


def test_an_unsolvable_fault_is_status_1_and_leaves_no_branch(cli, make_repo, git) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo({"calc.py": "X = 1\n", "test_calc.py": "def test():\n    import nowhere_to_be_found\n"})
    done = cli("solve", repo, "--issue", "make it work", "--json")
    assert done.status == 1, done.err
    assert done.json["status"] == "unsolved"
    assert git(repo, "branch", "--list", "sweagent/*") == ""


def test_a_time_limit_is_status_3(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    test = "import time\n\n\ndef test():\n    time.sleep(1)\n    from calc import f\n    assert f(1) == 'never'\n"
    repo = make_repo({"calc.py": "def f(x):\n    return [x + 1, x * 2, x - 3]\n", "test_calc.py": test})
    done = cli("solve", repo, "--issue", "f is wrong", "--time-limit", "4", "--json")
    assert done.status == 3, done.out
    assert done.json["status"] == "limit"


@pytest.mark.parametrize("name", ["with space", "ünïcode ☂", "-dash", "quote'\"$x"])
def test_odd_paths(cli, make_repo, name: str) -> None:  # type: ignore[no-untyped-def]
    assert cli("solve", "--issue", ISSUE, "--quiet", "--", make_repo(name=name)).status == 0


def test_a_detached_head_submodules_binaries_and_odd_names(cli, make_repo, git, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    inner = make_repo({"lib.txt": "x"}, name="inner")
    files = {"calc.py": "def add(a, b):\n    return a - b\n", "b.bin": bytes(range(256)) * 50, "ä b\n.txt": "x"}
    repo = make_repo({**files, "test_calc.py": "from calc import add\n\n\ndef test():\n    assert add(2, 3) == 5\n"})
    git(repo, "submodule", "add", "-q", str(inner), "vendored")
    git(repo, "commit", "-q", "-m", "submodule")
    git(repo, "checkout", "-q", "--detach")
    done = cli("solve", repo, "--issue", ISSUE, "--json")
    assert done.status == 0, done.err
    assert git(repo, "diff", "--name-only", f"HEAD..{done.json['branch']}") == "calc.py"


def test_a_url_leaves_the_branch_in_the_mirror(cli, make_repo, git) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    done = cli("solve", f"file://{repo}", "--issue", ISSUE, "--json")
    assert done.status == 0, done.err
    assert git(Path(done.json["where"]), "rev-parse", done.json["branch"]) == done.json["head"]


def test_targets_excuse_other_failures(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    tests = (
        "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n\n\ndef test_net():\n    assert False\n"
    )
    repo = make_repo({"calc.py": "def add(a, b):\n    return a - b\n", "test_calc.py": tests})
    done = cli("solve", repo, "--issue", ISSUE, "--target", "test_calc.py::test_add", "--json")
    assert done.status == 0, done.json["reason"]
    assert done.json["fixed"] == ["test_calc.py::test_add"]


@pytest.mark.slow
def test_a_file_of_a_gigabyte(cli, make_repo, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    with (repo / "big.bin").open("wb") as file:
        file.truncate(1 << 30)
    from subprocess import run

    run(["git", "-c", "user.name=u", "-c", "user.email=u@h", "add", "-A"], cwd=repo, check=True)
    run(["git", "-c", "user.name=u", "-c", "user.email=u@h", "commit", "-qm", "big"], cwd=repo, check=True)
    assert cli("solve", repo, "--issue", ISSUE, "--quiet", timeout=280).status == 0
