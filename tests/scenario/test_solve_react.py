"""`sweagent solve` with the react agent: through LiteLLM and HTTP on loopback to a small scripted brain, in Docker."""

import itertools
import json
import re
from typing import Any

import pytest

from tests.servers.openai_server import MODEL, OpenAIServer, Say, Status

pytestmark = pytest.mark.docker

STEPS = 30
FIX = {"path": "calc.py", "old_str": "return a - b", "new_str": "return a + b"}


def call(tool: str, **arguments: object) -> tuple[str, str]:
    return tool, json.dumps(arguments)


def brain(request: dict[str, Any]) -> Say:
    """Looks around for 26 steps, mends the fault, runs the tests, submits at step 30."""
    step = sum(message["role"] == "assistant" for message in request["messages"]) + 1
    if step < STEPS - 3:
        return Say(f"step {step}", (call("bash", command=f"cat calc.py; echo looked {step}"),))
    script = {
        STEPS - 3: Say("Here it is.", (call("str_replace", **FIX),)),
        STEPS - 2: Say(None, (call("run_tests"),)),
        STEPS - 1: Say(None, (call("bash", command="git diff"),)),
    }
    return script.get(step, Say("Done.", (call("submit", summary="add() used the wrong operator"),)))


def script_with_faults() -> Any:
    """The brain's answers, but a 429 as the 15th request and a malformed tool call as the 17th."""
    faults = {15: Status(429, headers={"Retry-After": "0"}), 17: Say("oops", (("bash", '{"command": "ls'),))}
    for number in itertools.count(1):
        yield faults.get(number)


@pytest.fixture
def keyless(cli, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return cli


def test_thirty_steps_with_faults_on_the_way(keyless, make_repo, git) -> None:  # type: ignore[no-untyped-def]
    cli, repo, faults = keyless, make_repo(), script_with_faults()

    def policy(request: dict[str, Any]) -> Any:
        return next(faults) or brain(request)

    with OpenAIServer(policy=policy) as server:
        options = ("--model", MODEL, "--base-url", server.base_url, "--json")
        done = cli("solve", repo, "--issue", "add() subtracts", *options)
    assert done.status == 0, done.out + done.err
    found = done.json
    assert found["status"] == "solved"
    assert found["strategy"] == "react"
    assert found["attempts"][0]["steps"] == STEPS
    assert found["fixed"] == ["test_calc.py::test_add"]
    assert found["tokens"]["prompt"] > 0
    assert "+    return a + b" in git(repo, "diff", "main", found["branch"])
    kinds = [json.loads(line)["body"]["kind"] for line in cli("log", found["run"], "--json").out.splitlines()]
    assert kinds.count("model_retried") == 1
    assert kinds.count("model_called") == STEPS
    results = [line for line in cli("log", found["run"], "--json").out.splitlines() if '"tool_returned"' in line]
    assert any('"is_error": true' in line and re.search("JSON|argument", line) for line in results)


def test_the_key_and_the_host_never_enter(keyless, make_repo) -> None:  # type: ignore[no-untyped-def]
    cli = keyless
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
def test_limits_are_status_3(keyless, make_repo, option: list[str], words: str) -> None:  # type: ignore[no-untyped-def]
    counter = itertools.count()

    def policy(request: dict[str, Any]) -> Say:
        return Say("hm", (call("bash", command=f"sleep 1; echo {next(counter)}"),))

    with OpenAIServer(policy=policy) as server:
        options = ("--model", MODEL, "--base-url", server.base_url, "--json", *option)
        done = keyless("solve", make_repo(), "--issue", "x", *options)
    assert done.status == 3, done.out + done.err
    assert words in done.json["reason"]


def test_an_agent_that_cheats_does_not_win(keyless, make_repo, git) -> None:  # type: ignore[no-untyped-def]
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
        done = keyless("solve", repo, "--issue", "add() subtracts", *options)
    assert done.status == 1, done.out + done.err
    assert not done.json["verdict"]["passed"]
    assert set(done.json["verdict"]["restored"]) == {"conftest.py", "test_calc.py"}
    assert git(repo, "branch", "--list", "sweagent/*") == ""
