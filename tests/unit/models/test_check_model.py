"""What is wrong with a model is said before anything starts, in one line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sweagent.core.errors import BadInput
from sweagent.models.gateway import Gateway
from sweagent.models.resolve import ModelOptions, check_model, open_model
from sweagent.models.scripted import Scripted
from tests.servers.openai_server import MODEL, OpenAIServer


def complaint(name: str, options: ModelOptions | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        check_model(name, options or ModelOptions())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_unknown_names(capfd: pytest.CaptureFixture[str]) -> None:
    assert "did you mean openai/gpt-4o" in complaint("openia/gpt-4o")
    assert "gpt-4o" in complaint("gpt-4oo")
    assert "PROVIDER/NAME" in complaint("qqqqqq")
    assert "unknown model ''" in complaint("")
    assert capfd.readouterr() == ("", "")


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(key, raising=False)
    assert "set OPENAI_API_KEY" in complaint("gpt-4o")
    assert "set ANTHROPIC_API_KEY" in complaint("anthropic/claude-sonnet-4-5")
    assert "GEMINI_API_KEY" in complaint("gemini/gemini-2.5-pro")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    check_model("anthropic/claude-sonnet-4-5")
    check_model("anthropic/claude-of-next-year")
    check_model("gpt-4o", ModelOptions(api_key="x"))
    check_model("bedrock/anything")  # knows other ways to log in


def test_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer() as server:
        options = ModelOptions(base_url=server.base_url)
        check_model(MODEL, options)
        check_model(f"openai/{MODEL}", options)
        assert f"it has {MODEL}" in complaint("another", options)
        server.models = ("one:latest",)
        check_model("one", options)
        server.models = ("vendor/*",)
        check_model("whatever", options)
        server.models = ({"id": "file.gguf", "owned_by": "llamacpp"},)
        check_model("whatever", options)
        server.models = ()
        check_model("whatever", options)
        check_model("whatever", ModelOptions(base_url=server.base_url.removesuffix("/v1")))  # lists nothing there


def test_no_server() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        assert f"nothing answers at {url}" in complaint("m", ModelOptions(base_url=url))
    assert "http://" in complaint("m", ModelOptions(base_url="file:///etc/passwd"))
    assert "http://" in complaint("m", ModelOptions(base_url="localhost:11434"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"content": "x"', "not JSON"),
        ('[{"content": 1}]', r"0\.content"),
        ('[{"contents": "x"}]', "contents"),
        ('[{"tool_calls": [{"arguments": {}}]}]', "name"),
        ("3", "list"),
        ("", "not JSON"),
    ],
)
def test_a_wrong_script(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a script.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=says):
        check_model(f"scripted:{path}")


def test_no_script(tmp_path: Path) -> None:
    assert "No such file" in complaint(f"scripted:{tmp_path / 'missing.json'}")
    assert "Is a directory" in complaint(f"scripted:{tmp_path}")
    (tmp_path / "x").write_bytes(b"\xff")
    assert "not UTF-8" in complaint(f"scripted:{tmp_path / 'x'}")


def test_names_open_the_right_model(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text('{"content": "one"}\n\n{"content": "two"}\n')
    assert isinstance(open_model(f"scripted:{path}"), Scripted)
    assert isinstance(open_model("anthropic/claude-sonnet-4-5"), Gateway)
