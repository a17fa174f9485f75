"""The [sandbox] table of an untrusted repository: what it may say, and one clear line for what it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.contract import Limits
from sweagent.core.errors import BadInput
from sweagent.repo.sandbox_table import LimitsTable, Most, limits_of, parse_table

MOST = Most(memory=8 << 30, pids=4096, cpus=4.0, seconds=3600.0)

FULL = """
[other]
anything = 1
[sandbox]
image = "cpp"
packages = ["libfoo-dev", "g++-12", "jq=1.6-2.1", "libc6:arm64"]
setup = ["make deps", "./ci/prepare.sh"]
test = "make check"
[sandbox.env]
MODE = "ci"
[sandbox.limits]
memory = "1.5 GiB"
pids = 100
cpus = 1
seconds = 90.5
"""


def test_a_full_table() -> None:
    table = parse_table(FULL)
    assert (table.image, table.test, table.env) == ("cpp", "make check", {"MODE": "ci"})
    assert table.commands == ("make deps", "./ci/prepare.sh")
    limits = limits_of(table.limits, MOST, Limits())
    assert (limits.memory_bytes, limits.pids, limits.cpus, limits.seconds) == (3 << 29, 100, 1.0, 90.5)
    assert limits.tmp_bytes == Limits().tmp_bytes


def test_nothing_said_and_nothing_wanted_differ() -> None:
    assert parse_table("").commands is None
    assert parse_table("[sandbox]\nsetup = []").commands == ()
    assert parse_table("[sandbox]\nsetup = 'make deps'").commands == ("make deps",)
    assert limits_of(LimitsTable(), MOST, Limits()) == Limits()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "sweagent.toml is not TOML"),
        ("[sandbx]\na = 1", "did you mean [sandbox]?"),
        ("sandbox = 1", "sandbox should be a table"),
        ("[sandbox]\nimagee = 'x'", "[sandbox] has no key 'imagee'; did you mean 'image'? (keys: image, packages"),
        ("[sandbox]\nmounts = ['/']", "[sandbox] has no key 'mounts'"),
        ("[sandbox]\nprivileged = true", "[sandbox] has no key 'privileged'"),
        ("[sandbox]\nnetwork = true", "[sandbox] has no key 'network'"),
        ("[sandbox]\nimage = 'pythn'", "should be one of base, cpp, generic, go, node, python, rust, Dockerfile"),
        ("[sandbox]\nimage = 'pythn'", "did you mean 'python'?"),
        ("[sandbox]\nimage = 'somebody/private:latest'", "sandbox.image should be one of"),
        ("[sandbox]\npackages = 'jq'", "sandbox.packages should be a list"),
        (
            "[sandbox]\npackages = ['-oDPkg::Pre-Invoke=id']",
            "sandbox.packages.0 should be the name of a Debian package",
        ),
        ("[sandbox]\npackages = ['a;id']", "sandbox.packages.0 should be the name"),
        ("[sandbox]\npackages = ['jq\\n']", "sandbox.packages.0 should be the name"),
        ("[sandbox]\npackages = ['./evil.deb']", "sandbox.packages.0 should be the name"),
        ("[sandbox]\nsetup = 3", "sandbox.setup should be a command or a list of commands"),
        ("[sandbox]\nsetup = [3]", "sandbox.setup should be a command or a list of commands"),
        ("[sandbox]\ntest = ''", "sandbox.test should not be empty"),
        ("[sandbox]\ntest = ['a']", "sandbox.test should be a string"),
        ("[sandbox]\nenv = {A = 1}", "sandbox.env.A should be a string"),
        ("[sandbox]\nenv = {'A=B' = '1'}", "sandbox.env should have names of letters"),
        ("[sandbox]\nenv = {LD_PRELOAD = 'x.so'}", "should not set LD_PRELOAD"),
        ("[sandbox]\nenv = {SWEAGENT_TEST_COMMAND = 'true'}", "should not set SWEAGENT_TEST_COMMAND"),
        ("[sandbox]\nlimits = {memory = 'lots'}", "sandbox.limits.memory should be a size such as 512MiB or 2GiB"),
        ("[sandbox]\nlimits = {memory = '1KiB'}", "should be at least 64MiB"),
        ("[sandbox]\nlimits = {memry = '1GiB'}", "[sandbox.limits] has no key 'memry'; did you mean 'memory'?"),
        ("[sandbox]\nlimits = {pids = 2.5}", "sandbox.limits.pids"),
        ("[sandbox]\nlimits = {cpus = true}", "sandbox.limits.cpus"),
        ("[sandbox]\nlimits = {cpus = -1}", "sandbox.limits.cpus"),
        ("[sandbox]\nlimits = {cpus = nan}", "sandbox.limits.cpus"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_table(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"memory": "9GiB"}, "sandbox.limits.memory may be 8.0GiB at most on this machine"),
        ({"pids": 5000}, "sandbox.limits.pids may be 4096 at most"),
        ({"cpus": 4.5}, "sandbox.limits.cpus may be 4 at most"),
        ({"seconds": 3601.0}, "sandbox.limits.seconds may be 3600 at most"),
        ({"seconds": float("inf")}, "sandbox.limits.seconds may be 3600 at most"),
    ],
)
def test_the_hosts_most_holds(limits: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        limits_of(LimitsTable.model_validate(limits), MOST, Limits())


@given(st.text() | st.text().map(lambda text: f"[sandbox]\n{text}"))
def test_any_text_is_a_table_or_bad_input(text: str) -> None:
    try:
        parse_table(text)
    except BadInput as error:
        assert str(error).startswith("sweagent.toml")
