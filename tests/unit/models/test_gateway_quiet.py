"""LiteLLM is imported late, quietly, deaf to the current folder, and leaves nothing open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.openai_server import Behaviour, OpenAIServer, Say, Status

ROOT = Path(__file__).resolve().parents[3]


def python(code: str, cwd: Path, *flags: str, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": str(ROOT), **env}
    command = [sys.executable, *flags, "-c", code]
    return subprocess.run(command, cwd=cwd, env=settings, capture_output=True, text=True, timeout=120)


def test_no_module_of_models_or_agent_imports_the_library(tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil, sys, sweagent.models, sweagent.agent\n"
        "for room in (sweagent.models, sweagent.agent):\n"
        "    for module in pkgutil.iter_modules(room.__path__, room.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "heavy = {'litellm', 'openai', 'httpx', 'tiktoken'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    assert python(code, tmp_path).stderr == ""


CALLS = """
import asyncio, sys
from sweagent.core.errors import ModelError
from sweagent.core.message import Message
from sweagent.models.resolve import ModelOptions, open_model
from sweagent.models.retry import RetryPolicy

async def main(stream):
    options = ModelOptions(base_url=sys.argv[1], stream=stream, retry=RetryPolicy(tries=2, first=0.001))
    model = open_model("m", options)
    for _ in range(3):
        try:
            print((await model.complete([Message(role="user", content="hi")], [])).message.content)
        except ModelError as error:
            print(type(error).__name__)

for stream in (False, True, False):
    asyncio.run(main(stream))
"""


def test_calls_print_nothing_and_leave_nothing_open(tmp_path: Path) -> None:
    script: list[Behaviour] = [Say("a"), Status(400, "no"), Say("b")] * 3
    with OpenAIServer(script) as server:
        code = CALLS.replace("sys.argv[1]", repr(server.base_url))
        done = python(code, tmp_path, "-W", "error")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.split() == ["a", "ModelRefused", "b"] * 3


def test_a_checkout_cannot_choose_keys_or_servers_by_its_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=planted\nOPENAI_BASE_URL=http://evil.invalid\n")
    code = (
        "import os\nfrom sweagent.models import library\nlibrary.load()\n"
        "print([key for key in os.environ if key.startswith('OPENAI')])\n"
    )
    done = python(code, tmp_path)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_without_the_library_one_line_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'litellm' else find(name, *rest)\n"
        "from sweagent.core.errors import BadInput\nfrom sweagent.models.resolve import check_model\n"
        "try:\n    check_model('gpt-4o')\nexcept BadInput as error:\n    print(error)\n"
    )
    assert "pip install" in python(code, tmp_path).stdout
