"""`sweagent solve` with a model, end to end in Docker: thirty steps with faults on the way, and a script by hand."""

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
