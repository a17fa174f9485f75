"""`sweagent solve` with a model, end to end in Docker: faults on the way, limits, secrets, and an agent that cheats."""

import itertools
import json
from typing import Any

import pytest

from tests.servers.openai_server import MODEL, Behaviour, OpenAIServer, Say, Status

pytestmark = pytest.mark.docker

ISSUE = "add() subtracts"
STEPS = 30
MEND = {"path": "calc.py", "old_str": "return a - b", "new_str": "return a + b"}


def act(name: str, **arguments: Any) -> Say:
    return Say(None, ((name, json.dumps(arguments)),))


def thirty_steps() -> Any:
    """A brain: looks around, is throttled at step 15, garbles a call, mends the fault, tests, submits."""
    turns = itertools.count(1)

    def brain(request: dict[str, Any]) -> Behaviour:
        step = sum(message["role"] == "assistant" for message in request["messages"]) + 1
        turn = next(turns)
        if turn == 15:
            return Status(429, "slow down", headers={"Retry-After": "0.01"})
        if turn == 16:
            return Say(None, (("bash", '{"command": "ls'),))
        if step < STEPS - 2:
            return act("bash", command=f"sed -n {step}p calc.py; echo looked {step}")
        if step == STEPS - 2:
            return act("str_replace", **MEND)
        return act("run_tests") if step == STEPS - 1 else act("submit", summary="add adds again")

    return brain


def test_thirty_steps_with_faults_solve_the_issue(cli, make_repo, git) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    with OpenAIServer(policy=thirty_steps()) as server:
        done = cli("solve", repo, "--issue", ISSUE, "--model", MODEL, "--base-url", server.base_url, "--json")
    assert done.status == 0, done.err
    assert len(server.requests) == STEPS + 1
    found = done.json
    assert (found["status"], found["strategy"], found["model"]) == ("solved", "react", f"openai/{MODEL}")
    assert "+    return a + b" in found["patch"]
    assert git(repo, "show", f"{found['branch']}:calc.py").startswith("def add(a, b):\n    return a + b")
    log = cli("log", found["run"]).out
    assert "slow down" in log and "could not be read" in log and "add adds again" in log
    for earlier, later in itertools.pairwise(server.requests):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]
    sent = json.dumps(server.requests)
    assert str(repo) not in sent and str(cli.home) not in sent  # a model learns nothing of the host


def test_a_script_of_ones_own_solves_the_issue(cli, make_repo, tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = tmp_path / "script.jsonl"
    replies = [
        {"content": "I look.", "tool_calls": [{"name": "view", "arguments": {"path": "calc.py"}}]},
        {"error": {"status": 503, "retry_after": 0.01}},
        {"tool_calls": [{"name": "str_replace", "arguments": MEND}, {"name": "run_tests", "arguments": {}}]},
        {"tool_calls": [{"name": "submit", "arguments": {"summary": "done"}}]},
    ]
    script.write_text("\n".join(map(json.dumps, replies)))
    done = cli("solve", make_repo(), "--issue", ISSUE, "--model", f"scripted:{script}", "--json")
    assert (done.status, done.json["status"]) == (0, "solved"), done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "openia/gpt-4o"], "did you mean openai/gpt-4o"),
        (["--model", "gpt-4o"], "set OPENAI_API_KEY"),
        (["--model", "m", "--base-url", "http://127.0.0.1:9/v1"], "nothing answers"),
        (["--model", "scripted:/nowhere"], "No such file"),
    ],
)
def test_a_model_that_cannot_work_is_bad_input(cli, make_repo, arguments, says) -> None:  # type: ignore[no-untyped-def]
    done = cli("solve", make_repo(), "--issue", ISSUE, *arguments)
    assert (done.status, done.out) == (2, "")
    assert says in done.err and len(done.err.strip().split("\n")) == 1


def call(tool: str, **arguments: object) -> tuple[str, str]:
    return tool, json.dumps(arguments)


def test_the_key_and_the_host_never_enter(cli, make_repo) -> None:  # type: ignore[no-untyped-def]
    cli.env.update({"OPENAI_API_KEY": "sk-secret-of-the-host", "HOST_ONLY": "host-only-value"})
    steps = iter([Say(None, (call("bash", command="env; cat /proc/*/environ; ls -la / /root /home; cat /etc/hosts"),))])
    seen: list[str] = []

    def policy(request: dict[str, Any]) -> Say:
        seen.append(json.dumps(request["messages"]))
        return next(steps, None) or Say("Done.", (call("submit", summary="gave up"),))

    with OpenAIServer(policy=policy) as server:
        done = cli("solve", make_repo(), "--issue", "x", "--model", MODEL, "--base-url", server.base_url, "--json")
    assert done.status == 1
    assert "sk-secret-of-the-host" not in "".join(seen) + done.out
    assert "host-only-value" not in "".join(seen)


@pytest.mark.parametrize(
    ("option", "words"), [(["--max-steps", "3"], "step limit of 3"), (["--time-limit", "6"], "time")]
)
def test_limits_are_status_3(cli, make_repo, option: list[str], words: str) -> None:  # type: ignore[no-untyped-def]
    counter = itertools.count()

    def policy(request: dict[str, Any]) -> Say:
        return Say("hm", (call("bash", command=f"sleep 1; echo {next(counter)}"),))

    with OpenAIServer(policy=policy) as server:
        options = ("--model", MODEL, "--base-url", server.base_url, "--json", *option)
        done = cli("solve", make_repo(), "--issue", "x", *options)
    assert done.status == 3, done.out + done.err
    assert words in done.json["reason"]


def test_an_agent_that_cheats_does_not_win(cli, make_repo, git) -> None:  # type: ignore[no-untyped-def]
    repo = make_repo()
    conftest = "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    items[:] = []\n"
    steps = iter(
        [
            Say(None, (call("create", path="conftest.py", file_text=conftest),)),
            Say(None, (call("create", path="test_calc.py", file_text="def test_add():\n    pass\n", force=True),)),
            Say(None, (call("bash", command="rm -f test_calc.py; echo 'def test_add(): pass' > test_calc.py"),)),
            Say("All green!", (call("submit", summary="fixed, trust me"),)),
            Say("All green!", (call("submit", summary="fixed, trust me"),)),
        ]
    )
    with OpenAIServer(policy=lambda request: next(steps)) as server:
        options = ("--model", MODEL, "--base-url", server.base_url, "--json")
        done = cli("solve", repo, "--issue", "add() subtracts", *options)
    assert done.status == 1, done.out + done.err
    assert not done.json["verdict"]["passed"]
    assert set(done.json["verdict"]["restored"]) == {"conftest.py", "test_calc.py"}
    assert git(repo, "branch", "--list", "sweagent/*") == ""
